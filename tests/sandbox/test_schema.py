"""What a send may say, as Infobip's schema words it: what is refused, what is set right, what comes back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from infobip_rules.sandbox import FakeInfobip

from .conftest import Catcher, Send, message

LONG = "x" * 256


def with_content(**more: Any) -> Any:
    return {"messages": [{**message(), "content": {"text": "Hello", **more}}]}


def with_options(**options: Any) -> Any:
    return {"messages": [message(options=options)]}


def window(start: dict[str, int] | None, end: dict[str, int] | None) -> dict[str, Any]:
    hours = {"from": start, "to": end}
    return {"days": ["MONDAY"], **{name: hour for name, hour in hours.items() if hour}}


NINE, HALF_PAST_NINE, TEN = {"hour": 9, "minute": 0}, {"hour": 9, "minute": 30}, {"hour": 10, "minute": 0}

REFUSED = [
    (with_content(language={"languageCode": "HR"}), "messages[0].content.language.languageCode"),
    (with_content(transliteration="KLINGON"), "messages[0].content.transliteration"),
    (with_options(regional={"turkeyIys": {"recipientType": "EVERYBODY"}}), "regional.turkeyIys.recipientType"),
    (with_options(regional={"southKorea": {"title": "x" * 67}}), "regional.southKorea.title"),
    (with_options(regional={"southKorea": {"resellerCode": "one"}}), "regional.southKorea.resellerCode"),
    (with_options(platform={"entityId": LONG}), "platform.entityId"),
    (with_options(platform={"applicationId": LONG}), "platform.applicationId"),
    (with_options(validityPeriod={"amount": 1, "timeUnit": "DAYS"}), "validityPeriod.timeUnit"),
    (with_options(deliveryTimeWindow=window(NINE, HALF_PAST_NINE)), "deliveryTimeWindow"),
    (with_options(deliveryTimeWindow=window(NINE, None)), "deliveryTimeWindow"),
    (with_options(deliveryTimeWindow=window(None, TEN)), "deliveryTimeWindow"),
    ({"messages": [message(webhooks={"contentType": "text/plain"})]}, "webhooks.contentType"),
    (
        {"messages": [message()], "options": {"schedule": {"sendingSpeedLimit": {"amount": 1, "timeUnit": "MINUTES"}}}},
        "options.schedule.sendingSpeedLimit.timeUnit",
    ),
    ({"messages": [{**message(), "content": {"hex": "0G"}}]}, "messages[0].content.hex"),
    ({"messages": [{**message(), "destinations": [{"to": "385981234567", "networkId": "one"}]}]}, "networkId"),
]


@pytest.mark.parametrize(("body", "where"), REFUSED, ids=[where for _, where in REFUSED])
async def test_what_the_schema_does_not_have_is_refused_with_its_place(
    client: httpx.AsyncClient, fake: FakeInfobip, body: Any, where: str
) -> None:
    answer = await client.post("/sms/3/messages", json=body)
    assert answer.status_code == 400
    assert [violation for violation in answer.json()["violations"] if violation["property"].endswith(where)]
    assert fake.messages == ()


@pytest.mark.parametrize(
    "options",
    [
        {"deliveryTimeWindow": window(NINE, TEN)},
        {"deliveryTimeWindow": window(TEN, NINE)},
        {"deliveryTimeWindow": {"days": ["SUNDAY"]}},
        {"regional": {"turkeyIys": {"recipientType": "TACIR", "brandCode": 7}, "southKorea": {"title": "x" * 66}}},
        {"conversionTracking": {"useConversionTracking": True}},
    ],
)
async def test_what_the_schema_has_is_taken(client: httpx.AsyncClient, options: dict[str, Any]) -> None:
    assert (await client.post("/sms/3/messages", json=with_options(**options))).status_code == 200


async def test_a_validity_of_more_than_48_hours_is_set_to_48_hours(send: Send, fake: FakeInfobip) -> None:
    await send(message(message_id="m-1", options={"validityPeriod": {"amount": 72, "timeUnit": "HOURS"}}))
    await send(message(message_id="m-2", options={"validityPeriod": {"amount": 30}}))
    validity = [message.validity for message in fake.messages]
    assert validity == [timedelta(hours=48), timedelta(minutes=30)]


async def test_bytes_are_taken_in_place_of_a_text(client: httpx.AsyncClient, send: Send, fake: FakeInfobip) -> None:
    content = {"hex": "0048 0065 " + "00 6c" * 70, "dataCoding": 8}
    await send({**message(message_id="m-1"), "content": content})
    rows = (await client.get("/sms/3/logs", params={"messageId": "m-1"})).json()["results"]
    assert rows[0]["content"] == {**content, "esmClass": 0}
    assert rows[0]["messageCount"] == 2


async def test_bytes_are_not_counted_in_the_answer(client: httpx.AsyncClient) -> None:
    body = {
        "messages": [{**message(), "content": {"hex": "00"}}],
        "options": {"includeSmsCountInResponse": True},
    }
    assert (await client.post("/sms/3/messages", json=body)).status_code == 400


async def test_a_campaign_comes_back_in_reports_and_logs(
    client: httpx.AsyncClient, send: Send, fake: FakeInfobip, catcher: Catcher
) -> None:
    webhooks = {"delivery": {"url": catcher.url}, "callbackData": "order 7"}
    await send(message(message_id="m-1", options={"campaignReferenceId": "spring"}, webhooks=webhooks))
    assert await fake.settled()
    (report,) = catcher.bodies[0]["results"]
    assert (report["campaignReferenceId"], report["callbackData"]) == ("spring", "order 7")
    rows = (await client.get("/sms/3/logs", params={"campaignReferenceId": "spring"})).json()["results"]
    assert [row["campaignReferenceId"] for row in rows] == ["spring"]


async def test_a_report_in_xml_is_not_made_up(send: Send, fake: FakeInfobip, catcher: Catcher) -> None:
    webhooks = {"delivery": {"url": catcher.url}, "contentType": "application/xml"}
    await send(message(webhooks=webhooks))
    assert await fake.settled()
    assert catcher.bodies == []
    (callback,) = fake.callbacks
    assert "XML" in callback.error
