"""Jobs for evaluators: the signals of one session, and the result of each."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple, Protocol

from pydantic import ValidationError

from infobip_rules.channels.registry import Channels
from infobip_rules.engine.explain.trace_builder import Occasion, failed_trace, write_trace
from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.rules.user_error import described, sentence
from infobip_rules.engine.session.evaluation import MOST_FIRINGS, Effects, evaluate, own_frames
from infobip_rules.engine.session.recorder import Recorder
from infobip_rules.errors import EvaluationError, InfobipRulesError
from infobip_rules.evaluators.pacing import Pace
from infobip_rules.evaluators.routes import routed
from infobip_rules.signals import Signal

#: The timings of what was not evaluated: nothing begins at infinity.
UNTIMED = (math.inf, 0.0)

# Named tuples: made for every signal, in a third of the time of frozen dataclasses, and read from a pipe sooner.


class SignalJob(NamedTuple):
    """One signal as the journal holds it."""

    id: int
    #: The name of its type.
    kind: str
    #: JSON.
    payload: str
    #: When it came in; None if that is not known.
    received_at: datetime | None = None
    #: Whether the rules' own route has still to say which session it belongs to.
    unrouted: bool = False


class SessionJob(NamedTuple):
    """Signals of one session to evaluate one after the other, from the state it is in (None: a new session)."""

    key: str
    state: str | bytes | None
    signals: tuple[SignalJob, ...]
    now: datetime
    #: Whether a trace of each evaluation is wanted.
    traced: bool = False
    #: Whether others wait behind it: an evaluation that takes long is put off then.
    hasty: bool = False


class Verdict(NamedTuple):
    """The result of one signal: effects to commit, the session it belongs to, or the error that it was given up with."""

    signal: int
    effects: Effects | None = None
    error: EvaluationError | None = None
    #: The evaluation's `engine.trace.Trace` as JSON, if one was wanted.
    trace: bytes | None = None
    #: Whether the error came from code of the engine's own only, which an earlier rule may have tampered with.
    unsound: bool = False
    #: The key of the session that it belongs to instead of this one; empty if it is evaluated here.
    moved: str = ""
    #: Whether it took longer than others may wait, and is to be evaluated apart from them; the error says no more.
    put_off: bool = False
    #: When its evaluation began, by the clock of `time.monotonic`, and the seconds that it took; a worker's own word.
    timings: tuple[float, float] = UNTIMED


class Evaluator(Protocol):
    """Evaluates jobs, in this process or in others; `size` at a time."""

    size: int

    async def evaluate(self, jobs: Sequence[SessionJob]) -> list[list[Verdict]]:
        """Returns the verdicts on each job's signals, in order. Raises nothing that a rule, text or fact could cause."""
        ...

    async def evaluate_apart(self, jobs: Sequence[SessionJob]) -> list[list[Verdict]]:
        """Evaluates the same way while no other signals wait for it; for `size` calls at a time."""
        ...

    async def end_apart(self) -> None:
        """Ends what was started for evaluating apart, until it is needed again."""
        ...

    async def close(self) -> None:
        """Ends what was started for it."""
        ...


def judge(
    rulebook: Rulebook,
    job: SessionJob,
    signal: SignalJob,
    state: str | bytes | None,
    *,
    channels: Channels,
    most_firings: int = MOST_FIRINGS,
    pace: Pace | None = None,
) -> Verdict:
    """Returns the verdict on one signal of a session that is in `state`.

    If a trace is wanted there is one, unless `pace` allows no more of them just now; then only errors have theirs. A
    hasty job is put off if it takes longer than `pace` allows.
    """
    if not job.hasty or pace is None:
        return _judge_traced(rulebook, job, signal, state, channels=channels, most_firings=most_firings, pace=pace)
    verdict = pace.budget.wait_for(
        partial(_judge_traced, rulebook, job, signal, state, channels=channels, most_firings=most_firings, pace=pace)
    )
    return verdict or put_off(signal)


def put_off(signal: SignalJob) -> Verdict:
    """Returns the verdict for a signal whose evaluation takes longer than others may wait."""
    error = EvaluationError("The evaluation takes longer than others may wait.", "It is tried again apart from them.")
    return Verdict(signal=signal.id, error=error, put_off=True)


def _judge_traced(
    rulebook: Rulebook,
    job: SessionJob,
    signal: SignalJob,
    state: str | bytes | None,
    *,
    channels: Channels,
    most_firings: int,
    pace: Pace | None,
) -> Verdict:
    if not job.traced or (pace is not None and not pace.allows()):
        verdict = _judge(rulebook, job, signal, state, channels=channels, most_firings=most_firings)
        if job.traced and verdict.error is not None:
            return verdict._replace(trace=failed_trace(occasion(job, signal), verdict.error).to_json())
        return verdict
    recorder, started = Recorder(), time.perf_counter()
    verdict = _judge(rulebook, job, signal, state, channels=channels, most_firings=most_firings, trace=recorder)
    if verdict.moved:
        return verdict
    done = time.perf_counter()
    trace = write_trace(
        occasion(job, signal),
        recorder,
        rulebook,
        verdict.effects,
        verdict.error,
        channels=channels,
        took=done - started,
    )
    if pace is not None:
        pace.spend(time.perf_counter() - done)
    return verdict._replace(trace=trace)


