"""The alpha network: which patterns are one, what an element satisfies, and what is known of each branch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from infobip_rules.engine.network.alpha import ALWAYS
from infobip_rules.engine.rules.model import RuleTimer, Window
from tests.engine.parts import Order, Payment, Tick, alphas_of, none, pattern, rule, same, some


def test_equal_patterns_are_one_however_many_rules_hold_them() -> None:
    alphas = alphas_of(rule(pattern(number=1)), rule(pattern(alias="x", number=1), pattern(Payment, "y"), order=1))
    assert len(alphas.alphas) == 2
    assert [branch.rule.order for some in alphas.alphas[0].holders.values() for branch, _, _ in some] == [0, 1]


def test_a_window_and_a_signal_that_a_timer_waits_with_make_a_pattern_another() -> None:
    ticks = pattern(Tick)
    alphas = alphas_of(
        rule(ticks),
        rule(replace(ticks, window=Window(kind="length", size=1)), order=1),
        rule(ticks, order=2, timer=RuleTimer(first=1.0)),
        rule(ticks, order=3, timer=RuleTimer(first=1.0), name="other"),
    )
    assert len(alphas.alphas) == 4
    assert list(alphas.windows) == [1]
    assert [alpha.owner for alpha in alphas.alphas] == [None, None, "t/r 0 0", "t/other 0 0"]


def test_an_element_satisfies_patterns_by_equality_by_other_conditions_and_of_types_above_its_own() -> None:
    class LargeOrder(Order):
        pass

    alphas = alphas_of(rule(pattern(), pattern(alias="b", number=1), pattern(alias="c", number=2, paid=True)))
    assert alphas.satisfied(Order(number=1), None) == [1, 0]
    assert alphas.satisfied(LargeOrder(number=2, paid=True), None) == [2, 0]
    assert alphas.satisfied(Order(number=2), None) == [0]
    assert alphas.satisfied(Payment(), None) == []
    assert alphas.satisfied(Order(), "signals") == []


def test_a_value_that_has_no_hash_satisfies_no_equality() -> None:
    class Bag(Order):
        number: Any = 0

    assert alphas_of(rule(pattern(Bag, number=1))).satisfied(Bag(number=[1]), None) == []


def test_types_that_no_rule_looks_for_are_known_as_such() -> None:
    alphas = alphas_of(rule(pattern()))
    assert alphas.listens_to(Order)
    assert not alphas.listens_to(Payment)


@pytest.mark.parametrize(
    ("terms", "key"),
    [
        ((pattern(), pattern(Tick, "b")), 1),
        ((pattern(), pattern(Payment, "b")), 0),
        ((none(pattern()),), ALWAYS),
    ],
    ids=["the signal", "else the first pattern", "nothing positive"],
)
def test_the_key_of_a_branch_is_what_it_cannot_match_without(terms: Any, key: int) -> None:
    alphas = alphas_of(rule(*terms))
    assert alphas.branches[0].key == key
    assert bool(alphas.standing) == (key != 1)


def test_needs_are_positive_patterns_and_blockers_lone_ones_in_not() -> None:
    joined = pattern(Payment, "c", joins=(same("number"),))
    [branch] = alphas_of(rule(pattern(), some(pattern(Payment, "b")), none(pattern(Tick, "t")), none(joined))).branches
    assert (branch.needs, branch.blockers) == ((0, 1), (2,))
    [branch] = alphas_of(rule(pattern(), none(joined))).branches
    assert branch.blockers == ()


@pytest.mark.parametrize(
    ("attributes", "sketchable", "eager", "checked"),
    [
        ({}, True, False, False),
        ({"no_loop": True}, True, True, False),
        ({"lock_on_active": True}, False, True, True),
        ({"activation_group": "g"}, False, False, True),
        ({"salience": lambda values: 1}, False, True, True),
        ({"timer": RuleTimer()}, False, False, True),
    ],
)
def test_attributes_say_when_and_how_a_branch_is_evaluated(
    attributes: Any, sketchable: bool, eager: bool, checked: bool
) -> None:
    [branch] = alphas_of(rule(pattern(), pattern(Payment, "b"), **attributes)).branches
    assert (branch.sketchable, branch.eager, branch.needs_agenda_checks) == (sketchable, eager, checked)


def test_the_end_of_an_element_is_watched_in_not_and_by_rules_that_ask_the_agenda() -> None:
    assert not alphas_of(rule(pattern())).has_watchers
    assert alphas_of(rule(none(pattern()))).has_watchers
    assert alphas_of(rule(pattern(), auto_focus=True)).has_watchers


def test_what_waits_for_the_end_of_signals_is_known() -> None:
    assert alphas_of(rule(pattern(), none(pattern(Tick, "b")))).waits_for_absence
    assert not alphas_of(rule(pattern(), none(pattern(Payment, "b")))).waits_for_absence
    assert not alphas_of(rule(pattern(), some(pattern(Tick, "b")))).waits_for_absence


def test_a_disabled_rule_is_left_out() -> None:
    assert alphas_of(rule(pattern(), enabled=False)).branches == []


def test_names_of_other_ways_are_absent_in_a_branch() -> None:
    two = alphas_of(rule(branches=((pattern(alias="a"),), (pattern(alias="a"), pattern(Payment, "b")))))
    assert [branch.absent for branch in two.branches] == [frozenset({"b"}), frozenset()]
    assert two.has_or_branches


def test_what_a_shared_join_hands_to_a_later_rule_comes_in_opposite_order() -> None:
    pair = (pattern(), pattern(Payment, "b"))
    first, second = alphas_of(rule(*pair), rule(*pair, order=1, name="again")).branches
    assert (first.reversed_after, second.reversed_after) == (frozenset(), frozenset({1}))
