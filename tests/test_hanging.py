"""Texts that make rules hang: whoever wrote them waits for their evaluation, and nobody else does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.evaluators.limits import WorkerLimits
from infobip_rules.evaluators.pool import WorkerPool
from infobip_rules.journal.records import InboxRow, InboxState
from infobip_rules.sandbox import FakeInfobip
from infobip_rules.settings import Settings
from tests.journal import store

from .served_host import ServedHost, item

RULES = """
import pathlib, re, time
from infobip_rules import InfobipAdapterAPI, InfobipSmsReceivedMessage
from infobip_rules.lang import c, m, ruleset, salience, signal, when_all

with ruleset("hanging"):

    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text.matches(r"([a-z]+)+[0-9]")))
    def code(c):
        InfobipAdapterAPI.send_sms_text_message(c.signal.from_, "code")

    @when_all(salience(-1), c.signal << signal(InfobipSmsReceivedMessage))
    def answer(c):
        text = c.signal.text
        while text == "loop":
            pass
        if text == "pattern":
            re.fullmatch("(a*)*b", "a" * 40)
        if text == "sleep":
            time.sleep(3_600)
        while text == "stubborn":
            try:
                time.sleep(3_600)
            except BaseException:
                pass
        if text == "slow":
            until = time.process_time() + 0.6
            while time.process_time() < until:
                pass
        if text.startswith("meet "):
            mine, other = map(pathlib.Path, text.split()[1:])
            if not (tried := mine.with_suffix(".tried")).exists():  # it is put off, and evaluated apart
                tried.touch()
                time.sleep(3_600)
            mine.touch()
            while not other.exists():
                time.sleep(0.01)
        InfobipAdapterAPI.send_sms_text_message(c.signal.from_, f"{c.signal.messageId}: {text[:10]}")
