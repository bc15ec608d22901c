"""A worker's process: it loads the rules, then judges what its host gives it, until the pipe closes."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal as signals
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing.connection import Connection
from typing import Any, Never

from infobip_rules.collecting import collect_rarely
from infobip_rules.concealing import SECRET_VARIABLES
from infobip_rules.engine.confinement import WorkerLimits, limit_memory
from infobip_rules.engine.evaluation import MakeSms
from infobip_rules.engine.jobs import SessionJob, Verdict, judge
from infobip_rules.engine.loader import load_rules
from infobip_rules.engine.pacing import Pace
from infobip_rules.engine.printed import send_prints_to
from infobip_rules.errors import InfobipRulesError

#: Seconds after which a worker tells the verdicts it has.
TELL_AFTER = 0.005
#: The exit code of a worker whose engine fails where rules have run before: they may have changed it.
_UNSOUND = 70


def work(
    pipes: tuple[Connection, Connection], begun: Any, paths: tuple[str, ...], make_sms: MakeSms, limits: WorkerLimits
) -> None:
    """The worker's side: load the rules, say so, then judge what comes until the pipe closes."""
    pipe, printed = pipes
    signals.signal(signals.SIGINT, signals.SIG_IGN)  # Ctrl-C is the host's to handle
    signals.signal(signals.SIGTERM, signals.SIG_DFL)
    send_prints_to(printed)
    for name in SECRET_VARIABLES:  # rules have no business with them
        os.environ.pop(name, None)
    threading.Thread(target=_end_with_host, name="end-with-host", daemon=True).start()
    limit_memory(limits.memory_mb)
    try:
        rulebook = load_rules(paths)
    except InfobipRulesError as problem:
        pipe.send(str(problem))
        return
    except MemoryError:
        pipe.send(f"The rules need more memory than the {limits.memory_mb} MB of INFOBIP_WORKER_MEMORY_MB.")
        return
    collect_rarely()
    pipe.send(None)
    judge_one = partial(judge, rulebook, make_sms=make_sms, most_firings=limits.most_firings, pace=Pace())
    fresh = True
    while True:
        try:
            jobs: Sequence[SessionJob] = pipe.recv()
        except EOFError:
            return
        _judge_jobs(pipe, begun, jobs, judge_one, fresh=fresh)
        fresh = False


def _end_with_host() -> None:
    """Ends this process when the host is gone: a killed host ends nobody, and a rule may never look at the pipe again."""
    host = multiprocessing.parent_process()
    if host is not None:
        host.join()
        os._exit(1)


def _judge_jobs(
    pipe: Connection, begun: Any, jobs: Sequence[SessionJob], judge_one: Callable[..., Verdict], *, fresh: bool
) -> None:
    told = time.monotonic()
    verdicts: list[Verdict] = []
    for job in jobs:
        state = job.state
        for signal in job.signals:
            begun.value += 1
            verdict = judge_one(job, signal, state)
            if verdict.unsound and not fresh:
                _leave(pipe, verdicts)
            fresh = False
            state = verdict.effects.state if verdict.effects else state
            verdicts.append(verdict)
            # One message for many verdicts; what is not told when the worker dies is evaluated again.
            if time.monotonic() - told > TELL_AFTER:
                _tell(pipe, verdicts)
                told, verdicts = time.monotonic(), []
    if verdicts:
        _tell(pipe, verdicts)


def _tell(pipe: Connection, verdicts: list[Verdict]) -> None:
    # Not `pipe.send`: its pickler asks in Python, of every object, whether it may be a socket or the like.
    pipe.send_bytes(pickle.dumps(verdicts))


def _leave(pipe: Connection, verdicts: list[Verdict]) -> Never:
    """Tells what is certain, and ends: what failed is tried once more in a worker that no rule has touched."""
    if verdicts:
        _tell(pipe, verdicts)
    os._exit(_UNSOUND)
