from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infobip_rules.channels.sms.outcomes import send_outcomes
from infobip_rules.channels.sms.requests import group_messages, send_request
from infobip_rules.infobip.exchange import Reply
from infobip_rules.infobip.messages import Accepted, NotSent, Outcome, Outgoing, Rejected, Unknown
from tests.infobip.samples import MESSAGE_ID, message, sample_json, sample_reply

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


def body_of(*messages: Outgoing, delivery_report_url: str | None = None) -> Any:
    content = send_request(messages, delivery_report_url=delivery_report_url).content
    assert content is not None
    return json.loads(content)


def reply(document: object, status: int = 200, **headers: str) -> Reply:
    return Reply(status=status, headers=headers, body=json.dumps(document).encode())


def entry(group: str | None = "PENDING", **fields: object) -> dict[str, object]:
    return {"status": {"groupName": group}} | fields


def only(outcomes: list[Outcome]) -> Outcome:
    (outcome,) = outcomes
    return outcome


def test_the_basic_request_is_byte_for_byte_the_documented_one() -> None:
    request = send_request([message()])
    expected = json.dumps(sample_json("send_v3_request_basic.json"), separators=(",", ":")).encode()
    assert (request.method, request.path, request.content) == ("POST", "/sms/3/messages", expected)


def test_without_shortening_no_tracking_is_sent_as_it_would_shorten_by_default() -> None:
    assert body_of(message()).keys() == {"messages"}


def test_shortening_is_asked_for_the_whole_request() -> None:
    assert body_of(message(shorten_url=True))["options"] == {"tracking": {"shortenUrl": True}}


def test_many_messages_go_in_one_request() -> None:
    messages = body_of(message("m-1"), message("m-2", to="447712345678"))["messages"]
    assert [one["destinations"] for one in messages] == [
        [{"to": "385981234567", "messageId": "m-1"}],
        [{"to": "447712345678", "messageId": "m-2"}],
    ]


def test_messages_with_and_without_shortening_do_not_share_a_request() -> None:
    with pytest.raises(ValueError, match="can't mix"):
        send_request([message("m-1"), message("m-2", shorten_url=True)])


def test_a_request_without_messages_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        send_request([])


def test_reports_are_asked_for_with_each_message() -> None:
    (sent,) = body_of(message(), delivery_report_url=REPORT_URL)["messages"]
    assert sent["webhooks"] == {"delivery": {"url": REPORT_URL}, "contentType": "application/json"}


def test_callback_data_goes_with_its_message() -> None:
    (sent,) = body_of(message(callback_data="event 42"), delivery_report_url=REPORT_URL)["messages"]
    assert sent["webhooks"]["callbackData"] == "event 42"


@pytest.mark.parametrize(
    ("valid_for", "seconds"),
    [(timedelta(minutes=10), 600), (timedelta(milliseconds=1), 1), (timedelta(days=3), 172_800)],
)
def test_infobip_tries_a_message_for_as_long_as_it_is_worth_sending(valid_for: timedelta, seconds: int) -> None:
    (sent,) = body_of(message(valid_for=valid_for))["messages"]
    assert sent["options"] == {"validityPeriod": {"amount": seconds, "timeUnit": "SECONDS"}}


def test_a_wait_that_is_cut_short_is_said_in_the_reason() -> None:
    outcome = only(send_outcomes([message()], reply({}, 429, **{"Retry-After": "9999999999"})))
    assert isinstance(outcome, NotSent)
    assert (outcome.retry_after, "a day is waited" in outcome.reason) == (86_400, True)


def test_half_a_character_does_not_keep_a_batch_from_being_sent() -> None:
    assert body_of(message(text="broken \ud83d"), message())["messages"][0]["content"] == {"text": "broken \ud83d"}


def test_groups_keep_the_order_and_hold_one_kind_each() -> None:
    messages = [message(f"m-{number}", shorten_url=number % 3 == 0) for number in range(6)]
    groups = [[one.message_id for one in group] for group in group_messages(messages, most=3)]
    assert groups == [["m-0", "m-3"], ["m-1", "m-2", "m-4"], ["m-5"]]


def test_groups_hold_a_hundred_at_most() -> None:
    groups = group_messages(message(f"m-{number}") for number in range(250))
    assert [len(group) for group in groups] == [100, 100, 50]


def test_a_message_shows_neither_its_number_nor_its_text() -> None:
    shown = repr(message(callback_data="secret"))
    assert all(word not in shown for word in ("385981234567", "447491163443", "test link", "secret"))


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
