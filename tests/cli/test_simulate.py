"""`simulate`: what Infobip would post, posted to a running host."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from infobip_rules.journal import store
from infobip_rules.journal.writer import Journal
from infobip_rules.sandbox import FakeInfobip

from .conftest import PERSON, TOKEN, Start
from .program import Program


@pytest.fixture
def host(start: Start, rules: Path) -> Program:
    return start("run", rules, "--port", "0", "--in-process", INFOBIP_WEBHOOK_TOKEN=TOKEN)


def test_a_message_reaches_the_rules_and_the_answer_is_shown(bare: Start, fake: FakeInfobip, host: Program) -> None:
    command = bare("simulate", "sms", "--from", PERSON, "--text", "hello", "--url", host.url, "--token", TOKEN)

    assert command.wait() == 0
    assert command.out[0].startswith('200 {"accepted":1')
    assert fake.wait_for(lambda: [sent.text for sent in fake.sent_to(PERSON)] == ["You wrote: hello"])


def test_the_same_text_twice_is_two_messages(bare: Start, fake: FakeInfobip, host: Program) -> None:
    arguments = ["simulate", "sms", "--from", PERSON, "--text", "hello", "--url", host.url, "--token", TOKEN]

    assert [bare(*arguments).wait() for _ in range(2)] == [0, 0]
    assert fake.wait_for(lambda: len(fake.sent_to(PERSON)) == 2)


def test_keyword_and_recipient_go_with_the_message(bare: Start, host: Program, tmp_path: Path) -> None:
    about = ["--from", PERSON, "--to", "385921004026", "--text", "QUIZ Paris", "--keyword", "QUIZ"]

    assert bare("simulate", "sms", *about, "--url", host.url, "--token", TOKEN).wait() == 0

    (payload,) = _payloads(tmp_path)
    assert (payload["to"], payload["keyword"], payload["cleanText"]) == ("385921004026", "QUIZ", "Paris")


def test_the_token_is_found_where_the_host_finds_it(bare: Start, host: Program, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"INFOBIP_WEBHOOK_TOKEN={TOKEN}\n")

    command = bare("simulate", "sms", "--text", "hello", "--url", host.url)

    assert command.wait() == 0
    assert TOKEN not in command.said


def test_a_refused_token_is_explained(bare: Start, host: Program) -> None:
    command = bare("simulate", "sms", "--text", "hello", "--url", host.url)

    assert command.wait() == 1
    assert command.out[0].startswith("401 ")
    assert "--token" in command.said


def test_a_report_reaches_the_message_that_it_is_on(
    bare: Start, fake: FakeInfobip, host: Program, tmp_path: Path
) -> None:
    where = ["--url", host.url, "--token", TOKEN]
    bare("simulate", "sms", "--from", PERSON, "--text", "hello", *where).wait()
    host.wait_for_line("delivery.accepted")
    (message_id,) = fake.accepted_ids

    command = bare(
        "simulate", "report", "--message-id", message_id, "--status", "UNDELIVERABLE", "--to", PERSON, *where
    )

    assert command.wait() == 0
    listed = bare("outbox", "--json")
    assert listed.wait() == 0
    assert [row["delivery"] for row in json.loads("\n".join(listed.out))] == ["UNDELIVERABLE"]


def test_a_status_nobody_knows_is_wrong_use(bare: Start) -> None:
    command = bare("simulate", "report", "--message-id", "m-1", "--status", "DELIVERD")

    assert command.wait() == 2
    assert "UNDELIVERABLE" in command.said


def test_a_host_that_is_not_there_is_told(bare: Start) -> None:
    command = bare("simulate", "sms", "--text", "hello", "--url", "http://127.0.0.1:9")

    assert command.wait() == 1
    assert "No host answered at http://127.0.0.1:9/sms-received-message" in command.said
    assert "No host answered at http://127.0.0.1:9" in command.said
    assert "Traceback" not in command.said


def _payloads(folder: Path) -> list[dict[str, str]]:
    with Journal.open_reader(f"sqlite:///{folder}/infobip-rules.db") as reader:
        rows = reader.read(store.list_inbox)
    return [json.loads(row.payload) for row in rows if row.kind == "InfobipSmsReceivedMessage"]
