"""Messages between a host and its workers: data of a fixed shape, in MessagePack, which can't be code.

What comes from a worker is read by this shape or not at all. What the shapes leave open - a number that is no signal's, or
more verdicts than there were signals - is checked by the caller.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from infobip_rules.channels.asking import ChannelFailedError
from infobip_rules.channels.registry import Channels
from infobip_rules.engine.session.evaluation import Effects
from infobip_rules.errors import EvaluationError, InfobipRulesError
from infobip_rules.evaluators.framed_socket import LONGEST, BrokenFrameError
from infobip_rules.evaluators.jobs import SessionJob, SignalJob, Verdict
from infobip_rules.evaluators.outline import RulesOutline


class Loaded(NamedTuple):
    """A worker has loaded the rules, or has not: then `problem` says why."""

    problem: str = ""
    rules: RulesOutline = RulesOutline()


class _Job(NamedTuple):
    key: str
    state: bytes | None
    signals: tuple[SignalJob, ...]
    now: datetime
    traced: bool
    hasty: bool


class _Error(NamedTuple):
    fact: str
    remedy: str
    rule: str
    traceback: str


class _Verdict(NamedTuple):
    signal: int
    effects: Effects | None
    error: _Error | None
    trace: bytes | None
    moved: str
    put_off: bool
    timings: tuple[float, float]


_UNREADABLE = "gave an answer that can't be read"
_encode = msgspec.msgpack.Encoder().encode
_decode_jobs = msgspec.msgpack.Decoder(tuple[_Job, ...]).decode
_decode_verdicts = msgspec.msgpack.Decoder(tuple[_Verdict, ...]).decode
_decode_loaded = msgspec.msgpack.Decoder(Loaded).decode


def write_loaded(loaded: Loaded) -> bytes:
    """Returns the frame that says how loading went."""
    try:
        return _encode(loaded._replace(problem=_storable(loaded.problem)))
    except UnicodeEncodeError:
        return _encode(Loaded("A name in the rule files, or of one of them, holds half a character. Give it another."))


def read_loaded(frame: bytes) -> Loaded:
    """Returns what `write_loaded` wrote. Raises BrokenFrameError."""
    try:
        return _decode_loaded(frame)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise BrokenFrameError(_UNREADABLE) from None


def write_jobs(jobs: Sequence[SessionJob]) -> bytes:
    """Returns the frame that gives a worker jobs."""
    return _encode([job._replace(state=_bytes(job.state)) for job in jobs])


def read_jobs(frame: bytes) -> list[SessionJob]:
    """Returns what `write_jobs` wrote."""
    return [SessionJob(*job) for job in _decode_jobs(frame)]


def write_verdicts(
    verdicts: Sequence[Verdict], timings: Sequence[tuple[float, float]] | None = None
) -> Iterator[bytes]:
    """Yields the frames of verdicts: one, unless they are too long for it; a verdict that fits in none becomes an error.

    `timings` are written in place of those that the verdicts have: to put them there takes as long as the rest of it.
    """
    timings = [verdict.timings for verdict in verdicts] if timings is None else timings
    try:
        frame = _encode([_written(*timed) for timed in zip(verdicts, timings, strict=True)])
    except UnicodeEncodeError:  # a rule gave something half of a character for its name
        frame = None
    if frame is not None and len(frame) <= LONGEST:
        yield frame
    elif len(verdicts) == 1:
        yield _encode([_written(_refused(verdicts[0], too_long=frame is not None), timings[0])])
    else:
        for verdict, own in zip(verdicts, timings, strict=True):
            yield from write_verdicts([verdict], [own])


def read_verdicts(frame: bytes, channels: Channels) -> list[Verdict]:
    """Returns what `write_verdicts` wrote, with messages that their channels know. Raises BrokenFrameError."""
    try:
        found = _decode_verdicts(frame)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise BrokenFrameError(_UNREADABLE) from None
    if any((verdict.effects is not None) + (verdict.error is not None) + bool(verdict.moved) != 1 for verdict in found):
        raise BrokenFrameError("gave an answer that says nothing, or too much")
    for verdict in found:
        _check_messages(verdict, channels)
    return [
        Verdict(signal, effects, error and _error(error), trace, moved=moved, put_off=put_off, timings=timings)
        for signal, effects, error, trace, moved, put_off, timings in found
    ]


def _check_messages(verdict: _Verdict, channels: Channels) -> None:
    try:
        for message, _ in verdict.effects.messages if verdict.effects is not None else ():
            channels.check(message)
    except ChannelFailedError as problem:
        raise BrokenFrameError(f"gave a message that could not be checked ({problem.fact.rstrip('.')})") from None
    except InfobipRulesError:
        raise BrokenFrameError("gave a message that no channel takes") from None


def _bytes(state: str | bytes | None) -> bytes | None:
    return state.encode() if isinstance(state, str) else state


def _written(verdict: Verdict, timings: tuple[float, float]) -> _Verdict:
    error = verdict.error
    if error is None:
        return _Verdict(verdict.signal, verdict.effects, None, verdict.trace, verdict.moved, False, timings)
    parts = (error.fact, error.remedy, error.rule, error.traceback)
    failure = _Error(*map(_storable, parts))
    return _Verdict(verdict.signal, None, failure, verdict.trace, "", verdict.put_off, timings)


def _error(written: _Error) -> EvaluationError:
    return EvaluationError(written.fact, written.remedy, rule=written.rule, traceback=written.traceback)


def _refused(verdict: Verdict, *, too_long: bool) -> Verdict:
    reason = f"is more than {LONGEST:,} bytes" if too_long else "holds half a character, which has no UTF-8"
    error = EvaluationError(
        f"What the rules came to {reason}.", "Mend the rules, restart the host, then run `infobip-rules replay ID`."
    )
    return Verdict(signal=verdict.signal, error=error)


def _storable(text: str) -> str:
    # An error may quote half a surrogate pair, which has no UTF-8.
    return text.encode(errors="backslashreplace").decode()
