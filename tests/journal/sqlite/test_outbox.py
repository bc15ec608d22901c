"""Messages: claimed once, recorded once, looked up after an unknown outcome, joined by their reports."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from infobip_rules.journal.records import OutboxRow, OutboxState, ReportUpdate
from infobip_rules.journal.sqlite import store
from tests.channels.composing import sms
from tests.journal.make import NOON, SECOND, a_message, a_signal, evaluated, outcome


@pytest.fixture
def outbox(connection: Connection) -> Connection:
    """A journal with the messages a, b and c, in this order, that one signal had sent at noon."""
    (inbox_id,) = store.accept(connection, [a_signal()]).ids
    store.commit(connection, evaluated(inbox_id, a_message("b"), a_message("c"), a_message("a")))
    return connection


def claim(connection: Connection, *, now: datetime = NOON, limit: int = 10) -> list[str]:
    return [row.message_id for row in store.claim(connection, now=now, limit=limit)]


def looked_up(connection: Connection, now: datetime) -> list[str]:
    return [row.message_id for row in store.unknown_due(connection, now=now, limit=10)]


def found(connection: Connection, message_id: str = "a") -> OutboxRow:
    row = store.find_message(connection, message_id)
    assert row is not None
    return row


def report(group: str) -> ReportUpdate:
    return ReportUpdate(message_id="a", group=group, report=f'"{group}"')


def test_messages_are_claimed_in_the_order_in_which_they_were_sent(outbox: Connection) -> None:
    assert claim(outbox, limit=2) == ["b", "c"]
    assert claim(outbox) == ["a"]


def test_a_message_is_claimed_once(outbox: Connection) -> None:
    claim(outbox)
    assert claim(outbox) == []


def test_a_claimed_message_counts_its_attempt(outbox: Connection) -> None:
    row = store.claim(outbox, now=NOON + SECOND, limit=1)[0]
    assert (row.state, row.attempts, row.sent_at, row.channel, row.content) == (
        *(OutboxState.SENDING, 1, NOON + SECOND),
        *("sms", sms("Welcome")),
    )
    assert found(outbox, "b") == row


def test_a_message_is_not_claimed_before_it_is_due(outbox: Connection) -> None:
    assert claim(outbox, now=NOON - SECOND) == []


def test_a_message_to_be_tried_again_waits_until_it_is_due(outbox: Connection) -> None:
    claim(outbox)
    store.record(outbox, [outcome("a", OutboxState.READY, due_at=NOON + 5 * SECOND)])
    assert claim(outbox, now=NOON + 4 * SECOND) == []
    assert claim(outbox, now=NOON + 5 * SECOND) == ["a"]
    assert found(outbox).attempts == 2


@pytest.mark.parametrize("state", [OutboxState.ACCEPTED, OutboxState.REJECTED, OutboxState.FAILED])
def test_a_settled_message_is_left_alone(outbox: Connection, state: OutboxState) -> None:
    claim(outbox)
    assert store.record(outbox, [outcome("a", state)]) == 1
    again = outcome("a", OutboxState.READY, due_at=NOON, signal=a_signal("sent"))
    assert store.record(outbox, [again]) == 0
    assert found(outbox).state is state
    assert claim(outbox) == []
    assert len(store.list_inbox(outbox)) == 1


def test_an_outcome_of_a_message_that_is_not_ours_is_passed_over(outbox: Connection) -> None:
    assert store.record(outbox, [outcome("nobody's", signal=a_signal("sent"))]) == 0
    assert store.record(outbox, []) == 0


def test_recording_keeps_the_status_and_takes_the_signal_in(outbox: Connection) -> None:
    claim(outbox)
    store.record(outbox, [outcome("a", status='{"groupName": "PENDING"}', signal=a_signal("sent a"))])
    assert found(outbox).status == '{"groupName": "PENDING"}'
    assert store.list_inbox(outbox, limit=1)[0].dedup_key == "sent a"


def test_signals_of_outcomes_come_in_the_order_in_which_messages_were_sent(outbox: Connection) -> None:
    claim(outbox)
    store.record(outbox, [outcome(name, signal=a_signal(name)) for name in ("a", "b", "c")])
    assert [row.dedup_key for row in store.list_inbox(outbox, limit=3)] == ["a", "c", "b"]


def test_an_unknown_outcome_is_looked_up_when_due(outbox: Connection) -> None:
    claim(outbox)
    store.record(outbox, [outcome("a", OutboxState.UNKNOWN, due_at=NOON + 5 * SECOND)])
    assert looked_up(outbox, NOON + 4 * SECOND) == []
    assert looked_up(outbox, NOON + 5 * SECOND) == ["a"]
    assert claim(outbox, now=NOON + 60 * SECOND) == []


def test_look_ups_that_the_logs_answered_are_counted_until_it_is_sent_again(outbox: Connection) -> None:
    claim(outbox)
    unknown = outcome("a", OutboxState.UNKNOWN, due_at=NOON)
    lookups = []
    looked = replace(unknown, looked_up=True)
    for state in (unknown, looked, unknown, looked, outcome("a", OutboxState.READY, due_at=NOON)):
        store.record(outbox, [state])
        lookups.append(found(outbox).lookups)
    claim(outbox)
    store.record(outbox, [unknown])
    assert [*lookups, found(outbox).lookups] == [0, 1, 1, 2, 2, 0]


def test_what_a_dead_run_was_sending_is_looked_up_and_not_sent(outbox: Connection) -> None:
    claim(outbox, limit=2)
    assert store.recover(outbox, due_at=NOON + 65 * SECOND) == 2
    assert looked_up(outbox, NOON + 64 * SECOND) == []
    assert looked_up(outbox, NOON + 65 * SECOND) == ["b", "c"]
    assert claim(outbox, now=NOON + timedelta(hours=1)) == ["a"]


def test_what_is_really_being_sent_is_not_recovered(outbox: Connection) -> None:
    claim(outbox)
    assert store.recover(outbox, due_at=NOON, besides=["a", "c"]) == 1
    assert looked_up(outbox, NOON) == ["b"]


def test_a_report_is_kept_with_its_message_whose_state_stays(outbox: Connection) -> None:
    claim(outbox)
    row = store.apply_report(outbox, report("DELIVERED"))
    assert row == found(outbox)
    assert (row.delivery_group, row.report, row.state) == ("DELIVERED", '"DELIVERED"', OutboxState.SENDING)


def test_a_report_for_a_message_that_is_not_ours_finds_nothing(outbox: Connection) -> None:
    assert store.apply_report(outbox, ReportUpdate(message_id="x", group="DELIVERED", report="{}")) is None


@pytest.mark.parametrize("final", sorted(store.FINAL_GROUPS))
def test_a_final_report_is_not_undone_by_a_late_one(outbox: Connection, final: str) -> None:
    store.apply_report(outbox, report(final))
    store.apply_report(outbox, report("PENDING"))
    assert (found(outbox).delivery_group, found(outbox).report) == (final, f'"{final}"')


def test_a_report_that_is_not_final_gives_way(outbox: Connection) -> None:
    groups = []
    for group in ("PENDING", "SOMETHING_NEW", "EXPIRED", "DELIVERED"):
        store.apply_report(outbox, report(group))
        groups.append(found(outbox).delivery_group)
    assert groups == ["PENDING", "SOMETHING_NEW", "EXPIRED", "DELIVERED"]


def test_a_reported_message_can_be_recorded_before_it_is_sent_again(outbox: Connection) -> None:
    store.apply_report(outbox, report("DELIVERED"))
    store.record(outbox, [outcome("a", OutboxState.ACCEPTED)])
    assert claim(outbox) == ["b", "c"]


def test_a_message_that_was_given_up_is_sent_again_as_if_never_tried(outbox: Connection) -> None:
    claim(outbox)
    store.record(outbox, [outcome("a", OutboxState.FAILED)])
    assert store.failed_messages(outbox) == ["a"]

    assert store.resend(outbox, "a", now=NOON + SECOND)

    assert found(outbox).attempts == 0
    assert claim(outbox, now=NOON) == []
    assert claim(outbox, now=NOON + SECOND) == ["a"]


@pytest.mark.parametrize("state", [state for state in OutboxState if state is not OutboxState.FAILED])
def test_only_what_was_given_up_is_sent_again(outbox: Connection, state: OutboxState) -> None:
    claim(outbox)
    store.record(outbox, [outcome("a", state, due_at=NOON)])
    before = found(outbox)

    assert not store.resend(outbox, "a", now=NOON + SECOND)
    assert found(outbox) == before


def test_a_message_nobody_knows_is_not_found(outbox: Connection) -> None:
    assert store.find_message(outbox, "x") is None


def test_messages_dated_by_a_clock_that_has_gone_back_are_due_at_once(outbox: Connection) -> None:
    claim(outbox, limit=1)
    store.record(outbox, [outcome("b", OutboxState.UNKNOWN, due_at=NOON + 5 * SECOND)])
    before = NOON - timedelta(days=1)
    assert store.bring_forward(outbox, now=before) == 3
    assert claim(outbox, now=before) == ["c", "a"]
    assert looked_up(outbox, before) == ["b"]


def test_messages_that_wait_for_their_time_go_on_waiting_where_the_clock_is_right(outbox: Connection) -> None:
    claim(outbox, limit=1)
    store.record(outbox, [outcome("b", OutboxState.READY, due_at=NOON + timedelta(hours=1))])
    assert store.bring_forward(outbox, now=NOON + SECOND) == 0
    assert claim(outbox, now=NOON + SECOND) == ["c", "a"]


def test_an_attempt_that_was_not_about_the_message_does_not_count(outbox: Connection) -> None:
    claim(outbox)
    store.record(outbox, [replace(outcome("a", OutboxState.READY), uncounted=True)])
    assert (found(outbox).attempts, found(outbox).due_at) == (0, NOON)


def test_attempts_of_unknown_outcome_are_counted_also_those_that_a_dead_run_left(outbox: Connection) -> None:
    claim(outbox)
    unknown = outcome("a", OutboxState.UNKNOWN, due_at=NOON)
    for record in (unknown, replace(unknown, looked_up=True), outcome("a", OutboxState.READY, due_at=NOON)):
        store.record(outbox, [record])
        assert found(outbox).unknowns == 1
    claim(outbox)
    store.recover(outbox, due_at=NOON)
    assert found(outbox).unknowns == 2
    store.record(outbox, [outcome("a", OutboxState.FAILED)])
    store.resend(outbox, "a", now=NOON)
    assert found(outbox).unknowns == 0


@pytest.mark.parametrize("state", [OutboxState.ACCEPTED, OutboxState.REJECTED])
def test_what_was_given_up_can_still_be_decided(outbox: Connection, state: OutboxState) -> None:
    claim(outbox)
    store.record(outbox, [outcome("a", OutboxState.FAILED)])
    assert store.record(outbox, [outcome("a", state, signal=a_signal("sent"))]) == 1
    assert found(outbox).state is state
    assert store.list_inbox(outbox, limit=1)[0].dedup_key == "sent"


def test_a_message_keeps_what_came_with_it(connection: Connection) -> None:
    (inbox_id,) = store.accept(connection, [a_signal()]).ids
    given = replace(a_message("a"), callback_data="order 7", expires_at=NOON + SECOND)
    store.commit(connection, evaluated(inbox_id, given))
    assert (found(connection).callback_data, found(connection).expires_at) == ("order 7", NOON + SECOND)
    (row,) = store.claim(connection, now=NOON, limit=1)
    assert row == found(connection)


def test_what_is_sent_again_by_hand_is_worth_sending(connection: Connection) -> None:
    (inbox_id,) = store.accept(connection, [a_signal()]).ids
    store.commit(connection, evaluated(inbox_id, replace(a_message("a"), expires_at=NOON)))
    store.record(connection, [outcome("a", OutboxState.FAILED)])
    store.resend(connection, "a", now=NOON)
    assert found(connection).expires_at is None
