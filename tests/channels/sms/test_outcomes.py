"""Answers to requests that send text messages: whatever they are, every message has its outcome."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infobip_rules.channels.sms.outcomes import send_outcomes
from infobip_rules.infobip.exchange import Reply
from infobip_rules.infobip.messages import Accepted, NotSent, Outcome, Rejected, Unknown
from tests.infobip.samples import MESSAGE_ID, message, sample_reply

REPORT_URL = "https://adapter.example.com/sms-delivery-report"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["messages", "messageId", "status", "groupName", "groupId", "id", "name", "destination"])
            | st.text(max_size=4),
            inner,
            max_size=5,
        )
    ),
    max_leaves=30,
)


def reply(document: object, status: int = 200, **headers: str) -> Reply:
    return Reply(status=status, headers=headers, body=json.dumps(document).encode())


def entry(group: str | None = "PENDING", **fields: object) -> dict[str, object]:
    return {"status": {"groupName": group}} | fields


def only(outcomes: list[Outcome]) -> Outcome:
    (outcome,) = outcomes
    return outcome


def test_a_pending_message_is_accepted() -> None:
    outcome = only(send_outcomes([message()], sample_reply("send_v3_response_one.json")))
    assert isinstance(outcome, Accepted)
    assert (outcome.message_id, outcome.status.id, outcome.status.name) == (MESSAGE_ID, 26, "PENDING_ACCEPTED")


def test_a_200_can_hold_a_rejected_message() -> None:
    messages = [message("m-0001"), message("m-0002", to="12")]
    outcomes = send_outcomes(messages, sample_reply("send_v3_response_many_mixed.json"))
    assert [type(outcome) for outcome in outcomes] == [Accepted, Rejected]
    assert isinstance(outcomes[1], Rejected)
    assert outcomes[1].reason == "REJECTED_DESTINATION: the recipient's number is not valid (permanent)."


def test_a_duplicate_message_id_means_that_an_earlier_attempt_was_accepted() -> None:
    outcome = only(send_outcomes([message()], sample_reply("send_v3_response_duplicate_message_id.json")))
    assert isinstance(outcome, Accepted)
    assert outcome.status.id == 23


def test_outcomes_come_in_the_order_of_the_messages_not_of_the_answer() -> None:
    answer = {"messages": [entry("REJECTED", messageId="m-2"), entry("PENDING", messageId="m-1")]}
    outcomes = send_outcomes([message("m-1"), message("m-2")], reply(answer))
    assert [(outcome.message_id, type(outcome)) for outcome in outcomes] == [("m-1", Accepted), ("m-2", Rejected)]


@pytest.mark.parametrize("group", ["ON_HOLD", "pending", "Ok"])
def test_a_group_nobody_has_heard_of_is_accepted(group: str) -> None:
    answer = {"messages": [entry(group, messageId=MESSAGE_ID)]}
    assert isinstance(only(send_outcomes([message()], reply(answer))), Accepted)


def test_a_field_of_another_type_does_not_hide_that_a_message_was_accepted() -> None:
    status = {"groupId": "one", "groupName": "PENDING", "id": {}, "name": 7}
    outcome = only(send_outcomes([message()], reply({"messages": [{"messageId": MESSAGE_ID, "status": status}]})))
    assert isinstance(outcome, Accepted)
    assert outcome.status.groupName == "PENDING"


def test_a_message_missing_in_a_200_is_unknown() -> None:
    answer = {"messages": [entry(messageId="m-2", destination="447712345678")]}
    outcomes = send_outcomes([message("m-1"), message("m-2", to="447712345678")], reply(answer))
    assert [type(outcome) for outcome in outcomes] == [Unknown, Accepted]


def test_entries_without_a_message_id_are_matched_by_position() -> None:
    answer = {"messages": [entry("PENDING"), entry("REJECTED")]}
    outcomes = send_outcomes([message("m-1"), message("m-2")], reply(answer))
    assert [type(outcome) for outcome in outcomes] == [Accepted, Rejected]


def test_an_entry_at_the_right_position_for_another_number_is_not_taken_for_the_message() -> None:
    answer = {"messages": [entry(destination="447712345678")]}
    assert isinstance(only(send_outcomes([message()], reply(answer))), Unknown)


def test_entries_without_a_message_id_are_matched_by_their_destination() -> None:
    messages = [message("m-1"), message("m-2", to="447712345678"), message("m-3", to="905321234567")]
    answer = {"messages": [entry("REJECTED", destination="447712345678")]}
    assert [type(outcome) for outcome in send_outcomes(messages, reply(answer))] == [Unknown, Rejected, Unknown]


def test_a_destination_that_two_messages_share_matches_neither() -> None:
    answer = {"messages": [entry(destination="385981234567")]}
    outcomes = send_outcomes([message("m-1"), message("m-2")], reply(answer))
    assert [type(outcome) for outcome in outcomes] == [Unknown, Unknown]


@pytest.mark.parametrize("status", [None, {}, "PENDING"])
def test_an_entry_without_a_status_is_unknown(status: object) -> None:
    answer = {"messages": [{"messageId": MESSAGE_ID, "status": status}]}
    assert isinstance(only(send_outcomes([message()], reply(answer))), Unknown)


@pytest.mark.parametrize("body", [b"", b"<html>welcome</html>", b"[]", b"{}", b'{"messages": 1}', b"\xff", b"null"])
def test_a_200_that_can_not_be_read_is_unknown(body: bytes) -> None:
    assert isinstance(only(send_outcomes([message()], Reply(status=200, body=body))), Unknown)


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 413, 415, 422, 451])
def test_a_4xx_sent_nothing_and_is_not_repeated(status: int) -> None:
    outcome = only(send_outcomes([message()], Reply(status=status)))
    assert isinstance(outcome, NotSent)
    assert (outcome.retryable, outcome.http_status, outcome.retry_after) == (False, status, None)


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [
        ("error_v3_400.json", 400, "messages[0].destinations[0].to: must not be null"),
        ("error_legacy_400_validation.json", 400, "messages[0].destinations: must not be empty"),
        ("error_v3_401.json", 401, "check INFOBIP_API_KEY"),
        ("error_legacy_401.json", 401, "check INFOBIP_API_KEY"),
    ],
)
def test_the_reason_says_what_was_wrong_and_what_to_do(name: str, status: int, said: str) -> None:
    outcome = only(send_outcomes([message()], sample_reply(name, status)))
    assert isinstance(outcome, NotSent)
    assert said in outcome.reason


def test_a_429_sent_nothing_and_is_retried() -> None:
    outcome = only(send_outcomes([message()], sample_reply("error_v3_429.json", 429)))
    assert isinstance(outcome, NotSent)
    assert (outcome.retryable, outcome.retry_after, outcome.http_status) == (True, None, 429)


def test_a_429_says_how_long_to_wait() -> None:
    limited = Reply(status=429, headers={"retry-after": "17"})
    outcome = only(send_outcomes([message()], limited))
    assert isinstance(outcome, NotSent)
    assert outcome.retry_after == 17


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
def test_after_a_5xx_the_outcome_is_unknown(status: int) -> None:
    assert isinstance(only(send_outcomes([message()], sample_reply("error_v3_500.json", status))), Unknown)


@pytest.mark.parametrize("status", [301, 302, 304, 307, 308, 408])
def test_after_a_redirect_or_a_gateways_timeout_the_outcome_is_unknown(status: int) -> None:
    assert isinstance(only(send_outcomes([message()], Reply(status=status))), Unknown)


def test_a_refused_batch_is_told_for_each_of_its_messages() -> None:
    outcomes = send_outcomes([message("m-1"), message("m-2")], sample_reply("error_v3_400.json", 400))
    assert [outcome.message_id for outcome in outcomes] == ["m-1", "m-2"]


@given(JSON, st.sampled_from([200, 201, 302, 400, 429, 500]))
def test_any_json_gives_every_message_an_outcome(document: object, status: int) -> None:
    outcomes = send_outcomes([message("m-1"), message("m-2")], reply(document, status))
    assert [outcome.message_id for outcome in outcomes] == ["m-1", "m-2"]


@given(st.lists(JSON, max_size=4))
def test_any_list_of_messages_gives_every_message_an_outcome(entries: list[object]) -> None:
    outcomes = send_outcomes([message("m-1"), message("m-2")], reply({"messages": entries}))
    assert [outcome.message_id for outcome in outcomes] == ["m-1", "m-2"]


@given(st.binary(max_size=200), st.integers(100, 599))
def test_any_bytes_give_every_message_an_outcome(body: bytes, status: int) -> None:
    outcomes = send_outcomes([message()], Reply(status=status, body=body))
    assert [outcome.message_id for outcome in outcomes] == [MESSAGE_ID]


def test_a_wait_that_is_cut_short_is_said_in_the_reason() -> None:
    outcome = only(send_outcomes([message()], reply({}, 429, **{"Retry-After": "9999999999"})))
    assert isinstance(outcome, NotSent)
    assert (outcome.retry_after, "a day is waited" in outcome.reason) == (86_400, True)