def occasion(job: SessionJob, signal: SignalJob) -> Occasion:
    """Returns what a trace says of the signal of a job."""
    return Occasion(signal=signal.id, type=signal.kind, received_at=signal.received_at, session=job.key, now=job.now)


def _judge(
    rulebook: Rulebook,
    job: SessionJob,
    signal: SignalJob,
    state: str | bytes | None,
    *,
    channels: Channels,
    most_firings: int,
    trace: Recorder | None = None,
) -> Verdict:
    try:
        read = _read(rulebook, channels, signal)
        if signal.unrouted and (key := routed(rulebook, read, job.key)) != job.key:
            return Verdict(signal=signal.id, moved=key)
        effects = evaluate(
            rulebook,
            state,
            [read],
            now=job.now,
            compose=channels.compose,
            opening=() if state is not None else rulebook.first_contact(job.key),
            most_firings=most_firings,
            trace=trace,
        )
    except EvaluationError as error:
        # Its cause holds the frames of the rule, and so all that the rule had made: release them.
        error.__cause__ = error.__context__ = None
        return Verdict(signal=signal.id, error=error.with_traceback(None))
    except BaseException as problem:  # such as SystemExit from a validator or a function that opens sessions
        remedy = (
            problem.remedy if isinstance(problem, InfobipRulesError) else "Mend it, then run `infobip-rules replay ID`."
        )
        said = described(problem)
        failure = EvaluationError(f"The evaluation failed: {sentence(said)}", remedy, traceback=said)
        return Verdict(signal=signal.id, error=failure, unsound=not own_frames(problem.__traceback__))
    return Verdict(signal=signal.id, effects=effects)


def _read(rulebook: Rulebook, channels: Channels, signal: SignalJob) -> Signal:
    kind = rulebook.signal_types.get(signal.kind) or channels.signal_types.get(signal.kind)
    if kind is None:
        raise EvaluationError(
            f"No rule file knows signals of type {signal.kind}.",
            "Load the rule file that defines it, then run `infobip-rules replay ID`.",
        )
    try:
        # What model_validate_json does, without its overhead.
        read: Signal = kind.__pydantic_validator__.validate_json(signal.payload)  # type: ignore[attr-defined]  # holds signal types only
    except ValidationError as problem:
        first = problem.errors(include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise EvaluationError(
            f"A stored {signal.kind} no longer fits its type: {field}: {first['msg']}.",
            "Mend the type, restart the host, then run `infobip-rules replay ID`.",
        ) from None
    return read


class SignalMarker(Protocol):
    """Where it is noted which signal is being evaluated, should that end the process."""

    def begin(self, signal: int) -> None:
        """Notes that the evaluation of this signal begins."""
        ...

    def end(self) -> None:
        """Notes that it has ended."""
        ...


class InProcessEvaluator:
    """Evaluates in this very process: quick to start and easy to debug, but a rule that hangs hangs it."""

    size = 1

    def __init__(
        self,
        rulebook: Rulebook,
        *,
        channels: Channels,
        most_firings: int = MOST_FIRINGS,
        mark: SignalMarker | None = None,
    ) -> None:
        self._mark = mark
        self.rulebook = rulebook
        self._channels = channels
        self._most_firings = most_firings
        self._pace = Pace()

    async def evaluate(self, jobs: Sequence[SessionJob]) -> list[list[Verdict]]:
        """Returns the verdicts on each job's signals, in order."""
        return [self._one(job) for job in jobs]

    async def evaluate_apart(self, jobs: Sequence[SessionJob]) -> list[list[Verdict]]:
        """Returns the same: there is nothing apart from this process."""
        return await self.evaluate(jobs)

    async def end_apart(self) -> None:
        """Does nothing, as nothing was started."""

    async def close(self) -> None:
        """Does nothing, as nothing was started."""

    def _one(self, job: SessionJob) -> list[Verdict]:
        job = job._replace(hasty=False)  # there is no other process to put it off to
        state, verdicts = job.state, []
        for signal in job.signals:
            verdict = self._judge(job, signal, state)
            state = verdict.effects.state if verdict.effects else state
            verdicts.append(verdict)
        return verdicts

    def _judge(self, job: SessionJob, signal: SignalJob, state: str | bytes | None) -> Verdict:
        if self._mark is not None:
            self._mark.begin(signal.id)
        began = time.monotonic()
        verdict = judge(
            self.rulebook, job, signal, state, channels=self._channels, most_firings=self._most_firings, pace=self._pace
        )
        if self._mark is not None:
            self._mark.end()
        return verdict._replace(timings=(began, time.monotonic() - began))
