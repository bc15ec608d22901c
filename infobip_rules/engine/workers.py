"""Evaluation in processes of its own: a rule that crashes, hangs or leaves the process costs one signal, not the host."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal as signals
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from infobip_rules.engine.evaluation import MOST_FIRINGS, MakeSms
from infobip_rules.engine.jobs import SessionJob, Verdict, judge
from infobip_rules.engine.loader import load_rules
from infobip_rules.errors import EvaluationError, InfobipRulesError, RuleError

#: Seconds that one evaluation may take.
DEADLINE = 2.0
#: Seconds that a worker may take to load the rules.
START_DEADLINE = 60.0


class WorkerDiedError(Exception):
    """A worker ended, or did not answer in time; `args[0]` says which."""


class Worker:
    """One process that evaluates; it is given jobs and answers a verdict a signal."""

    def __init__(self, paths: Sequence[str], make_sms: MakeSms, most_firings: int) -> None:
        # Spawned, not forked: the host has threads and connections that a copy must not hold.
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process: BaseProcess = context.Process(
            target=_work, args=(theirs, tuple(paths), make_sms, most_firings), name="infobip-rules-worker", daemon=True
        )
        self._process.start()
        theirs.close()

    def ready(self) -> None:
        """Waits until the rules are loaded. Raises what kept them from it."""
        try:
            problem = self._receive(START_DEADLINE)
        except WorkerDiedError as death:
            problem = f"A worker {death} while it loaded the rules."
        if problem is not None:
            raise RuleError(problem, "Mend the rules, then start again.")

    def send(self, job: SessionJob) -> None:
        """Gives the worker a job."""
        try:
            self._pipe.send(job)
        except OSError:
            raise WorkerDiedError("ended before it took the signal") from None

    def verdict(self, deadline: float) -> Verdict:
        """The next verdict. Raises WorkerDiedError."""
        verdict: Verdict = self._receive(deadline)
        return verdict

    def stop(self) -> None:
        """Ends the process at once."""
        self._process.kill()
        self._process.join()
        self._pipe.close()
        self._process.close()

    def _receive(self, deadline: float) -> Any:
        try:
            if not self._pipe.poll(deadline):
                raise WorkerDiedError(f"took longer than {deadline:g} s")
            return self._pipe.recv()
        except (EOFError, OSError):
            self._process.join(1.0)
            raise WorkerDiedError(f"ended its process ({_ending(self._process.exitcode)})") from None


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        return f"signal {signals.Signals(-code).name}"
    return f"exit code {code}"


def _work(pipe: Connection, paths: tuple[str, ...], make_sms: MakeSms, most_firings: int) -> None:
    """The worker's side: load the rules, say so, then judge what comes until the pipe closes."""
    signals.signal(signals.SIGINT, signals.SIG_IGN)  # Ctrl-C is the host's to handle
    signals.signal(signals.SIGTERM, signals.SIG_DFL)
    try:
        rulebook = load_rules(paths)
    except InfobipRulesError as problem:
        pipe.send(str(problem))
        return
    pipe.send(None)
    while True:
        try:
            job: SessionJob = pipe.recv()
        except EOFError:
            return
        state = job.state
        for signal in job.signals:
            verdict = judge(rulebook, job, signal, state, make_sms=make_sms, most_firings=most_firings)
            state = verdict.effects.state if verdict.effects else state
            pipe.send(verdict)


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
        deadline: float = DEADLINE,
        most_firings: int = MOST_FIRINGS,
    ) -> None:
        self._paths = tuple(paths)
        self._make_sms = make_sms
        self._deadline = deadline
        self._most_firings = most_firings
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="evaluation")
        #: A place for each worker; None where one ended and could not be replaced yet.
        self._idle: asyncio.Queue[Worker | None] = asyncio.Queue()
        self._workers: set[Worker] = set()
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

    async def close(self) -> None:
        """Ends the workers."""
        for worker in list(self._workers):
            self._workers.discard(worker)
            worker.stop()
        self._threads.shutdown(wait=True)

    def _new(self) -> Worker:
        worker = Worker(self._paths, self._make_sms, self._most_firings)
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
        out = []
        for job in jobs:
            verdicts, worker = self._judge(worker, job)
            out.append(verdicts)
        return out, worker

    def _judge(self, worker: Worker, job: SessionJob) -> tuple[list[Verdict], Worker]:
        verdicts: list[Verdict] = []
        state, failed = job.state, 0
        sent = False
        while len(verdicts) < len(job.signals):
            try:
                if not sent:
                    rest = job.signals[len(verdicts) :]
                    # Alone, when it comes a second time: so that nothing but itself can be the cause.
                    worker.send(
                        SessionJob(key=job.key, state=state, signals=rest[: 1 if failed else None], now=job.now)
                    )
                    sent = not failed
                verdict = worker.verdict(self._deadline)
                failed = 0
            except WorkerDiedError as death:
                worker, sent, failed = self._replace(worker), False, failed + 1
                if failed == 1:
                    continue
                verdict, failed = _given_up(job.signals[len(verdicts)].id, str(death)), 0
            state = verdict.effects.state if verdict.effects else state
            verdicts.append(verdict)
        return verdicts, worker


def _given_up(signal: int, what: str) -> Verdict:
    return Verdict(
        signal=signal,
        error=EvaluationError(
            f"The evaluation {what}, twice.",
            "A rule loops without end, is too slow, or leaves the process: mend it and replay the signal.",
        ),
    )