"""
#: Longer than any test: a worker that waits for it answers nobody meanwhile.
FOR_GOOD = 600.0

Served = Callable[..., ServedHost]


@pytest.fixture
def fake() -> FakeInfobip:
    return FakeInfobip(on_duplicate="accept")


@pytest.fixture
def served(settings: Settings, tmp_path: Path) -> Iterator[Served]:
    """Makes a host with RULES in real worker processes, which is ended after the test."""
    file = tmp_path / "hanging.py"
    file.write_text(RULES, encoding="utf-8")
    hosts = []

    def make(*, size: int = 1, deadline: float = FOR_GOOD, **changed: object) -> ServedHost:
        def pool(rules: Path) -> WorkerPool:
            return WorkerPool([str(rules)], channels=BUILT_IN, size=size, limits=WorkerLimits(deadline=deadline))

        hosts.append(ServedHost(file, settings.model_copy(update=changed), pool=pool))
        return hosts[-1].start()

    yield make
    for host in hosts:
        host.__exit__()


def person(number: int) -> str:
    return str(385_910_000_000 + number)


def everybody(prefix: str, people: int, text: str = "hello", *, first: int = 0) -> list[dict[str, Any]]:
    """A message from each of so many people."""
    return [item(f"{prefix}-{number}", text, number=person(first + number)) for number in range(people)]


def answers(fake: FakeInfobip) -> list[str]:
    return [message.text for message in fake.messages]


def eventually(predicate: Callable[[], bool]) -> bool:
    """Looks again and again, for up to four minutes."""
    never = threading.Event()
    for _ in range(2400):
        if predicate():
            return True
        never.wait(0.1)
    return False


def pending(host: ServedHost) -> int:
    return host.host.journal.read(store.depth).pending


def dead_letters(host: ServedHost) -> list[InboxRow]:
    return host.host.journal.read(lambda connection: store.list_inbox(connection, state=InboxState.DEAD))


@pytest.mark.parametrize("size", [1, 2])
@pytest.mark.parametrize("text", ["loop", "pattern", "sleep"])
def test_nine_are_answered_while_the_tenth_hangs_for_good(
    served: Served, fake: FakeInfobip, text: str, size: int
) -> None:
    host = served(size=size)
    host.post(item("hanging", text, number=person(99)), *everybody("first", 9))
    assert eventually(lambda: len(answers(fake)) == 9)
    host.post(*everybody("second", 9))
    assert eventually(lambda: len(answers(fake)) == 18)
    assert pending(host) == 1
    assert dead_letters(host) == []


def test_thirty_people_whose_texts_hang_stop_nobody_else(served: Served, fake: FakeInfobip) -> None:
    host = served()
    host.post(*everybody("hanging", 30, "loop", first=100), *everybody("first", 10))
    assert eventually(lambda: len(answers(fake)) == 10)
    for number in range(3):
        host.post(*everybody(f"more-{number}", 10))
    assert eventually(lambda: len(answers(fake)) == 40)
    assert pending(host) == 30


def test_a_hundred_texts_of_a_person_that_hang_stop_nobody_else(served: Served, fake: FakeInfobip) -> None:
    host = served()
    host.post(*(item(f"hanging-{number}", "loop", number=person(99)) for number in range(100)))
    host.post(*everybody("first", 10))
    assert eventually(lambda: len(answers(fake)) == 10)
    assert pending(host) == 100


def test_what_hangs_is_given_up_apart_and_its_session_goes_on(served: Served, fake: FakeInfobip) -> None:
    host = served(deadline=2.0)
    texts = ("before", "loop", "after")
    host.post(*(item(text, text, number=person(99)) for text in texts))
    assert host.settled()
    assert answers(fake) == ["before: before", "after: after"]
    (dead,) = dead_letters(host)
    assert "took longer than 2 s, twice" in dead.reason


@pytest.mark.parametrize("size", [1, 2])
def test_what_can_not_be_interrupted_ends_its_worker_and_is_given_up_apart(
    served: Served, fake: FakeInfobip, size: int
) -> None:
    host = served(size=size, deadline=2.0)
    host.post(item("hanging", "stubborn", number=person(99)), *everybody("first", 9))
    assert host.settled()
    assert len(answers(fake)) == 9
    (dead,) = dead_letters(host)
    assert "took longer than 2 s, twice" in dead.reason


def test_what_only_takes_longer_than_others_may_wait_is_answered_in_its_order(
    served: Served, fake: FakeInfobip
) -> None:
    host = served()
    host.post(*(item(f"in-{number}", text, number=person(99)) for number, text in enumerate(("a", "slow", "b"))))
    assert host.settled()
    assert answers(fake) == ["in-0: a", "in-1: slow", "in-2: b"]
    assert dead_letters(host) == []


def test_as_many_are_evaluated_apart_side_by_side_as_there_are_workers(
    served: Served, fake: FakeInfobip, tmp_path: Path
) -> None:
    host = served(size=2)
    here, there = tmp_path / "here", tmp_path / "there"
    host.post(item("a", f"meet {here} {there}", number=person(1)), item("b", f"meet {there} {here}", number=person(2)))
    assert eventually(lambda: sorted(text[:7] for text in answers(fake)) == ["a: meet", "b: meet"])


def test_the_process_apart_ends_when_nobody_needs_it_any_more(served: Served, fake: FakeInfobip) -> None:
    host = served()
    pool = host.host.evaluator
    assert isinstance(pool, WorkerPool)
    host.post(item("in-1", "slow"))
    assert host.settled()
    assert eventually(lambda: not pool._apart)
    host.post(item("in-2"))
    assert host.settled()
    assert answers(fake) == ["in-1: slow", "in-2: hello"]


def test_behind_what_was_given_up_apart_a_session_that_holds_waits_until_that_is_discarded(
    served: Served, fake: FakeInfobip
) -> None:
    host = served(deadline=2.0, on_rule_error="hold")
    host.post(*(item(text, text, number=person(99)) for text in ("before", "loop", "b", "after")))
    assert eventually(lambda: bool(dead_letters(host)))
    host.post(*everybody("first", 3))
    assert eventually(lambda: len(answers(fake)) == 4)
    assert pending(host) == 2
    (dead,) = dead_letters(host)
    assert host.submit(host.host.journal.run(lambda connection: store.discard(connection, dead.id))).result(60)
    host.host.wake()
    assert eventually(lambda: pending(host) == 0)
    behind = ["before: before", "b: b", "after: after"]
    assert eventually(lambda: [answer for answer in answers(fake) if not answer.startswith("first")] == behind)


def test_a_host_that_ends_while_something_hangs_apart_keeps_it_and_all_behind_it(
    served: Served, fake: FakeInfobip
) -> None:
    host = served(shutdown_seconds=2)
    host.post(*(item(text, text, number=person(99)) for text in ("before", "pattern", "after")))
    host.post(item("loop", "loop", number=person(98)))
    host.post(*everybody("first", 3))
    assert eventually(lambda: any("first-2" in answer for answer in answers(fake)))
    host.stop()
    host.start()
    assert pending(host) == 3
    assert dead_letters(host) == []
    assert len(answers(fake)) == 4


@pytest.mark.parametrize("people", [1, 30])
def test_texts_made_for_a_pattern_of_a_condition_delay_nobody(served: Served, fake: FakeInfobip, people: int) -> None:
    host = served()
    texts = [item(f"long-{number}", "a" * 40, number=person(100 + number % people)) for number in range(30)]
    host.post(*texts, *everybody("first", 10))
    assert eventually(lambda: sum(answer.startswith("first-") for answer in answers(fake)) == 10)
    assert eventually(lambda: pending(host) == 0)
    assert host.host.runner.evaluated == 40
    assert dead_letters(host) == []
