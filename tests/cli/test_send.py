"""`send`: one message, and what became of it."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from infobip_rules.sandbox import Effect, FakeInfobip, Fault

from .conftest import KEY, PERSON, SENDER, Start


def test_the_message_goes_out_and_its_id_and_status_are_printed(start: Start, fake: FakeInfobip) -> None:
    command = start("send", f"+{PERSON}", "Hello there")

    assert command.wait() == 0
    (sent,) = fake.sent_to(PERSON)
    assert (sent.text, sent.sender, sent.shorten_url) == ("Hello there", SENDER, False)
    assert command.out == [f"{sent.message_id} PENDING_ACCEPTED"]


def test_json_holds_the_same_with_the_number_masked(start: Start, fake: FakeInfobip) -> None:
    command = start("send", PERSON, "Hello there", "--json")

    assert command.wait() == 0
    assert json.loads("\n".join(command.out)) == {
        "messageId": fake.messages[0].message_id,
        "to": "385*****2493",
        "outcome": "accepted",
        "status": "PENDING_ACCEPTED",
    }


def test_urls_are_shortened_where_that_is_asked_for(start: Start, fake: FakeInfobip) -> None:
    assert start("send", PERSON, "See https://www.example.com/a/long/path", "--shorten-url").wait() == 0

    assert fake.messages[0].shorten_url


@pytest.mark.parametrize(
    ("number", "text", "said"),
    [
        ("0981234567", "Hello", "is not E.164"),
        (PERSON, "  ", "The text of the message is empty."),
        (PERSON, "x" * 4001, "The text is too long"),
    ],
)
def test_a_wrong_number_or_text_is_wrong_use(
    start: Start, fake: FakeInfobip, number: str, text: str, said: str
) -> None:
    command = start("send", number, text)

    assert command.wait() == 2
    assert said in command.said
    assert fake.requests == ()


def test_a_rejected_message_is_the_providers_error(start: Start, fake: FakeInfobip) -> None:
    fake.faults.arm(Fault(effect=Effect.REJECT, status="REJECTED_DESTINATION"))

    command = start("send", PERSON, "Hello")

    assert command.wait() == 4
    assert command.out[0].endswith(" REJECTED_DESTINATION")
    assert "the recipient's number is not valid" in command.said


def test_a_wrong_key_is_the_providers_error_and_not_shown(start: Start, fake: FakeInfobip) -> None:
    fake.settings.api_key = "another"

    command = start("--verbose", "send", PERSON, "Hello")

    assert command.wait() == 4
    assert "The message was not sent." in command.said
    for secret in (KEY, PERSON):
        assert secret not in command.said


def test_an_unknown_outcome_says_so_and_how_to_look_it_up(start: Start, fake: FakeInfobip) -> None:
    fake.faults.arm(Fault(effect=Effect.DROP, when="after"))

    command = start("send", PERSON, "Hello")

    assert command.wait() == 4
    (message_id,) = fake.accepted_ids
    assert command.out == [f"{message_id} UNKNOWN"]
    assert f"/sms/3/logs?messageId={message_id}" in command.said


def test_ctrl_c_ends_it_without_a_traceback(start: Start, fake: FakeInfobip) -> None:
    fake.faults.arm(Fault(effect=Effect.HOLD))
    command = start("send", PERSON, "Hello")
    assert fake.wait_for(lambda: len(fake.posts) == 1)

    assert command.end(signal.SIGINT) == 130
    assert "Traceback" not in command.said


def test_missing_settings_are_a_matter_of_configuration(bare: Start, tmp_path: Path) -> None:
    command = bare("send", PERSON, "Hello")

    assert command.wait() == 3
    assert "INFOBIP_BASE_URL is missing." in command.said
