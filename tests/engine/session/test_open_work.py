"""Open work: what the end of an evaluation leaves open, as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from infobip_rules.engine.rules.model import Rule, RuleTimer, Window
from infobip_rules.engine.rules.moment import MOMENT
from infobip_rules.engine.session.open_work import ends, moments, open_work, waiting_matches
from infobip_rules.engine.session.working_memory import WorkingMemory
from tests.engine.parts import NOON, Brief, Order, Payment, Tick, fire, insert, memory_of, pattern, rule


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    token = MOMENT.set(NOON)
    yield
    MOMENT.reset(token)


def left_open(*rules: Rule) -> WorkingMemory:
    """A memory into which an order came, of which nothing has fired."""
    memory = memory_of(*rules)
    insert(memory, 1, Order())
    return memory


def test_nothing_is_left_open_by_most_evaluations() -> None:
    memory = left_open(rule(pattern()))
    fire(memory)
    assert open_work(memory) is None
    assert moments(None) == set()


def test_a_match_of_a_group_without_focus_is_written_by_rule_branch_and_numbers() -> None:
    memory = left_open(rule(pattern(), agenda_group="g"))
    fire(memory)
    assert open_work(memory) == {"waiting": [["t/r", 0, [1]]]}


def test_a_halt_leaves_matches_and_says_that_no_group_is_active() -> None:
    memory = left_open(rule(pattern(), agenda_group="g"))
    memory.agenda.focus("g")
    memory.halted = True
    assert memory.next_match() is None
    assert open_work(memory) == {"waiting": [["t/r", 0, [1]]], "focus": ["g"]}


def test_salience_that_is_computed_and_being_no_alternative_any_more_are_kept() -> None:
    memory = left_open(rule(pattern(), agenda_group="g", salience=lambda values: 4))
    assert open_work(memory) == {"waiting": [["t/r", 0, [1], {"salience": 4}]]}
    grouped = left_open(rule(pattern(), agenda_group="g", activation_group="a"))
    grouped.modify(next(iter(grouped)), Order(number=2), None, origin=None)
    assert [waits.free for waits in waiting_matches(grouped)] == [False]
    grouped.modify(next(iter(grouped)), Order(number=3), None, origin=None)
    assert open_work(grouped) == {"waiting": [["t/r", 0, [1]]]}


def test_a_match_with_a_signal_that_nothing_keeps_is_left_out() -> None:
    memory = memory_of(rule(pattern(Tick), agenda_group="g"))
    insert(memory, 0, Tick())
    assert waiting_matches(memory) == []
    assert open_work(memory) is None


def test_a_match_that_waits_for_its_moment_keeps_its_signal() -> None:
    memory = memory_of(rule(pattern(Tick), timer=RuleTimer(first=60.0, firings=2)))
    insert(memory, 0, Tick(n=3))
    assert memory.end_signals(lambda: 5)
    work = open_work(memory)
    assert work is not None
    at = (NOON + timedelta(minutes=1)).isoformat()
    assert work == {"timed": [["t/r", 0, [5], at, 2, False]], "signals": [[5, "Tick", {"n": 3}]]}
    assert moments(work) == {NOON + timedelta(minutes=1)}


def test_a_muted_match_is_waited_for_at_no_moment() -> None:
    assert moments({"timed": [["t/r", 0, [1], NOON.isoformat(), None, True]]}) == set()


def test_a_fact_that_goes_by_itself_is_written_with_its_moment() -> None:
    memory = memory_of(rule(pattern(Brief)))
    insert(memory, 1, Brief())
    fire(memory)
    work = open_work(memory)
    assert work is not None
    assert ends(work) == {1: NOON + timedelta(minutes=1)}
    assert moments(work) == {NOON + timedelta(minutes=1)}


def test_ends_and_moments_agree_on_time_zones() -> None:
    work = {"ends": [[1, "2026-11-09T14:00:00+02:00"]]}
    assert moments(work) == {datetime(2026, 11, 9, 12, tzinfo=UTC)}


def test_justifications_are_written_by_the_number_of_the_fact_without_those_of_signals() -> None:
    memory = memory_of(rule(pattern()), rule(pattern(Tick), name="of_signal", order=1))
    insert(memory, 1, Order())
    insert(memory, 0, Tick())
    while memory.next_match() is not None:
        memory.insert_logical(Payment(number=1), lambda: 9, origin=None)
    assert open_work(memory) == {"justified": [[9, [["t/r", 0, [1]]]]]}


def test_windows_are_written_and_all_of_it_is_json() -> None:
    memory = left_open(rule(pattern(window=Window(kind="length", size=2))))
    fire(memory)
    work = open_work(memory)
    assert work == {"windows": {"Order() length:2": [[1, NOON.isoformat()]]}}
    assert orjson.loads(orjson.dumps(work)) == work
