"""What was sent to people lately, and what is held back."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from infobip_rules.journal.records import OutboxState, Passage
from tests.journal import store
from tests.journal.make import ANA, IVO, NOON, SECOND, a_message, a_signal, evaluated, outcome

HOUR = timedelta(hours=1)


@pytest.fixture
def outbox(connection: Connection) -> Connection:
    """A journal with the messages a, b and c to Ana and d to Ivo, all written at noon."""
    (inbox_id,) = store.accept(connection, [a_signal()]).ids
    store.commit(connection, evaluated(inbox_id, *map(a_message, "abc"), a_message("d", recipient=IVO)))
    return connection


def passages(connection: Connection, *people: str, now: datetime = NOON) -> list[tuple[str, timedelta, bool]]:
    found = store.passages(connection, people or (ANA, IVO), since=now - HOUR, now=now)
    return [(one.recipient, one.at - NOON, one.held) for one in found]


def test_what_is_due_is_what_would_be_claimed_and_is_left_as_it_was(outbox: Connection) -> None:
    before = store.list_outbox(outbox)
    due = [row.message_id for row in store.due(outbox, now=NOON, limit=3)]
    assert store.list_outbox(outbox) == before
    assert due == [row.message_id for row in store.claim(outbox, now=NOON, limit=3)] == ["a", "b", "c"]


def test_messages_that_wait_their_turn_have_not_passed(outbox: Connection) -> None:
    assert passages(outbox) == []


@pytest.mark.parametrize("state", [OutboxState.SENDING, OutboxState.ACCEPTED, OutboxState.UNKNOWN])
def test_what_is_on_its_way_was_taken_or_may_have_been_counts(outbox: Connection, state: OutboxState) -> None:
    store.claim(outbox, now=NOON + SECOND, limit=1)
    if state is not OutboxState.SENDING:
        store.record(outbox, [outcome("a", state, due_at=NOON)])
    assert passages(outbox) == [(ANA, SECOND, False)]


@pytest.mark.parametrize("state", [OutboxState.READY, OutboxState.REJECTED, OutboxState.FAILED])
def test_what_was_certainly_not_sent_does_not_count(outbox: Connection, state: OutboxState) -> None:
    store.claim(outbox, now=NOON, limit=1)
    store.record(outbox, [outcome("a", state, due_at=NOON)])
    assert passages(outbox) == []


def test_it_counts_for_its_span_and_for_its_recipient(outbox: Connection) -> None:
    store.claim(outbox, now=NOON, limit=4)
    assert passages(outbox, IVO) == [(IVO, timedelta(), False)]
    assert passages(outbox, now=NOON + HOUR) == []


def test_a_held_message_is_due_later_and_has_made_no_attempt(outbox: Connection) -> None:
    store.hold(outbox, {"a": (NOON + HOUR, "why")})
    assert [row.message_id for row in store.claim(outbox, now=NOON, limit=4)] == ["b", "c", "d"]
    row = store.find_message(outbox, "a")
    assert row is not None
    assert (row.state, row.due_at, row.attempts, row.reason) == (OutboxState.READY, NOON + HOUR, 0, "why")


def test_held_messages_are_told_by_the_moment_they_are_held_to(outbox: Connection) -> None:
    store.hold(outbox, {"b": (NOON + 2 * SECOND, ""), "a": (NOON + SECOND, "")})
    assert passages(outbox) == [(ANA, SECOND, True), (ANA, 2 * SECOND, True)]


def test_of_the_held_only_the_last_stretch_is_told(outbox: Connection) -> None:
    store.hold(outbox, {"a": (NOON + HOUR, ""), "b": (NOON + 2 * HOUR, ""), "c": (NOON + 2.5 * HOUR, "")})
    assert passages(outbox) == [(ANA, 2 * HOUR, True), (ANA, 2.5 * HOUR, True)]


def test_a_message_held_after_an_attempt_is_a_held_one(outbox: Connection) -> None:
    store.claim(outbox, now=NOON, limit=1)
    store.record(outbox, [outcome("a", OutboxState.READY, due_at=NOON)])
    store.hold(outbox, {"a": (NOON + SECOND, "")})
    assert passages(outbox) == [(ANA, SECOND, True)]


def test_only_what_is_ready_is_held(outbox: Connection) -> None:
    store.claim(outbox, now=NOON, limit=1)
    store.hold(outbox, {"a": (NOON + HOUR, "")})
    row = store.find_message(outbox, "a")
    assert row is not None
    assert (row.state, row.sent_at) == (OutboxState.SENDING, NOON)


def test_a_passage_shows_neither_text_nor_number() -> None:
    assert ANA not in repr(Passage(recipient=ANA, channel="sms", content="secret", at=NOON, held=False))
    assert "secret" not in repr(Passage(recipient=ANA, channel="sms", content="secret", at=NOON, held=False))


def test_it_is_found_through_indexes_by_recipient(outbox: Connection) -> None:
    from infobip_rules.journal.sqlite.traffic import _PASSAGES

    query = _PASSAGES.replace(":people", "'[]'").replace(":since", "0").replace(":now", "9")
    plan = [row[3] for row in outbox.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}")]
    found = [step.removeprefix("SEARCH ") for step in plan if step.startswith("SEARCH")]
    assert [step for step in found if "(recipient=?" in step] == found
    assert len(found) == 3
    assert not [step for step in plan if step.startswith(("SCAN sent", "SCAN held", "SCAN outbox"))]
