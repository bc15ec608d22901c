"""What a host says and does at its start and at its end, `run` or `dev`."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import httpx
import pytest

from infobip_rules.sandbox import FakeInfobip

from .conftest import KEY, Start

ROOT = Path(__file__).parents[2]
SIMULATE = ("simulate", "sms", "--text", "hello", "--url", "https://sms.example.com")


def test_a_webhook_whose_body_never_ends_is_answered_503_as_the_host_ends(start: Start, rules: Path) -> None:
    host = start("run", rules, "--port", "0", INFOBIP_SHUTDOWN_SECONDS="1")
    url = httpx.URL(host.url)
    with socket.create_connection((url.host, url.port or 0), timeout=30) as connection:
        head = "POST /sms-received-message HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99"
        connection.sendall(f"{head}\r\nExpect: 100-continue\r\n\r\n".encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 100")  # it reads the body now
        connection.sendall(b'{"results": [')
        assert host.end() == 0
        assert connection.recv(10_000).startswith(b"HTTP/1.1 503")
    assert "web.cut_off path=/sms-received-message" in host.said
    assert "Traceback" not in host.said


def test_a_host_without_rules_says_so(bare: Start, tmp_path: Path) -> None:
    (tmp_path / "empty.py").write_text("")
    host = bare("dev", "empty.py", "--port", "0")
    assert "WARNING: No rule was found in these files" in host.wait_for_line("WARNING")


def test_a_port_that_is_taken_is_told_with_what_to_do(bare: Start, rules: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        host = bare("dev", rules, "--port", str(port))
        assert host.wait() == 2
    assert f"Port {port} of 127.0.0.1 is taken: another program listens at it." in host.said
    assert f"Stop that one (`lsof -i :{port}` names it), or choose another port with --port" in host.said


def test_make_run_takes_a_port() -> None:
    said = subprocess.run(
        ["make", "--dry-run", "run", "PORT=8123"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "--port 8123" in said.stdout


def test_simulate_says_which_host_it_reached(bare: Start, rules: Path) -> None:
    host = bare("dev", rules, "--port", "0")
    command = bare("simulate", "sms", "--text", "hello", "--url", host.url)
    assert command.wait() == 0
    assert f"Taken by the host at {host.url}." in command.err


def test_simulate_needs_somebody_who_writes(bare: Start) -> None:
    command = bare("simulate", "sms", "--text", "hello", "--from", " ")
    assert command.wait() == 2
    assert "--from is empty. Say who writes" in command.said


def test_infobip_unreached_is_told_without_a_promise(start: Start, fake: FakeInfobip) -> None:
    command = start("send", "385981234567", "Hello", INFOBIP_BASE_URL="http://127.0.0.1:9")
    assert command.wait() == 4
    assert (
        "nothing was sent (temporary). Nothing tries it again by itself: repeat the command in a minute."
        in command.said
    )
    assert KEY not in command.said


@pytest.mark.parametrize("command", [("run", "reply.py", "--port", "0"), ("send", "385981234567", "hello"), SIMULATE])
@pytest.mark.parametrize(
    ("variable", "value"), [("ALL_PROXY", "gopher://me:hush@proxy:1"), ("SSL_CERT_FILE", "/no.pem")]
)
def test_a_proxy_or_certificates_of_no_use_end_a_command_with_3(
    start: Start, rules: Path, command: tuple[str, ...], variable: str, value: str
) -> None:
    program = start(*command, INFOBIP_BASE_URL="https://xxxxx.api.infobip.com", **{variable: value})
    assert program.wait() == 3
    assert variable in program.said
    assert "unset it" in program.said
    assert "bug" not in program.said
    assert "hush" not in program.said
