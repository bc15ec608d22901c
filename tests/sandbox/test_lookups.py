"""The paths that are asked: logs, reports, the pull inbox, preview, balance."""

from __future__ import annotations

from datetime import timedelta, timezone

import httpx
import pytest

from infobip_rules.sandbox import FakeInfobip

from .conftest import Send, SetClock, load, message, shape


async def test_an_accepted_message_is_in_the_logs(client: httpx.AsyncClient, send: Send) -> None:
    await send(message(message_id="m-1"))

    body = (await client.get("/sms/3/logs", params={"messageId": "m-1,m-2"})).json()

    assert [row["messageId"] for row in body["results"]] == ["m-1"]
    assert shape(body) == shape(load("logs_v3_found.json"))
    assert body["results"][0]["status"] == load("logs_v3_found.json")["results"][0]["status"]


async def test_an_unknown_message_is_not_in_the_logs(client: httpx.AsyncClient, send: Send) -> None:
    await send(message(message_id="m-1"))

    response = await client.get("/sms/3/logs", params={"messageId": "m-2"})

    assert (response.status_code, response.json()) == (200, load("logs_v3_empty.json"))


async def test_a_rejected_message_is_in_the_logs_as_rejected(client: httpx.AsyncClient, send: Send) -> None:
    await send(message("12", message_id="m-1"))

    body = (await client.get("/sms/3/logs", params={"messageId": "m-1"})).json()

    assert body["results"][0]["status"]["groupName"] == "REJECTED"


async def test_a_refused_repeat_leaves_the_row_of_the_first(client: httpx.AsyncClient, send: Send) -> None:
    await send(message(message_id="m-1"))
    await send(message(message_id="m-1"))

    body = (await client.get("/sms/3/logs", params={"messageId": "m-1"})).json()

    assert [row["status"]["groupName"] for row in body["results"]] == ["DELIVERED"]


async def test_a_message_without_an_outcome_is_pending_in_the_logs(
    client: httpx.AsyncClient, send: Send, fake: FakeInfobip
) -> None:
    fake.settings.outcome = "NONE"
    await send(message(message_id="m-1"))

    row = (await client.get("/sms/3/logs", params={"messageId": "m-1"})).json()["results"][0]

    assert row["status"]["name"] == "PENDING_ACCEPTED"
    assert "doneAt" not in row


async def test_an_empty_id_returns_the_latest_fifty(client: httpx.AsyncClient, send: Send) -> None:
    await send(*[message(message_id=f"m-{n}") for n in range(60)])

    rows = (await client.get("/sms/3/logs?messageId=")).json()["results"]

    assert [row["messageId"] for row in rows] == [f"m-{n}" for n in range(59, 9, -1)]


async def test_more_than_fifty_ids_are_refused(client: httpx.AsyncClient) -> None:
    ids = ",".join(f"m-{n}" for n in range(51))

    response = await client.get("/sms/3/logs", params={"messageId": ids})

    assert response.status_code == 400
    assert response.json()["violations"][0]["property"] == "messageId"


async def test_the_logs_reach_back_48_hours(client: httpx.AsyncClient, send: Send, clock: SetClock) -> None:
    await send(message(message_id="m-1"))
    clock.move(timedelta(hours=48))
    before = (await client.get("/sms/3/logs?messageId=m-1")).json()["results"]
    clock.move(timedelta(seconds=1))
    after = (await client.get("/sms/3/logs?messageId=m-1")).json()["results"]

    assert (len(before), len(after)) == (1, 0)


async def test_the_logs_lag_behind_where_told_so(
    client: httpx.AsyncClient, send: Send, fake: FakeInfobip, clock: SetClock
) -> None:
    fake.settings.log_lag = timedelta(seconds=20)
    await send(message(message_id="m-1"))
    before = (await client.get("/sms/3/logs?messageId=m-1")).json()["results"]
    clock.move(timedelta(seconds=20))
    after = (await client.get("/sms/3/logs?messageId=m-1")).json()["results"]

    assert (len(before), len(after)) == (0, 1)


