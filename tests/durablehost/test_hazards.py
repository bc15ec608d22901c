"""Hazards: conditions that are known to end a process in durable-rules, named with the rule and the remedy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from durable import lang

from infobip_rules.durablehost.hazards import hazards
from tests.durablehost.rulesets import rules_of

m, c = lang.m, lang.c
SMS = m.type == "InfobipSmsReceivedMessage"


def reasons(*patterns: Any) -> list[str]:
    """What is said of a rule with these patterns."""

    def declare(lang: Any) -> None:
        @lang.when_all(*patterns)
        def rule(c: Any) -> None:
            """Does nothing."""

    return [hazard.reason for hazard in hazards(rules_of(declare).conditions)]


@pytest.mark.parametrize(
    ("patterns", "part"),
    [
        (lambda: [c.a << m.t == "A", c.b << (m.t == "B") & (m.x > c.a.x) | (m.t == "C")], "judges wrongly"),
        (lambda: [c.a << m.t == "A", c.b << m.x == c.a.id], "`id` or `sid`"),
        (lambda: [c.a << m.t == "A", c.b << m.x == c.a.sid], "`id` or `sid`"),
        (lambda: [c.a << m.t == "A", c.b << m.x == c.a.x / c.a.y], "divides by a property"),
        (lambda: [-m.x], "only asks what is not there"),
        (lambda: [lang.none(m.x == 1)], "only asks what is not there"),
        (lambda: [lang.none(m.x == 1), c.a << m.t == "A"], "stands before another pattern"),
        (lambda: [c.a << m.t == "A", lang.none(m.x == 1), c.b << m.t == "B"], "stands before another pattern"),
        (lambda: [lang.none(m.x == 1), lang.s.step == "asked", c.b << m.t == "B"], "stands before another pattern"),
        (lambda: [lang.any(lang.all(lang.none(m.x == 1), m.t == "A"), m.t == "B")], "stands before another pattern"),
        (lambda: [c.a << SMS & (m.text == "one"), c.b << SMS & (m.text == "two")], "two of its patterns are events"),
    ],
)
def test_a_dangerous_condition_is_named(patterns: Callable[[], list[Any]], part: str) -> None:
    (reason,) = reasons(*patterns())
    assert part in reason


@pytest.mark.parametrize(
    "patterns",
    [
        lambda: [m.t == "A"],
        lambda: [(m.t == "A") & (m.x > 3) | (m.x < 1)],
        lambda: [c.a << m.t == "A", c.b << m.x > c.a.x],
        lambda: [c.a << m.t == "A", c.b << m.x > c.a.x + 5],
        lambda: [c.a << m.t == "A", c.b << (m.t == "B") & (m.x > c.a.x)],
        lambda: [c.a << m.t == "A", c.b << (m.t == "B") & ((m.x > c.a.x) | (m.y > c.a.y))],
        lambda: [m.t == "A", lang.none(m.x == 1)],
        lambda: [m.t == "A", lang.none(m.x == 1), lang.none(m.x == 2)],
        lambda: [m.t == "A", lang.none(m.x == 1), lang.s.step == "asked"],
        lambda: [c.a << m.type == "ClientAgent", c.b << SMS],
        lambda: [c.a << SMS, lang.none(m.type == "InfobipSmsReceivedReport")],
        lambda: [c.a << m.t == "A", lang.any(SMS & (m.text == "one"), SMS & (m.text == "two"))],
        lambda: [(m.t == "A") & -m.x],
        lambda: [lang.timeout("bell")],
        lambda: [lang.s.count == 5],
    ],
)
def test_what_is_not_dangerous_is_not_named(patterns: Callable[[], list[Any]]) -> None:
    assert reasons(*patterns()) == []


def a_statechart(lang: Any) -> None:
    """One step."""
    with lang.state("new"):

        @lang.to("asked")
        @lang.when_all(lang.m.text == "order", lang.none(lang.m.type == "Stopped"))
        def ask(c: Any) -> None:
            """Does nothing."""

    lang.state("asked")


def a_flowchart(lang: Any) -> None:
    """One step."""
    with lang.stage("new"):
        lang.to("asked").when_all(lang.m.text == "order")
    with lang.stage("asked"):

        @lang.run
        def ask(c: Any) -> None:
            """Does nothing."""


@pytest.mark.parametrize(("declare", "kind"), [(a_statechart, lang.statechart), (a_flowchart, lang.flowchart)])
def test_a_chart_is_named_once(declare: Callable[[Any], None], kind: Any) -> None:
    rules = rules_of(declare, kind=kind)
    (hazard,) = hazards(rules.conditions)
    assert hazard.rule in rules.lines
    assert "part of a statechart or flowchart" in hazard.reason


def test_rules_that_share_a_pattern_are_counted() -> None:
    same = {f"r_{number}": {"all": [{"m": {"t": "A"}}]} for number in range(256)}
    (hazard,) = hazards(same)
    assert (hazard.rule, "more than 255 rules" in hazard.reason) == ("r_0", True)
    assert hazards({name: same[name] for name in list(same)[:255]}) == []


def test_conditions_of_one_level_are_counted() -> None:
    many = {f"r_{number}": {"all": [{"m": {"t": f"{number}"}}]} for number in range(512)}
    (hazard,) = hazards(many)
    assert "more than 511" in hazard.reason
