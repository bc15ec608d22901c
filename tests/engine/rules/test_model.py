"""Rules as records."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from infobip_rules.engine.rules.model import MAIN, Rule, given_name


def rule(name: str) -> Rule:
    return Rule(
        ruleset="quiz", name=name, title="", salience=0, order=0, branches=(), action=lambda _: None, where="rules.py:1"
    )


def test_a_rule_is_known_by_its_ruleset_and_name() -> None:
    assert rule("join").id == "quiz/join"
    assert rule("a/b").id == "quiz/a/b"


def test_a_rule_stands_in_the_group_that_always_has_its_turn_and_asks_for_nothing() -> None:
    made = rule("join")
    assert (made.agenda_group, made.activation_group, made.timer) == (MAIN, None, None)
    assert (made.no_loop, made.auto_focus, made.lock_on_active, made.enabled) == (False, False, False, True)


def test_a_rule_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        rule("join").name = "leave"  # type: ignore[misc]


@pytest.mark.parametrize(("alias", "name"), [("m", ""), ("m_0", ""), ("m_1_2", ""), ("order", "order"), ("mm", "mm")])
def test_names_that_only_bodies_use_are_none_that_the_rule_gives(alias: str, name: str) -> None:
    assert given_name(alias) == name
