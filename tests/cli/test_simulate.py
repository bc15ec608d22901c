"""`simulate`: what Infobip would post, posted to a running host."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from infobip_rules.infobip.inbound import InboundBatch
from infobip_rules.journal.sqlite.reader import FileReader
from infobip_rules.receiver import Health, Receipt
from infobip_rules.sandbox import FakeInfobip, serve
from infobip_rules.web import create_app
from tests.conftest import SAMPLES
from tests.journal import store

from .conftest import PERSON, TOKEN, Start
from .program import Program


@pytest.fixture
def host(start: Start, rules: Path) -> Program:
    return start("run", rules, "--port", "0", "--in-process", INFOBIP_WEBHOOK_TOKEN=TOKEN)


@pytest.fixture
def silent_host() -> Iterator[str]:
    """A host whose rules take no notice: it keeps what it is sent."""
    with serve(create_app(Kept(), token=None)) as url:
        yield url


class Kept:
    """Takes everything."""

    async def receive(self, batch: InboundBatch) -> Receipt:
        return Receipt(new=len(batch.items), duplicates=0, set_aside=len(batch.bad))

    async def health(self) -> Health:
        return Health(ready=True, details={})


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
    with FileReader.open(f"sqlite:///{folder}/infobip-rules.db") as reader:
        rows = reader.read(store.list_inbox)
    return [json.loads(row.payload) for row in rows if row.kind == "InfobipSmsReceivedMessage"]


BODIES = sorted([*SAMPLES.glob("mo_*.json"), *SAMPLES.glob("dlr_*.json")])


@pytest.mark.parametrize("file", BODIES, ids=lambda file: str(file.stem))
def test_every_body_that_infobip_posts_can_be_posted(bare: Start, silent_host: str, file: Path) -> None:
    unknown = ["--allow-unknown"] if "unknown" in file.stem else []

    command = bare("simulate", "body", file, "--url", silent_host, *unknown)

    assert command.wait() == 0
    assert '"setAside":0' in command.out[0]


@pytest.mark.parametrize(
    ("file", "expected"), [("click_tracking", "notificationType"), ("whatsapp_inbound_text", "integrationType")]
)
def test_what_is_no_sms_is_refused_by_name(bare: Start, file: str, expected: str) -> None:
    command = bare("simulate", "body", SAMPLES / f"{file}.json")

    assert command.wait() == 2
    assert f"this is no SMS, as its field {expected} shows" in command.said


@pytest.mark.parametrize(
    ("arguments", "known"),
    [
        (["body", SAMPLES / "mo_unknown_fields.json"], "results, messageCount, pendingMessageCount"),
        (["sms", "--text", "hello", "--field", "callbackdata=x"], "Did you mean callbackData?"),
        (["report", "--message-id", "m", "--field", "keyword=x"], "Known are messageId, bulkId"),
    ],
)
def test_a_field_that_infobip_does_not_have_is_refused_with_those_it_has(
    bare: Start, arguments: list[str | Path], known: str
) -> None:
    command = bare("simulate", *arguments)

    assert command.wait() == 2
    assert "Infobip has no field" in command.said
    assert known in command.said


def test_what_the_host_sets_aside_is_not_called_taken(bare: Start, silent_host: str) -> None:
    command = bare("simulate", "sms", "--text", "hello", "--field", "receivedAt=yesterday", "--url", silent_host)

    assert command.wait() == 1
    assert '"setAside":1' in command.out[0]
    assert "`infobip-rules asides` says why" in command.said
    assert "Taken" not in command.said


def test_a_body_comes_from_standard_input_as_well(bare: Start, silent_host: str) -> None:
    command = bare("simulate", "body", "-", "--url", silent_host)
    command.answer('{"results": [{"messageId": "m-9", "from": "385916242493", "text": "hello"}]}')

    assert command.wait() == 0


@pytest.mark.parametrize("content", ["", "{", "[]", '{"results": []}', '{"results": [{"text": "hello"}]}'])
def test_a_file_that_is_no_body_is_named(bare: Start, tmp_path: Path, content: str) -> None:
    (tmp_path / "body.json").write_text(content)

    command = bare("simulate", "body", "body.json")

    assert command.wait() == 2
    assert "body.json: " in command.said


def test_several_texts_are_one_body(bare: Start, silent_host: str) -> None:
    command = bare("simulate", "sms", "--text", "one", "--text", "two", "--url", silent_host)

    assert command.wait() == 0
    assert command.out[0].startswith('200 {"accepted":2')


@pytest.mark.parametrize("version", ["v2", "v3"])
@pytest.mark.parametrize("status", ["PENDING", "DELIVERED", "UNDELIVERABLE", "EXPIRED", "REJECTED"])
def test_reports_of_all_groups_are_worded_as_either_version_does(
    bare: Start, silent_host: str, version: str, status: str
) -> None:
    about = ["--message-id", "m-1", "--status", status, "--api", version, "--field", "callbackData=x"]

    command = bare("simulate", "report", *about, "--url", silent_host)

    assert command.wait() == 0
    assert command.out[0].startswith('200 {"accepted":1')
