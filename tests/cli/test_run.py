"""`run`: webhooks in, messages out, in order when it ends, and where it left off when it was killed."""

from __future__ import annotations

import os
import signal
import socket
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from infobip_rules.sandbox import Effect, FakeInfobip, Fault, LoopbackServer

from .conftest import KEY, PERSON, SENDER, TOKEN, Start

SAMPLE = (Path(__file__).parent.parent / "samples" / "mo_single_keyword.json").read_bytes()


def post(url: str, *, body: bytes = SAMPLE, **params: str) -> httpx.Response:
    headers = {"Content-Type": "application/json"}
    return httpx.post(f"{url}/sms-received-message", content=body, headers=headers, params=params, timeout=60)


def replies(fake: FakeInfobip) -> list[str]:
    return [message.text for message in fake.sent_to(PERSON)]


def _ended(group: int) -> bool:
    """Whether all processes of a group come to their end."""
    for _ in range(1_000):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        threading.Event().wait(0.01)
    return False


@pytest.mark.parametrize("evaluated", [["--workers", "1"], ["--in-process"], ["--web-workers", "0"]])
def test_a_message_posted_by_infobip_is_replied_to(
    start: Start, fake: FakeInfobip, rules: Path, evaluated: list[str]
) -> None:
    host = start("run", rules, "--port", "0", *evaluated)

    assert post(host.url).status_code == 200
    assert fake.wait_for(lambda: len(replies(fake)) == 1)
    assert replies(fake) == ["You wrote: QUIZ Correct answer is Paris"]
    assert host.end() == 0


def test_a_repeated_webhook_is_replied_to_once(start: Start, fake: FakeInfobip, rules: Path) -> None:
    host = start("run", rules, "--port", "0", "--in-process")

    answers = [post(host.url).json() for _ in range(3)]

    assert [answer["accepted"] for answer in answers] == [1, 0, 0]
    host.wait_for_line("delivery.accepted")
    assert host.end() == 0
    assert len(replies(fake)) == 1


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_order_when_asked_to(start: Start, rules: Path, asked: signal.Signals) -> None:
    host = start("run", rules, "--port", "0")
    assert host.url

    assert host.end(asked) == 0
    assert "Traceback" not in host.said


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_it_at_once_and_leaves_no_process(
    start: Start, fake: FakeInfobip, rules: Path, asked: signal.Signals
) -> None:
    fake.faults.arm(Fault(effect=Effect.HOLD, when="after"))
    host = start("run", rules, "--port", "0")
    assert post(host.url).status_code == 200
    assert fake.wait_for(lambda: len(fake.posts) == 1)

    host.process.send_signal(asked)
    host.wait_for_line("Ending")
    assert host.end(asked) != 0
    # It began a session of its own: whatever it started is in its group.
    assert _ended(host.process.pid)


def test_a_request_under_way_is_waited_for(start: Start, fake: FakeInfobip, rules: Path) -> None:
    fake.faults.arm(Fault(effect=Effect.HOLD, when="after", seconds=1.0))
    host = start("run", rules, "--port", "0", "--in-process")
    post(host.url)
    assert fake.wait_for(lambda: len(fake.posts) == 1)

    assert host.end() == 0
    assert "delivery.unknown" in host.said


def test_the_banner_says_what_runs(start: Start, rules: Path, tmp_path: Path) -> None:
    adapter = {"INFOBIP_ADAPTER_BASE_URL": "https://sms.example.com", "INFOBIP_WEBHOOK_TOKEN": TOKEN}
    host = start("run", rules, "--port", "0", "--in-process", **adapter)
    assert host.url

    assert "1 rule in 1 file" in host.said
    assert str(tmp_path / "infobip-rules.db") in host.said
    assert "https://sms.example.com/sms-received-message?token=***" in host.said
    assert host.out == []


def test_no_secret_is_ever_shown(start: Start, fake: FakeInfobip, rules: Path) -> None:
    adapter = {"INFOBIP_ADAPTER_BASE_URL": "https://sms.example.com", "INFOBIP_WEBHOOK_TOKEN": TOKEN}
    reports = {"INFOBIP_SMS_DELIVERY_REPORTING_ENABLED": "true"}
    host = start("--verbose", "run", rules, "--port", "0", "--in-process", **adapter, **reports)

    assert post(host.url, token="wrong").status_code == 401
    assert post(host.url, token=TOKEN).status_code == 200
    host.wait_for_line("delivery.accepted")
    assert host.end() == 0
    for secret in (KEY, TOKEN, PERSON, SENDER, "Paris"):
        assert secret not in host.said


