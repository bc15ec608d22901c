"""What a user must read, one situation after the other, each brought about by the program itself.

One is shown elsewhere: what of DRL is not supported, with its compiler.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infobip_rules.sandbox import FakeInfobip, LoopbackServer
from infobip_rules.sandbox.faults import Effect, Fault
from tests.cli.program import Program
from tests.served_host import item

PERSON = "385916242493"
OURS = "385921004026"
KEY = "0123456789abcdef0123456789abcdef-the-key"

RULES = """
from infobip_rules import Fact, InfobipAdapterAPI, InfobipSmsReceivedMessage
from infobip_rules.lang import c, fact, m, ruleset, signal, when_all

class Ball(Fact):
    hits: int = 0

def parse(text):
    return int(text)

def say(c, text):
    InfobipAdapterAPI.send_sms_text_message(c.signal.from_, text)

with ruleset("talk"):

    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text == "fail"))
    def order(c):
        parse(c.signal.text)

    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text == "both"))
    def first(c):
        say(c, "first")

    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text == "both"))
    def second(c):
        say(c, "second")

    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text == "dobar dan"))
    def greet(c):
        say(c, "Dobar dan, kako ste? Nadamo se da ste dobro i da ćete nas opet posjetiti ove jeseni!")

    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text == "local"))
    def local(c):
        InfobipAdapterAPI.send_sms_text_message("0981234567", "x")

    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text == "play"))
    def serve(c):
        c.insert(Ball())

    @when_all(c.ball << fact(Ball, m.hits >= 0))
    def ping(c):
        c.modify(c.ball, hits=-c.ball.hits - 1)

    @when_all(c.ball << fact(Ball, m.hits < 0))
    def pong(c):
        c.modify(c.ball, hits=-c.ball.hits + 1)
"""

Start = Callable[..., Program]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts commands, with the variables that are given and no other."""
    with contextlib.ExitStack() as stack:

        def started(*arguments: str | Path, **variables: str) -> Program:
            return stack.enter_context(Program(arguments, cwd=tmp_path, variables=variables))

        yield started


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A host that logs everything, in a folder with its rules and its journal."""
    folder = tmp_path_factory.mktemp("host")
    (folder / "rules.py").write_text(RULES, encoding="utf-8")
    arguments = ["--verbose", "dev", "rules.py", "--port", "0", "--workers", "1", "--journal", "sqlite:///j.db"]
    with Program(arguments, cwd=folder, variables={}) as running:
        running.folder = folder  # type: ignore[attr-defined]  # for commands beside it
        assert running.url
        yield running


def write(host: Program, message_id: str, text: str, path: str = "/sms-received-message") -> httpx.Response:
    """Posts what somebody wrote to the host."""
    body = {"results": [item(message_id, text, number=PERSON)]}
    return httpx.post(host.url + path, json=body, trust_env=False, timeout=60)


def beside(host: Program, *arguments: str) -> str:
    """What a command says of the host's journal."""
    folder: Path = host.folder  # type: ignore[attr-defined]  # as the fixture set it
    with Program([*arguments, "--journal", "sqlite:///j.db"], cwd=folder, variables={}) as command:
        command.wait()
        return command.said


def test_a_key_that_is_missing(start: Start, tmp_path: Path) -> None:
    (tmp_path / "r.py").write_text(RULES, encoding="utf-8")
    account = {"INFOBIP_BASE_URL": "https://nobodys.api.infobip.com", "INFOBIP_PHONE_NUMBER": OURS}

    command = start("run", "r.py", "--port", "0", **account)

    assert command.wait() == 3
    assert "INFOBIP_API_KEY is missing." in command.said
    assert "in the Infobip Portal, under Developer Tools > API keys" in command.said
    assert "run `infobip-rules setup`" in command.said
    for value in account.values():
        assert value not in command.said


