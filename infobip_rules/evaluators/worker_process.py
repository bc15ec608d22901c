"""The host's side of one worker: starts its process, gives it jobs, and checks what it answers."""

from __future__ import annotations

import json
import logging
import os
import pickle
import secrets
import signal as signals
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from infobip_rules.channels.installed import installed_channels
from infobip_rules.channels.registry import Channels
from infobip_rules.errors import RuleError, RulesNotLoadedError
from infobip_rules.evaluators.captured_output import log_prints_of
from infobip_rules.evaluators.framed_socket import MARK_SIZE, BrokenFrameError, FramedSocket, SocketClosedError
from infobip_rules.evaluators.frames import read_loaded, read_verdicts, write_jobs
from infobip_rules.evaluators.jobs import SessionJob, Verdict
from infobip_rules.evaluators.limits import WorkerLimits
from infobip_rules.evaluators.outline import RulesOutline
from infobip_rules.evaluators.worker import WorkerPlan
from infobip_rules.progress import Progress, unkept
from infobip_rules.redaction import SECRET_VARIABLES

log = logging.getLogger("infobip_rules.evaluators")

#: Seconds that a worker may take to load the rules: work that goes on, on a slow or busy machine, is no failure.
START_DEADLINE = 300.0
#: Seconds of them after which the log says that it is not done yet.
SLOW_START = 20.0
#: Seconds that the end of a worker and of what it left behind is waited for.
_END = 10.0
#: Seconds that the last words of a worker that ended are waited for.
_LAST_WORDS = 1.0
_SLOW = "It has loaded the rules for {} s: a rule file loops or waits, or the machine is slow or busy. It goes on."
_SUPERVISOR = Path(__file__).with_name("supervisor.py")


class WorkerDiedError(Exception):
    """A worker ended, did not answer in time, or wrote what is no answer; `args[0]` says which."""

    #: Whether the signal begun last is the cause: what a rule writes may be read after the signals behind it were begun.
    certain = True


class WorkerWroteError(WorkerDiedError):
    """What a worker wrote is no answer."""

    certain = False


