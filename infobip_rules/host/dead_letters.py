"""Dead letters: signals that were given up, each with the reason that people read."""

from __future__ import annotations

from datetime import datetime

from infobip_rules.engine.explain.trace_builder import with_failure
from infobip_rules.errors import EvaluationError, InfobipRulesError, TraceError
from infobip_rules.evaluators.jobs import Verdict
from infobip_rules.infobip.phone import mask_numbers
from infobip_rules.journal.records import DeadLetter, SessionWork
from infobip_rules.quoting import without_words
from infobip_rules.redaction import without_secrets


def dead_letter(key: str, verdict: Verdict, now: datetime) -> DeadLetter:
    """The dead letter that an error becomes."""
    error = verdict.error
    return DeadLetter(
        session_key=key,
        inbox_id=verdict.signal,
        reason=_storable(str(error)) if error else "",
        rule=_storable(error.rule) if error else "",
        traceback=_storable(error.traceback) if error else "",
        at=now,
        trace=verdict.trace,
    )


def unreadable(work: SessionWork, now: datetime) -> DeadLetter:
    """The dead letter of a session's first signal, of which nothing can be evaluated."""
    error = EvaluationError(
        f"The signal can't be evaluated: {work.fault}.",
        "See whether the journal is damaged, then run `infobip-rules replay ID`.",
    )
    return DeadLetter(session_key=work.key, inbox_id=work.first, reason=str(error), at=now)


def unevaluated(work: SessionWork, problem: Exception) -> Verdict:
    """The verdict on a session's first signal, which could not even be given to an evaluation."""
    fact = f"The signal could not be given to an evaluation ({type(problem).__name__})."
    error = EvaluationError(fact, "Report it, then run `infobip-rules replay ID`.")
    return Verdict(signal=work.first, error=error)


def unwritable(verdict: Verdict, problem: Exception) -> Verdict:
    """The verdict on a signal whose effects the journal refuses."""
    said = f": {problem}" if isinstance(problem, InfobipRulesError) else ""
    fact = f"What the rules came to can't be stored ({type(problem).__name__}{said})."
    error = EvaluationError(fact, "Mend the rules, then replay the signal.")
    return Verdict(signal=verdict.signal, error=error, trace=_failed(verdict.trace, error))


def _failed(trace: bytes | None, error: EvaluationError) -> bytes | None:
    try:
        return with_failure(trace, error) if trace is not None else None
    except TraceError:
        return None


def why(verdict: Verdict) -> str:
    """The reason and where it stands, as a log line may show it: an exception's own words stay in the journal."""
    error = verdict.error
    if error is None:
        return "unknown"
    return mask_numbers(without_words(without_secrets(str(error)), without_secrets(error.traceback)))


def _storable(text: str) -> str:
    # An error may quote half a surrogate pair, which has no UTF-8.
    return mask_numbers(without_secrets(text)).encode(errors="backslashreplace").decode()
