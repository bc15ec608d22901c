"""What people change by hand: one commit, fenced as whatever a host commits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from infobip_rules.journal.interface import Journal
from infobip_rules.journal.records import InboxState, OutboxRow, OutboxState
from tests.journal.contract import asking as ask
from tests.journal.make import NOON, SECOND, a_dead_letter, a_message, a_signal, an_aside, evaluated, outcome


@pytest.fixture
async def given_up(journal: Journal) -> Journal:
    """A journal with the signals 1 (done), 2 (dead) and 3 (pending), and the messages a and b, both given up."""
    await ask.accept(journal, [a_signal(key) for key in ("1", "2", "3")])
    await ask.commit(journal, evaluated(1, a_message("a"), a_message("b")))
    await ask.bury(journal, a_dead_letter(2))
    await ask.claim(journal)
    await journal.outbox.record([outcome(name, OutboxState.FAILED) for name in "ab"])
    return journal


async def found(journal: Journal, message_id: str) -> OutboxRow:
    row = await journal.history.find_message(message_id)
    assert row is not None
    return row


async def test_each_signal_is_told_as_it_stands_after_the_commit(given_up: Journal) -> None:
    changes = await given_up.admin.replay([1, 2, 3, 99])
    assert [(change.signal.id, change.changed, change.signal.state) for change in changes] == [
        (1, False, InboxState.DONE),
        (2, True, InboxState.PENDING),
        (3, False, InboxState.PENDING),
    ]


async def test_a_discarded_signal_is_done(given_up: Journal) -> None:
    (change,) = await given_up.admin.discard([2])
    assert (change.changed, change.signal.state, change.signal.reason) == (True, InboxState.DONE, "Discarded by hand.")


async def test_a_replayed_signal_is_committed_by_nobody_who_evaluated_it_before(given_up: Journal) -> None:
    await given_up.admin.replay([2])
    assert not await ask.commit(given_up, evaluated(2))  # on the version of before
    assert await ask.commit(given_up, evaluated(2, base_version=1))


async def test_messages_are_sent_again_under_their_ids(given_up: Journal) -> None:
    rows = [await found(given_up, name) for name in "ab"]
    assert await given_up.admin.resend(rows, now=NOON + SECOND) == {"a", "b"}
    assert [row.message_id for row in await ask.claim(given_up, now=NOON + SECOND)] == ["a", "b"]


async def test_a_message_that_changed_since_it_was_looked_at_stays_as_it_is(given_up: Journal) -> None:
    rows = [await found(given_up, name) for name in "ab"]
    await given_up.outbox.record([outcome("a", OutboxState.ACCEPTED)])
    assert await given_up.admin.resend(rows, now=NOON) == {"b"}
    assert (await found(given_up, "a")).state is OutboxState.ACCEPTED


async def test_a_message_that_is_not_there_is_not_sent(given_up: Journal) -> None:
    stranger = (await found(given_up, "a"))._replace(message_id="nobody's")
    assert await given_up.admin.resend([stranger], now=NOON) == frozenset()


async def test_items_set_aside_are_marked_and_forgotten_as_far_as_they_are_there(journal: Journal) -> None:
    await ask.accept(journal, [], [an_aside(), replace(an_aside(), reason="is odd")])
    assert await journal.admin.retry_asides([2, 99]) == {2}
    assert [row.reason for row in await journal.inbox.marked_for_retry(limit=9)] == ["is odd"]
    assert await journal.admin.discard_asides([1, 2, 99]) == {1, 2}
    assert await journal.inbox.marked_for_retry(limit=9) == []
    assert await journal.history.all_asides() == []
