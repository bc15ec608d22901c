"""The registry of channels: what is found in it, and what can't be registered."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest

from infobip_rules.actions import Message
from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.channels.interface import Channel, ContentError, Shown
from infobip_rules.channels.registry import REQUIRED, ChannelError, Channels, UnknownChannelError
from infobip_rules.channels.sms.channel import SmsChannel
from infobip_rules.channels.sms.command import SmsCommand
from infobip_rules.signals import InfobipSmsReceivedMessage, InfobipSmsReceivedReport, Signal
from tests.channels.composing import sms
from tests.channels.paging import PageCommand, PageReported, PageSent, Paging

BOTH = Channels([SmsChannel(), Paging()])


def test_the_package_brings_text_messages() -> None:
    assert [channel.name for channel in BUILT_IN] == ["sms"]


def test_a_channel_is_found_by_name() -> None:
    assert BOTH["paging"] is BOTH.find("paging")
    assert ("sms" in BOTH, "pigeon" in BOTH, BOTH.find("pigeon"), len(BOTH)) == (True, False, None, 2)


def test_one_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(UnknownChannelError, match=r"No channel is called 'pigeon'; there are sms, paging\..*Install"):
        BOTH["pigeon"]


def test_a_command_is_composed_by_its_channel() -> None:
    text, beep = BOTH.compose(SmsCommand("+385 98 1234567", "hello")), BOTH.compose(PageCommand("385", 7))
    assert (text.channel, text.to, text.content) == ("sms", "385981234567", sms("hello"))
    assert (beep.channel, beep.to, beep.content) == ("paging", "385", "7")
    assert uuid.UUID(text.message_id) != uuid.UUID(beep.message_id)


def test_a_command_of_no_channel_is_refused() -> None:
    with pytest.raises(
        UnknownChannelError, match=r"PageCommand is no channel's command\. The channels take SmsCommand"
    ):
        BUILT_IN.compose(PageCommand("385", 7))


def test_a_message_is_checked_by_its_channel() -> None:
    BOTH.check(Message("m1", "paging", "385", "7"))
    with pytest.raises(ContentError):
        BOTH.check(Message("m1", "paging", "385", "help"))
    with pytest.raises(UnknownChannelError):
        BOTH.check(Message("m1", "pigeon", "385", "7"))


@pytest.mark.parametrize(
    ("entry", "name", "kind"),
    [
        ({"beep": 7, "from": "385", "text": "hello"}, "paging", "message"),
        ({"from": "385", "text": "hello"}, "sms", "message"),
        ({"messageId": "m1", "status": {}}, "sms", "report"),
        ({}, "sms", None),
    ],
)
def test_an_entry_goes_to_who_came_later_and_what_nobody_knows_to_the_first(
    entry: dict[str, Any], name: str, kind: str | None
) -> None:
    channel, recognised = BOTH.recognise(entry)
    assert (channel.name, recognised) == (name, kind)


def test_signals_are_told_apart_by_what_they_are_to_their_channel() -> None:
    assert [BOTH.role(kind) for kind in ("PageReceived", "PageSent", "PageReported", "Heartbeat")] == [
        *("received", "sent", "reported", None)
    ]
    assert BOTH.are_received(InfobipSmsReceivedMessage)
    assert BOTH.are_reports(PageReported)
    assert not BOTH.are_reports(PageSent)
    assert BUILT_IN.role("PageReceived") is None


@pytest.mark.parametrize(("name", "content"), [("pigeon", "coo"), ("sms", "no JSON"), ("paging", "7")])
def test_a_stored_content_is_shown_whatever_it_is(name: str, content: str) -> None:
    shown = BOTH.show(name, content)
    assert shown == (Shown("beep 7", {"digits": 1}) if name == "paging" else Shown(content))


class Blind(Paging):
    def show(self, content: str) -> Shown:
        raise ZeroDivisionError(content)


def test_a_content_that_its_channel_fails_over_is_shown_as_it_stands(caplog: pytest.LogCaptureFixture) -> None:
    assert Channels([Blind()]).show("paging", "7") == Shown("7")
    assert "channels.not_shown channel=paging reason=raised ZeroDivisionError" in caplog.text


# What can't be registered


def refusal(*channels: Any) -> str:
    with pytest.raises(ChannelError) as refused:
        Channels(channels)
    return str(refused.value)


def test_two_of_one_name_are_refused_and_both_are_named() -> None:
    said = refusal(SmsChannel(), Paging(), Paging())
    assert said.startswith(
        "Two channels are called 'paging': tests.channels.paging.Paging and tests.channels.paging.Paging."
    )
    assert "give one of them another" in said


def test_two_that_take_one_command_are_refused() -> None:
    class Other(Paging):
        name = "other"

    assert "The channels 'paging' and 'other' both take PageCommand." in refusal(Paging(), Other())


@pytest.mark.parametrize("part", [part for part in REQUIRED if part != "name"])
def test_a_missing_part_is_named_with_what_it_is_for(part: str) -> None:
    parts = {name: value for name, value in vars(Paging).items() if name != part}
    lacking = type("Lacking", (Channel,), parts)
    said = refusal(lacking())
    assert re.search(rf"The channel 'paging' \(.*Lacking\) has no `{part}`\. Define it\. It \w", said)


@pytest.mark.parametrize("name", [None, "", "two words", "x" * 41, 7])
def test_a_name_is_a_word(name: object) -> None:
    unnamed = type("Unnamed", (Paging,), {"name": name})
    assert "its name is not a word" in refusal(unnamed())


@pytest.mark.parametrize("given", [Paging, "paging", None])
def test_what_is_no_channel_is_refused(given: object) -> None:
    assert re.search(r"is a class, not a channel\. Register Paging\(\)|is no channel", refusal(given))


@pytest.mark.parametrize(("part", "kind"), [("received", str), ("sent", "PageSent"), ("reported", PageSent)])
def test_types_of_signals_are_types_of_signals(part: str, kind: object) -> None:
    odd = type("Odd", (Paging,), {part: kind})
    assert f"`{part}` of the channel 'paging' is not what it has to be." in refusal(odd())


def test_a_report_is_a_delivery_report() -> None:
    assert issubclass(InfobipSmsReceivedReport, Signal)
    odd = type("Odd", (Paging,), {"reported": PageSent})
    assert "Subclass Signal and DeliveryReport." in refusal(odd())


def test_there_is_at_least_one() -> None:
    assert "Register at least one." in refusal()
