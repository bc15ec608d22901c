"""What a webhook is answered, and what is logged about it."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import Message, Receive, Scope, Send

from infobip_rules.errors import JournalBusyError, JournalError
from infobip_rules.web import create_app

from .conftest import JSON, MESSAGES, REPORTS, KeepingReceiver, Serve, error_of, sample

Log = Callable[[], str]


async def test_new_messages_are_counted(client: httpx.AsyncClient, receiver: KeepingReceiver) -> None:
    response = await client.post(MESSAGES, content=sample("mo_batch3_mixed.json"), headers=JSON)
    assert (response.status_code, response.json()) == (200, {"accepted": 3, "duplicates": 0, "setAside": 0})
    assert [item.signal.messageId[-3:] for item in receiver.batches[0].items] == ["448", "447", "449"]


async def test_a_repeated_webhook_is_answered_as_well(client: httpx.AsyncClient) -> None:
    await client.post(MESSAGES, content=sample("mo_single_keyword.json"))
    response = await client.post(MESSAGES, content=sample("mo_single_keyword.json"))
    assert (response.status_code, response.json()) == (200, {"accepted": 0, "duplicates": 1, "setAside": 0})


async def test_what_middleware_adds_to_one_answer_is_not_in_the_next(receiver: KeepingReceiver, served: Serve) -> None:
    app = create_app(receiver, token=None)

    async def adding(scope: Scope, receive: Receive, send: Send) -> None:
        async def with_trace(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"].append((b"x-trace", b"1"))
            await send(message)

        await app(scope, receive, with_trace)

    async with httpx.AsyncClient(base_url=served(adding), timeout=60) as client:
        answers = [await client.post(MESSAGES, content=sample("whatsapp_inbound_text.json")) for _ in range(2)]
    assert [answer.headers.get_list("x-trace") for answer in answers] == [["1"], ["1"]]


async def test_what_is_no_sms_is_set_aside_and_answered(client: httpx.AsyncClient) -> None:
    for name in ("whatsapp_inbound_text.json", "click_tracking.json"):
        response = await client.post(MESSAGES, content=sample(name))
        assert (response.status_code, response.json()) == (200, {"accepted": 0, "duplicates": 0, "setAside": 1})


async def test_a_bad_item_is_logged_without_text_or_number(client: httpx.AsyncClient, log: Log) -> None:
    entry = {"from": "385916242493", "text": "private words", "receivedAt": "385916242493 days ago"}
    bad = {"results": [entry, entry | {"messageId": "2f9c"}]}
    response = await client.post(MESSAGES, json=bad)
    assert response.json()["setAside"] == 2
    for message_id in ("none", "2f9c"):
        line = f"web.set_aside path={MESSAGES} message_id={message_id} field=receivedAt reason=is not a date"
        assert line in log()
    assert "private words" not in log()
    assert "385916242493" not in log()


async def test_dates_without_their_offset_are_taken_and_said(client: httpx.AsyncClient, log: Log) -> None:
    response = await client.post(MESSAGES, content=sample("mo_date_without_offset.json"))
    assert response.json() == {"accepted": 1, "duplicates": 0, "setAside": 0}
    said = "reason=These dates say no offset from UTC: they are taken as UTC."
    assert f"web.date_without_offset path={MESSAGES} count=1 fields=receivedAt {said}" in log()


async def test_a_report_at_the_messages_url_is_handled_and_told_the_right_one(
    client: httpx.AsyncClient, receiver: KeepingReceiver, log: Log
) -> None:
    response = await client.post(MESSAGES, content=sample("dlr_v3_delivered.json"))
    assert response.json()["accepted"] == 1
    assert f"web.misdirected path={MESSAGES} count=1 reason=These are reports, whose URL is {REPORTS}." in log()


async def test_a_message_at_the_reports_url_is_handled_and_told_the_right_one(
    receiver: KeepingReceiver, served: Serve, log: Log
) -> None:
    outer = Starlette(routes=[Mount("/sms", create_app(receiver, token=None))])
    async with httpx.AsyncClient(base_url=served(outer), headers=JSON, timeout=60) as client:
        response = await client.post(f"/sms{REPORTS}", content=sample("mo_single_keyword.json"))
    assert response.json()["accepted"] == 1
    assert f"These are messages, whose URL is /sms{MESSAGES}" in log()


@pytest.mark.parametrize("body", [b"", b"not json", b"{}", b'{"results": 1}', b"\xff"])
async def test_a_body_that_is_no_envelope_is_refused(
    client: httpx.AsyncClient, receiver: KeepingReceiver, body: bytes
) -> None:
    response = await client.post(MESSAGES, content=body)
    assert (response.status_code, error_of(response)["id"]) == (400, "IR600")
    assert receiver.batches == []


async def test_too_many_results_are_refused_as_too_large(client: httpx.AsyncClient) -> None:
    response = await client.post(MESSAGES, content=json.dumps({"results": [0] * 5001}))
    assert response.status_code == 413


async def test_a_refusal_is_logged(client: httpx.AsyncClient, log: Log) -> None:
    await client.post(MESSAGES, content=b"{}")
    assert f"web.refused path={MESSAGES} status=400 reason=The body has no list of `results`." in log()


async def test_a_full_journal_asks_for_another_try_shortly(
    client: httpx.AsyncClient, receiver: KeepingReceiver
) -> None:
    receiver.failure = JournalBusyError("The journal /var/lib/journal.db is full.", "Wait.")
    response = await client.post(MESSAGES, content=sample("mo_single_keyword.json"))
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert error_of(response)["id"] == "IR401"


async def test_a_broken_journal_is_for_the_log_and_not_for_the_caller(
    client: httpx.AsyncClient, receiver: KeepingReceiver, log: Log
) -> None:
    receiver.failure = JournalError("The journal /var/lib/journal.db is gone.", "Look for it.")
    response = await client.post(MESSAGES, content=sample("mo_single_keyword.json"))
    assert (response.status_code, error_of(response)["id"]) == (503, "IR400")
    assert "/var/lib" not in response.text
    assert "/var/lib/journal.db is gone" in log()


async def test_anything_unexpected_is_a_500_without_details(
    client: httpx.AsyncClient, receiver: KeepingReceiver, log: Log
) -> None:
    receiver.failure = ZeroDivisionError("inner detail")
    response = await client.post(MESSAGES, content=sample("mo_single_keyword.json"))
    assert (response.status_code, "inner detail" in response.text) == (500, False)
    assert error_of(response)["fact"] == "Something went wrong here."
    assert "Traceback" in log()
    assert "ZeroDivisionError: inner detail" in log()


async def test_the_app_goes_on_after_a_failure(client: httpx.AsyncClient, receiver: KeepingReceiver) -> None:
    receiver.failure = ZeroDivisionError()
    await client.post(MESSAGES, content=sample("mo_single_keyword.json"))
    receiver.failure = None
    assert (await client.post(MESSAGES, content=sample("mo_single_keyword.json"))).json()["accepted"] == 1
