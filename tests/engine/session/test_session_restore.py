"""Restoring a session: what its stored facts and its open work come to in working memory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.rules.model import Rule, RuleTimer, Window
from infobip_rules.engine.rules.moment import MOMENT
from infobip_rules.engine.session.session_restore import restore
from infobip_rules.engine.session.state import SessionState, StoredFact, stored
from infobip_rules.engine.session.working_memory import WorkingMemory
from infobip_rules.facts import Fact
from tests.engine.parts import NOON, Brief, Order, Payment, Tick, fire, insert, none, pattern, rule

LATER = NOON + timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    token = MOMENT.set(NOON)
    yield
    MOMENT.reset(token)


def restored(
    rules: list[Rule], *facts: Fact, seen: tuple[str, ...] = ("t/r",), **left: Any
) -> tuple[WorkingMemory, list[str]]:
    """A memory with facts 1, 2 and so on, in which the rules in `seen` had their look, and what is warned of."""
    rulebook = Rulebook(rules, fact_types=(Order, Payment, Brief), signal_types=[Tick])
    memory = WorkingMemory(rulebook)
    kept = [stored(number, value) for number, value in enumerate(facts, 1)]
    state = SessionState(facts=kept, next=len(facts) + 1, rules=frozenset(seen), left=left or None)
    return memory, restore(memory, rulebook, state)


def test_what_stored_facts_match_has_fired() -> None:
    memory, warnings = restored([rule(pattern())], Order())
    assert (fire(memory), warnings) == ([], [])
    assert not memory.facts_changed
    insert(memory, 2, Order())
    assert fire(memory) == ["r(2)"]


def test_a_rule_that_is_new_to_the_session_looks_at_what_is_stored() -> None:
    memory, _ = restored([rule(pattern())], Order(), seen=())
    assert fire(memory) == ["r(1)"]


def test_a_fact_of_a_type_that_is_not_known_any_more_is_passed_over() -> None:
    rulebook = Rulebook([rule(pattern())], fact_types=[Order])
    memory = WorkingMemory(rulebook)
    state = SessionState(facts=[StoredFact(1, "Gone", {}), stored(2, Order())], rules=frozenset({"t/r"}))
    assert restore(memory, rulebook, state) == []
    assert [element.id for element in memory] == [2]


def test_a_match_that_waited_fires_when_its_group_has_the_focus() -> None:
    memory, _ = restored([rule(pattern(), agenda_group="g")], Order(), waiting=[["t/r", 0, [1]]])
    assert fire(memory) == []
    memory.agenda.focus("g")
    assert fire(memory) == ["r(1)"]


def test_the_focus_comes_back_and_after_a_halt_no_group_is_active() -> None:
    grouped = [rule(pattern(), agenda_group="g")]
    memory, _ = restored(grouped, Order(), waiting=[["t/r", 0, [1]]], focus=["g"], active=True)
    assert (memory.agenda.focused, memory.agenda.resting) == (["g"], False)
    memory, _ = restored(grouped, Order(), waiting=[["t/r", 0, [1]]], focus=["g"])
    assert (memory.agenda.focused, memory.agenda.resting) == (["g"], True)
    assert fire(memory) == ["r(1)"]


@pytest.mark.parametrize("written", [["t/gone", 0, [1]], ["t/r", 1, [1]], ["t/r", 0, [7]]])
def test_a_match_of_which_a_deploy_or_a_delete_took_something_away_is_left_out(written: list[Any]) -> None:
    memory, warnings = restored([rule(pattern(), agenda_group="g")], Order(), waiting=[written])
    memory.agenda.focus("g")
    assert (fire(memory), warnings) == ([], [])


def test_a_signal_is_seen_again_by_what_waits_with_it_alone() -> None:
    rules = [rule(pattern(Tick), timer=RuleTimer(first=60.0)), rule(pattern(Tick), name="other", order=1)]
    work = {"timed": [["t/r", 0, [5], LATER.isoformat(), None, False]], "signals": [[5, "Tick", {"n": 3}]]}
    memory, warnings = restored(rules, **work)
    assert (fire(memory), warnings) == ([], [])
    memory.release(LATER)
    assert fire(memory) == ["r(5)"]
    assert memory.end_signals(lambda: 9)
    assert list(memory) == []


def test_a_signal_that_cannot_be_read_is_dropped_with_a_warning() -> None:
    work = {"timed": [["t/r", 0, [5], LATER.isoformat(), None, False]], "signals": [[5, "Tick", {"n": "x"}]]}
    memory, [warning] = restored([rule(pattern(Tick), timer=RuleTimer(first=60.0))], **work)
    assert "dropped, with the matches that waited with it" in warning
    assert memory.dues() == []


def test_a_match_whose_rule_has_lost_its_timer_has_its_turn() -> None:
    memory, _ = restored([rule(pattern())], Order(), timed=[["t/r", 0, [1], LATER.isoformat(), None, False]])
    assert fire(memory) == ["r(1)"]


def test_a_justified_fact_goes_with_its_match_and_one_without_goes_at_once() -> None:
    memory, _ = restored(
        [rule(pattern())], Order(), Payment(), Payment(), justified=[[2, [["t/r", 0, [1]]]], [3, []], [9, []]]
    )
    fire(memory)
    assert [element.id for element in memory] == [1, 2]
    memory.delete(next(iter(memory)), origin=None)
    fire(memory)
    assert list(memory) == []


def test_facts_go_at_the_moment_that_was_noted_and_those_of_before_from_now_on() -> None:
    memory, _ = restored(
        [rule(pattern(Brief))], Brief(), Brief(), Order(), ends=[[1, NOON.isoformat()], [3, NOON.isoformat()]]
    )
    assert memory.expiry is not None
    assert {element.id: end for element, end in memory.expiry.ends.items()} == {1: NOON, 2: LATER}


def test_what_a_branch_was_evaluated_on_comes_back_even_if_it_counts_for_no_rule_any_more() -> None:
    unpaid = (pattern(), none(pattern(Payment, "b")))
    for of in (rule(*unpaid, no_loop=True), rule(*unpaid)):
        memory, _ = restored([of], Order(), Payment(), evaluated=[["t/r", 0, [[0, 1]], []], ["t/gone", 0, [], []]])
        assert memory.history is not None
        insert(memory, 3, Order())
        [branch] = memory.networks
        before = memory.history.before(branch)
        assert before is not None
        assert (before.linked, before.added) == (False, {(0, 1)})
    memory, _ = restored([rule(*unpaid)], Order(), Payment())
    assert memory.history is None


def test_a_time_that_has_passed_empties_windows_before_anything_fires() -> None:
    of = [rule(pattern(window=Window(kind="time", size=60)))]
    before = (NOON - timedelta(minutes=2)).isoformat()
    memory, _ = restored(of, Order(), windows={"Order() time:60": [[1, before]]})
    assert memory.windows is not None
    assert memory.windows.to_json() == {"Order() time:60": []}
