"""Following a journal: what is new since one looked last, each thing once."""

from __future__ import annotations

from datetime import timedelta

from infobip_rules.journal.interface import Journal
from infobip_rules.journal.views import Changes, Position
from tests.journal.contract import asking as ask
from tests.journal.make import NOON, a_dead_letter, a_message, a_signal, evaluated, outcome


async def changes(journal: Journal, last: Position) -> Changes:
    return await journal.history.changes(last)


async def position(journal: Journal) -> Position:
    return await journal.history.position()


async def accept(journal: Journal, *keys: str) -> None:
    signals = [a_signal(key, f"session of {key}") for key in keys]
    await ask.accept(journal, signals)


async def test_nothing_is_new_where_nothing_happened(journal: Journal) -> None:
    await accept(journal, "a")
    found = await changes(journal, await position(journal))
    assert (found.arrived, found.done, found.settled) == ((), (), ())


async def test_a_signal_that_waited_before_is_told_when_it_is_done(journal: Journal) -> None:
    await accept(journal, "a", "b")
    last = await position(journal)
    await ask.commit(journal, evaluated(1, session_key="session of a"))
    found = await changes(journal, last)
    assert ([row.id for row in found.arrived], [row.id for row in found.done]) == ([], [1])
    assert (await changes(journal, found.position)).done == ()


async def test_a_signal_is_told_when_it_comes_and_when_it_is_given_up(journal: Journal) -> None:
    last = await position(journal)
    await accept(journal, "a")
    found = await changes(journal, last)
    assert ([row.id for row in found.arrived], [row.id for row in found.done]) == ([1], [])
    await ask.bury(journal, a_dead_letter(1))
    found = await changes(journal, found.position)
    assert ([row.id for row in found.arrived], [row.id for row in found.done]) == ([], [1])


async def test_a_message_is_told_once_its_outcome_is_known(journal: Journal) -> None:
    await accept(journal, "a")
    last = await position(journal)
    await ask.commit(journal, evaluated(1, a_message(), session_key="session of a"))
    found = await changes(journal, last)
    assert found.settled == ()
    await ask.claim(journal, now=NOON, limit=9)
    await journal.outbox.record([outcome()])
    found = await changes(journal, found.position)
    assert [row.message_id for row in found.settled] == ["out-1"]
    assert (await changes(journal, found.position)).settled == ()


async def test_many_signals_are_told_bit_by_bit_and_none_is_left_out(journal: Journal) -> None:
    last = await position(journal)
    await accept(journal, *map(str, range(1200)))
    told: list[int] = []
    while arrived := (found := await changes(journal, last)).arrived:
        told += [row.id for row in arrived]
        last = found.position
    assert told == list(range(1, 1201))
    assert len(last.pending) == 1200


async def test_from_a_moment_on_all_that_came_after_it_is_new(journal: Journal) -> None:
    await accept(journal, "a")
    later = a_signal("b", at=NOON + timedelta(hours=1))
    await ask.accept(journal, [later])
    last = await journal.history.position(since=NOON + timedelta(minutes=1))
    assert [row.id for row in (await changes(journal, last)).arrived] == [2]
