"""Sessions that wait behind a dead letter, until it is replayed or discarded."""

from __future__ import annotations

import pytest

from infobip_rules.journal.interface import Journal
from infobip_rules.journal.records import InboxState
from infobip_rules.limits import OnRuleError
from tests.journal.contract import asking as ask
from tests.journal.make import IVO, a_dead_letter, a_signal, evaluated


@pytest.fixture
async def held(journal: Journal) -> Journal:
    """A journal with Ana's signals 1, 2 and 3, of which 2 is dead, and Ivo's signal 4."""
    await ask.accept(journal, [*map(a_signal, ("1", "2", "3")), a_signal("4", IVO)])
    await ask.bury(journal, a_dead_letter(2))
    return journal


async def pending(journal: Journal, on_rule_error: OnRuleError = "hold") -> list[list[int]]:
    works = await ask.pending(journal, sessions=10, each=10, on_rule_error=on_rule_error)
    return [[signal.id for signal in work.signals] for work in works]


async def test_a_session_goes_on_after_a_dead_letter(held: Journal) -> None:
    assert await pending(held, "go-on") == [[1, 3], [4]]


async def test_a_session_that_is_held_gives_out_only_what_came_before_its_dead_letter(held: Journal) -> None:
    assert await pending(held) == [[1], [4]]


async def test_a_session_with_nothing_before_its_dead_letter_gives_out_nothing(held: Journal) -> None:
    await ask.commit(held, evaluated(1))
    assert await pending(held) == [[4]]


async def test_a_replayed_signal_comes_before_those_that_waited(held: Journal) -> None:
    await ask.replay(held, 2)
    assert await pending(held) == [[1, 2, 3], [4]]


async def test_a_discarded_signal_is_done_and_lets_the_session_go_on(held: Journal) -> None:
    assert await ask.discard(held, 2)
    row = await held.history.find_signal(2)
    assert row is not None
    assert row.state is InboxState.DONE
    assert row.reason.startswith("Discarded")
    assert row.done_at is not None
    assert await pending(held) == [[1, 3], [4]]


async def test_only_a_dead_signal_is_discarded(held: Journal) -> None:
    assert [await ask.discard(held, inbox_id) for inbox_id in (1, 2, 2, 99)] == [False, True, False, False]
