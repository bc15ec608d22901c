"""POST /sms/3/messages: what is taken, what is refused, and how that is worded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infobip_rules.sandbox import FakeInfobip

from .conftest import KEY, Send, SetClock, load, message, shape


async def test_a_message_is_accepted_as_pending(client: httpx.AsyncClient, fake: FakeInfobip) -> None:
    response = await client.post("/sms/3/messages", json=load("send_v3_request_basic.json"))

    assert response.status_code == 200
    assert response.json()["messages"][0]["status"] == load("send_v3_response_one.json")["messages"][0]["status"]
    assert [(sent.to, sent.sender, sent.shorten_url) for sent in fake.messages] == [
        ("385981234567", "447491163443", False)
    ]


async def test_the_answer_has_the_documented_shape(send: Send) -> None:
    response = await send(message(message_id="m-1"), includeSmsCountInResponse=True)

    assert shape(response.json()) == shape(load("send_v3_response_one.json"))


async def test_the_count_of_parts_is_left_out_unless_asked_for(send: Send) -> None:
    response = await send(message())

    assert "details" not in response.json()["messages"][0]


async def test_every_documented_field_is_taken(client: httpx.AsyncClient, fake: FakeInfobip, clock: SetClock) -> None:
    body = load("send_v3_request_full.json")
    clock.move(timedelta(days=-90))
    fake.settings.custom_domains = frozenset({"example.com"})

    response = await client.post("/sms/3/messages", json=body)

    assert response.json()["bulkId"] == "BULK-ID-123-xyz"
    assert fake.accepted_ids == ("m-0001", "m-0002")
    assert fake.messages[0].callback_data == "DLR callback data"


async def test_a_message_without_an_id_gets_one(send: Send, fake: FakeInfobip) -> None:
    response = await send(message())

    assert fake.accepted_ids == (response.json()["messages"][0]["messageId"],)


async def test_a_bad_destination_is_rejected_inside_a_200(send: Send, fake: FakeInfobip) -> None:
    response = await send(
        message(message_id="m-0001"), message("12", message_id="m-0002"), includeSmsCountInResponse=True
    )

    sample = load("send_v3_response_many_mixed.json")
    assert response.json()["messages"] == sample["messages"]
    assert fake.accepted_ids == ("m-0001",)
    assert [entry.message_id for entry in fake.rejected] == ["m-0002"]


@pytest.mark.parametrize("number", ["+385981234567", "00385981234567", "0981234567", "MTN", "1234567", "1" * 16])
async def test_only_e164_digits_are_a_destination(send: Send, number: str) -> None:
    response = await send(message(number))

    assert response.json()["messages"][0]["status"]["id"] == 52


async def test_a_text_of_more_than_25_parts_is_rejected(send: Send) -> None:
    fits, too_long = await send(message(text="a" * 153 * 25)), await send(message(text="a" * (153 * 25 + 1)))

    assert fits.json()["messages"][0]["status"]["id"] == 26
    assert too_long.json()["messages"][0]["status"]["name"] == "REJECTED_MESSAGE_TOO_LONG"


async def test_a_repeated_id_is_rejected_and_not_accepted_again(send: Send, fake: FakeInfobip) -> None:
    await send(message(message_id="m-1"))

    response = await send(message(message_id="m-1"))

    sample = load("send_v3_response_duplicate_message_id.json")
    assert response.status_code == 200
    assert response.json()["messages"][0]["status"] == sample["messages"][0]["status"]
    assert shape(response.json()) == shape(sample)
    assert fake.doubled == {}
    assert fake.messages[0].times_posted == 2


async def test_a_repeated_id_within_one_request_is_rejected(send: Send, fake: FakeInfobip) -> None:
    await send(message(message_id="m-1"), message(message_id="m-1"))

    assert fake.accepted_ids == ("m-1",)


async def test_with_the_net_off_a_repeat_counts_as_doubled(send: Send, fake: FakeInfobip) -> None:
    fake.settings.on_duplicate = "accept"

    for _ in range(3):
        await send(message(message_id="m-1"))

    assert fake.doubled == {"m-1": 3}
    assert len(fake.sent_to("385981234567")) == 3


async def test_an_id_whose_message_was_rejected_is_free_again(send: Send, fake: FakeInfobip) -> None:
    await send(message("12", message_id="m-1"))

    await send(message(message_id="m-1"))

    assert fake.accepted_ids == ("m-1",)


async def test_the_seventh_identical_message_in_an_hour_floods(send: Send, fake: FakeInfobip, clock: SetClock) -> None:
    fake.settings.anti_flooding = True
    answers = [(await send(message())).json()["messages"][0]["status"]["id"] for _ in range(7)]
    clock.move(timedelta(hours=1))
    later = await send(message())

    assert answers == [26] * 6 + [20]
    assert later.json()["messages"][0]["status"]["id"] == 26


VIOLATIONS = [
    ({}, "messages", "must not be null"),
    ({"messages": None}, "messages", "must not be null"),
    ({"messages": []}, "messages", "must not be empty"),
    ({"messages": [{"content": {"text": "x"}}]}, "messages[0].destinations", "must not be null"),
    ({"messages": [{"destinations": [], "content": {"text": "x"}}]}, "messages[0].destinations", "must not be empty"),
    (
        {"messages": [{"destinations": [{}], "content": {"text": "x"}}]},
        "messages[0].destinations[0].to",
        "must not be null",
    ),
    ({"messages": [message("1" * 65)]}, "messages[0].destinations[0].to", "size must be between 0 and 64"),
    (
        {"messages": [message(message_id="x" * 201)]},
        "messages[0].destinations[0].messageId",
        "size must be between 0 and 200",
    ),
    ({"messages": [{"destinations": [{"to": "1"}]}]}, "messages[0].content", "must not be null"),
    ({"messages": [{"destinations": [{"to": "1"}], "content": {}}]}, "messages[0].content.text", "must not be null"),
    (
        {"messages": [message(webhooks={"callbackData": "x" * 4001})]},
        "messages[0].webhooks.callbackData",
        "size must be between 0 and 4000",
    ),
    (
        {"messages": [message(options={"validityPeriod": {"amount": 0, "timeUnit": "HOURS"}})]},
        "messages[0].options.validityPeriod.amount",
        "Input should be greater than or equal to 1",
    ),
    (
        {"messages": [message()], "options": {"schedule": {"sendAt": "2027-11-09T16:00:00.000+0000"}}},
        "options.schedule.sendAt",
        "must not be more than 180 days ahead",
    ),
]


@pytest.mark.parametrize(("body", "where", "what"), VIOLATIONS)
async def test_a_body_that_does_not_fit_is_refused_whole(
    client: httpx.AsyncClient, fake: FakeInfobip, body: Any, where: str, what: str
) -> None:
    response = await client.post("/sms/3/messages", json=body)

    assert response.status_code == 400
    assert {"property": where, "violation": what} in response.json()["violations"]
    assert fake.messages == ()


async def test_a_refusal_reads_as_documented(client: httpx.AsyncClient) -> None:
    body = {"messages": [{"destinations": [{"to": None}], "content": {"text": "Hello"}}]}

    response = await client.post("/sms/3/messages", json=body)

    assert response.json() == load("error_v3_400.json")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b'{"messages": "\\ud800"}'])
async def test_what_is_not_json_is_refused(client: httpx.AsyncClient, body: bytes) -> None:
    response = await client.post("/sms/3/messages", content=body, headers={"Content-Type": "application/json"})

    assert response.status_code == 400
    assert response.json()["violations"] == []


async def test_a_body_that_is_not_called_json_is_refused(client: httpx.AsyncClient) -> None:
    response = await client.post("/sms/3/messages", content=b"{}")

    assert (response.status_code, response.json()["errorCode"]) == (415, "E415")


async def test_a_wrong_key_is_refused_in_the_v3_envelope(client: httpx.AsyncClient, send: Send) -> None:
    client.headers["Authorization"] = "App another"

    response = await send(message())

    assert (response.status_code, response.json()) == (401, load("error_v3_401.json"))


async def test_a_missing_key_is_refused_in_the_legacy_envelope_elsewhere(client: httpx.AsyncClient) -> None:
    del client.headers["Authorization"]

    response = await client.get("/account/1/balance")

    assert (response.status_code, response.json()) == (401, load("error_legacy_401.json"))


@pytest.mark.parametrize(("path", "key"), [("/sms/3/none", "errorCode"), ("/sms/1/none", "requestError")])
async def test_an_unknown_path_is_refused_in_its_envelope(client: httpx.AsyncClient, path: str, key: str) -> None:
    response = await client.get(path)

    assert response.status_code == 404
    assert key in response.json()


async def test_requests_are_remembered_with_their_outcome(send: Send, fake: FakeInfobip) -> None:
    await send(message(message_id="m-1"))
    await send()

    assert [(post.outcome, post.status, post.accepted) for post in fake.posts] == [
        ("answered", 200, ("m-1",)),
        ("answered", 400, ()),
    ]
    assert fake.posts[0].json()["messages"][0]["content"]["text"] == "Hello"


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)
FIELDS = [
    *("messages", "destinations", "to", "messageId", "content", "text", "sender", "options", "webhooks", "delivery"),
    *("url", "tracking", "schedule", "sendAt", "shortenUrl", "validityPeriod", "amount", "timeUnit", "language"),
    *("languageCode", "platform", "bulkId", "callbackData", "customDomain"),
]
NEAR_MISSES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=6),
    max_leaves=25,
)
PLAUSIBLE = st.fixed_dictionaries(
    {
        "messages": st.lists(
            st.fixed_dictionaries(
                {
                    "destinations": st.lists(
                        st.fixed_dictionaries(
                            {"to": st.text(max_size=70)}, optional={"messageId": st.text(max_size=9)}
                        ),
                        max_size=3,
                    ),
                    "content": st.fixed_dictionaries({"text": st.text(max_size=500)}, optional={"language": JSON}),
                },
                optional={
                    "sender": st.none() | st.text(max_size=12),
                    "webhooks": st.fixed_dictionaries(
                        {}, optional={"delivery": JSON, "callbackData": st.none() | st.text(max_size=9)}
                    ),
                    "options": NEAR_MISSES,
                },
            ),
            max_size=3,
        )
    },
    optional={
        "options": st.fixed_dictionaries(
            {},
            optional={
                "tracking": st.fixed_dictionaries({}, optional={"customDomain": st.text(max_size=40)}),
                "schedule": st.fixed_dictionaries({}, optional={"sendAt": st.datetimes().map(str) | SCALARS}),
            },
        )
    },
)


@pytest.fixture
def plain_client(url: str) -> Iterator[httpx.Client]:
    headers = {**KEY, "Content-Type": "application/json"}
    with httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=60) as opened:
        yield opened


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(body=JSON | NEAR_MISSES | PLAUSIBLE)
def test_no_body_makes_the_fake_fail(plain_client: httpx.Client, body: Any) -> None:
    response = plain_client.post("/sms/3/messages", content=json.dumps(body))

    assert response.status_code in {200, 400}