def test_a_local_number(start: Start) -> None:
    account = {"INFOBIP_BASE_URL": "http://127.0.0.1:9", "INFOBIP_API_KEY": KEY, "INFOBIP_PHONE_NUMBER": OURS}

    command = start("send", "0981234567", "Hello", **account)

    assert command.wait() == 2
    assert "is not E.164; did you mean 385981234567?" in command.said


def test_a_local_number_in_a_rule(start: Start, tmp_path: Path, account: tuple[str, Any]) -> None:
    # The host of the other tests sends as a fake's number; here it is one of the person's country.
    (tmp_path / "r.py").write_text(RULES, encoding="utf-8")
    url, _ = account
    variables = {"INFOBIP_BASE_URL": url, "INFOBIP_API_KEY": KEY, "INFOBIP_PHONE_NUMBER": OURS}
    running = start("run", "r.py", "--port", "0", **variables)
    write(running, "local", "local")
    line = running.wait_for_line("delivery.rejected")
    assert "is not E.164; did you mean 385*****4567? Not sent" in line


def test_a_field_that_a_signal_has_not(start: Start, tmp_path: Path) -> None:
    (tmp_path / "r.py").write_text(RULES.replace('m.text == "fail"', 'm.txt == "fail"'), encoding="utf-8")
    line = (
        RULES.splitlines().index('    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text == "fail"))') + 1
    )

    command = start("check", "r.py")

    assert command.wait() == 1
    assert f"r.py:{line}:63: error RULE002: InfobipSmsReceivedMessage has no field 'txt'." in command.said
    assert "Did you mean 'text'?" in command.said


def test_a_message_that_no_rule_matched(host: Program) -> None:
    write(host, "near", "dobar dam")

    line = host.wait_for_line("turns.no_match")
    assert "INFO" in line
    assert "None of 8 rules matched InfobipSmsReceivedMessage" in line
    assert "nearest: *greet* (text was (9 characters))." in line


def test_a_rule_that_raised(host: Program) -> None:
    write(host, "fail", "fail")

    line = host.wait_for_line("turns.dead_letter signal=")
    reason = beside(host, "show", line.split("signal=", 1)[1].split()[0])

    assert "The rule talk/order (rules.py:" in line
    assert "failed: ValueError. Nothing of this evaluation was kept." in line
    assert "'fail'" not in line
    assert "failed: ValueError: invalid literal for int() with base 10: 'fail'. Nothing" in reason
    assert "run `infobip-rules replay ID`" in line
    assert "in order" in reason
    assert "in parse" in reason
    assert "infobip_rules/engine" not in reason


def test_a_message_at_the_url_of_reports_and_the_reverse(host: Program) -> None:
    answer = write(host, "astray", "hello", "/sms-delivery-report")

    assert (answer.status_code, answer.json()["accepted"]) == (200, 1)
    line = host.wait_for_line("web.misdirected path=/sms-delivery-report")
    assert "These are messages, whose URL is /sms-received-message. They are handled all the same." in line

    report = {"messageId": "x", "to": PERSON, "sentAt": "2026-10-06T09:28:39.220+0000", "doneAt": None, "status": {}}
    answer = httpx.post(f"{host.url}/sms-received-message", json={"results": [report]}, trust_env=False, timeout=60)
    assert answer.status_code == 200
    line = host.wait_for_line("web.misdirected path=/sms-received-message")
    assert "These are reports, whose URL is /sms-delivery-report. They are handled all the same." in line


def test_a_webhook_that_comes_twice(host: Program) -> None:
    first, second = write(host, "twice", "hello"), write(host, "twice", "hello")

    assert [answer.status_code for answer in (first, second)] == [200, 200]
    assert second.json() == {"accepted": 0, "duplicates": 1, "setAside": 0}
    assert "DEBUG web.duplicate path=/sms-received-message count=1 first=" in host.wait_for_line("web.duplicate")


def test_two_rules_that_answered_one_signal(host: Program) -> None:
    write(host, "both", "both")

    line = host.wait_for_line("turns.warning")
    assert "WARNING" in line
    assert "2 rules answered one signal: talk/first, talk/second." in line
    assert "Set a salience and delete the signal in the first" in line


