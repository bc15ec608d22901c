"""`run` within its limits: how it ends, how far a rule may go, and what it pulls."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path

import pytest

from infobip_rules.journal.records import InboxState, OutboxState
from infobip_rules.journal.sqlite.reader import FileReader
from infobip_rules.sandbox import Effect, FakeInfobip, Fault
from tests.journal import store

from .conftest import PERSON, Start
from .test_run import post, replies

MISBEHAVING = """
from infobip_rules import InfobipAdapterAPI, InfobipSmsReceivedMessage
from infobip_rules import Fact
from infobip_rules.lang import c, fact, m, ruleset, signal, when_all

class Round(Fact):
    number: int = 0

with ruleset("misbehaving"):

    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def answer(c):
        if c.signal.text == "hang":
            while True:
                pass
        if c.signal.text == "hoard":
            hoard = []
            while True:
                hoard.append(bytearray(1_000_000))
        if c.signal.text == "circle":
            c.insert(Round())
        InfobipAdapterAPI.send_sms_text_message(c.signal.from_, c.signal.text)

    @when_all(c.round << fact(Round, m.number >= 0))
    def go_round(c):
        c.modify(c.round, number=c.round.number + 1)
"""


@pytest.fixture
def misbehaving(tmp_path: Path) -> Path:
    file = tmp_path / "misbehaving.py"
    file.write_text(MISBEHAVING)
    return file


def body(*texts: str) -> bytes:
    """A webhook's body with messages of one person."""
    items = [
        f'{{"messageId": "{number}-{text}", "from": "{PERSON}", "to": "447491163443", "text": "{text}"}}'
        for number, text in enumerate(texts)
    ]
    return f'{{"results": [{", ".join(items)}]}}'.encode()


def the_message(folder: Path) -> tuple[OutboxState, int]:
    """State and attempts of the only message in the journal."""
    with FileReader.open(f"sqlite:///{folder / 'infobip-rules.db'}") as reader:
        (row,) = reader.read(store.list_outbox)
    return row.state, row.attempts


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_within_its_limit_though_infobip_does_not_answer_and_sends_nothing_twice(
    start: Start, fake: FakeInfobip, rules: Path, tmp_path: Path, asked: signal.Signals
) -> None:
    fake.faults.arm(Fault(effect=Effect.HOLD, when="after"))
    limits = {"INFOBIP_SHUTDOWN_SECONDS": "2", "INFOBIP_LOOKUP_DELAYS": "0.2,0.4,0.6"}
    host = start("run", rules, "--port", "0", **limits)
    assert post(host.url).status_code == 200
    assert fake.wait_for(lambda: len(fake.posts) == 1)

    asked_at = time.monotonic()
    assert host.end(asked) == 0
    assert time.monotonic() - asked_at < 15  # the client alone would wait for 20 s
    assert the_message(tmp_path) in {(OutboxState.SENDING, 1), (OutboxState.UNKNOWN, 1)}

    again = start("run", rules, "--port", "0", **limits)
    again.wait_for_line("delivery.accepted")
    assert again.end() == 0
    assert (len(fake.posts), len(replies(fake))) == (1, 1)
    assert [call.path for call in fake.requests].count("/sms/3/logs") >= 1


def test_it_ends_at_once_when_nothing_is_under_way(start: Start, rules: Path) -> None:
    host = start("run", rules, "--port", "0", INFOBIP_SHUTDOWN_SECONDS="60")
    assert host.url

    asked_at = time.monotonic()
    assert host.end() == 0
    assert time.monotonic() - asked_at < 25  # not the 60 of the limit


def test_a_rule_that_hangs_hoards_or_circles_costs_its_own_signal(
    start: Start, fake: FakeInfobip, misbehaving: Path, tmp_path: Path
) -> None:
    limits = {
        "INFOBIP_EVALUATION_DEADLINE": "0.5",
        "INFOBIP_WORKER_MEMORY_MB": "200",
        "INFOBIP_FIRING_LIMIT": "7",
    }
    host = start("run", misbehaving, "--port", "0", **limits)
    assert post(host.url, body=body("one", "hang", "hoard", "circle", "two")).status_code == 200

    assert fake.wait_for(lambda: len(fake.messages) == 2, 30)
    assert sorted(replies(fake)) == ["one", "two"]
    assert host.end() == 0
    with FileReader.open(f"sqlite:///{tmp_path / 'infobip-rules.db'}") as reader:
        dead = reader.read(lambda connection: store.list_inbox(connection, state=InboxState.DEAD))
    reasons = " ".join(row.reason for row in dead)
    assert len(dead) == 3
    for why in ("took longer than 0.5 s", "MemoryError", "Stopped after 7 firings"):
        assert why in reasons


def test_a_session_waits_behind_its_dead_letter_where_that_is_wanted(
    start: Start, fake: FakeInfobip, misbehaving: Path, tmp_path: Path
) -> None:
    host = start("run", misbehaving, "--port", "0", "--in-process", INFOBIP_ON_RULE_ERROR="hold")
    assert post(host.url, body=body("one", "circle", "two")).status_code == 200

    host.wait_for_line("turns.dead_letter")
    assert fake.wait_for(lambda: len(fake.messages) == 1)
    assert host.end() == 0
    assert replies(fake) == ["one"]
    with FileReader.open(f"sqlite:///{tmp_path / 'infobip-rules.db'}") as reader:
        waiting = reader.read(lambda connection: store.list_inbox(connection, state=InboxState.PENDING))
    assert "m:2-two" in {row.dedup_key for row in waiting}


def test_messages_are_pulled_when_asked_for(start: Start, fake: FakeInfobip, rules: Path) -> None:
    asyncio.run(fake.receive(PERSON, "pulled"))
    host = start("run", rules, "--port", "0", "--in-process", "--pull", "--pull-interval", "0.1")

    assert fake.wait_for(lambda: replies(fake) == ["You wrote: pulled"])
    asyncio.run(fake.receive(PERSON, "again"))
    assert fake.wait_for(lambda: replies(fake) == ["You wrote: pulled", "You wrote: again"])
    assert host.wait_for_line("pulled from Infobip's inbox every 0.1 s")
    assert host.end() == 0


def test_a_limit_that_makes_no_sense_starts_nothing(start: Start, rules: Path, tmp_path: Path) -> None:
    host = start("run", rules, "--port", "0", INFOBIP_FLOOD_GUARD="maybe", INFOBIP_RETENTION_DAYS="1")

    assert host.wait() == 3
    assert "INFOBIP_FLOOD_GUARD has a value that can't be read. Write hold, refuse or off." in host.said
    assert "INFOBIP_RETENTION_DAYS is out of range." in host.said
    assert not (tmp_path / "infobip-rules.db").exists()
