"""What the fake posts back: delivery reports and inbound messages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from infobip_rules.sandbox import Effect, FakeInfobip, Fault, retry_delay
from infobip_rules.sandbox.fake import NothingToSimulateError

from .conftest import Catcher, Send, load, message, shape

PLATFORM = {"platform": {"entityId": "entity", "applicationId": "application"}}


def reported(url: str, *, intermediate: bool = False, **more: Any) -> Any:
    """A message that asks for reports, with everything that shows up in them."""
    delivery = {"url": url, "intermediateReport": intermediate}
    return message(webhooks={"delivery": delivery, "callbackData": "event 42"}, options=PLATFORM, **more)


@pytest.mark.parametrize(
    ("outcome", "sample"),
    [
        ("DELIVERED", "dlr_v3_delivered.json"),
        ("UNDELIVERABLE", "dlr_v3_undeliverable.json"),
        ("EXPIRED", "dlr_v3_expired.json"),
        ("REJECTED", "dlr_v3_rejected_credits.json"),
    ],
)
async def test_a_report_is_posted_for_each_outcome(
    send: Send, fake: FakeInfobip, catcher: Catcher, outcome: str, sample: str
) -> None:
    fake.settings.outcome = outcome
    await send(reported(catcher.url, message_id="m-0001"))
    await fake.settled()

    (body,) = catcher.bodies
    assert shape(body) == shape(load(sample))
    for key in ("status", "error", "price", "messageId", "to", "sender"):
        assert body["results"][0][key] == load(sample)["results"][0][key]


async def test_an_outcome_can_be_set_for_one_destination(send: Send, fake: FakeInfobip, catcher: Catcher) -> None:
    fake.settings.report_url = catcher.url
    fake.settings.outcomes["385981234568"] = "EXPIRED"
    await send(message("385981234567"), message("385981234568"))
    await fake.settled()

    groups = {body["results"][0]["to"]: body["results"][0]["status"]["groupName"] for body in catcher.bodies}
    assert groups == {"385981234567": "DELIVERED", "385981234568": "EXPIRED"}


async def test_an_outcome_may_be_one_that_nobody_knows(send: Send, fake: FakeInfobip, catcher: Catcher) -> None:
    fake.settings.outcome = "TELEPORTED"
    await send(reported(catcher.url))
    await fake.settled()

    assert catcher.bodies[0]["results"][0]["status"]["groupName"] == "TELEPORTED"


async def test_no_outcome_is_no_report(send: Send, fake: FakeInfobip, catcher: Catcher) -> None:
    fake.settings.outcome = "NONE"
    await send(reported(catcher.url))
    await fake.settled()

    assert fake.callbacks == ()


async def test_notify_false_is_no_report(send: Send, fake: FakeInfobip, catcher: Catcher) -> None:
    await send(message(webhooks={"delivery": {"url": catcher.url, "notify": False}}))
    await fake.settled()

    assert fake.callbacks == ()


async def test_an_intermediate_report_comes_first(send: Send, fake: FakeInfobip, catcher: Catcher) -> None:
    await send(reported(catcher.url, intermediate=True))
    await fake.settled()

    assert [body["results"][0]["status"]["groupName"] for body in catcher.bodies] == ["PENDING", "DELIVERED"]
    assert shape(catcher.bodies[0]) == shape(load("dlr_v3_pending_intermediate.json"))


async def test_reports_can_come_twice_and_in_the_wrong_order(send: Send, fake: FakeInfobip, catcher: Catcher) -> None:
    fake.settings.duplicate_reports = fake.settings.reorder_reports = True
    await send(reported(catcher.url, intermediate=True))
    await fake.settled()

    groups = [body["results"][0]["status"]["groupName"] for body in catcher.bodies]
    assert groups == ["DELIVERED", "DELIVERED", "PENDING", "PENDING"]


async def test_the_reports_of_a_request_can_be_batched(send: Send, fake: FakeInfobip, catcher: Catcher) -> None:
    fake.settings.reports_per_post = 2
    await send(*[reported(catcher.url, message_id=f"m-{n}") for n in (1, 2, 3)])
    await fake.settled()

    assert [[result["messageId"] for result in body["results"]] for body in catcher.bodies] == [["m-1", "m-2"], ["m-3"]]


async def test_a_message_accepted_and_dropped_is_reported_all_the_same(
    send: Send, fake: FakeInfobip, catcher: Catcher
) -> None:
    fake.faults.arm(Fault(effect=Effect.DROP, when="after"))
    with pytest.raises(httpx.TransportError):
        await send(reported(catcher.url, message_id="m-1"))
    await fake.settled()

    assert [body["results"][0]["messageId"] for body in catcher.bodies] == ["m-1"]


async def test_a_repeat_can_be_rejected_in_its_report_only(send: Send, fake: FakeInfobip, catcher: Catcher) -> None:
    fake.settings.on_duplicate = "report"
    await send(reported(catcher.url, message_id="m-1"))
    await fake.settled()
    answer = (await send(reported(catcher.url, message_id="m-1"))).json()["messages"][0]
    await fake.settled()

    assert answer["status"]["name"] == "PENDING_ACCEPTED"
    assert [body["results"][0]["status"]["id"] for body in catcher.bodies] == [5, 23]
    assert fake.accepted_ids == ("m-1",)


async def test_a_report_can_be_posted_by_hand(send: Send, fake: FakeInfobip, catcher: Catcher) -> None:
    fake.settings.outcome = "NONE"
    await send(reported(catcher.url, message_id="m-1"))

    callback = await fake.report("m-1", "UNDELIVERABLE")

    assert callback.delivered
    assert [standing.status.group_name for standing in fake.messages[0].history] == ["PENDING", "UNDELIVERABLE"]


async def test_a_message_never_sent_has_no_report(fake: FakeInfobip) -> None:
    with pytest.raises(NothingToSimulateError, match="'m-1'"):
        await fake.report("m-1", "DELIVERED")


async def test_a_report_that_nobody_takes_is_recorded_as_such(send: Send, fake: FakeInfobip) -> None:
    await send(reported("http://127.0.0.1:9/hook"))
    await fake.settled()

    assert [callback.delivered for callback in fake.callbacks] == [False]
    assert fake.callbacks[0].error.startswith("ConnectError")


@pytest.mark.parametrize("address", ["https://adapter.example.com/hook", "http://[", "", "nonsense"])
async def test_no_callback_leaves_this_machine(send: Send, fake: FakeInfobip, address: str) -> None:
    fake.settings.report_url = address
    await send(message())
    await fake.settled()

    assert [(callback.status, bool(callback.error)) for callback in fake.callbacks] == [(None, True)]


async def test_an_inbound_message_with_a_keyword(fake: FakeInfobip, catcher: Catcher) -> None:
    fake.settings.inbound_url = catcher.url
    fake.settings.keywords = frozenset({"QUIZ"})

    callback = await fake.receive("385916242493", "quiz Correct answer is Paris", callback_data="callbackData")

    (body,) = catcher.bodies
    assert callback.delivered
    assert shape(body) == shape(load("mo_single_keyword.json"))
    assert (body["results"][0]["keyword"], body["results"][0]["cleanText"]) == ("QUIZ", "Correct answer is Paris")


async def test_an_inbound_message_without_a_keyword(fake: FakeInfobip, catcher: Catcher) -> None:
    fake.settings.inbound_url = catcher.url
    fake.settings.keywords = frozenset({"QUIZ"})

    await fake.receive("385916242493", "Quizzes are fun", to="385921004026")

    assert shape(catcher.bodies[0]) == shape(load("mo_single_no_keyword_absent.json"))
    assert catcher.bodies[0]["results"][0]["to"] == "385921004026"


async def test_inbound_messages_can_be_batched(fake: FakeInfobip, catcher: Catcher) -> None:
    fake.settings.inbound_url = catcher.url

    await fake.post_inbound([fake.inbound("385916242493", text) for text in ("one", "two")])

    (body,) = catcher.bodies
    assert (body["messageCount"], [result["text"] for result in body["results"]]) == (2, ["one", "two"])


async def test_one_attempt_is_made_and_its_answer_told(fake: FakeInfobip, catcher: Catcher) -> None:
    fake.settings.inbound_url = catcher.url
    catcher.answers = [503]

    callback = await fake.receive("385916242493", "one")

    assert (callback.status, callback.delivered, len(catcher.bodies)) == (503, False, 1)


async def test_attempts_follow_the_documented_schedule(fake: FakeInfobip, catcher: Catcher) -> None:
    fake.settings.inbound_url = catcher.url
    catcher.answers = [503, 503, 503]
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    callback = await fake.post_inbound([fake.inbound("385916242493", "one")], attempts=20, sleep=sleep)

    assert (callback.delivered, waits) == (True, [60.0, 120.0, 300.0])
    assert len({body["results"][0]["messageId"] for body in catcher.bodies}) == 1


def test_the_last_attempt_comes_after_41_and_a_half_hours() -> None:
    delays = [retry_delay(n) for n in range(20)]

    assert sum((delay for delay in delays if delay), timedelta()) == timedelta(hours=41, minutes=30)
    assert retry_delay(20) is None