class Worker:
    """One process that evaluates; it is given jobs and answers verdicts, some at a time."""

    def __init__(self, paths: Sequence[str], channels: Channels, limits: WorkerLimits, progress: Progress) -> None:
        self._limits = limits
        self._channels = channels
        #: How many signals of the jobs given last it has begun, which shows the one that ended it.
        self.progress = progress
        mark = secrets.token_bytes(MARK_SIZE)
        ours, theirs = socket.socketpair()
        self._lifeline, lifeline = socket.socketpair()
        prints, printed = os.pipe()
        given = {
            "path": sys.path,
            "argv": sys.argv,
            "line": theirs.fileno(),
            "lifeline": lifeline.fileno(),
            "begun": progress.descriptor,
            "mark": mark.hex(),
        }
        try:
            # An interpreter of its own, with nothing of the host's but what is handed to it here.
            self._process = subprocess.Popen(  # noqa: S603 - our own file
                [sys.executable, "-P", str(_SUPERVISOR), json.dumps(given)],
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=printed,
                pass_fds=(theirs.fileno(), lifeline.fileno(), progress.descriptor),
                env={name: value for name, value in os.environ.items() if name not in SECRET_VARIABLES},
            )
        except BaseException:
            ours.close()
            self._lifeline.close()
            os.close(prints)
            raise
        finally:
            theirs.close()
            lifeline.close()
            os.close(printed)
        self._line = FramedSocket(ours, mark)
        self._prints = log_prints_of(prints, self._process.pid)
        self._given = 0
        self._pid: int | None = None
        self._stopped = False
        plan = WorkerPlan(paths=tuple(paths), channels=channels, limits=limits, offset=self.progress.offset)
        with suppress(SocketClosedError):  # ready() reports why
            self._line.send(pickle.dumps(plan), START_DEADLINE)

    def ready(self) -> RulesOutline:
        """Waits until the rules are loaded and returns their outline. Raises RuleError with the reason if they are not."""
        try:
            self._wait_for_rules()
            with _believing():
                loaded = read_loaded(self._receive(START_DEADLINE))
        except WorkerDiedError as death:
            raise RuleError(
                f"A worker {death} while it loaded the rules.", "Mend the rules, then start again."
            ) from None
        if loaded.problem:
            raise RulesNotLoadedError(loaded.problem)
        return loaded.rules

    def _wait_for_rules(self) -> None:
        if self._line.waits(SLOW_START):
            return
        log.warning("evaluators.still_loading worker=%d reason=%s", self._process.pid, _SLOW.format(f"{SLOW_START:g}"))
        if not self._line.waits(START_DEADLINE - SLOW_START):
            raise RuleError(
                f"A worker took longer than {START_DEADLINE:g} s while it loaded the rules.",
                "If `infobip-rules check` takes as long, a rule file loops or waits at its top: mend it. Else the machine "
                "has too much else to do: start again when it has less.",
            )

    def send(self, jobs: Sequence[SessionJob]) -> None:
        """Gives the worker jobs. Raises WorkerDiedError, also when it does not take them in time."""
        ids = [signal.id for job in jobs for signal in job.signals]
        self._given = len(ids)
        self.progress.give(ids)
        try:
            self._line.send(write_jobs(jobs), self._limits.deadline)
        except SocketClosedError:
            raise WorkerDiedError("ended before it took the signal") from None

    @property
    def begun(self) -> int:
        """How many of the signals given last it has begun to evaluate."""
        return self.progress.begun

    @property
    def pid(self) -> int:
        """The process that rules run in; that of its supervisor if it has ended."""
        if self._pid is None:
            self._lifeline.settimeout(START_DEADLINE)
            self._pid = int.from_bytes(self._lifeline.recv(8), "little") or self._process.pid
        return self._pid

    def verdicts(self, deadline: float) -> list[Verdict]:
        """Returns the next verdicts. Raises WorkerDiedError, also when one signal takes longer than `deadline`."""
        begun = self.begun
        while not self._line.waits(deadline):
            if not begun < self.begun <= self._given:
                raise WorkerDiedError(f"took longer than {deadline:g} s")
            begun = self.begun
        with _believing():
            return read_verdicts(self._receive(deadline), self._channels)

    def stop(self) -> None:
        """Ends the process at once, and all that rules have started in it."""
        self._stopped = True
        self._lifeline.close()
        try:
            self._process.wait(_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._line.close()
        self.progress.give()
        self._prints.join(_LAST_WORDS)

    def _receive(self, deadline: float) -> bytes:
        if not self._line.waits(deadline):
            raise WorkerDiedError(f"took longer than {deadline:g} s")
        try:
            return self._line.receive(deadline)
        except SocketClosedError:
            raise WorkerDiedError(self._fate()) from None

    def _fate(self) -> str:
        if self._stopped:
            return "was ended"
        try:
            return f"ended its process ({_ending(self._process.wait(_END))})"
        except subprocess.TimeoutExpired:
            return "let go of its host"


@contextmanager
def _believing() -> Iterator[None]:
    try:
        yield
    except BrokenFrameError as wrong:
        raise WorkerWroteError(*wrong.args) from None


def _ending(code: int) -> str:
    """Returns how a process ended, from an exit code like a shell's."""
    with suppress(ValueError):
        if code > 128:
            return f"signal {signals.Signals(code - 128).name}"
    return f"exit code {code}"


def outline_of(paths: Sequence[str | Path], memory_mb: int = 0, *, channels: Channels | None = None) -> RulesOutline:
    """Returns the outline of the rules under `paths`, loaded by a worker that is then ended. Raises RuleError."""
    known = channels or installed_channels()
    worker = Worker([str(path) for path in paths], known, WorkerLimits(memory_mb=memory_mb), Progress(unkept()))
    try:
        return worker.ready()
    finally:
        worker.stop()
        worker.progress.close()
