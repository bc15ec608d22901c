"""The search for values that satisfy a rule's terms, or for those that came nearest."""

from __future__ import annotations

from typing import Any

from infobip_rules.engine.explain.search import ABSENT, Candidate, Search, SearchedElements, judged
from infobip_rules.engine.network.elements import Element
from infobip_rules.engine.rules.model import Constraint, Term
from tests.engine.drools.specs import TYPES, rules_of

A = {"type": "A", "as": "a"}
B_OF_A = {"type": "B", "as": "b", "if": [["x", "==", "a.x"]]}


def terms(*when: dict[str, Any]) -> tuple[Term, ...]:
    (rule,) = rules_of([{"name": "r", "when": list(when), "then": []}])
    return rule.branches[0]


def element(number: int, kind: str, x: int = 0, y: int = 0) -> Element:
    return Element(number, TYPES[kind](x=x, y=y), None, [])


def search(*elements: Element, most: int = 2_000) -> Search:
    searched = SearchedElements(elements)
    return Search(searched, searched, most)


def found(path: list[Candidate]) -> list[tuple[int, str | None]]:
    """The number of each candidate's element, 0 for none, with why it did not do."""
    return [(candidate.element.id if candidate.element else 0, candidate.kind) for candidate in path]


def test_values_that_satisfy_all_terms_are_found() -> None:
    running = search(element(1, "A", x=1), element(2, "A", x=2), element(3, "B", x=1))
    assert running.run(terms(A, B_OF_A))
    assert found(running.path) == [(1, None), (3, None)]


def test_otherwise_the_path_ends_with_what_came_nearest() -> None:
    at_least = {"type": "A", "as": "a", "if": [["x", ">", 1], ["y", ">", 1]]}
    running = search(element(1, "A"), element(2, "A", x=2), element(3, "A", y=2))
    assert not running.run(terms(at_least))
    assert found(running.path) == [(2, "failed")]
    assert list(running.path[0].held) == [True, False]


def test_the_path_that_got_furthest_is_kept() -> None:
    running = search(element(1, "A", x=1), element(2, "A", x=2), element(3, "B", x=2), element(4, "B", x=7))
    assert not running.run(terms(A, B_OF_A, {"type": "C", "as": "c"}))
    assert found(running.path) == [(2, None), (3, None), (0, "missing")]


def test_a_type_without_elements_is_missing_and_nothing_of_it_is_judged() -> None:
    running = search()
    assert not running.run(terms({"type": "A", "as": "a", "if": [["x", ">", 1]]}))
    assert found(running.path) == [(0, "missing")]
    assert list(running.path[0].held) == [None]


def test_a_not_is_blocked_by_what_it_finds_and_an_exists_fails_without() -> None:
    there = search(element(1, "A", x=2))
    assert not there.run(terms({"not": [A]}))
    assert (there.path[0].kind, found(list(there.path[0].inner))) == ("blocked", [(1, None)])
    assert there.run(terms({"exists": [A]}))
    nothing = search()
    assert nothing.run(terms({"not": [A]}))
    assert not nothing.run(terms({"exists": [A]}))
    assert nothing.path[0].kind == "missing"


def test_what_a_not_finds_is_searched_apart_from_what_patterns_find() -> None:
    deleted, present = SearchedElements([element(1, "A")]), SearchedElements([])
    assert Search(deleted, present).run(terms({"not": [A]}))
    assert Search(deleted, present).run(terms(A))


def test_an_accumulate_folds_all_that_its_source_matches() -> None:
    total = {"accumulate": [A], "as": "n", "folds": [["sum", "a.x"]], "if": [[">", 4]]}
    running = search(element(1, "A", x=2), element(2, "A", x=3))
    assert running.run(terms(total))
    assert running.path[0].value == (5,)
    assert not search(element(1, "A", x=2)).run(terms(total))


def test_a_source_gives_its_values_one_by_one() -> None:
    values = {"from": ["a.x", "a.y"], "as": "v", "if": [[">", 1]]}
    running = search(element(1, "A", x=1, y=2))
    assert running.run(terms(A, values))
    assert running.path[1].value == 2


def test_a_test_is_judged_on_what_was_matched_before() -> None:
    running = search(element(1, "A", x=1))
    assert running.run(terms(A, {"eval": ["a.x", "==", 1]}))
    assert not running.run(terms(A, {"eval": ["a.x", "==", 2]}))
    assert found(running.path) == [(1, None), (0, "failed")]


def test_the_newest_element_is_tried_first() -> None:
    old, new = element(1, "A"), element(2, "A")
    running = search(old, new)
    assert running.run(terms(A))
    assert found(running.path) == [(2, None)]


def test_a_search_that_takes_too_long_ends_where_it_is() -> None:
    elements = [element(number, "A", x=number) for number in range(1, 50)]
    running = search(*elements, most=10)
    assert not running.run(terms(A, {"type": "A", "as": "b"}, {"type": "A", "as": "c", "if": [["x", "==", -1]]}))
    assert running.path


def test_a_branch_that_only_asks_for_absence_is_satisfied_by_nothing() -> None:
    running = search()
    assert running.run(terms({"not": [A]}))
    assert len(running.path) == 1


def test_by_itself_a_later_term_is_judged_without_the_values_it_lacks() -> None:
    nearest = search(element(3, "B", x=1)).nearest(terms(A, B_OF_A)[1], (ABSENT,))
    assert (nearest.kind, list(nearest.held)) == ("failed", [None])
    assert nearest.after == (ABSENT, nearest.value)


def test_a_predicate_that_raises_is_not_judged() -> None:
    raising = Constraint(text="m.x", predicate=lambda *_: 1 / 0 > 0, fields=frozenset())
    assert judged([raising], None, ()) == [None]
