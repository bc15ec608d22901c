"""Evaluation in processes of its own: a rule that crashes, hangs or leaves the process costs one signal, not the host."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import pickle
import signal as signals
import socket
import struct
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from infobip_rules.engine.confinement import WorkerLimits
from infobip_rules.engine.evaluation import MakeSms
from infobip_rules.engine.jobs import SessionJob, SignalJob, Verdict, occasion, put_off
from infobip_rules.engine.printed import log_prints_of
from infobip_rules.engine.tracing import failed_trace
from infobip_rules.engine.worker import work
from infobip_rules.errors import EvaluationError, InfobipRulesError, RuleError

#: Seconds that a worker may take to load the rules.
START_DEADLINE = 60.0
#: Seconds that the last words of a worker that ended are waited for: a process that it left behind may hold on to them.
_LAST_WORDS = 1.0


class WorkerDiedError(Exception):
    """A worker ended, or did not answer in time; `args[0]` says which."""


class Worker:
    """One process that evaluates; it is given jobs and answers verdicts, some at a time."""

    def __init__(self, paths: Sequence[str], make_sms: MakeSms, limits: WorkerLimits) -> None:
        # Spawned, not forked: the host has threads and connections that a copy must not hold.
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        _limit_waits(self._pipe, limits.deadline)
        prints, printed = context.Pipe(duplex=False)
        #: How many signals of the jobs given last it has begun; tells which one ended it.
        self._begun = context.RawValue("Q", 0)
        self._process: BaseProcess = context.Process(
            target=work,
            args=((theirs, printed), self._begun, tuple(paths), make_sms, limits),
            name="infobip-rules-worker",
            daemon=True,
        )
        self._process.start()
        theirs.close()
        printed.close()
        self._prints = log_prints_of(prints, self._process.pid)
        # Two threads that wait for one process end up with one of them taking it for alive.
        self._waiting = threading.Lock()
        self._stopped = False

    def ready(self) -> None:
        """Waits until the rules are loaded. Raises what kept them from it."""
        try:
            problem = self._receive(START_DEADLINE)
        except WorkerDiedError as death:
            problem = f"A worker {death} while it loaded the rules."
        if problem is not None:
            raise RuleError(problem, "Mend the rules, then start again.")

    def send(self, jobs: Sequence[SessionJob]) -> None:
        """Gives the worker jobs. Raises WorkerDiedError, also when it does not take them in time."""
        self._begun.value = 0
        try:
            self._pipe.send_bytes(pickle.dumps(jobs))
        except OSError:
            raise WorkerDiedError("ended before it took the signal") from None

    @property
    def begun(self) -> int:
        """How many of the signals given last it has begun to evaluate."""
        return int(self._begun.value)

    def verdicts(self, deadline: float) -> list[Verdict]:
        """The next verdicts. Raises WorkerDiedError, also when one signal takes longer than `deadline`."""
        begun = self.begun
        while not self._answers(deadline):
            if self.begun == begun:
                raise WorkerDiedError(f"took longer than {deadline:g} s")
            begun = self.begun
        verdicts: list[Verdict] = self._receive(deadline)
        return verdicts

    def stop(self) -> None:
        """Ends the process at once."""
        self._process.kill()
        with self._waiting:
            self._stopped = True
            self._process.join()
            self._pipe.close()
            self._process.close()
        self._prints.join(_LAST_WORDS)

    def _answers(self, seconds: float) -> bool:
        try:
            return self._pipe.poll(seconds)
        except OSError:
            return True  # and receiving tells why

    def _receive(self, deadline: float) -> Any:
        try:
            if not self._pipe.poll(deadline):
                raise WorkerDiedError(f"took longer than {deadline:g} s")
            return self._pipe.recv()
        except BlockingIOError:
            raise WorkerDiedError("stopped in the middle of its answer") from None
        except (EOFError, OSError):
            raise WorkerDiedError(self._fate()) from None
        except Exception as problem:  # whatever unpickling comes to
            raise WorkerDiedError(f"gave an answer that can't be read ({type(problem).__name__})") from None

    def _fate(self) -> str:
        with self._waiting:
            if self._stopped:
                return "was ended"
            self._process.join(1.0)
            return f"ended its process ({_ending(self._process.exitcode)})"


def _limit_waits(pipe: Connection, seconds: float) -> None:
    """Has a read or write that waits longer raise BlockingIOError: a worker that is stopped amid one would hold up the host."""
    whole = int(seconds)
    limit = struct.pack("@ll", whole, int((seconds - whole) * 1e6))
    with socket.socket(fileno=os.dup(pipe.fileno())) as end:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        return f"signal {signals.Signals(-code).name}"
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
    ) -> None:
        self._paths = tuple(paths)
        self._make_sms = make_sms
        self._limits = limits or WorkerLimits()
        self._closed = False
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="evaluation")
        #: A place for each worker; None where one ended and could not be replaced yet.
        self._idle: asyncio.Queue[Worker | None] = asyncio.Queue()
        self._workers: set[Worker] = set()
        #: One more worker, for what others must not wait for; started when it is needed.
        self._apart: WorkerPool | None = None
        self.size = size
        #: How many workers had to be replaced.
        self.replaced = 0

    async def start(self) -> None:
        """Starts the workers; returns when all have loaded the rules. Raises RuleError if they can't."""
        workers = [self._new() for _ in range(self.size)]
        for worker in workers:
            await asyncio.get_running_loop().run_in_executor(self._threads, worker.ready)
            self._idle.put_nowait(worker)

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

    async def evaluate_apart(self, jobs: Sequence[SessionJob]) -> list[list[Verdict]]:
        """The same in one more worker, which the pool's own do not wait for; for one call at a time.

        Raises RuleError where that has to be started and the rule files no longer load.
        """
        if self._apart is None:
            apart = WorkerPool(self._paths, make_sms=self._make_sms, limits=self._limits)
            self._apart = apart
            try:
                await apart.start()
            except BaseException:
                self._apart = None
                await apart.close()
                raise
        return await self._apart.evaluate(jobs)

    async def end_apart(self) -> None:
        """Ends the worker for what others must not wait for, until it is needed again."""
        apart, self._apart = self._apart, None
        if apart is not None:
            await apart.close()

    async def close(self) -> None:
        """Ends the workers; what they were evaluating comes to nothing."""
        self._closed = True
        await self.end_apart()
        for worker in list(self._workers):
            self._workers.discard(worker)
            worker.stop()
        self._threads.shutdown(wait=True)

    def _new(self) -> Worker:
        worker = Worker(self._paths, self._make_sms, self._limits)
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

    def _judge_all(self, worker: Worker | None, jobs: Sequence[SessionJob]) -> tuple[list[list[Verdict]], Worker]:
        worker = worker or self._fresh()
        batch = _Batch(jobs)
        while batch.open:
            try:
                worker.send(batch.next_jobs())
                while not batch.complete:
                    batch.take(worker.verdicts(self._limits.deadline))
            except WorkerDiedError as death:
                if self._closed:
                    raise
                batch.blame(worker.begun, str(death))
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
        return self._done >= self._end

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
        """Notes verdicts, which come in order."""
        for verdict in verdicts:
            place, _ = self._order[self._done]
            self.verdicts[place].append(verdict)
            if verdict.effects is not None:
                self._states[place] = verdict.effects.state
            self._done += 1
        self._pass_put_off()

    def blame(self, begun: int, what: str) -> None:
        """Notes that the worker died over a signal: it is tried once more alone, and then given up.

        Where others wait behind it, it is put off instead.
        """
        culprit = max(self._done, min(self._first + begun - 1, self._end - 1))
        if culprit in self._alone:
            place, signal = self._order[culprit]
            self.take([_given_up(self.jobs[place], signal, what)])
        else:
            self._alone.add(culprit)
            self._pass_put_off()

    def _pass_put_off(self) -> None:
        while self._done in self._alone:
            place, signal = self._order[self._done]
            if not self.jobs[place].hasty:
                break
            self.verdicts[place].append(put_off(signal))
            self._done += 1


def _given_up(job: SessionJob, signal: SignalJob, what: str) -> Verdict:
    error = EvaluationError(
        f"The evaluation {what}, twice.",
        "A rule loops without end, is too slow, or leaves the process: mend it, restart the host, then run "
        "`infobip-rules replay ID`.",
    )
    trace = failed_trace(occasion(job, signal), error).to_json() if job.traced else None
    return Verdict(signal=signal.id, error=error, trace=trace)
