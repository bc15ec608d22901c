"""SMS as a channel: what its contents cost, how they are shown, and the signals about its messages."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from infobip_rules.channels.interface import ContentError, Cost, Hint, Shown
from infobip_rules.channels.sms.channel import SmsChannel
from infobip_rules.signals import InfobipSmsReceivedReport, InfobipSmsSentMessage, ReportStatus
from tests.channels.composing import sms
from tests.infobip.samples import message

SMS = SmsChannel()
NOON = datetime(2026, 11, 9, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1 part, GSM-7, 160 left"),
        ("a" * 160, "1 part, GSM-7, 0 left"),
        ("a" * 161, "2 parts, GSM-7, 145 left"),
        ("ž", "1 part, Unicode because of 'ž' (U+017E), 69 left"),
    ],
)
def test_parts_are_counted_in_words(text: str, expected: str) -> None:
    assert SMS.cost_of_text(text).line == expected


def test_a_text_that_travels_as_unicode_says_for_which_character() -> None:
    assert SMS.cost(sms("a" * 70 + "ž")) == Cost(
        2, "Unicode for “ž”", "2 parts, Unicode because of 'ž' (U+017E), 63 left"
    )


def test_a_url_that_is_shortened_costs_less() -> None:
    text = f"{'a' * 130} https://example.com/{'b' * 40}"
    assert [SMS.cost(sms(text, shorten_url=short)).parts for short in (False, True)] == [2, 1]


def test_the_author_of_a_text_is_told_what_makes_it_cost_more() -> None:
    hint = SMS.hint(sms("živjeli"))
    assert isinstance(hint, Hint)
    assert (hint.event, "U+017E" in hint.reason) == ("turns.ucs2", True)
    assert SMS.hint(sms("hello")) is None


@pytest.mark.parametrize("shorten_url", [False, True])
def test_a_content_is_shown_as_its_text(shorten_url: bool) -> None:
    assert SMS.show(sms("hello", shorten_url=shorten_url)) == Shown("hello", {"shorten_url": shorten_url})


def test_texts_are_alike_whether_their_urls_are_shortened_or_not() -> None:
    assert SMS.likeness(sms("hello", shorten_url=True)) == SMS.likeness(sms("hello")) == "hello"


def test_what_is_no_content_of_a_text_message_is_refused() -> None:
    for ask in (SMS.check, SMS.show, SMS.cost, SMS.hint, SMS.likeness):
        with pytest.raises(ContentError, match="not that of a text message"):
            ask("{}")


def test_a_message_that_was_taken_becomes_its_documented_signal() -> None:
    signal = SMS.sent_signal(message(text="hello"), ReportStatus(groupName="PENDING"), sent_at=NOON)
    assert isinstance(signal, InfobipSmsSentMessage)
    assert (signal.text, signal.to, signal.from_, signal.sentAt) == ("hello", "385981234567", "447491163443", NOON)
    assert signal.callbackData is None


def test_a_message_that_was_given_up_becomes_a_delivery_report() -> None:
    given_up = message(callback_data="order 7")
    signal = SMS.report_signal(given_up, ReportStatus(groupName="EXPIRED"), sent_at=None, done_at=NOON)
    assert isinstance(signal, InfobipSmsReceivedReport)
    assert (signal.status.groupName, signal.doneAt, signal.callbackData) == ("EXPIRED", NOON, "order 7")


@pytest.mark.parametrize("text", ["", " ", "a" * 5_000])
def test_a_content_that_can_not_be_sent_is_refused(text: str) -> None:
    SMS.check(sms("hello"))
    with pytest.raises(ContentError, match="text"):
        SMS.check(sms(text))
