"""Evaluation in processes of its own: a rule that crashes, hangs or leaves the process costs one signal, not the host."""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import secrets
import signal as signals
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from infobip_rules.concealing import SECRET_VARIABLES
from infobip_rules.engine.confinement import WorkerLimits
from infobip_rules.engine.evaluation import MakeSms
from infobip_rules.engine.frames import read_loaded, read_verdicts, write_jobs
from infobip_rules.engine.jobs import SessionJob, SignalJob, Verdict, occasion
from infobip_rules.engine.line import MARK_SIZE, BrokenFrameError, Line, LineEndedError
from infobip_rules.engine.printed import log_prints_of
from infobip_rules.engine.tracing import failed_trace
from infobip_rules.engine.worker import WorkerPlan
from infobip_rules.errors import EvaluationError, InfobipRulesError, RuleError
from infobip_rules.progress import Progress, unkept

#: Seconds that a worker may take to load the rules.
START_DEADLINE = 60.0
#: Seconds that the end of a worker and of what it left behind is waited for.
_END = 10.0
#: Seconds that the last words of a worker that ended are waited for.
_LAST_WORDS = 1.0
_WARDEN = Path(__file__).with_name("warden.py")


class WorkerDiedError(Exception):
    """A worker ended, did not answer in time, or wrote what is no answer; `args[0]` says which."""

    #: Whether the signal begun last is the cause: what a rule writes may be read after the signals behind it were begun.
    certain = True


class WorkerWroteError(WorkerDiedError):
    """What a worker wrote is no answer."""

    certain = False


class Worker:
    """One process that evaluates; it is given jobs and answers verdicts, some at a time."""

    def __init__(self, paths: Sequence[str], make_sms: MakeSms, limits: WorkerLimits, progress: Progress) -> None:
        self._limits = limits
        #: How many signals of the jobs given last it has begun; tells which one ended it.
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
                [sys.executable, "-P", str(_WARDEN), json.dumps(given)],
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
        self._line = Line(ours, mark)
        self._prints = log_prints_of(prints, self._process.pid)
        self._given = 0
        self._pid: int | None = None
        self._stopped = False
        plan = WorkerPlan(paths=tuple(paths), make_sms=make_sms, limits=limits, offset=self.progress.offset)
        with suppress(LineEndedError):  # and being ready tells why
            self._line.send(pickle.dumps(plan), START_DEADLINE)

    def ready(self) -> None:
        """Waits until the rules are loaded. Raises what kept them from it."""
        try:
            with _believing():
                problem = read_loaded(self._receive(START_DEADLINE)).problem
        except WorkerDiedError as death:
            problem = f"A worker {death} while it loaded the rules."
        if problem:
            raise RuleError(problem, "Mend the rules, then start again.")

    def send(self, jobs: Sequence[SessionJob]) -> None:
        """Gives the worker jobs. Raises WorkerDiedError, also when it does not take them in time."""
        ids = [signal.id for job in jobs for signal in job.signals]
        self._given = len(ids)
        self.progress.give(ids)
        try:
            self._line.send(write_jobs(jobs), self._limits.deadline)
        except LineEndedError:
            raise WorkerDiedError("ended before it took the signal") from None

    @property
    def begun(self) -> int:
        """How many of the signals given last it has begun to evaluate."""
        return self.progress.begun

    @property
    def pid(self) -> int:
        """The process that rules run in; that of the warden, which is between it and this one, where it has ended."""
        if self._pid is None:
            self._lifeline.settimeout(START_DEADLINE)
            self._pid = int.from_bytes(self._lifeline.recv(8), "little") or self._process.pid
        return self._pid

    def verdicts(self, deadline: float) -> list[Verdict]:
        """The next verdicts. Raises WorkerDiedError, also when one signal takes longer than `deadline`."""
        begun = self.begun
        while not self._line.waits(deadline):
            if not begun < self.begun <= self._given:
                raise WorkerDiedError(f"took longer than {deadline:g} s")
            begun = self.begun
        with _believing():
            return read_verdicts(self._receive(deadline))

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
        except LineEndedError:
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
    """How a process ended, by its exit code as of a shell."""
    with suppress(ValueError):
        if code > 128:
            return f"signal {signals.Signals(code - 128).name}"
    return f"exit code {code}"


