"""Traces of what only `.drl` files can say: nested conditions, sources, accumulates, tests, dates."""

from __future__ import annotations

from pathlib import Path

import pytest

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.engine.explain.story import find_missed
from infobip_rules.engine.explain.trace import MissedRule, Trace
from infobip_rules.engine.explain.trace_builder import Occasion, make_trace
from infobip_rules.engine.session.evaluation import evaluate
from infobip_rules.engine.session.recorder import Recorder
from infobip_rules.rulefiles.loader import load_rules
from tests.channels.composing import Numbered
from tests.engine.sessions import AGENT, ANA, NOON, received

RULES = """package shop;
import infobip_rules.*;

declare Order
    total: int
    paid: boolean
end

rule "Many orders"
    when
        signal: InfobipSmsReceivedMessage() from entry-point "signals"
        $n: Number(intValue > 2) from accumulate(Order($t: total), count($t))
    then
end

rule "Some orders"
    when
        signal: InfobipSmsReceivedMessage() from entry-point "signals"
        $n: Number(intValue > 1) from accumulate(Order($t: total), count($t))
    then
end

rule "All paid"
    when
        signal: InfobipSmsReceivedMessage() from entry-point "signals"
        exists Order()
        forall($o: Order() Order(this == $o, paid == true))
    then
end

rule "Reachable by fax"
    when
        signal: InfobipSmsReceivedMessage() from entry-point "signals"
        ClientAgent($p: getConnection("fax"))
        eval($p != null)
    then
end

rule "One word"
    when
        signal: InfobipSmsReceivedMessage() from entry-point "signals"
        $w: String(this == "x") from signal.text
    then
end

rule "Long over" date-expires "01-Jan-2020"
    when
        signal: InfobipSmsReceivedMessage() from entry-point "signals"
    then
end
"""


@pytest.fixture
def trace(tmp_path: Path) -> Trace:
    """A message, with one order that is paid and one that is not."""
    file = tmp_path / "shop.drl"
    file.write_text(RULES, encoding="utf-8")
    rulebook, recorder = load_rules([file]), Recorder()
    order = rulebook.fact_types["Order"]
    orders = (order(total=3, paid=True), order(total=4))
    effects = evaluate(
        rulebook,
        None,
        [received("hello")],
        now=NOON,
        compose=Numbered().compose,
        opening=(AGENT, *orders),
        trace=recorder,
    )
    occasion = Occasion(signal=1, type="InfobipSmsReceivedMessage", received_at=NOON, session=ANA, now=NOON)
    return make_trace(occasion, recorder, rulebook, channels=BUILT_IN, effects=effects, limit=None)


def missed(trace: Trace, title: str) -> MissedRule:
    found = find_missed(trace, title)
    assert found is not None
    return found


def test_an_accumulate_that_matched_shows_its_result(trace: Trace) -> None:
    (fired,) = trace.fired
    assert [(matched.alias, matched.element, matched.value) for matched in fired.matched[1:]] == [("$n", "", [2])]


@pytest.mark.parametrize(
    ("title", "kind", "why"),
    [
        ("Many orders", "failed", "$n was 2"),
        ("All paid", "blocked", "blocked by Order#3"),
        ("One word", "failed", "$w was hello"),
        ("Long over", "held back", "it expired at 2020-01-01T00:00:00+00:00"),
    ],
)
def test_a_term_of_any_kind_says_why_it_failed(trace: Trace, title: str, kind: str, why: str) -> None:
    found = missed(trace, title)
    assert (found.kind, found.why) == (kind, why)


def test_a_test_shows_what_it_read(trace: Trace) -> None:
    found = missed(trace, "Reachable by fax")
    assert found.failed is not None
    assert found.conditions[found.failed].seen["m_1.connections"] == {"phone": ANA}


def test_nested_conditions_are_shown_one_inside_the_other(trace: Trace) -> None:
    lines = [(line.depth, line.text, line.element) for line in missed(trace, "All paid").conditions]
    assert lines[1:8] == [
        (0, "exists", ""),
        (1, "Order", "Order#3"),
        (0, "exists", ""),
        (1, "$o: Order", "Order#3"),
        (0, "not", ""),
        (1, "$o: Order", "Order#3"),
        (1, "not", ""),
    ]
