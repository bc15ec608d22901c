"""What `run` logs: each event once, no traceback at the end, and every line JSON where that is asked for."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from infobip_rules.sandbox import Effect, FakeInfobip, Fault

from .conftest import REPLY, TOKEN, Start
from .program import Program
from .test_run import post, replies

TALKATIVE = """
import sys
import threading
import warnings

print("printed while loading", file=sys.stderr)
warnings.warn("a library warns")
threading.Thread(target=lambda: 1 / 0).start()
"""
UNFINISHED = "POST {path} HTTP/1.1\r\nHost: x\r\nX-Webhook-Token: {token}\r\nContent-Length: 9\r\n\r\n{{"


@pytest.fixture(params=["0", "1"], ids=["in one process", "with a web worker"])
def web_workers(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def talkative(tmp_path: Path) -> Path:
    file = tmp_path / "talkative.py"
    file.write_text(TALKATIVE + REPLY)
    return file


def begun(host: Program, path: str) -> socket.socket:
    """A connection with a request that is not whole."""
    parts = urlsplit(host.url)
    connection = socket.create_connection((parts.hostname or "", parts.port or 0))
    connection.sendall(UNFINISHED.format(path=path, token=TOKEN).encode())
    return connection


def ended_amid_requests(host: Program) -> None:
    """Has the host end while a webhook and a page are asked for."""
    paths = ("/sms-received-message", "/dashboard/retry")
    with closing(begun(host, paths[0])) as webhook, closing(begun(host, paths[1])):
        assert post(host.url, token=TOKEN).status_code == 200  # both are under way by then
        assert host.end() == 0
        assert b" 503 " in webhook.recv(1_000)


def events(host: Program) -> Iterator[dict[str, object]]:
    for line in host.err:
        yield json.loads(line)


def test_a_request_under_way_at_the_end_is_told_of_in_a_line(start: Start, rules: Path, web_workers: str) -> None:
    settings = {"INFOBIP_SHUTDOWN_SECONDS": "4", "INFOBIP_WEBHOOK_TOKEN": TOKEN}
    host = start("run", rules, "--port", "0", "--in-process", "--web-workers", web_workers, **settings)
    ended_amid_requests(host)

    assert "Traceback" not in host.said
    about = [line for line in host.err if "/sms-received-message" in line and "note " not in line]
    assert len(about) == 1
    assert "web.cut_off path=/sms-received-message" in about[0]
    assert not [line for line in host.err if " ERROR " in line]


def test_every_line_is_json(start: Start, fake: FakeInfobip, talkative: Path, web_workers: str) -> None:
    settings = {"INFOBIP_SHUTDOWN_SECONDS": "4", "INFOBIP_WEBHOOK_TOKEN": TOKEN}
    arguments = ("run", talkative, "--port", "0", "--in-process", "--web-workers", web_workers)
    host = start("--log-format", "json", *arguments, **settings)
    assert post(host.url, body=b"no JSON", token=TOKEN).status_code == 400
    ended_amid_requests(host)

    found = list(events(host))
    assert all(event.keys() >= {"time", "level", "event"} for event in found)
    said = [event["message"] for event in found if event["event"] == "host.says"]
    assert any(str(line).startswith("Listening at http://") for line in said)
    assert said[-1] == "Ending: what is under way is finished first."
    assert "printed while loading" in [event.get("line") for event in found if event["event"] == "host.printed"]
    assert any("a library warns" in str(event.get("message")) for event in found)
    (thread,) = [event for event in found if event["event"] == "host.thread_failed"]
    assert "ZeroDivisionError" in str(thread["traceback"])
    assert host.out == []


def test_a_start_that_fails_says_so_in_json_too(bare: Start, rules: Path) -> None:
    host = bare("--log-format", "json", "run", rules)

    assert host.wait() == 3
    (event,) = events(host)
    assert event["level"] == "ERROR"
    assert "INFOBIP_API_KEY is missing." in str(event["message"])


def test_why_an_outcome_is_unknown_is_said_once(start: Start, fake: FakeInfobip, rules: Path) -> None:
    fake.faults.arm(Fault(effect=Effect.HOLD, when="before", seconds=0.1))
    host = start("run", rules, "--port", "0", "--in-process", INFOBIP_LOOKUP_DELAYS="0.1,0.2,0.3")
    assert post(host.url).status_code == 200

    host.wait_for_line("delivery.accepted")
    assert host.end() == 0
    assert len(replies(fake)) == 1
    assert [call.path for call in fake.requests].count("/sms/3/logs") >= 2
    assert host.said.count("delivery.unknown") == 1


def test_a_look_that_fails_is_said_once(start: Start, fake: FakeInfobip, rules: Path) -> None:
    fake.faults.arm(Fault(effect=Effect.HOLD, when="before", seconds=0.1))
    fake.faults.arm(Fault(effect=Effect.SERVER_ERROR, path="/sms/3/logs"))
    host = start("run", rules, "--port", "0", "--in-process", INFOBIP_LOOKUP_DELAYS="0.1,0.2,0.3")
    assert post(host.url).status_code == 200

    host.wait_for_line("delivery.accepted")
    assert host.end() == 0
    assert host.said.count("delivery.lookup_failed") == 1
    assert host.said.count("delivery.unknown") == 1