class WorkerPool:
    """Evaluates in `size` worker processes, each with the rule files loaded.

    A worker that ends or exceeds the deadline is replaced; its signal is tried once more in a fresh one, and given up if
    that fails too. The rest of its session's signals go on from the state before.
    """

    def __init__(
        self,
        paths: Sequence[str],
        *,
        make_sms: MakeSms,
        size: int = 1,
        limits: WorkerLimits | None = None,
        places: Sequence[Progress] = (),
    ) -> None:
        """With `places`, one for each worker, it is noted there which signals are being evaluated."""
        self._paths = tuple(paths)
        self._make_sms = make_sms
        self._limits = limits or WorkerLimits()
        self._closed = False
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="evaluation")
        #: A place for each worker; None where one ended and could not be replaced yet.
        self._idle: asyncio.Queue[Worker | None] = asyncio.Queue()
        self._workers: set[Worker] = set()
        self._places = list(places)
        self.size = size
        #: How many workers had to be replaced.
        self.replaced = 0

    async def start(self) -> None:
        """Starts the workers; returns when all have loaded the rules. Raises RuleError if they can't."""
        try:
            workers = [self._new() for _ in range(self.size)]
            for worker in workers:
                await asyncio.get_running_loop().run_in_executor(self._threads, worker.ready)
                self._idle.put_nowait(worker)
        except BaseException:
            await self.close()
            raise

    async def evaluate(self, jobs: Sequence[SessionJob]) -> list[list[Verdict]]:
        """The verdicts on each job's signals, in order.

        Raises RuleError where a worker had to be replaced and the rule files no longer load; the jobs may be given again.
        """
        worker = await self._idle.get()
        loop = asyncio.get_running_loop()
        # Shielded: a caller that is cancelled must not leave the worker with half a job.
        task = loop.run_in_executor(self._threads, self._judge_all, worker, jobs)
        task.add_done_callback(self._give_back)
        return (await asyncio.shield(task))[0]

    async def close(self) -> None:
        """Ends the workers; what they were evaluating comes to nothing."""
        self._closed = True
        for worker in list(self._workers):
            self._end(worker)
        self._threads.shutdown(wait=True)
        while self._places:
            self._places.pop().close()

    def _new(self) -> Worker:
        place = self._places.pop() if self._places else Progress(unkept())
        try:
            worker = Worker(self._paths, self._make_sms, self._limits, place)
        except BaseException:
            self._places.append(place)
            raise
        self._workers.add(worker)
        return worker

    def _give_back(self, task: asyncio.Future[tuple[list[list[Verdict]], Worker]]) -> None:
        failed = task.cancelled() or task.exception() is not None
        self._idle.put_nowait(None if failed else task.result()[1])

    def _replace(self, worker: Worker) -> Worker:
        self._end(worker)
        self.replaced += 1
        return self._fresh()

    def _fresh(self) -> Worker:
        worker = self._new()
        try:
            worker.ready()
        except InfobipRulesError:
            self._end(worker)
            raise
        return worker

    def _end(self, worker: Worker) -> None:
        if worker in self._workers:
            self._workers.discard(worker)
            worker.stop()
            self._places.append(worker.progress)

    def _judge_all(self, worker: Worker | None, jobs: Sequence[SessionJob]) -> tuple[list[list[Verdict]], Worker]:
        worker = worker or self._fresh()
        batch = _Batch(jobs)
        while batch.open:
            try:
                worker.send(batch.next_jobs())
                while not batch.complete:
                    batch.take(worker.verdicts(self._limits.deadline))
                worker.progress.give()
            except WorkerDiedError as death:
                if self._closed:
                    raise
                batch.blame(worker.begun, str(death), certain=death.certain)
                worker = self._replace(worker)
        return batch.verdicts, worker


class _Batch:
    """The signals of some jobs on their way through a worker: which are judged, which are to be tried alone."""

    def __init__(self, jobs: Sequence[SessionJob]) -> None:
        self.jobs = jobs
        self.verdicts: list[list[Verdict]] = [[] for _ in jobs]
        self._order = [(place, signal) for place, job in enumerate(jobs) for signal in job.signals]
        self._states = [job.state for job in jobs]
        #: How many are judged, where the signals given last begin and end, and which may not be given with others any more.
        self._done = 0
        self._first = self._end = 0
        self._alone: set[int] = set()

    @property
    def open(self) -> bool:
        """Whether signals are left."""
        return self._done < len(self._order)

    @property
    def complete(self) -> bool:
        """Whether all that was given last is judged."""
        return self._done == self._end

    def next_jobs(self) -> Sequence[SessionJob]:
        """What to give next: all that is left, up to a signal that has to be alone; or that one."""
        first = self._first = self._done
        if not (first or self._alone):
            self._end = len(self._order)
            return self.jobs  # as they came: it goes wrong rarely
        if first in self._alone:
            self._end = first + 1
        else:
            self._end = min((place for place in self._alone if place > first), default=len(self._order))
        given: dict[int, list[SignalJob]] = {}
        for place, signal in self._order[first : self._end]:
            given.setdefault(place, []).append(signal)
        return [
            self.jobs[place]._replace(state=self._states[place], signals=tuple(some)) for place, some in given.items()
        ]

    def take(self, verdicts: Sequence[Verdict]) -> None:
        """Notes verdicts, which come in order. Raises WorkerWroteError for those of other signals."""
        expected = [signal.id for _, signal in self._order[self._done : self._end]]
        if not verdicts or [verdict.signal for verdict in verdicts] != expected[: len(verdicts)]:
            raise WorkerWroteError("gave answers to other signals")
        for verdict in verdicts:
            place, _ = self._order[self._done]
            self.verdicts[place].append(verdict)
            if verdict.effects is not None:
                self._states[place] = verdict.effects.state
            self._done += 1

    def blame(self, begun: int, what: str, *, certain: bool = True) -> None:
        """Notes that the worker died over a signal: it is tried once more alone, and then given up.

        Where it is not certain which, each that it may be is tried alone.
        """
        culprit = max(self._done, min(self._first + begun - 1, self._end - 1))
        if culprit in self._alone:
            place, signal = self._order[culprit]
            self.take([_given_up(self.jobs[place], signal, what)])
        else:
            self._alone.update([culprit] if certain else range(self._done, culprit + 1))


def _given_up(job: SessionJob, signal: SignalJob, what: str) -> Verdict:
    error = EvaluationError(
        f"The evaluation {what}, twice.",
        "A rule loops without end, is too slow, or leaves the process: mend it, restart the host, then run "
        "`infobip-rules replay ID`.",
    )
    trace = failed_trace(occasion(job, signal), error).to_json() if job.traced else None
    return Verdict(signal=signal.id, error=error, trace=trace)
