"""A binary heap like Drools': the highest first, and among equals the order that the heap has."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from infobip_rules.engine.network.heaps import Heap


def heap(*ranks: int) -> Heap[int]:
    """Items 0, 1 and so on with these ranks."""
    found: Heap[int] = Heap()
    for item, rank in enumerate(ranks):
        found.add(item, rank)
    return found


def taken(of: Heap[int]) -> list[int]:
    found = []
    while of:
        found.append(of.first)
        of.remove(of.first)
    return found


@given(st.lists(st.integers(-3, 3), max_size=30), st.data())
def test_the_highest_is_always_first_whatever_was_removed_in_between(ranks: list[int], data: st.DataObject) -> None:
    of = heap(*ranks)
    left = set(range(len(ranks)))
    for _ in range(data.draw(st.integers(0, len(ranks)))):
        out = data.draw(st.sampled_from(sorted(left)))
        of.remove(out)
        left.remove(out)
    assert len(of) == len(left)
    if left:
        assert of.highest == max(ranks[item] for item in left)
    found = taken(of)
    assert sorted(found) == sorted(left)
    assert [ranks[item] for item in found] == sorted((ranks[item] for item in left), reverse=True)


@given(st.lists(st.integers(-3, 3), max_size=30))
def test_items_added_in_the_order_it_gives_make_the_same_heap(ranks: list[int]) -> None:
    of = heap(*ranks)
    again: Heap[int] = Heap()
    for item in of:
        again.add(item, of.of(item))
    assert list(again) == list(of)
    assert taken(again) == taken(of)


def test_equals_come_in_the_order_of_the_heap_and_not_of_age() -> None:
    assert taken(heap(0, 0, 0, 0)) == [0, 3, 2, 1]


def test_removing_what_is_not_there_does_nothing() -> None:
    of = heap(1)
    of.remove(7)
    assert len(of) == 1
