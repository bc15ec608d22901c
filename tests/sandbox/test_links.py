"""The URL shortener."""

from __future__ import annotations

import itertools

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infobip_rules.sandbox import FakeInfobip
from infobip_rules.sandbox.fake import NothingToSimulateError
from infobip_rules.sandbox.links import SHORT_URL_LENGTH, shorten

from .conftest import Catcher, Send, load, message, shape

LONG = "https://shop.example.com/track?id=829121&utm_source=sms"


async def test_a_url_is_left_as_it_is_without_a_tracking_object(send: Send, fake: FakeInfobip) -> None:
    await send(message(text=f"See {LONG}"))

    assert fake.messages[0].delivered_text == f"See {LONG}"


async def test_a_url_is_shortened_to_23_characters(send: Send, fake: FakeInfobip) -> None:
    await send(message(text=f"See {LONG} now"), tracking={"shortenUrl": True})

    (short,) = fake.messages[0].links
    assert len(short) == 23
    assert fake.messages[0].delivered_text == f"See {short} now"
    assert fake.messages[0].text == f"See {LONG} now"


async def test_an_empty_tracking_object_shortens_too(send: Send, fake: FakeInfobip) -> None:
    await send(message(text=LONG), tracking={})

    assert fake.messages[0].shorten_url


async def test_shortening_can_be_declined(send: Send, fake: FakeInfobip) -> None:
    await send(message(text=LONG), tracking={"shortenUrl": False})

    assert (fake.messages[0].shorten_url, fake.messages[0].delivered_text) == (False, LONG)


async def test_a_domain_that_is_not_ours_fails_the_message(send: Send, fake: FakeInfobip) -> None:
    response = await send(message(text=LONG), tracking={"customDomain": "other.example"})

    assert response.json()["messages"][0]["status"]["groupName"] == "REJECTED"
    assert fake.messages == ()


async def test_a_click_is_posted_to_the_tracking_url(send: Send, fake: FakeInfobip, catcher: Catcher) -> None:
    platform = {"platform": {"applicationId": "traffic-application", "entityId": "traffic-entity"}}
    await send(
        message(text=LONG, message_id="m-1", webhooks={"callbackData": "event 42"}, options=platform),
        tracking={"shortenUrl": True, "trackingUrl": catcher.url},
    )

    callback = await fake.click("m-1")

    assert callback.delivered
    assert (catcher.bodies[0]["url"], catcher.bodies[0]["messageId"]) == (LONG, "m-1")
    assert shape(catcher.bodies[0]) == shape(load("click_tracking.json"))


async def test_there_is_nothing_to_click_in_a_message_without_links(
    client: httpx.AsyncClient, send: Send, fake: FakeInfobip
) -> None:
    await send(message(message_id="m-1"))

    with pytest.raises(NothingToSimulateError, match="no tracked link"):
        await fake.click("m-1")


@given(path=st.text(st.characters(categories=["L", "N"]), min_size=10), serial=st.integers(0, 10_000_000))
def test_the_original_url_can_be_had_back(path: str, serial: int) -> None:
    url = f"https://example.com/{path}"

    shortened = shorten(f"a {url} b", itertools.count(serial))

    ((short, original),) = shortened.links.items()
    assert (len(short), original) == (SHORT_URL_LENGTH, url)
    assert shortened.text.replace(short, original) == f"a {url} b"


def test_a_url_that_is_short_already_stays() -> None:
    assert shorten("https://example.com/a", itertools.count()).text == "https://example.com/a"


def test_the_protocol_can_be_left_out() -> None:
    assert not shorten(LONG, itertools.count(), remove_protocol=True).text.startswith("https://")
