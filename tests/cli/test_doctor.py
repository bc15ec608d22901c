"""`doctor`: an answer to each question, about a real host, a real file and a fake account over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.journal.sqlite.reader import FileReader
from infobip_rules.sandbox import FakeInfobip, LoopbackServer
from tests.infobip.provider import running_provider
from tests.journal import store
from tests.journal.make import StoppedClock, an_aside

from .conftest import KEY, SENDER, TOKEN, Start
from .journals import fill

PERSONAL = (KEY, TOKEN, SENDER)
SIGNED = {"INFOBIP_WEBHOOK_HMAC_SECRET": "staple-of-the-account", "INFOBIP_WEBHOOK_HMAC_HEADER": "X-Signature"}


class Answers:
    """What `doctor --json` said, by id."""

    def __init__(self, start: Start, *arguments: str | Path, **more: str) -> None:
        command = start("doctor", "--json", *arguments, **more)
        self.code = command.wait()
        self.said = command.said
        document: dict[str, Any] = json.loads("\n".join(command.out))
        self.results: list[dict[str, str]] = document["results"]
        assert document["exitCode"] == self.code

    def __getitem__(self, id_: str) -> dict[str, str]:
        """The worst answer of that id."""
        found = [result for result in self.results if result["id"] == id_]
        return next((result for result in found if result["state"] in ("problem", "note")), found[-1])


@pytest.fixture
def host(start: Start, rules: Path) -> Iterator[str]:
    """The URL of a host with a token."""
    running = start("run", rules, "--port", "0", "--in-process", INFOBIP_WEBHOOK_TOKEN=TOKEN)
    yield running.url
    assert running.end() == 0


def test_everything_in_order_ends_with_0(start: Start, host: str) -> None:
    answers = Answers(start, "--webhook", INFOBIP_ADAPTER_BASE_URL=host, INFOBIP_WEBHOOK_TOKEN=TOKEN)

    assert {result["state"] for result in answers.results} <= {"ok", "note"}, answers.said
    assert answers.code == 0
    assert "100" in answers["DOC20"]["says"]
    for id_ in ("DOC41", "DOC42"):
        assert answers[id_]["says"] == "a sample without content came back with 200; 401 without the token"


def test_it_is_one_line_for_each_answer_without_anything_personal(start: Start) -> None:
    command = start("doctor", INFOBIP_WEBHOOK_TOKEN=TOKEN)

    assert command.wait() == 0
    assert all(line[9:12] == "DOC" for line in command.out)
    assert "INFOBIP_API_KEY, INFOBIP_BASE_URL, INFOBIP_PHONE_NUMBER, INFOBIP_WEBHOOK_TOKEN" in command.said
    assert [secret for secret in PERSONAL if secret in command.said] == []


def test_the_sample_takes_no_effect(start: Start, host: str, tmp_path: Path) -> None:
    Answers(start, "--webhook", INFOBIP_ADAPTER_BASE_URL=host, INFOBIP_WEBHOOK_TOKEN=TOKEN)

    with FileReader.open(f"sqlite:///{tmp_path}/infobip-rules.db") as reader:
        counts = reader.read(store.counts)
    assert not any([*counts.inbox.values(), *counts.outbox.values(), counts.sessions, counts.asides])


def test_without_settings_the_machine_is_looked_at_all_the_same(bare: Start) -> None:
    answers = Answers(bare)

    assert answers.code == 3
    assert answers["DOC01"]["state"] == answers["DOC02"]["state"] == answers["DOC31"]["state"] == "ok"
    assert "INFOBIP_API_KEY is missing" in answers["DOC11"]["says"]
    for id_ in ("DOC12", "DOC13", "DOC20", "DOC21", "DOC05", "DOC40"):
        assert (answers[id_]["state"], answers[id_]["says"]) == ("skipped", "the settings are not complete.")


def test_offline_nobody_is_asked(start: Start, fake: FakeInfobip) -> None:
    answers = Answers(start, "--offline", INFOBIP_ADAPTER_BASE_URL="https://sms.example.com")

    assert answers["DOC20"]["says"] == answers["DOC40"]["says"] == "--offline."
    assert fake.requests == ()


def test_a_wrong_key_is_a_problem_of_the_account(start: Start) -> None:
    answers = Answers(start, INFOBIP_API_KEY="another-key-0123456789")

    assert answers.code == 4
    assert "401" in answers["DOC20"]["says"]
    assert answers["DOC21"]["state"] == "skipped"


def test_a_key_that_can_not_read_logs_leaves_outcomes_unknown(start: Start, fake: FakeInfobip) -> None:
    fake.settings.scopes = frozenset({"sms:message:send"})

    answers = Answers(start)

    assert answers.code == 4
    assert "unknown outcome" in answers["DOC21"]["says"]
    assert "sms:logs:read" in answers["DOC21"]["hint"]


def test_an_account_that_is_not_reached_is_one_problem(start: Start) -> None:
    answers = Answers(start, INFOBIP_BASE_URL="http://127.0.0.1:9")

    assert answers.code == 4
    assert "ConnectError" in answers["DOC20"]["says"]
    assert (answers["DOC21"]["state"], answers["DOC05"]["state"]) == ("skipped", "skipped")


class _Late:
    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(minutes=5)


def test_a_clock_that_is_off_is_told_by_how_much(start: Start) -> None:
    with LoopbackServer(FakeInfobip(api_key=KEY, clock=_Late()).app) as account:
        answers = Answers(start, INFOBIP_BASE_URL=account.url)

    assert answers.code == 1
    assert answers["DOC05"]["says"] in {f"{seconds} s slow beside Infobip's." for seconds in range(290, 301)}


@pytest.mark.parametrize(("name", "near"), [("INFOBIP_API_KYE", "INFOBIP_API_KEY"), ("INFOBIP_COLOUR", "")])
def test_a_variable_that_is_none_of_ours_is_noted(start: Start, name: str, near: str) -> None:
    answers = Answers(start, "--offline", **{name: "a value"})

    assert (answers.code, answers["DOC10"]["state"]) == (0, "note")
    assert name in answers["DOC10"]["says"]
    assert near in answers["DOC10"]["hint"]
    assert "a value" not in answers.said


def test_a_file_of_settings_that_others_can_read_is_noted(start: Start, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"INFOBIP_WEBHOOK_TOKEN={TOKEN}\n")
    (tmp_path / ".env").chmod(0o644)

    answers = Answers(start, "--offline")

    assert "chmod 600" in answers["DOC10"]["hint"]
    assert TOKEN not in answers.said


def test_a_sender_that_is_a_name_gets_no_answers(start: Start) -> None:
    assert Answers(start, "--offline", INFOBIP_PHONE_NUMBER="Parcels")["DOC12"]["state"] == "note"


@pytest.mark.parametrize(
    ("url", "token", "says"),
    [("http://sms.example.com", TOKEN, "in the clear"), ("https://sms.example.com", "", "anybody")],
)
def test_webhooks_that_are_open_are_a_problem_of_the_settings(start: Start, url: str, token: str, says: str) -> None:
    answers = Answers(start, "--offline", INFOBIP_ADAPTER_BASE_URL=url, INFOBIP_WEBHOOK_TOKEN=token)

    assert answers.code == 3
    assert says in answers["DOC13"]["says"]


def test_what_waits_in_the_journal_for_a_person_is_counted(start: Start, tmp_path: Path) -> None:
    url = fill(tmp_path)
    with FileJournal.open(url, clock=StoppedClock()) as journal:
        journal.submit(lambda connection: store.accept(connection, [], [an_aside()])).result()

    answers = Answers(start)

    assert answers.code == 1
    dead = [result["says"] for result in answers.results if result["id"] == "DOC33"]
    assert dead == ["1 for you to look at.", "3 for you to look at."]
    assert answers["DOC34"]["says"] == "1 for you to look at."
    assert answers["DOC35"]["hint"] == "Is the host running?"  # its signal has waited since 2026-11-09


def test_a_file_that_is_no_journal_is_told(start: Start, tmp_path: Path) -> None:
    (tmp_path / "infobip-rules.db").write_text("something else, and long enough to be no empty database" * 20)

    answers = Answers(start)

    assert answers.code == 1
    assert answers["DOC32"]["state"] == "problem"


def test_a_journal_in_a_folder_that_is_not_there_is_told(start: Start, tmp_path: Path) -> None:
    answers = Answers(start, "--journal", f"sqlite:///{tmp_path}/nowhere/journal.db")

    assert (answers.code, answers["DOC30"]["state"]) == (1, "problem")


def test_a_host_that_does_not_run_is_not_reached(start: Start) -> None:
    answers = Answers(start, INFOBIP_ADAPTER_BASE_URL="http://127.0.0.1:9", INFOBIP_WEBHOOK_TOKEN=TOKEN)

    assert answers.code == 1
    assert "nobody answers" in answers["DOC40"]["says"]


def test_somebody_else_at_the_public_url_is_not_taken_for_the_host(start: Start) -> None:
    with LoopbackServer(Starlette()) as other:
        answers = Answers(start, "--webhook", INFOBIP_ADAPTER_BASE_URL=other.url, INFOBIP_WEBHOOK_TOKEN=TOKEN)

    assert answers.code == 1
    assert "something else answers at the public URL: 404 Not Found." in answers["DOC40"]["says"]


def test_a_host_with_another_token_refuses_the_sample(start: Start, host: str) -> None:
    answers = Answers(start, "--webhook", INFOBIP_ADAPTER_BASE_URL=host, INFOBIP_WEBHOOK_TOKEN="another-token")

    assert answers.code == 1
    assert answers["DOC41"]["says"] == "the token is refused (401)."


def test_a_host_of_signed_webhooks_takes_a_sample_that_is_signed(start: Start, rules: Path) -> None:
    running = start("run", rules, "--port", "0", **SIGNED)

    answers = Answers(start, "--webhook", INFOBIP_ADAPTER_BASE_URL=running.url, **SIGNED)
    others = {**SIGNED, "INFOBIP_WEBHOOK_HMAC_SECRET": "of-another-subscription"}
    refused = Answers(start, "--webhook", INFOBIP_ADAPTER_BASE_URL=running.url, **others)

    assert answers["DOC13"]["says"].endswith("with a signature; delivery reports are not asked for")
    assert answers["DOC41"]["says"] == "a sample without content came back with 200; 401 without the signature"
    assert refused["DOC42"]["says"] == "the signature is refused (401)."
    assert SIGNED["INFOBIP_WEBHOOK_HMAC_SECRET"] not in running.said


def test_a_host_that_asks_for_no_token_is_told(start: Start, rules: Path) -> None:
    running = start("run", rules, "--port", "0", "--in-process")

    answers = Answers(start, "--webhook", INFOBIP_ADAPTER_BASE_URL=running.url, INFOBIP_WEBHOOK_TOKEN=TOKEN)

    assert answers["DOC41"]["says"] == "a sample is taken without the token too."


def test_a_journal_that_everybody_can_read_is_a_problem(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "infobip-rules.db"
    FileJournal.open(f"sqlite:///{file}", clock=StoppedClock()).close()
    assert Answers(start, "--offline")["DOC36"]["state"] == "ok"
    tmp_path.chmod(0o777)
    assert "can put files into" in Answers(start, "--offline")["DOC36"]["says"]
    tmp_path.chmod(0o700)
    file.chmod(0o644)
    open_to_all = Answers(start, "--offline")["DOC36"]
    assert open_to_all["state"] == "problem"
    assert "chmod o-rwx infobip-rules.db" in open_to_all["hint"]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HTTPS_PROXY", "gopher://me:hush@proxy:1"),
        ("HTTPS_PROXY", "127.0.0.1:99999"),
        ("ALL_PROXY", "http://"),
        ("SSL_CERT_FILE", "/nowhere.pem"),
    ],
)
def test_a_proxy_or_certificates_of_no_use_are_a_mistake_in_the_configuration(
    start: Start, variable: str, value: str
) -> None:
    answers = Answers(start, INFOBIP_BASE_URL="https://xxxxx.api.infobip.com", **{variable: value})

    assert (answers.code, answers["DOC14"]["state"], answers["DOC20"]["state"]) == (3, "problem", "skipped")
    assert variable in answers["DOC14"]["says"]
    assert "hush" not in answers.said


def test_whoever_answers_at_the_public_url_without_end_is_left_alone_in_time(start: Start) -> None:
    with running_provider() as provider:
        provider.never_finishes(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n", bytes(1024 * 1024), every=0)
        answers = Answers(start, INFOBIP_ADAPTER_BASE_URL=provider.base_url)

    assert answers["DOC40"]["state"] == "problem"
    assert "1,048,576 bytes" in answers["DOC40"]["says"]


def test_an_account_that_never_finishes_its_answer_is_a_problem(start: Start) -> None:
    with running_provider() as provider:
        provider.never_finishes(b"HTTP/1.1 200 OK\r\n\r\n", bytes(1024 * 1024), every=0)
        answers = Answers(start, INFOBIP_BASE_URL=provider.base_url)

    assert (answers.code, answers["DOC20"]["state"]) == (4, "problem")
    assert "16,777,216 bytes" in answers["DOC20"]["says"]
