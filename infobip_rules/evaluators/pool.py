"""Evaluation in processes of its own: a rule that crashes, hangs or leaves the process costs one signal, not the host."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from infobip_rules.channels.registry import Channels
from infobip_rules.engine.explain.trace_builder import failed_trace
from infobip_rules.errors import EvaluationError, InfobipRulesError
from infobip_rules.evaluators.jobs import SessionJob, SignalJob, Verdict, occasion, put_off
from infobip_rules.evaluators.limits import WorkerLimits
from infobip_rules.evaluators.outline import RulesOutline
from infobip_rules.evaluators.worker_process import Worker, WorkerDiedError, WorkerWroteError
from infobip_rules.progress import Progress, unkept

__all__ = ["Worker", "WorkerDiedError", "WorkerPool"]


class WorkerPool:
    """Evaluates in `size` worker processes, each with the rule files loaded.

    A worker that ends or exceeds the deadline is replaced; its signal is tried once more in a fresh one, and given up if
    that fails too. The rest of its session's signals go on from the state before.
    """

    def __init__(
        self,
        paths: Sequence[str],
        *,
        channels: Channels,
        size: int = 1,
        limits: WorkerLimits | None = None,
        places: Sequence[Progress] = (),
    ) -> None:
        """Makes a pool whose rules send by `channels`.

        With `places`, one for each worker and one for each worker apart, it notes there which signals are evaluated.
        """
        self._paths = tuple(paths)
        self._channels = channels
        self._limits = limits or WorkerLimits()
        self._closed = False
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="evaluation")
        #: A place for each worker; None if one ended and could not be replaced yet.
        self._idle: asyncio.Queue[Worker | None] = asyncio.Queue()
        self._workers: set[Worker] = set()
        self._places = list(places)
        #: The rules that the workers loaded at the start.
        self.rules = RulesOutline()
        #: More workers, each in a pool of its own, for what others must not wait for; started when they are needed.
        self._apart: list[WorkerPool] = []
        self._free_apart: list[WorkerPool] = []
        self.size = size
        #: How many workers had to be replaced.
        self.replaced = 0

    async def start(self) -> None:
        """Starts the workers; returns when all have loaded the rules. Raises RuleError if they can't."""
        try:
            workers = [self._new() for _ in range(self.size)]
            for worker in workers:
                self.rules = await asyncio.get_running_loop().run_in_executor(self._threads, worker.ready)
                self._idle.put_nowait(worker)
        except BaseException:
            await self.end()
            raise

    async def evaluate(self, jobs: Sequence[SessionJob]) -> list[list[Verdict]]:
        """Returns the verdicts on each job's signals, in order.

        Raises RuleError if a worker had to be replaced and the rule files no longer load; the jobs may be given again.
        """
        worker = await self._idle.get()
        loop = asyncio.get_running_loop()
        # Shielded: a caller that is cancelled must not leave the worker with half a job.
        task = loop.run_in_executor(self._threads, self._judge_all, worker, jobs)
        task.add_done_callback(self._give_back)
        return (await asyncio.shield(task))[0]

    async def evaluate_apart(self, jobs: Sequence[SessionJob]) -> list[list[Verdict]]:
        """Returns the same in one more worker, which the pool's own do not wait for.

        For as many calls at a time as the pool has workers.

        Raises RuleError if that has to be started and the rule files no longer load.
        """
        apart = self._free_apart.pop() if self._free_apart else await self._start_apart()
        try:
            return await apart.evaluate(jobs)
        finally:
            if apart in self._apart:  # it was not ended meanwhile
                self._free_apart.append(apart)

    async def _start_apart(self) -> WorkerPool:
        places = [self._places.pop()] if self._places else []
        apart = WorkerPool(self._paths, channels=self._channels, limits=self._limits, places=places)
        self._apart.append(apart)
        try:
            await apart.start()
        except BaseException:
            await self._end_apart(apart)
            raise
        return apart

    async def _end_apart(self, apart: WorkerPool) -> None:
        if apart in self._apart:
            self._apart.remove(apart)
            await apart.end()
            self._places += apart._places

    async def end_apart(self) -> None:
        """Ends the workers for what others must not wait for, until they are needed again."""
        self._free_apart.clear()
        for apart in list(self._apart):
            await self._end_apart(apart)

    async def end(self) -> None:
        """Ends the workers; what they were evaluating comes to nothing."""
        self._closed = True
        await self.end_apart()
        for worker in list(self._workers):
            self._end(worker)
        self._threads.shutdown(wait=True)

    async def close(self) -> None:
        """Ends the workers, and closes their places."""
        await self.end()
        while self._places:
            self._places.pop().close()

    def _new(self) -> Worker:
        place = self._places.pop() if self._places else Progress(unkept())
        try:
            worker = Worker(self._paths, self._channels, self._limits, place)
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
            except BaseException:  # nobody is given this worker back
                self._end(worker)
                raise
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
        """Returns what to give next: all that is left, up to a signal that has to be alone; or that one."""
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
        self._pass_put_off()

    def blame(self, begun: int, what: str, *, certain: bool = True) -> None:
        """Notes that the worker died over a signal: it is tried once more alone, and then given up.

        If it is not certain which, each that it may be is tried alone. If others wait behind it, it is put off
        instead.
        """
        culprit = max(self._done, min(self._first + begun - 1, self._end - 1))
        if culprit in self._alone:
            place, signal = self._order[culprit]
            self.take([_given_up(self.jobs[place], signal, what)])
        else:
            self._alone.update([culprit] if certain else range(self._done, culprit + 1))
            self._pass_put_off()

    def _pass_put_off(self) -> None:
        while self._done in self._alone:
            place, _ = self._order[self._done]
            if not self.jobs[place].hasty:
                break
            # With those behind it in its session: they start from what it comes to, and have to wait for it.
            rest = self.jobs[place].signals[len(self.verdicts[place]) :]
            self.verdicts[place] += map(put_off, rest)
            self._done += len(rest)


def _given_up(job: SessionJob, signal: SignalJob, what: str) -> Verdict:
    error = EvaluationError(
        f"The evaluation {what}, twice.",
        "A rule loops without end, is too slow, or leaves the process: mend it, restart the host, then run "
        "`infobip-rules replay ID`.",
    )
    trace = failed_trace(occasion(job, signal), error).to_json() if job.traced else None
    return Verdict(signal=signal.id, error=error, trace=trace)
