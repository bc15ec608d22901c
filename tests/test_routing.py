"""A route of the rules' own in a running host: it says where signals belong, and harms nobody where it fails to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.evaluators.limits import WorkerLimits
from infobip_rules.evaluators.pool import WorkerPool
from infobip_rules.journal.records import AsideItem, InboxRow, InboxState
from infobip_rules.sandbox import FakeInfobip
from infobip_rules.settings import Settings
from tests.journal import store
from tests.served_host import ServedHost, item

ANA, IVO, EVA = "385981234567", "385987654321", "447712345678"
ROUTING = """
import os, re, time
from infobip_rules import Fact, InfobipAdapterAPI, InfobipSmsReceivedMessage, InfobipSmsReceivedReport
from infobip_rules.lang import c, fact, first_contact, none, route, ruleset, signal, when_all

class Opened(Fact):
    key: str

@route
def by_order(signal):
    text = getattr(signal, "text", "")
    if text == "hang":
        re.fullmatch("(a*)*b", "a" * 40)
    if text.endswith("slow"):
        until = time.process_time() + 0.6
        while time.process_time() < until:
            pass
    if text == "raise":
        raise ValueError("no such order")
    if text == "leave":
        os._exit(3)
    if text == "odd":
        return "order-" + chr(0)
    if text == "long":
        return "order-" * 100
    return f"order-{text.split()[0][1:]}" if text.startswith("#") else None

@first_contact
def opened(key):
    return [Opened(key=key)]

with ruleset("orders"):

    @when_all(c.signal << signal(InfobipSmsReceivedMessage), c.opened << fact(Opened))
    def answer(c):
        if c.signal.text.endswith("fail"):
            raise ValueError("no")
        InfobipAdapterAPI.send_sms_text_message(c.signal.from_, f"{c.signal.messageId} in {c.opened.key}")
