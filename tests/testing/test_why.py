"""Why rules did or did not fire in a test."""

from __future__ import annotations

from pathlib import Path

import pytest

from infobip_rules.errors import EvaluationError
from infobip_rules.testing.expectations import rule_named
from infobip_rules.testing.rules import Rules
from infobip_rules.testing.why import summary, traced, why_not


def test_the_trace_leaves_out_the_rule_of_the_test_itself(quiz: Path) -> None:
    rules = Rules(quiz)
    rules.receive("42")
    trace = traced(rules.evaluated[0], rules.rulebook)
    assert trace.rules == len(rules.rulebook.rules) - 1
    assert not [rule for rule in (*trace.fired, *trace.missed) if rule.rule.startswith("@test/")]
    rules.close()


def test_a_failed_evaluation_is_summed_up_by_its_error(quiz: Path) -> None:
    rules = Rules(quiz)
    with pytest.raises(EvaluationError):
        rules.receive("crash")
    (evaluated,) = rules.evaluated
    assert summary(evaluated, rules.rulebook).startswith("the evaluation failed: ")
    (line,) = why_not(rule_named("right", rules.rulebook), [evaluated], rules.rulebook)
    assert "the evaluation failed" in line
    rules.close()


def test_the_conditions_are_shown_where_a_rule_came_nearest(quiz: Path) -> None:
    rules = Rules(quiz)
    rules.receive("hello")
    rules.receive("42")
    lines = list(why_not(rule_named("right", rules.rulebook), rules.evaluated, rules.rulebook))
    assert lines[2].startswith("Where it came nearest (")
    assert any(line.startswith("  holds ") for line in lines)
    assert any(line.startswith("  fails ") for line in lines)
    rules.close()
