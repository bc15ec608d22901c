"""Sessions of which every evaluation is traced, and terms to search by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.engine.explain.story import find_missed
from infobip_rules.engine.explain.trace import MissedRule, Trace
from infobip_rules.engine.explain.trace_builder import Occasion, make_trace
from infobip_rules.engine.rules.model import Term
from infobip_rules.engine.session.evaluation import Effects, evaluate
from infobip_rules.engine.session.recorder import Recorder
from infobip_rules.errors import EvaluationError
from infobip_rules.signals import Signal
from tests.channels.composing import Numbered
from tests.engine.drools.specs import rules_of
from tests.engine.sessions import ANA, NOON, Session

QUIZ = """
    with ruleset("quiz"):
        @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.keyword == "JOIN"), none(c.order << fact(Order)))
        def join(c):
            '''Join the quiz.'''
            c.insert(Order(number="7"))

        @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.keyword == "STOP"), salience(10))
        def stop(c):
            '''Stop.'''
            c.delete(c.signal)

        @when_all(c.signal << signal(InfobipSmsReceivedMessage), c.order << fact(Order, m.total > 3, m.paid == True))
        def thank(c):
            '''Thank a buyer.'''

        @when_all(c.report << signal(InfobipSmsReceivedReport))
        def note(c):
            '''Note a report.'''
    """


FAILING = """
    @when_all(signal(Tick), salience(1))
    def fail(c):
        c.insert(Note(n=1))
        raise LookupError("no")

    @when_all(signal(Tick))
    def next(c): pass
    """
KEYWORDS = r"""
    def message(word):
        return signal(InfobipSmsReceivedMessage, (m.keyword == word) | m.text.imatches(rf"\s*{word}\b.*"))

    @when_all(c.signal << message("INFO"))
    def info(c):
        pass

    @when_all(c.signal << message("HELP"), c.client << fact(ClientAgent))
    def help_them(c):
        pass

    @when_all(c.signal << message("JOIN"), c.client << fact(ClientAgent), none(fact(Note)))
    def join(c):
        pass

    @when_all(c.signal << message("STOP"), c.client << fact(ClientAgent), c.note << fact(Note))
    def stop(c):
        pass
    """


class Traced(Session):
    """A session of which every evaluation is traced."""

    trace: Trace

    def tell(self, *signals: Signal, **more: Any) -> Effects:
        recorder, effects, error = Recorder(), None, None
        opening, now = more.get("opening", ()), more.get("now", NOON)
        try:
            effects = evaluate(
                self.rulebook,
                self.state,
                signals,
                now=now,
                compose=Numbered().compose,
                opening=opening,
                most_firings=20,
                trace=recorder,
            )
        except EvaluationError as problem:
            error = problem
        occasion = Occasion(
            signal=12, type=type(signals[0]).__name__ if signals else "", received_at=NOON, session=ANA, now=now
        )
        self.trace = make_trace(
            occasion, recorder, self.rulebook, channels=BUILT_IN, effects=effects, error=error, limit=None
        )
        if effects is None:
            assert error is not None
            raise error
        self.state = effects.state
        return effects

    def missed(self, name: str) -> MissedRule:
        """The rule of that name, which did not fire."""
        found = find_missed(self.trace, name)
        assert found is not None
        return found


def traced(folder: Path, rules: str) -> Traced:
    return Traced(folder, f'with ruleset("t"):\n{rules}' if "with ruleset" not in rules else rules)


def only_term(when: dict[str, Any]) -> Term:
    """The term of a rule spec that has no other."""
    (rule,) = rules_of([{"name": "r", "when": [when], "then": []}])
    return rule.branches[0][0]
