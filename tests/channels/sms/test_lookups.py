"""What Infobip is asked about text messages, and how its answers are read."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from infobip_rules.channels.sms.lookups import SmsInbox, SmsLogs, preview_request, read_preview
from infobip_rules.errors import ProviderError
from infobip_rules.infobip.exchange import Reply
from tests.channels.sms.test_requests import JSON
from tests.infobip.samples import MESSAGE_ID, sample, sample_reply

LOGS, INBOX = SmsLogs(), SmsInbox()


def reply(document: object, status: int = 200) -> Reply:
    return Reply(status=status, body=json.dumps(document).encode())


def row(group: str, message_id: str = "m-1", **status: Any) -> dict[str, Any]:
    return {"messageId": message_id, "status": {"groupName": group} | status}


def test_the_logs_are_asked_for_several_ids_at_once() -> None:
    request = LOGS.logs_request(["m-1", "m-2", "m-1"])
    assert (request.method, request.path, request.params) == ("GET", "/sms/3/logs", {"messageId": "m-1,m-2"})


def test_fifty_ids_can_be_asked_for() -> None:
    assert LOGS.logs_request([f"m-{number}" for number in range(50)]).params["messageId"].count(",") == 49


@pytest.mark.parametrize("ids", [[], [""], ["m-1", " "], ["m-1,m-2"], [f"m-{number}" for number in range(51)]])
def test_ids_that_would_ask_for_something_else_are_refused(ids: list[str]) -> None:
    with pytest.raises(ValueError, match=r"messageId to look up|1 to 50 messages"):
        LOGS.logs_request(ids)


def test_a_row_tells_where_the_message_stands() -> None:
    found = LOGS.read_logs([MESSAGE_ID], sample_reply("logs_v3_found.json"))[MESSAGE_ID]
    assert found.taken
    assert (found.status.groupName, found.error.name, found.message_count) == ("DELIVERED", "NO_ERROR", 1)
    assert (found.destination, found.sender) == ("385981234567", "447491163443")
    assert found.sent_at == datetime(2026, 11, 9, 15, tzinfo=UTC)


def test_a_row_shows_no_number() -> None:
    shown = repr(LOGS.read_logs([MESSAGE_ID], sample_reply("logs_v3_found.json")))
    assert "385981234567" not in shown
    assert "447491163443" not in shown


def test_a_message_the_logs_do_not_hold_is_absent() -> None:
    assert LOGS.read_logs([MESSAGE_ID], sample_reply("logs_v3_empty.json")) == {}


def test_rows_nobody_asked_for_are_left_out() -> None:
    assert LOGS.read_logs(["m-1"], sample_reply("logs_v3_found.json")) == {}


def test_a_rejected_row_was_not_taken() -> None:
    assert not LOGS.read_logs(["m-1"], reply({"results": [row("REJECTED", id=52)]}))["m-1"].taken


@pytest.mark.parametrize("group", ["UNDELIVERABLE", "EXPIRED", "PENDING", "DELIVERED", "ON_HOLD"])
def test_every_other_row_was_taken(group: str) -> None:
    assert LOGS.read_logs(["m-1"], reply({"results": [row(group)]}))["m-1"].taken


@pytest.mark.parametrize("turn", [1, -1])
@pytest.mark.parametrize(("telling", "other"), [("DELIVERED", "REJECTED"), ("DELIVERED", "PENDING")])
def test_of_several_rows_of_a_message_the_one_that_tells_most_counts(turn: int, telling: str, other: str) -> None:
    rows = [row(telling), row(other, id=23)][::turn]
    assert LOGS.read_logs(["m-1"], reply({"results": rows}))["m-1"].status.groupName == telling


def test_a_row_with_unreadable_fields_is_still_a_row() -> None:
    odd = {"messageId": "m-1", "sentAt": "", "messageCount": -1, "status": {"groupName": "PENDING", "id": []}}
    found = LOGS.read_logs(["m-1"], reply({"results": [odd]}))["m-1"]
    assert (found.taken, found.sent_at, found.message_count) == (True, None, None)


def test_a_key_without_the_scope_for_logs_does_not_look_like_absence() -> None:
    with pytest.raises(ProviderError, match="sms:logs:read") as raised:
        LOGS.read_logs(["m-1"], reply({}, 403))
    assert (raised.value.context["http_status"], raised.value.context["retryable"]) == (403, False)


@pytest.mark.parametrize(("name", "status"), [("error_v3_429.json", 429), ("error_v3_500.json", 500)])
def test_a_look_up_that_failed_for_now_can_be_repeated(name: str, status: int) -> None:
    with pytest.raises(ProviderError) as raised:
        LOGS.read_logs(["m-1"], sample_reply(name, status, **{"Retry-After": "5"}))
    assert (raised.value.context["retryable"], raised.value.context["retry_after"]) == (True, 5)


@pytest.mark.parametrize("body", [b"", b"<html></html>", b"[]", b"{}", b'{"results": null}'])
def test_logs_that_can_not_be_read_do_not_look_like_absence(body: bytes) -> None:
    with pytest.raises(ProviderError, match="can't be read") as raised:
        LOGS.read_logs(["m-1"], Reply(status=200, body=body))
    assert raised.value.context["retryable"]


@given(JSON)
def test_any_json_is_rows_or_a_providers_error(document: object) -> None:
    try:
        rows = LOGS.read_logs(["m-1"], reply(document))
    except ProviderError:
        return
    assert rows.keys() <= {"m-1"}


@given(JSON)
def test_any_fields_make_a_row(fields: object) -> None:
    odd = (fields if isinstance(fields, dict) else {"status": fields}) | {"messageId": "m-1"}
    assert LOGS.read_logs(["m-1"], reply({"results": [odd]})).keys() == {"m-1"}


def test_the_inbox_is_pulled_with_a_limit() -> None:
    request = INBOX.inbox_request(1000)
    assert (request.method, request.path, request.params) == ("GET", "/sms/1/inbox/reports", {"limit": "1000"})


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_other_limits_are_refused(limit: int) -> None:
    with pytest.raises(ValueError, match="1 to 1000"):
        INBOX.inbox_request(limit)


def test_a_pull_keeps_the_body_and_tells_how_many_are_left() -> None:
    inbox = INBOX.read_inbox(sample_reply("mo_batch3_mixed.json"))
    assert inbox.body == sample("mo_batch3_mixed.json")
    assert (len(inbox.envelope["results"]), inbox.pending) == (3, 2)


@pytest.mark.parametrize("pending", [None, "2", -1, True])
def test_a_count_that_can_not_be_read_leaves_nothing_to_pull(pending: object) -> None:
    assert INBOX.read_inbox(reply({"results": [], "pendingMessageCount": pending})).pending == 0


def test_an_unreadable_pull_keeps_its_body_as_it_comes_only_once() -> None:
    with pytest.raises(ProviderError) as raised:
        INBOX.read_inbox(Reply(status=200, body=b"odd"))
    assert raised.value.context["body"] == b"odd"


def test_a_preview_tells_parts_and_what_remains() -> None:
    previews = read_preview(sample_reply("preview_response_tr.json"))
    assert [(one.parts, one.remaining, one.configuration) for one in previews] == [
        (2, 36, {}),
        (1, 57, {"language": {"languageCode": "TR"}}),
    ]


def test_a_preview_is_asked_for_with_the_language_if_there_is_one() -> None:
    assert preview_request("Selam").json == {"text": "Selam"}
    asked = preview_request("Selam", language_code="TR", transliteration="TURKISH")
    assert (asked.method, asked.path) == ("POST", "/sms/1/preview")
    assert asked.json == {"text": "Selam", "languageCode": "TR", "transliteration": "TURKISH"}


def test_a_preview_that_is_none_is_a_providers_error() -> None:
    with pytest.raises(ProviderError):
        read_preview(reply({}))
