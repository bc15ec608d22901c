"""What is written down after an attempt and after a look into the logs."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.channels.registry import Channels
from infobip_rules.channels.sms.lookups import SmsLogs
from infobip_rules.delivery.decisions import (
    FIRST_WAIT,
    LONGEST_WAIT,
    MOST_ATTEMPTS,
    Sending,
    after_attempt,
    after_failed_lookup,
    after_lookup,
    after_report,
    chance,
    may_have_arrived,
)
from infobip_rules.infobip.exchange import Reply
from infobip_rules.infobip.lookups import LogRow
from infobip_rules.infobip.messages import Accepted, NotSent, Rejected, Unknown
from infobip_rules.journal.records import OutboxRow, OutboxState
from infobip_rules.signals import ReportStatus
from tests.channels.composing import sms
from tests.channels.failing import FailingPager
from tests.conftest import SAMPLES

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
DELAYS = (timedelta(seconds=5), timedelta(seconds=30), timedelta(seconds=120))
SENDING = Sending(now=NOON, jitter=0.5, channels=BUILT_IN, wants=lambda kind: True, lookup_delays=DELAYS)
ROW = OutboxRow(
    message_id="6f1c0a52-4f0e-4c9e-9a39-0d6a6c1d7b11",
    inbox_id=1,
    session_key="385981234567",
    rule="client/reply",
    recipient="385981234567",
    sender="447491163443",
    state=OutboxState.SENDING,
    due_at=NOON,
    attempts=1,
    lookups=0,
    created_at=NOON,
    sent_at=NOON,
    status=None,
    report=None,
    delivery_group="",
    reason="",
    channel="sms",
    content=sms("hello"),
)
PENDING = ReportStatus(groupId=1, groupName="PENDING", id=26, name="PENDING_ACCEPTED")


def not_sent(*, retryable: bool = True, retry_after: float | None = None) -> NotSent:
    return NotSent(message_id=ROW.message_id, reason="why", retryable=retryable, retry_after=retry_after)


def found() -> LogRow:
    reply = Reply(status=200, headers={}, body=(SAMPLES / "logs_v3_found.json").read_bytes())
    return SmsLogs().read_logs([ROW.message_id], reply)[ROW.message_id]


def test_an_accepted_message_is_settled_and_tells_its_session() -> None:
    record = after_attempt(ROW, Accepted(message_id=ROW.message_id, status=PENDING), SENDING)
    assert record.state is OutboxState.ACCEPTED
    assert record.signal is not None
    assert (record.signal.kind, record.signal.session_key) == ("InfobipSmsSentMessage", ROW.session_key)
    payload = orjson.loads(record.signal.payload)
    assert (payload["messageId"], payload["from"], payload["status"]["groupName"]) == (
        ROW.message_id,
        "447491163443",
        "PENDING",
    )


def test_a_rejected_message_is_settled_and_tells_its_session_too() -> None:
    status = ReportStatus(groupName="REJECTED", id=12, name="REJECTED_NOT_ENOUGH_CREDITS")
    record = after_attempt(ROW, Rejected(message_id=ROW.message_id, status=status, reason="no credit"), SENDING)
    assert (record.state, record.reason) == (OutboxState.REJECTED, "no credit")
    assert record.signal is not None
    assert orjson.loads(record.signal.payload)["status"]["name"] == "REJECTED_NOT_ENOUGH_CREDITS"


def test_no_signal_is_made_where_no_rule_listens() -> None:
    quiet = replace(SENDING, wants=lambda kind: False)
    record = after_attempt(ROW, Accepted(message_id=ROW.message_id, status=PENDING), quiet)
    assert (record.state, record.signal) == (OutboxState.ACCEPTED, None)


@given(attempts=st.integers(1, MOST_ATTEMPTS - 1), jitter=st.floats(0, 1))
def test_waits_grow_and_stay_within_their_bounds(attempts: int, jitter: float) -> None:
    record = after_attempt(ROW._replace(attempts=attempts), not_sent(), replace(SENDING, jitter=jitter))
    assert record.state is OutboxState.READY
    assert record.due_at is not None
    assert FIRST_WAIT / 2 <= record.due_at - NOON <= LONGEST_WAIT


@given(asked=st.floats(0, 86_400))
def test_a_retry_never_comes_before_infobip_asks_for_it(asked: float) -> None:
    record = after_attempt(ROW, not_sent(retry_after=asked), SENDING)
    assert record.due_at is not None
    assert record.due_at - NOON >= timedelta(seconds=asked)


@given(asked=st.one_of(st.none(), st.floats(0, 86_400)), worth=st.integers(-600, 86_400), attempts=st.integers(1, 449))
def test_no_wait_goes_beyond_the_time_for_which_a_text_is_worth_sending(
    asked: float | None, worth: int, attempts: int
) -> None:
    end = NOON + timedelta(seconds=worth)
    row = ROW._replace(attempts=attempts, expires_at=end)
    record = after_attempt(row, not_sent(retry_after=asked), SENDING)
    unbounded = after_attempt(row._replace(expires_at=None), not_sent(retry_after=asked), SENDING)
    assert record.state is OutboxState.READY
    assert record.due_at is not None
    assert unbounded.due_at is not None
    assert record.due_at == min(unbounded.due_at, max(end, NOON))
    assert ("not worth sending any more" in record.reason) == (record.due_at < unbounded.due_at)


def test_a_message_of_unknown_outcome_is_not_put_behind_the_time_for_which_its_text_is_worth_sending() -> None:
    row = ROW._replace(unknowns=12, lookups=2, expires_at=NOON + timedelta(seconds=60))
    record = after_lookup(row, None, replace(SENDING, unknown_attempts=50))
    assert (record.state, record.due_at) == (OutboxState.READY, row.expires_at)


def test_what_can_not_succeed_is_given_up() -> None:
    assert after_attempt(ROW, not_sent(retryable=False), SENDING).state is OutboxState.FAILED
    assert after_attempt(ROW._replace(attempts=MOST_ATTEMPTS), not_sent(), SENDING).state is OutboxState.FAILED


def test_an_unknown_outcome_is_looked_up_after_5_30_and_120_seconds_and_then_sent_again() -> None:
    record = after_attempt(ROW, Unknown(message_id=ROW.message_id, reason="timeout"), SENDING)
    assert (record.state, record.due_at) == (OutboxState.UNKNOWN, NOON + timedelta(seconds=5))
    dues = []
    row = ROW._replace(state=OutboxState.UNKNOWN)
    for lookups, now in enumerate((5, 30, 120)):
        at = replace(SENDING, now=NOON + timedelta(seconds=now))
        record = after_lookup(row._replace(lookups=lookups), None, at)
        dues.append((record.state, (record.due_at or NOON) - NOON))
    assert dues == [
        (OutboxState.UNKNOWN, timedelta(seconds=30)),
        (OutboxState.UNKNOWN, timedelta(seconds=120)),
        (OutboxState.READY, timedelta(seconds=120)),
    ]


@given(late=st.timedeltas(timedelta(0), timedelta(hours=40)))
def test_a_look_that_comes_late_does_not_bring_the_next_one_nearer(late: timedelta) -> None:
    row = ROW._replace(state=OutboxState.UNKNOWN)
    sending = replace(SENDING, now=NOON + late)
    waits = [(after_lookup(row._replace(lookups=n), None, sending).due_at or NOON) - sending.now for n in (0, 1)]
    assert waits == [timedelta(seconds=25), timedelta(seconds=90)]


def test_the_delays_of_look_ups_are_those_that_are_set() -> None:
    sending = replace(SENDING, lookup_delays=(timedelta(seconds=7),))
    first = after_attempt(ROW, Unknown(message_id=ROW.message_id, reason="timeout"), sending)
    assert first.due_at == NOON + timedelta(seconds=7)
    assert after_lookup(ROW._replace(state=OutboxState.UNKNOWN), None, sending).state is OutboxState.READY


def test_what_the_logs_know_is_settled() -> None:
    record = after_lookup(ROW, found(), SENDING)
    assert record.state is OutboxState.ACCEPTED
    rejected = replace(found(), status=ReportStatus(groupName="REJECTED", id=12, name="REJECTED_NOT_ENOUGH_CREDITS"))
    assert after_lookup(ROW, rejected, SENDING).state is OutboxState.REJECTED


def test_logs_that_could_not_be_asked_say_nothing_about_the_message() -> None:
    record = after_failed_lookup(ROW, "403", SENDING)
    assert (record.state, record.looked_up) == (OutboxState.UNKNOWN, False)
    assert record.due_at is not None
    assert record.due_at > NOON


def test_logs_that_ask_for_a_wait_are_not_asked_sooner() -> None:
    record = after_failed_lookup(ROW, "429", SENDING, retry_after=3600.0)
    assert record.due_at == NOON + timedelta(hours=1)


def test_logs_that_can_not_be_asked_for_48_hours_end_in_giving_up_not_in_sending_again() -> None:
    late = replace(SENDING, now=NOON + timedelta(hours=48, seconds=1))
    assert after_failed_lookup(ROW, "403", late).state is OutboxState.FAILED


def test_after_48_hours_a_message_of_unknown_outcome_is_never_sent_again() -> None:
    late = replace(SENDING, now=NOON + timedelta(hours=48, seconds=1))
    record = after_lookup(ROW._replace(lookups=2), None, late)
    assert record.state is OutboxState.FAILED
    assert "48 hours" in record.reason


def test_what_was_given_up_unknown_may_have_arrived() -> None:
    late = replace(SENDING, now=NOON + timedelta(hours=48, seconds=1))
    record = after_lookup(ROW, None, late)
    assert may_have_arrived(ROW._replace(state=record.state, reason=record.reason))


def test_what_was_given_up_with_a_report_may_have_arrived() -> None:
    assert may_have_arrived(ROW._replace(state=OutboxState.FAILED, reason="why", delivery_group="DELIVERED"))


def test_what_was_given_up_unsent_has_not_arrived() -> None:
    record = after_attempt(ROW, not_sent(retryable=False), SENDING)
    assert not may_have_arrived(ROW._replace(state=record.state, reason=record.reason))


def test_waits_between_attempts_of_unknown_outcome_grow_up_to_an_hour() -> None:
    waits = []
    for unknowns in range(1, 20):
        row = ROW._replace(state=OutboxState.UNKNOWN, lookups=2, unknowns=unknowns)
        record = after_lookup(row, None, replace(SENDING, jitter=1))
        waits.append((record.due_at or NOON) - NOON)
    assert waits[:4] == [timedelta(), timedelta(seconds=1), timedelta(seconds=2), timedelta(seconds=4)]
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(hours=1)


def test_of_a_message_of_unknown_outcome_neither_attempts_nor_age_go_beyond_their_bounds() -> None:
    row = ROW._replace(state=OutboxState.UNKNOWN, lookups=2, unknowns=20)
    assert after_lookup(row, None, SENDING).state is OutboxState.FAILED
    late = replace(SENDING, now=NOON + timedelta(hours=24))
    for record in (after_lookup(row._replace(unknowns=1), None, late), after_failed_lookup(row, "503", late)):
        assert (record.state, "may have arrived" in record.reason) == (OutboxState.FAILED, True)


def test_a_refusal_of_the_account_is_no_attempt_and_keeps_a_messages_place() -> None:
    for status in (401, 402, 403):
        outcome = NotSent(message_id=ROW.message_id, reason="no", retryable=False, http_status=status)
        record = after_attempt(ROW._replace(attempts=MOST_ATTEMPTS), outcome, SENDING)
        assert (record.state, record.uncounted, record.due_at) == (OutboxState.READY, True, None)


def test_a_session_is_told_that_a_message_was_accepted_also_where_only_a_repeat_was_refused() -> None:
    status = ReportStatus(groupName="REJECTED", id=23, name="REJECTED_DUPLICATE_MESSAGE_ID")
    record = after_attempt(ROW, Accepted(message_id=ROW.message_id, status=status), SENDING)
    assert record.signal is not None
    assert orjson.loads(record.signal.payload)["status"]["groupName"] == "PENDING"


def test_what_came_with_the_send_comes_back_in_its_signal() -> None:
    accepted = Accepted(message_id=ROW.message_id, status=PENDING)
    for data, expected in (("order 7", "order 7"), ("", None)):
        record = after_attempt(ROW._replace(callback_data=data), accepted, SENDING)
        assert record.signal is not None
        assert orjson.loads(record.signal.payload)["callbackData"] == expected


@pytest.mark.parametrize("problem", [KeyError(ROW.recipient), SystemExit()])
@pytest.mark.parametrize("method", ["sent_signal", "report_signal"])
def test_a_signal_that_its_channel_fails_to_make_costs_no_record(
    method: str, problem: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    channels = Channels([*BUILT_IN, FailingPager({"7": [method]}, problem)])
    sending = replace(SENDING, channels=channels)
    row = ROW._replace(channel="paging", content="7")

    accepted = after_attempt(row, Accepted(message_id=row.message_id, status=PENDING), sending)
    lost = after_lookup(row._replace(unknowns=99), None, replace(sending, lookup_delays=(timedelta(),)))
    reported = after_report(row, PENDING, now=NOON, channels=channels, wants=lambda kind: True)

    assert [record.state for record in (accepted, lost, reported)] == [
        OutboxState.ACCEPTED,
        OutboxState.FAILED,
        OutboxState.ACCEPTED,
    ]
    lacking = [record.signal is None for record in (accepted, reported, lost)]
    assert lacking == ([True, True, False] if method == "sent_signal" else [False, False, True])
    assert "delivery.signal_failed" in caplog.text
    assert ROW.recipient not in caplog.text


def test_what_is_no_signal_is_none() -> None:
    class Wordy(FailingPager):
        def sent_signal(self, *_: object, **__: object) -> Any:
            return "sent"

    sending = replace(SENDING, channels=Channels([Wordy({})]))
    record = after_attempt(
        ROW._replace(channel="paging", content="7"), Accepted(message_id=ROW.message_id, status=PENDING), sending
    )
    assert (record.state, record.signal) == (OutboxState.ACCEPTED, None)


def test_chance_leaves_the_random_numbers_of_others_alone() -> None:
    before = random.getstate()
    assert 0 <= chance() < 1
    assert random.getstate() == before
