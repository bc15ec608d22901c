"""Window memory: which elements count for a pattern with a sliding window, and what is kept of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from infobip_rules.engine.network.alpha_memories import AlphaMemories
from infobip_rules.engine.network.elements import Element
from infobip_rules.engine.rules.model import Window
from infobip_rules.engine.rules.moment import MOMENT
from infobip_rules.engine.session.window_memory import Windows
from tests.engine.parts import NOON, Brief, alphas_of, fact, pattern, rule, signal

LATEST = Window(kind="length", size=2)
MINUTE = Window(kind="time", size=60)


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    token = MOMENT.set(NOON)
    yield
    MOMENT.reset(token)


def windows(window: Window = LATEST) -> Windows:
    """Those of one rule: its pattern is 0."""
    return Windows(alphas_of(rule(pattern(window=window))))


def enter(into: Windows, *elements: Element) -> list[int]:
    return [old.id for element in elements for _, old in into.enter(element, [0])]


def test_the_oldest_leave_a_window_of_a_length() -> None:
    assert enter(windows(), fact(1), fact(2), fact(3), fact(4)) == [1, 2]


def test_an_element_that_enters_again_keeps_its_place() -> None:
    first, of = fact(1), windows()
    assert enter(of, first, fact(2), first, fact(3)) == [1]


def test_patterns_without_window_are_passed_over() -> None:
    of = windows()
    assert list(of.enter(fact(1), [1, 2])) == []
    of.drop(fact(1), [1, 2])
    assert of.to_json() == {"Order() length:2": []}


def test_what_was_dropped_leaves_room() -> None:
    first, of = fact(1), windows()
    enter(of, first, fact(2))
    of.drop(first, [0])
    assert enter(of, fact(3)) == []


def test_time_lets_go_of_what_is_exactly_as_old_as_the_window() -> None:
    of = windows(MINUTE)
    enter(of, fact(1))
    MOMENT.set(NOON + timedelta(seconds=30))
    enter(of, fact(2))
    MOMENT.set(NOON + timedelta(seconds=59))
    assert of.outdated() == []
    MOMENT.set(NOON + timedelta(seconds=60))
    assert [(index, element.id) for index, element in of.outdated()] == [(0, 1)]
    assert of.outdated() == []


def test_an_element_is_as_old_as_its_own_timestamp_says() -> None:
    of = windows(MINUTE)
    assert enter(of, fact(1, Brief(at=NOON - timedelta(minutes=2)))) == [1]


def test_what_is_kept_is_put_back_in_the_same_order_and_what_is_outside_is_named() -> None:
    one, two, three = (fact(number, None, 0) for number in (1, 2, 3))
    of = windows()
    enter(of, two, one)
    memories = AlphaMemories()
    for element in (one, two, three):
        memories.add_to_all(element)
    again = windows()
    assert list(again.restore(of.to_json(), {1: one, 2: two, 3: three}, memories)) == [(0, three)]
    assert again.to_json() == of.to_json()
    assert enter(again, fact(4)) == [2]


def test_a_window_that_is_new_to_the_session_takes_in_what_is_stored() -> None:
    elements = {number: fact(number, None, 0) for number in (1, 2, 3)}
    memories = AlphaMemories()
    for element in elements.values():
        memories.add_to_all(element)
    outside = windows().restore({"another window": [[1, NOON.isoformat()]]}, elements, memories)
    assert [element.id for _, element in outside] == [1]


def test_numbers_that_are_not_there_any_more_are_left_out() -> None:
    of = windows()
    assert list(of.restore({"Order() length:2": [[7, NOON.isoformat()]]}, {}, AlphaMemories())) == []
    assert of.to_json() == {"Order() length:2": []}


def test_signals_without_number_are_not_kept() -> None:
    of = windows()
    enter(of, signal())
    assert of.to_json() == {"Order() length:2": []}
