"""A worker's process: it loads the rules, then judges what its host gives it, until the host is gone."""

from __future__ import annotations

import fcntl
import os
import pickle
import resource
import signal
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Never

from infobip_rules.channels.registry import Channels
from infobip_rules.errors import InfobipRulesError
from infobip_rules.evaluators.captured_output import print_lines_at_once
from infobip_rules.evaluators.framed_socket import FramedSocket, SocketClosedError
from infobip_rules.evaluators.frames import Loaded, read_jobs, write_loaded, write_verdicts
from infobip_rules.evaluators.jobs import SessionJob, Verdict, judge, put_off
from infobip_rules.evaluators.limits import WorkerLimits, drop_capabilities, limit_memory
from infobip_rules.evaluators.outline import RulesOutline
from infobip_rules.evaluators.pacing import Pace
from infobip_rules.garbage_collection import collect_rarely
from infobip_rules.progress import Progress
from infobip_rules.redaction import SECRET_VARIABLES
from infobip_rules.rulefiles.loader import load_rules

#: Seconds after which a worker sends the verdicts it has.
SEND_AFTER = 0.005
#: The exit code of a worker whose engine fails after rules have run in it: they may have changed it.
UNSOUND = 70
#: Where the line to the host is put, beyond what is closed or written to by number.
_FAR = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerPlan:
    """The plan of a worker; it is pickled, which goes this way only: a host never unpickles what a worker sends."""

    paths: tuple[str, ...]
    channels: Channels
    limits: WorkerLimits
    #: Where in the file of progress the worker's own is.
    offset: int


def work(line: int, progress: int, mark: bytes) -> None:
    """Works on the line behind a descriptor until it ends; `progress` is the descriptor of the file of progress."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the host's to handle
    drop_capabilities()
    for name in SECRET_VARIABLES:  # rules have no business with them
        os.environ.pop(name, None)
    print_lines_at_once()
    host = _line(line, mark)
    plan: WorkerPlan = pickle.loads(host.receive())  # noqa: S301 - from the host, before any rule is there
    worker = _Worker(host, _progress(progress, plan.offset))
    limit_memory(plan.limits.memory_mb)
    try:
        rulebook = load_rules(plan.paths, signal_types=plan.channels.signal_types.values())
    except InfobipRulesError as problem:
        host.send(write_loaded(Loaded(str(problem))))
        return
    except MemoryError:
        limit = f"The rules need more memory than the {plan.limits.memory_mb} MB of INFOBIP_WORKER_MEMORY_MB."
        host.send(write_loaded(Loaded(f"{limit} Let it be more.")))
        return
    collect_rarely()
    host.send(write_loaded(Loaded(rules=RulesOutline.of(rulebook))))
    most_firings = plan.limits.most_firings
    judge_one = partial(judge, rulebook, channels=plan.channels, most_firings=most_firings, pace=Pace())
    worker.judge(judge_one)


def _line(descriptor: int, mark: bytes) -> FramedSocket:
    """Returns the socket to the host, at a number that no rule comes upon by chance and that no child process inherits."""
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    far = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, min(_FAR, most - 1) if most > 0 else _FAR)
    os.close(descriptor)
    end = socket.socket(fileno=far)
    # A rule may fork, and both go on: whatever the copy says is not for the host to hear.
    os.register_at_fork(after_in_child=end.close)
    return FramedSocket(end, mark)


def _progress(descriptor: int, offset: int) -> Progress:
    """Returns the memory that is shared with the host, without the file that it is in."""
    kept = os.dup(descriptor)
    os.close(kept)
    progress = Progress(descriptor, offset)
    for number in (descriptor, kept):  # mmap keeps a descriptor of its own, which has the lowest number that is free
        os.close(number)
    return progress


class _Worker:
    """Judges jobs as they come from the line."""

    def __init__(self, line: FramedSocket, progress: Progress) -> None:
        self._line = line
        self._progress = progress
        self._process = os.getpid()
        #: Whether no rule has run here before.
        self._fresh = True

    def judge(self, judge_one: Callable[..., Verdict]) -> None:
        """Judges until the host is gone."""
        while True:
            try:
                jobs = read_jobs(self._line.receive())
                self._judge(jobs, judge_one)
            except SocketClosedError:
                return

    def _judge(self, jobs: Sequence[SessionJob], judge_one: Callable[..., Verdict]) -> None:
        ended = sent_at = time.monotonic()
        verdicts: list[Verdict] = []
        timings: list[tuple[float, float]] = []
        for job in jobs:
            state, waiting = job.state, False
            for signal_job in job.signals:
                began = ended
                self._progress.begin()
                # What is behind one that was put off starts from what that comes to, and has to wait for it.
                verdict = put_off(signal_job) if waiting else judge_one(job, signal_job, state)
                waiting = verdict.put_off
                if os.getpid() != self._process:  # a copy that a rule has forked, and left to go on
                    os._exit(0)
                if verdict.unsound and not self._fresh:
                    self._leave(verdicts, timings)
                self._fresh = False
                state = verdict.effects.state if verdict.effects else state
                verdicts.append(verdict)
                ended = time.monotonic()
                timings.append((began, ended - began))
                # One message for many verdicts; what is not sent_at when the worker dies is evaluated again.
                if ended - sent_at > SEND_AFTER:
                    self._send(verdicts, timings)
                    ended = sent_at = time.monotonic()
                    verdicts, timings = [], []
        if verdicts:
            self._send(verdicts, timings)

    def _send(self, verdicts: Sequence[Verdict], timings: Sequence[tuple[float, float]]) -> None:
        for frame in write_verdicts(verdicts, timings):
            self._line.send(frame)

    def _leave(self, verdicts: Sequence[Verdict], timings: Sequence[tuple[float, float]]) -> Never:
        """Sends what is certain, and ends: what failed is tried once more in a worker that no rule has touched."""
        if verdicts:
            self._send(verdicts, timings)
        os._exit(UNSOUND)