"""
#: The same, mended.
MENDED = ROUTING.replace('if text == "hang"', 'if text == "no more"').replace('"leave"', '"no more"')

Served = Callable[..., ServedHost]


@pytest.fixture
def fake() -> FakeInfobip:
    """A provider that takes a message as often as it is sent."""
    return FakeInfobip(on_duplicate="accept")


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """The file that says where signals belong."""
    file = tmp_path / "orders.py"
    file.write_text(ROUTING, encoding="utf-8")
    return file


@pytest.fixture
def served(settings: Settings, rules: Path) -> Iterator[Served]:
    """Makes hosts with these rules in a worker whose deadline is long, or as said; ended after the test."""
    hosts = []

    def make(deadline: float = 60.0, **options: Any) -> ServedHost:
        def pool(file: Path) -> WorkerPool:
            return WorkerPool([str(file)], channels=BUILT_IN, limits=WorkerLimits(deadline=deadline))

        changed = settings.model_copy(update=options.pop("settings_too", {}))
        hosts.append(ServedHost(rules, changed, **{"pool": pool, **options}))
        return hosts[-1].start()

    yield make
    for host in hosts:
        host.__exit__()


def said(fake: FakeInfobip) -> list[str]:
    """What was answered, in the order in which it was."""
    return [message.text for message in fake.messages]


def eventually_said(fake: FakeInfobip, count: int) -> bool:
    """Waits until so many messages were sent, for up to four minutes."""
    return fake.wait_for(lambda: len(fake.messages) >= count, 240)


def dead_letters(host: ServedHost) -> dict[str, InboxRow]:
    """The signals that were given up, by messageId."""
    rows = host.host.journal.read(lambda connection: store.list_inbox(connection, state=InboxState.DEAD))
    return {row.dedup_key.removeprefix("m:"): row for row in rows}


@pytest.mark.parametrize("where", ["in a worker", "in process"])
def test_a_signal_is_answered_in_the_session_that_the_route_says(served: Served, fake: FakeInfobip, where: str) -> None:
    host = served() if where == "in a worker" else served(pool=None)
    host.post(item("a", "#1 hello", number=ANA), item("b", "hello", number=ANA), item("c", "#1", number=IVO))
    assert host.settled()
    assert sorted(said(fake)) == ["a in order-1", f"b in {ANA}", "c in order-1"]
    sessions = host.host.journal.read(store.list_sessions)
    assert {session.key for session in sessions} == {"order-1", ANA}
    again = host.post(item("a", "#1 hello", number=ANA), item("c", "#1", number=IVO)).json()
    assert (again["accepted"], again["duplicates"]) == (0, 2)


def test_the_messages_of_a_person_to_one_session_keep_their_order(served: Served, fake: FakeInfobip) -> None:
    host = served()
    names = [f"in-{number:03}" for number in range(18)]  # the flood guard lets 20 pass
    for start in range(0, 18, 4):
        host.post(*(item(name, "#7 and", number=ANA) for name in names[start : start + 4]))
    assert host.settled()
    assert said(fake) == [f"{name} in order-7" for name in names]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("hang", "The evaluation took longer than 2 s, twice."),
        ("raise", "@route failed: ValueError: no such order."),
        ("leave", "The evaluation ended its process (exit code 3), twice."),
        ("odd", "@route gave a session key with characters that can't be shown."),
        ("long", "@route gave a session key of 600 characters; 200 is most."),
    ],
)
def test_a_route_that_fails_costs_its_own_signal_only_which_can_be_replayed(
    served: Served, fake: FakeInfobip, text: str, reason: str
) -> None:
    host = served(deadline=2.0 if text == "hang" else 60.0)
    host.post(item("a", "#1", number=ANA), item("b", text, number=ANA), item("c", "#2", number=ANA))
    host.post(item("d", "#1", number=IVO))
    assert host.settled()
    assert sorted(said(fake)) == ["a in order-1", "c in order-2", "d in order-1"]
    (dead,) = dead_letters(host).values()
    assert dead.dedup_key == "m:b"
    assert dead.reason.startswith(reason)
    assert host.post(item("b", text, number=ANA)).json()["duplicates"] == 1


def test_a_signal_whose_route_was_mended_is_routed_when_it_is_replayed(
    served: Served, fake: FakeInfobip, rules: Path
) -> None:
    host = served(deadline=2.0)
    host.post(item("a", "hang", number=ANA))
    assert host.settled()
    (dead,) = dead_letters(host).values()
    host.stop()
    rules.write_text(
        MENDED.replace('return f"order', 'return "order-9" if text == "hang" else f"order'), encoding="utf-8"
    )
    host.start()
    assert host.submit(host.host.journal.run(lambda connection: store.replay(connection, dead.id))).result(60)
    host.host.wake()
    assert host.settled()
    assert said(fake) == ["a in order-9"]


def test_while_a_route_hangs_webhooks_and_health_are_answered_and_the_host_ends_in_time(
    served: Served, fake: FakeInfobip
) -> None:
    host = served(deadline=600.0)
    host.post(item("a", "hang", number=ANA))
    hanging = threading.Event()
    for _ in range(1200):  # until the worker is in it
        if any(worker.begun for worker in host.host.evaluator._workers):  # type: ignore[attr-defined]  # a WorkerPool
            break
        hanging.wait(0.05)
    assert host.post(item("b", "hello", number=IVO)).json()["accepted"] == 1
    assert httpx.get(f"{host.url}/health/ready", trust_env=False, timeout=60).status_code == 200
    began = time.monotonic()
    host.stop()
    assert time.monotonic() - began < 60  # not the 600 of the deadline: what is under way is given up


def test_a_report_goes_to_the_session_its_message_went_out_from_unless_the_route_says_otherwise(
    served: Served, fake: FakeInfobip
) -> None:
    host = served()
    host.post(item("a", "#1", number=ANA))
    assert host.settled()
    (sent,) = host.host.journal.read(store.list_outbox)
    report = {
        "messageId": sent.message_id,
        "to": ANA,
        "sentAt": "2026-10-06T09:28:39.220+0000",
        "doneAt": "2026-10-06T09:28:40.220+0000",
        "status": {"groupId": 3, "groupName": "DELIVERED", "id": 5},
    }
    body = {"results": [report, {**report, "messageId": "of-nobody"}]}
    assert httpx.post(f"{host.url}/sms-delivery-report", json=body, trust_env=False, timeout=60).status_code == 200
    assert host.settled()
    rows = host.host.journal.read(lambda connection: store.list_inbox(connection, kind="InfobipSmsReceivedReport"))
    assert sorted(row.session_key for row in rows) == [ANA, "order-1"]


def test_a_route_that_takes_long_is_put_off_and_the_order_of_a_persons_messages_stays(
    served: Served, fake: FakeInfobip
) -> None:
    host = served()
    texts = ["#1 a", "#1 slow", "#1 b", "#2 c"]
    host.post(*(item(text.split()[1], text, number=ANA) for text in texts), item("d", "#1", number=IVO))
    assert host.settled()
    assert dead_letters(host) == {}
    of_ana = [text for text in said(fake) if not text.startswith("d")]
    assert of_ana == ["a in order-1", "slow in order-1", "b in order-1", "c in order-2"]
    assert len(said(fake)) == 5


def test_a_session_that_holds_is_held_for_signals_that_are_moved_into_it_too(served: Served, fake: FakeInfobip) -> None:
    host = served(settings_too={"on_rule_error": "hold"})
    host.post(item("a", "#1 fail", number=ANA), item("b", "#2", number=ANA), item("c", "#1", number=IVO))
    assert eventually_said(fake, 1)
    (dead,) = dead_letters(host).values()
    assert (dead.dedup_key, dead.session_key) == ("m:a", "order-1")
    assert host.submit(host.host.journal.run(lambda connection: store.discard(connection, dead.id))).result(60)
    host.host.wake()
    assert host.settled()
    assert said(fake) == ["b in order-2", "c in order-1"]


def test_an_item_that_was_set_aside_is_routed_when_it_is_taken_in_again(served: Served, fake: FakeInfobip) -> None:
    host = served()
    aside = AsideItem(
        path="/sms-received-message",
        item=orjson.dumps(item("a", "#3", number=ANA)).decode(),
        field_name="receivedAt",
        reason="is not a date",
        received_at=datetime(2026, 11, 1, tzinfo=UTC),
    )
    host.submit(host.host.journal.run(lambda connection: store.accept(connection, [], [aside]))).result(60)
    host.submit(host.host.journal.run(lambda connection: store.mark_for_retry(connection, 1))).result(60)
    assert eventually_said(fake, 1)
    assert said(fake) == ["a in order-3"]
    assert host.host.journal.read(store.all_asides) == []
