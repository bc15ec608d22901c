"""A rule that ends the host's own process, by real processes: tried again at each start, then a dead letter."""

from __future__ import annotations

import contextlib
from pathlib import Path

import httpx

from infobip_rules.host.crash_guard import MOST_ATTEMPTS
from tests.cli.program import Program
from tests.served_host import item

RULES = """
import os
from infobip_rules import InfobipSmsReceivedMessage
from infobip_rules.lang import c, m, ruleset, signal, when_all

with ruleset("fatal"):

    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text == "exit"))
    def leave(c):
        os._exit(7)

    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text == "hello"))
    def stay(c):
        pass
"""
ACCOUNT = {
    "INFOBIP_BASE_URL": "http://127.0.0.1:9",
    "INFOBIP_API_KEY": "a-key-for-nothing",
    "INFOBIP_PHONE_NUMBER": "447491163443",
}


def host(folder: Path) -> Program:
    (folder / "fatal.py").write_text(RULES, encoding="utf-8")
    return Program(["run", "fatal.py", "--in-process", "--port", "0"], cwd=folder, variables=ACCOUNT)


def write(running: Program, *texts: str) -> None:
    body = {"results": [item(text, text, number=f"38591624249{place}") for place, text in enumerate(texts)]}
    with contextlib.suppress(httpx.TransportError):  # it may end before it has answered
        httpx.post(f"{running.url}/sms-received-message", json=body, trust_env=False, timeout=60)


def test_the_third_start_after_it_makes_it_a_dead_letter_and_others_are_unharmed(tmp_path: Path) -> None:
    with host(tmp_path) as running:
        write(running, "exit", "hello")
        assert running.wait() == 7
    for attempt in range(1, MOST_ATTEMPTS):
        with host(tmp_path) as running:
            assert running.wait() == 7
            assert (
                f"host.ended_by_signal signal=1 session=385*****2490 attempts={attempt} given_up=False" in running.said
            )
    with host(tmp_path) as running:
        running.wait_for_line("attempts=3 given_up=True")
        running.wait_for_line("turns.evaluated signal=2 session=385*****2491 fired=fatal/stay")
        assert running.end() == 0
    with Program(["signals", "--dead"], cwd=tmp_path, variables={}) as listed:
        assert listed.wait() == 0
        assert "The host ended during the evaluation, 3 times. A rule leaves the process or crashes it." in listed.said


def test_a_host_that_is_killed_between_evaluations_counts_nothing(tmp_path: Path) -> None:
    with host(tmp_path) as running:
        write(running, "hello")
        running.wait_for_line("turns.evaluated")
        running.process.kill()
        running.wait()
    with host(tmp_path) as running:
        assert running.url
        assert running.end() == 0
        assert "ended_by_signal" not in running.said
