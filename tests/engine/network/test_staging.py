"""Staged tuples and elements: what several changes come to, and in which order they stand."""

from __future__ import annotations

import pytest

from infobip_rules.engine.network.staging import (
    DELETE,
    INSERT,
    REORDER,
    UPDATE,
    Change,
    RightMemory,
    Staged,
    cause_of,
    hand_on,
    take_back,
)
from tests.engine.parts import fact, match


@pytest.mark.parametrize(
    ("changes", "inserted", "updated", "deleted"),
    [
        ((INSERT, DELETE), 0, 0, 0),
        ((INSERT, UPDATE), 1, 0, 0),
        ((UPDATE, DELETE), 0, 0, 1),
        ((UPDATE, UPDATE), 0, 1, 0),
    ],
)
def test_several_changes_of_an_element_come_to_one(
    changes: tuple[Change, ...], inserted: int, updated: int, deleted: int
) -> None:
    right, element = RightMemory(), fact(1)
    for change in changes:
        right.stage(element, change)
    assert (len(right.inserted), len(right.updated), len(right.deleted)) == (inserted, updated, deleted)
    assert right.changed == any((inserted, updated, deleted))


def test_memories_grow_at_their_end_the_newest_first() -> None:
    right, one, two, three = RightMemory(), fact(1), fact(2), fact(3)
    for element in (one, two):
        right.stage(element, INSERT)
    right.apply()
    assert list(right.memory) == [two, one]
    right.stage(two, UPDATE)
    right.stage(three, INSERT)
    right.apply()
    assert list(right.memory) == [one, two, three]
    right.stage(one, DELETE)
    right.apply()
    assert list(right.memory) == [two, three]
    assert not right.changed


def test_a_change_that_nobody_listens_to_moves_an_element_that_is_held_and_no_other() -> None:
    right, one, two = RightMemory(), fact(1), fact(2)
    for element in (two, one):
        right.stage(element, INSERT)
    right.stage(one, REORDER)
    right.apply()
    right.stage(one, REORDER)
    assert list(right.memory) == [two, one]


def test_a_tuple_that_came_and_went_was_never_staged_and_one_that_changes_is_the_newest() -> None:
    staged, one, two = Staged(), match(fact(1)), match(fact(2))
    for new in (one, two):
        staged.insert(new)
    staged.update(one)
    assert (list(staged.inserted), list(staged.updated)) == ([two, one], [])
    staged.delete(two)
    assert (list(staged.inserted), list(staged.deleted)) == ([one], [])
    staged.update(two)
    staged.delete(two)
    assert (list(staged.updated), list(staged.deleted)) == ([], [two])


def test_handing_on_twice_is_an_update_if_it_is_judged_anew_and_nothing_otherwise() -> None:
    so_far, cause = match(fact(1)), match(fact(2), recency=5, origin="t/r")
    first, second, third = Staged(), Staged(), Staged()
    hand_on(so_far, first, cause)
    hand_on(so_far, second, cause, again=False)
    hand_on(so_far, third, cause)
    [child] = first.inserted
    assert (child.elements, child.recency, child.origin) == (so_far.elements, 5, "t/r")
    assert (len(second.updated), list(third.updated)) == (0, [child])


def test_taking_back_names_what_changed_last() -> None:
    so_far = match(fact(1), recency=1, origin="t/old")
    hand_on(so_far, Staged(), so_far)
    target = Staged()
    take_back(so_far, target, match(fact(2), recency=7, origin="t/new"))
    [gone] = target.deleted
    assert (gone.recency, gone.origin) == (7, "t/new")
    assert so_far.children == {}


def test_the_cause_of_a_match_is_itself_unless_an_element_has_changed_since() -> None:
    element = fact(1)
    of = match(element, recency=3)
    assert cause_of(of) is of
    element.recency = 4
    assert cause_of(of) is element