async def test_the_logs_answer_120_requests_a_minute(client: httpx.AsyncClient, clock: SetClock) -> None:
    answers = [(await client.get("/sms/3/logs?messageId=m-1")).status_code for _ in range(121)]
    clock.move(timedelta(minutes=1))
    later = await client.get("/sms/3/logs?messageId=m-1")

    assert answers == [200] * 120 + [429]
    assert later.status_code == 200


async def test_a_send_only_key_may_not_read_the_logs(client: httpx.AsyncClient, send: Send, fake: FakeInfobip) -> None:
    fake.settings.scopes = frozenset({"sms:message:send"})

    sent, asked = await send(message()), await client.get("/sms/3/logs?messageId=m-1")

    assert (sent.status_code, asked.status_code) == (200, 403)
    assert asked.json()["errorCode"] == "E403"


async def test_dates_are_written_in_the_offset_of_the_account(
    client: httpx.AsyncClient, send: Send, fake: FakeInfobip
) -> None:
    fake.settings.zone = timezone(timedelta(hours=1))
    await send(message(message_id="m-1"))

    row = (await client.get("/sms/3/logs?messageId=m-1")).json()["results"][0]

    assert row["sentAt"] == load("logs_v3_found.json")["results"][0]["sentAt"]


async def test_reports_that_nobody_wanted_posted_are_handed_out_once(client: httpx.AsyncClient, send: Send) -> None:
    await send(message(message_id="m-1"))

    first, second = await client.get("/sms/3/reports"), await client.get("/sms/3/reports")

    assert [result["messageId"] for result in first.json()["results"]] == ["m-1"]
    assert second.json() == {"results": []}


async def test_inbound_messages_are_handed_out_once_and_counted_down(
    client: httpx.AsyncClient, fake: FakeInfobip
) -> None:
    for text in ("one", "two", "three"):
        await fake.receive("385916242493", text)

    first = (await client.get("/sms/1/inbox/reports?limit=2")).json()
    second = (await client.get("/sms/1/inbox/reports?limit=2")).json()

    assert ([result["text"] for result in first["results"]], first["pendingMessageCount"]) == (["one", "two"], 1)
    assert ([result["text"] for result in second["results"]], second["pendingMessageCount"]) == (["three"], 0)
    assert shape(first) == shape(load("mo_single_no_keyword_absent.json"))


async def test_inbound_messages_are_kept_for_48_hours(
    client: httpx.AsyncClient, fake: FakeInfobip, clock: SetClock
) -> None:
    await fake.receive("385916242493", "one")
    clock.move(timedelta(hours=48, seconds=1))

    assert (await client.get("/sms/1/inbox/reports")).json()["results"] == []


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "x", ""])
async def test_a_limit_out_of_range_is_refused_in_the_legacy_envelope(client: httpx.AsyncClient, limit: str) -> None:
    response = await client.get("/sms/1/inbox/reports", params={"limit": limit})

    exception = response.json()["requestError"]["serviceException"]
    assert response.status_code == 400
    assert exception.keys() == load("error_legacy_400_validation.json")["requestError"]["serviceException"].keys()


async def test_the_preview_counts_a_text_with_and_without_its_language(client: httpx.AsyncClient) -> None:
    sample = load("preview_response_tr.json")

    response = await client.post("/sms/1/preview", json={"text": sample["originalText"], "languageCode": "TR"})

    assert response.json() == sample


async def test_the_preview_shows_a_transliteration(client: httpx.AsyncClient) -> None:
    response = await client.post("/sms/1/preview", json={"text": "Čaša", "transliteration": "CENTRAL_EUROPEAN"})

    assert [preview["textPreview"] for preview in response.json()["previews"]] == ["Čaša", "Casa"]


async def test_a_preview_without_a_text_is_refused(client: httpx.AsyncClient) -> None:
    response = await client.post("/sms/1/preview", json={})

    exception = response.json()["requestError"]["serviceException"]
    assert exception["validationErrors"] == {"text": ["must not be null"]}


async def test_a_good_key_can_ask_the_balance(client: httpx.AsyncClient) -> None:
    response = await client.get("/account/1/balance")

    assert response.json() == {"balance": 100.0, "currency": "EUR"}
