"""The reasons why rules did or did not fire in a test: its signals are evaluated once more, and traced."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from infobip_rules.channels.installed import installed_channels
from infobip_rules.engine.explain.story import find_missed, seen_text, story
from infobip_rules.engine.explain.trace import MissedRule, Trace, TracedCondition
from infobip_rules.engine.explain.trace_builder import Occasion, make_trace
from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.rules.model import Rule
from infobip_rules.engine.session.evaluation import evaluate
from infobip_rules.engine.session.recorder import Recorder
from infobip_rules.testing.given import RULESET
from infobip_rules.testing.records import EvaluatedSignal

_MARKS = {True: "holds", False: "fails", None: "-"}


def summary(evaluated: EvaluatedSignal, rulebook: Rulebook) -> str:
    """The outcome of a signal, in a sentence or two."""
    if evaluated.error is not None:
        return f"the evaluation failed: {evaluated.error}"
    return story(traced(evaluated, rulebook))


def why_not(rule: Rule, evaluated: Sequence[EvaluatedSignal], rulebook: Rulebook) -> Iterator[str]:
    """A line for each signal that says why `rule` did not fire, and the conditions where it came nearest."""
    missed = [(signal, _missed(rule, signal, rulebook)) for signal in evaluated]
    for signal, miss in missed:
        why = miss.why if miss else f"the evaluation failed: {signal.error}"
        yield f"  {signal.signal.kind} of {signal.session}: {why}"
    nearest = max((miss for _, miss in reversed(missed) if miss), key=_held, default=None)
    if nearest is not None and nearest.conditions:
        yield f"Where it came nearest ({nearest.where}):"
        yield from map(_line, nearest.conditions)


def traced(evaluated: EvaluatedSignal, rulebook: Rulebook) -> Trace:
    """The trace of a signal that did not fail; without the test's own rule that inserts facts."""
    signal = rulebook.signal_types[evaluated.signal.kind].model_validate_json(evaluated.signal.payload)  # type: ignore[attr-defined]  # holds signal types only
    recorder = Recorder()
    effects = evaluate(
        rulebook,
        evaluated.state,
        [signal],
        now=evaluated.at,
        compose=installed_channels().compose,
        opening=() if evaluated.state is not None else rulebook.first_contact(evaluated.session),
        trace=recorder,
    )
    occasion = Occasion(
        signal=0, type=evaluated.signal.kind, received_at=evaluated.at, session=evaluated.session, now=evaluated.at
    )
    trace = make_trace(occasion, recorder, rulebook, channels=installed_channels(), effects=effects, limit=None)
    return replace(
        trace,
        rules=trace.rules - 1,
        fired=tuple(rule for rule in trace.fired if not _is_of_test(rule.rule)),
        missed=tuple(rule for rule in trace.missed if not _is_of_test(rule.rule)),
    )


def _missed(rule: Rule, evaluated: EvaluatedSignal, rulebook: Rulebook) -> MissedRule | None:
    return None if evaluated.error is not None else find_missed(traced(evaluated, rulebook), rule.id)


def _is_of_test(rule: str) -> bool:
    return rule.startswith(f"{RULESET}/")


def _held(miss: MissedRule) -> int:
    return sum(condition.held is True for condition in miss.conditions)


def _line(condition: TracedCondition) -> str:
    seen = f"   ({seen_text(condition.seen)})" if condition.seen else ""
    return f"  {_MARKS[condition.held]:<6} {'  ' * condition.depth}{condition.text}{seen}"