def test_a_message_that_goes_to_ucs2(host: Program) -> None:
    write(host, "odd", "dobar dan")

    line = host.wait_for_line("turns.ucs2")
    assert "rule=talk/greet" in line
    assert "as UCS-2 because of 'ć' (U+0107): it costs 2 parts, without such characters 1 part." in line


def test_rules_that_run_in_circles(host: Program) -> None:
    write(host, "play", "play")

    line = host.wait_for_line("firings")
    assert "Stopped after 100 firings: talk/p" in line
    assert "talk/ping > talk/pong" in line
    assert "what changed last: Ball#" in line


@pytest.fixture
def account() -> Iterator[tuple[str, dict[str, Any]]]:
    """A provider that answers as it is told, by status, body and headers; and its URL."""
    told: dict[str, Any] = {"status": 200, "body": {}, "headers": {}}

    async def answer(_: Request) -> Response:
        return JSONResponse(told["body"], told["status"], headers=told["headers"])

    app = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])
    with LoopbackServer(app) as server:
        yield server.url, told


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (
            401,
            "The API key is wrong, revoked or expired (nothing is sent until that is mended): check INFOBIP_API_KEY",
        ),
        (
            402,
            "Infobip answered 402: no. The account has not enough credit (nothing is sent until that is mended): top it up.",
        ),
        (403, "may not do this (nothing is sent until that is mended): give it the scope sms:message:send"),
        (429, "Infobip takes no more requests for the moment (temporary). Nothing tries it again by itself"),
    ],
)
def test_an_answer_that_refuses(start: Start, account: tuple[str, dict[str, Any]], status: int, said: str) -> None:
    url, told = account
    told |= {"status": status, "body": {"description": "no"}, "headers": {"Retry-After": "17"}}
    variables = {"INFOBIP_BASE_URL": url, "INFOBIP_API_KEY": KEY, "INFOBIP_PHONE_NUMBER": OURS}

    command = start("send", PERSON, "Hello", **variables)

    assert command.wait() == 4
    assert "The message was not sent." in command.said
    assert said in command.said
    assert ("repeat the command in 17 s" in command.said) == (status == 429)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (429, "(temporary). It is tried again in 17 s."),
        (401, "Messages are held, and sent when Infobip takes the key again."),
        (402, "top it up. Messages are held"),
        (400, "(permanent). Mend that, then send it with `infobip-rules resend`."),
    ],
)
def test_an_answer_that_refuses_a_host(
    start: Start, account: tuple[str, dict[str, Any]], tmp_path: Path, status: int, said: str
) -> None:
    url, told = account
    told |= {"status": status, "body": {"description": "no"}, "headers": {"Retry-After": "17"}}
    (tmp_path / "r.py").write_text(RULES, encoding="utf-8")
    variables = {"INFOBIP_BASE_URL": url, "INFOBIP_API_KEY": KEY, "INFOBIP_PHONE_NUMBER": OURS}
    running = start("run", "r.py", "--port", "0", **variables)

    write(running, "greet", "dobar dan")

    assert said in running.wait_for_line("delivery.")


def test_a_message_that_is_rejected(start: Start) -> None:
    fake = FakeInfobip(api_key=KEY)
    fake.faults.arm(Fault(effect=Effect.REJECT, status="REJECTED_DESTINATION"))
    with LoopbackServer(fake.app) as server:
        variables = {"INFOBIP_BASE_URL": server.url, "INFOBIP_API_KEY": KEY, "INFOBIP_PHONE_NUMBER": OURS}
        command = start("send", PERSON, "Pošiljka", "--json", **variables)
        assert command.wait() == 4
    assert json.loads(command.out[0])["status"] == "REJECTED_DESTINATION"
    assert "REJECTED_DESTINATION: the recipient's number is not valid (permanent)." in command.said
    assert "goes as UCS-2 because of 'š' (U+0161): it costs 1 part, without such characters 1 part." in command.said