def test_a_variable_that_is_no_setting_is_named_with_the_one_that_was_meant(start: Start, rules: Path) -> None:
    host = start("run", rules, "--port", "0", INFOBIP_FLOOD_GAURD="refuse")

    line = host.wait_for_line("INFOBIP_FLOOD_GAURD")
    assert line == "INFOBIP_FLOOD_GAURD: no such setting. Did you mean INFOBIP_FLOOD_GUARD?"
    assert host.url


def test_webhooks_open_to_everybody_are_warned_about(start: Start, rules: Path) -> None:
    host = start("run", rules, "--host", "0.0.0.0", "--port", "0", "--in-process")  # noqa: S104 - what is warned about

    assert "ANYBODY" in host.wait_for_line("WARNING")


def test_a_port_in_use_is_named(start: Start, rules: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        host = start("run", rules, "--port", str(port))

        assert host.wait() == 2
    assert f"Port {port} of 127.0.0.1" in host.said
    assert not (tmp_path / "infobip-rules.db").exists()


def test_rules_that_do_not_load_start_nothing(start: Start, tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("x = 1\nraise LookupError('no such thing')\n")

    host = start("run", broken, "--port", "0")

    assert host.wait() == 3
    assert f"{broken}:2:1: LookupError: no such thing" in host.said
    assert not (tmp_path / "infobip-rules.db").exists()


def test_settings_that_are_missing_are_all_named(bare: Start, rules: Path) -> None:
    host = bare("run", rules)

    assert host.wait() == 3
    for name in ("INFOBIP_BASE_URL", "INFOBIP_API_KEY", "INFOBIP_PHONE_NUMBER"):
        assert f"{name} is missing." in host.said


def test_settings_are_read_from_a_file(bare: Start, variables: dict[str, str], rules: Path, tmp_path: Path) -> None:
    (tmp_path / "production.env").write_text("".join(f"{name}={value}\n" for name, value in variables.items()))

    host = bare("run", rules, "--port", "0", "--in-process", "--env-file", "production.env")

    assert post(host.url).status_code == 200


def test_a_journal_in_use_is_refused(start: Start, rules: Path) -> None:
    first = start("run", rules, "--port", "0", "--in-process")
    assert first.url

    second = start("run", rules, "--port", "0", "--in-process")

    assert second.wait() == 3
    assert f"in use by process {first.process.pid}" in second.said


def test_what_waited_when_it_was_killed_is_sent_once_by_the_next(
    start: Start, fake: FakeInfobip, account: LoopbackServer, rules: Path
) -> None:
    account.stop()
    host = start("run", rules, "--port", "0")
    assert post(host.url).status_code == 200
    host.wait_for_line("delivery.ready")
    assert host.end(signal.SIGKILL) == -signal.SIGKILL

    account.start()
    again = start("run", rules, "--port", "0")

    again.wait_for_line("delivery.accepted")
    assert again.end() == 0
    assert (len(replies(fake)), fake.doubled) == (1, {})


def test_what_was_on_its_way_when_it_was_killed_is_looked_up_not_sent_again(
    start: Start, fake: FakeInfobip, rules: Path
) -> None:
    fake.faults.arm(Fault(effect=Effect.HOLD, when="after"))
    host = start("run", rules, "--port", "0")
    assert post(host.url).status_code == 200
    assert fake.wait_for(lambda: len(fake.posts) == 1)
    assert host.end(signal.SIGKILL) == -signal.SIGKILL

    again = start("run", rules, "--port", "0")

    again.wait_for_line("delivery.accepted")
    assert again.end() == 0
    assert (len(replies(fake)), len(fake.posts)) == (1, 1)


def test_delivery_reports_are_asked_for_at_the_public_address(start: Start, fake: FakeInfobip, rules: Path) -> None:
    adapter: dict[str, Any] = {
        "INFOBIP_ADAPTER_BASE_URL": "https://sms.example.com",
        "INFOBIP_SMS_DELIVERY_REPORTING_ENABLED": "true",
    }
    host = start("run", rules, "--port", "0", "--in-process", **adapter)
    post(host.url)

    assert fake.wait_for(lambda: len(replies(fake)) == 1)
    assert fake.messages[0].delivery_report_url == "https://sms.example.com/sms-delivery-report"
