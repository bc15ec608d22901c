"""What a send takes besides phone and text: checked where the rule calls, carried to Infobip, and brought back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from infobip_rules.actions import SendOptions, sending_through
from infobip_rules.channels.adapter_api import InfobipAdapterAPI
from infobip_rules.errors import RuleError
from infobip_rules.sandbox import FakeInfobip
from infobip_rules.settings import Settings
from tests.channels.composing import sms_of
from tests.journal import store

from .served_host import ServedHost, item

PYTHON = """
from infobip_rules import InfobipAdapterAPI, InfobipSmsReceivedMessage, InfobipSmsReceivedReport, InfobipSmsSentMessage
from infobip_rules.lang import c, m, none, ruleset, signal, when_all

with ruleset("ordering"):

    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def reply(c):
        InfobipAdapterAPI.send_sms_text_message(
            c.signal.from_, "ordered", callback_data="order 7", valid_for="1h"
        )
        InfobipAdapterAPI.send_sms_text_message(c.signal.from_, "plain")

    @when_all(c.sent << signal(InfobipSmsSentMessage, m.callbackData == "order 7"))
    def sent(c):
        InfobipAdapterAPI.send_sms_text_message("385987654321", "sent " + c.sent.callbackData)

    @when_all(c.sent << signal(InfobipSmsSentMessage, m.callbackData == None, m.text == "plain"))
    def sent_without(c):
        InfobipAdapterAPI.send_sms_text_message("385987654321", "sent without")

    @when_all(c.report << signal(InfobipSmsReceivedReport, m.callbackData == "order 7"))
    def reported(c):
        InfobipAdapterAPI.send_sms_text_message("385987654321", "reported " + c.report.callbackData)
"""
DRL = """
package ordering
rule "reply" when
    signal: InfobipSmsReceivedMessage() from entry-point "signals"
then
    InfobipAdapterAPI.sendSmsTextMessage(signal.getFrom(), "ordered", false, "order 7", "1h");
    InfobipAdapterAPI.sendSmsTextMessage(signal.getFrom(), "plain");
end
rule "sent" when
    sent: InfobipSmsSentMessage(callbackData == "order 7") from entry-point "signals"
then
    InfobipAdapterAPI.sendSmsTextMessage("385987654321", "sent " + sent.getCallbackData());
end
rule "sent without" when
    sent: InfobipSmsSentMessage(callbackData == null, text == "plain") from entry-point "signals"
then
    InfobipAdapterAPI.sendSmsTextMessage("385987654321", "sent without");
end
rule "reported" when
    report: InfobipSmsReceivedReport(callbackData == "order 7") from entry-point "signals"
then
    InfobipAdapterAPI.sendSmsTextMessage("385987654321", "reported " + report.getCallbackData());
end
"""


@pytest.mark.parametrize(("name", "rules"), [("ordering.py", PYTHON), ("ordering.drl", DRL)], ids=["Python", "DRL"])
def test_callback_data_goes_to_infobip_and_comes_back_in_both_signals(
    tmp_path: Path, fake: FakeInfobip, settings: Settings, name: str, rules: str
) -> None:
    (tmp_path / name).write_text(rules, encoding="utf-8")
    with ServedHost(tmp_path / name, settings) as host:
        fake.settings.report_url = f"{host.url}/sms-delivery-report"
        host.post(item("in-1"))
        assert fake.wait_for(lambda: len(fake.sent_to("385987654321")) == 3, 60)
        assert host.settled()
        (row,) = [one for one in host.host.journal.read(store.list_outbox) if sms_of(one).text == "ordered"]
    texts = sorted(message.text for message in fake.sent_to("385987654321"))
    assert texts == ["reported order 7", "sent order 7", "sent without"]
    posted = {
        message["content"]["text"]: message for post in fake.posts for message in orjson.loads(post.body)["messages"]
    }
    assert posted["ordered"]["webhooks"] == {"callbackData": "order 7"}
    assert 3_000 < posted["ordered"]["options"]["validityPeriod"]["amount"] <= 3_600
    assert posted["plain"].keys() == {"sender", "destinations", "content"}
    assert row.expires_at == row.created_at + timedelta(hours=1)


@pytest.fixture
def given() -> Iterator[list[SendOptions]]:
    """What was wanted of messages besides phone and text."""
    taken: list[SendOptions] = []

    def send(command: object, options: SendOptions) -> str:
        taken.append(options)
        return "m"

    with sending_through(send):
        yield taken


def test_nothing_is_wanted_of_a_plain_message(given: list[SendOptions]) -> None:
    InfobipAdapterAPI.send_sms_text_message("385981234567", "x")
    InfobipAdapterAPI.sendSmsTextMessage("385981234567", "x", True)
    assert given == [SendOptions(), SendOptions()]


@pytest.mark.parametrize("written", ["10m", 600, 600.0, timedelta(minutes=10)])
def test_how_long_it_is_worth_sending_is_written_as_any_time(given: list[SendOptions], written: Any) -> None:
    InfobipAdapterAPI.sendSmsTextMessage("385981234567", "x", validFor=written)
    assert given == [SendOptions(valid_seconds=600.0)]


def test_callback_data_has_up_to_4000_characters(given: list[SendOptions]) -> None:
    InfobipAdapterAPI.sendSmsTextMessage("385981234567", "x", callbackData="ž" * 4000)
    assert given == [SendOptions("ž" * 4000)]
    with pytest.raises(RuleError, match="4001 characters, Infobip takes 4000"):
        InfobipAdapterAPI.send_sms_text_message("385981234567", "x", callback_data="x" * 4001)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"callback_data": 7}, "callbackData is text, not int"),
        ({"callback_data": "\ud83d"}, "half a character"),
        ({"valid_for": "soon"}, "can't be read"),
        ({"valid_for": 0}, "worth sending for 0"),
        ({"valid_for": "-5m"}, "negative"),
        ({"valid_for": "49h"}, "up to 48 hours"),
        ({"valid_for": 1e300}, "up to 48 hours"),
        ({"valid_for": float("nan")}, "can't be read"),
        ({"valid_for": True}, "can't be read"),
    ],
)
def test_what_can_not_be_wanted_is_refused_where_the_rule_calls(
    given: list[SendOptions], wanted: dict[str, Any], said: str
) -> None:
    with pytest.raises(RuleError, match=said):
        InfobipAdapterAPI.send_sms_text_message("385981234567", "x", **wanted)
    assert given == []


def test_a_length_of_time_in_the_place_of_a_yes_or_no_is_named() -> None:
    with sending_through(lambda *_: "m1"), pytest.raises(RuleError, match="shorten_url is True or False, not str"):
        InfobipAdapterAPI.send_sms_text_message("385981234567", "hello", "10m")  # type: ignore[arg-type]
