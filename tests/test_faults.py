"""A host in trouble: full disks, locked files, clocks that jump, rules that hang, too much at once. It goes on."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory
from sqlalchemy import Connection

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.delivery import dispatcher
from infobip_rules.errors import JournalError
from infobip_rules.evaluators.limits import WorkerLimits
from infobip_rules.evaluators.pool import WorkerPool
from infobip_rules.host import intake
from infobip_rules.host import session_runner as turns
from infobip_rules.journal.records import InboxRow, InboxState, OutboxState
from infobip_rules.journal.sqlite.reader import FileReader
from infobip_rules.sandbox import Effect, FakeInfobip, Fault, serve
from infobip_rules.settings import Settings
from tests.journal import store

from .conftest import OUR_NUMBER
from .journal.make import StoppedClock
from .served_host import ServedHost, item
from .torture.programs import run
from .torture.traffic import Traffic
from .torture.verdict import judge
from .torture.victim import Victim

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
ANA, IVO = "385981234567", "447712345678"
COUNTING = Path(__file__).parent / "torture" / "counting.py"
TROUBLE = """
import os, subprocess
from infobip_rules import InfobipAdapterAPI, InfobipSmsReceivedMessage
from infobip_rules.lang import c, ruleset, signal, when_all

with ruleset("trouble"):

    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def answer(c):
        text = c.signal.text
        while text == "loop":
            pass
        if text == "leave":
            os._exit(3)
        if text.startswith("hold "):
            left = subprocess.Popen(["sleep", "1000"], start_new_session=True, env={})
            open(text.removeprefix("hold "), "w").write(str(left.pid))
            sum(range(10**13))  # no signal is looked at before its end
        if text == "half a character":
            raise ValueError("\\ud83d")
        InfobipAdapterAPI.send_sms_text_message(c.signal.from_, f"{c.signal.messageId}: {len(text)}")
"""

Served = Callable[..., ServedHost]


@pytest.fixture
def fake() -> FakeInfobip:
    """A provider that takes a message as often as it is sent."""
    return FakeInfobip(on_duplicate="accept")


@pytest.fixture
def served(settings: Settings) -> Iterator[Served]:
    """Makes a host with rules, which is ended after the test."""
    hosts = []

    def make(rules: Path = COUNTING, **options: Any) -> ServedHost:
        hosts.append(ServedHost(rules, settings, **options))
        return hosts[-1].start()

    yield make
    for host in hosts:
        host.__exit__()


@pytest.fixture
def trouble(tmp_path: Path) -> Path:
    """Rules that do as they are told."""
    file = tmp_path / "trouble.py"
    file.write_text(TROUBLE, encoding="utf-8")
    return file


def variables(base_url: str, **more: str) -> dict[str, str]:
    """The environment of a host in a process of its own."""
    account = {"INFOBIP_BASE_URL": base_url, "INFOBIP_API_KEY": "sandbox-key", "INFOBIP_PHONE_NUMBER": OUR_NUMBER}
    return {**account, "INFOBIP_LOOKUP_DELAYS": "0.3,0.8,1.5", **more}


def pool(rules: Path) -> WorkerPool:
    """One worker process with a deadline of half a second."""
    return WorkerPool([str(rules)], channels=BUILT_IN, limits=WorkerLimits(deadline=0.5))


def answered(fake: FakeInfobip) -> list[str]:
    """The messageIds of what was answered, as often as it was."""
    return sorted(message.text.split()[0].rstrip(":") for message in fake.messages)


def has_taken(fake: FakeInfobip, messages: int) -> bool:
    """Whether it has taken so many."""
    return len(fake.messages) == messages


def write(host: ServedHost, operation: Callable[[Connection], Any]) -> None:
    """Has the journal's own connection do something."""
    host.submit(host.host.journal.run(operation)).result(60)


def dead_letters(host: ServedHost) -> list[InboxRow]:
    """The signals that were given up."""
    return host.host.journal.read(lambda connection: store.list_inbox(connection, state=InboxState.DEAD))


def kept(host: ServedHost) -> int:
    """How many signals the journal holds."""
    return sum(host.host.journal.read(store.counts).inbox.values())


def soon(predicate: Callable[[], bool]) -> bool:
    """Looks again and again, for up to four seconds: less than SQLite waits for a lock."""
    never = threading.Event()
    for _ in range(80):
        if predicate():
            return True
        never.wait(0.05)
    return False


# The disk.


def fill_disk(host: ServedHost) -> None:
    """Lets the journal's file grow no further."""
    # What is written in the same transaction may be the first to find it full, and takes this one's answer with it.
    with suppress(JournalError):
        write(host, lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 1"))  # that is, as it is now


def make_room(host: ServedHost) -> None:
    """Lets the file grow again."""
    for _ in range(100):  # as often as it stands behind something that finds the file full
        with suppress(JournalError):
            write(host, lambda connection: connection.exec_driver_sql("PRAGMA max_page_count = 1000000"))
            return
    raise AssertionError("the file could not be let grow")


def test_a_webhook_is_answered_503_while_the_disk_is_full_and_taken_in_whole_when_there_is_room(
    served: Served, fake: FakeInfobip
) -> None:
    host = served()
    host.post(item("before"))
    assert host.settled()
    fill_disk(host)
    before = kept(host)
    body = [item(f"in-{number}", "x" * 100, number=str(385_980_000_000 + number)) for number in range(500)]
    refused = host.post(*body)
    assert (refused.status_code, refused.json()["error"]["id"]) == (503, "IR400")
    assert kept(host) == before, "a body is kept whole or not at all"
    make_room(host)
    assert host.post(*body).json()["accepted"] == 500
    assert host.settled()
    assert answered(fake) == sorted(["before", *(one["messageId"] for one in body)])


def readiness(host: ServedHost) -> tuple[int, str]:
    """What the health check answers, and what it says of the journal."""
    answer = httpx.get(f"{host.url}/health/ready", trust_env=False, timeout=60)
    return answer.status_code, answer.json()["details"].get("journal", "")


def test_the_health_check_says_what_a_webhook_would_be_answered_while_the_disk_is_full(served: Served) -> None:
    host = served()
    assert readiness(host) == (200, "")
    fill_disk(host)
    # Nothing comes in, so that only the question itself finds it out.
    assert soon(lambda: readiness(host) == (503, "not writable [IR400]"))
    assert host.post(item("in-1", "x" * 100_000)).status_code == 503
    make_room(host)
    assert soon(lambda: readiness(host) == (200, ""))
    assert host.post(item("in-1", "x" * 100_000)).status_code == 200


def test_a_journal_that_is_taken_away_is_noticed_and_gone_on_with_when_it_is_back(
    served: Served, fake: FakeInfobip, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    host = served()
    host.post(item("before"))
    assert host.settled()
    file = Path(settings.journal_url.removeprefix("sqlite:///"))
    away = file.rename(file.with_name("away.db"))
    assert soon(lambda: "host.journal_in_trouble" in caplog.text), "within seconds, though nobody writes or asks"
    assert readiness(host) == (503, "not writable [IR403]")
    assert host.post(item("meanwhile")).status_code == 503
    away.rename(file)
    assert soon(lambda: readiness(host) == (200, ""))
    assert host.post(item("meanwhile")).status_code == 200
    assert host.settled()
    assert answered(fake) == ["before", "meanwhile"]
    assert soon(lambda: "host.journal_back" in caplog.text)


def test_a_host_that_ends_without_its_journal_says_so_without_a_traceback(
    served: Served, fake: FakeInfobip, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    host = served()
    fake.settings.latency = 0.5
    host.post(item("in-1"))
    assert fake.wait_for(lambda: len(fake.messages) == 1)
    file = Path(settings.journal_url.removeprefix("sqlite:///"))
    away = file.rename(file.with_name("away.db"))
    assert soon(lambda: "delivery.record_failed" in caplog.text)
    host.stop()
    assert "delivery.failed" in caplog.text
    assert [one.getMessage() for one in caplog.records if one.exc_info] == []
    fake.settings.latency = 0.0
    away.rename(file)
    host.start()
    assert host.settled()
    assert answered(fake) == ["in-1"]


def test_what_became_of_a_message_is_written_down_when_there_is_room_again_and_it_is_not_sent_twice(
    served: Served, fake: FakeInfobip
) -> None:
    host = served()
    fake.faults.arm(Fault(effect=Effect.HOLD, when="after", seconds=0.5))
    host.post(item("in-1", "x" * 10_000))
    assert fake.wait_for(lambda: len(fake.messages) == 1)
    fill_disk(host)
    host.post(item("in-2", "x" * 50_000))
    make_room(host)
    assert host.post(item("in-2", "x" * 50_000)).status_code == 200
    assert host.settled()
    assert answered(fake) == ["in-1", "in-2"]


def test_outcomes_that_find_the_disk_full_wait_for_room(
    served: Served, fake: FakeInfobip, caplog: pytest.LogCaptureFixture
) -> None:
    host = served()
    fake.settings.latency = 0.3
    many = [item(f"in-{number}", number=str(385_980_000_000 + number)) for number in range(100)]
    host.post(*many)
    watched = fake.wait_for(lambda: len(fake.messages) == 100)
    fill_disk(host)
    assert watched
    host.settled(1.5)
    make_room(host)
    assert host.settled()
    assert answered(fake) == sorted(one["messageId"] for one in many)


# The file.


@contextmanager
def locked(host: ServedHost) -> Iterator[None]:
    """Another program holds the write lock of the journal's file."""
    with closing(sqlite3.connect(host.host.journal.path, isolation_level=None)) as intruder:
        intruder.execute("BEGIN IMMEDIATE")
        yield
        intruder.execute("ROLLBACK")


def test_a_webhook_is_answered_503_while_another_program_locks_the_file(served: Served, fake: FakeInfobip) -> None:
    host = served()
    write(host, lambda connection: connection.exec_driver_sql("PRAGMA busy_timeout = 50"))
    with locked(host):
        assert host.post(item("in-1")).status_code == 503
    assert host.post(item("in-1")).json()["accepted"] == 1
    assert host.settled()
    assert answered(fake) == ["in-1"]


def test_whoever_looks_at_the_journal_for_long_holds_nobody_up(served: Served, fake: FakeInfobip) -> None:
    host = served()
    with closing(sqlite3.connect(host.host.journal.path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM inbox").fetchone()
        for number in range(20):
            assert host.post(item(f"in-{number}")).status_code == 200
        assert host.settled()
    assert len(answered(fake)) == 20


def test_when_too_many_wait_webhooks_are_told_to_come_again(
    served: Served, fake: FakeInfobip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MOST_WAITING", 4)
    host = served()
    with ThreadPoolExecutor(12) as people:
        with locked(host):
            posts = [people.submit(host.post, item(f"in-{number}")) for number in range(12)]
            assert soon(lambda: sum(post.done() for post in posts) >= 4)
            refused = [post.result() for post in posts if post.done()]
        answers = [post.result() for post in posts]
    assert {(answer.status_code, answer.headers["retry-after"].isdecimal()) for answer in refused} == {(503, True)}
    assert {answer.status_code for answer in answers} == {200, 503}
    for number in range(12):
        assert host.post(item(f"in-{number}")).status_code == 200
    assert host.settled()
    assert answered(fake) == sorted(f"in-{number}" for number in range(12))


OPENING = """
import sys
from infobip_rules.clock import SystemClock
from infobip_rules.errors import JournalError
from infobip_rules.journal.sqlite.journal import FileJournal

sys.stdin.readline()
try:
    journal = FileJournal.open(sys.argv[1], clock=SystemClock())
except JournalError as problem:
    print("refused" if "in use by" in str(problem) else str(problem), flush=True)
else:
    print("opened", flush=True)
    sys.stdin.readline()
    journal.close()
"""


def test_of_several_first_starts_at_once_one_wins_and_the_others_are_told(tmp_path: Path) -> None:
    command = [sys.executable, "-c", OPENING, f"sqlite:///{tmp_path / 'journal.db'}"]
    starts = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    for start in starts:
        assert start.stdin
        start.stdin.write("go\n")
        start.stdin.flush()
    said = [start.stdout.readline().strip() for start in starts if start.stdout]
    for start in starts:
        start.communicate()
    assert sorted(said) == ["opened", "refused", "refused", "refused"]


# The clock.


def pass_time(host: ServedHost, time: FrozenDateTimeFactory, *clocks: StoppedClock) -> bool:
    """Lets half an hour pass in steps of 5 seconds, until nothing is left to do."""
    for _ in range(360):
        if host.settled(0.05):
            return True
        time.tick(timedelta(seconds=5))
        for clock in clocks:
            clock.moment += timedelta(seconds=5)
    return False


@pytest.fixture
def _watchful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the outbox be looked at so often that no step of the clock is missed."""
    monkeypatch.setattr(dispatcher, "TICK", 0.005)


@pytest.mark.usefixtures("_watchful")
@pytest.mark.parametrize("jump", [timedelta(days=-400), timedelta(hours=-3), timedelta(hours=3), timedelta(hours=40)])
@pytest.mark.parametrize(
    "fault",
    [
        Fault(effect=Effect.RATE_LIMIT),
        Fault(effect=Effect.RATE_LIMIT, retry_after=600),
        Fault(effect=Effect.DROP),
        Fault(effect=Effect.DROP, when="after"),
    ],
    ids=["not sent", "not sent, come again later", "lost", "taken"],
)
def test_a_clock_that_jumps_while_a_message_is_on_its_way_neither_doubles_nor_keeps_it(
    tmp_path: Path, jump: timedelta, fault: Fault
) -> None:
    true_time = StoppedClock(NOON)
    # Infobip's clock is right, and a message shows up in its logs after a minute and a half.
    fake = FakeInfobip(on_duplicate="accept", clock=true_time, log_lag=timedelta(seconds=90))
    fake.faults.arm(fault)
    with serve(fake.app) as url, freeze_time(NOON, real_asyncio=True) as time:
        settings = Settings.load(
            None,
            base_url=url,
            api_key="sandbox-key",
            phone_number=OUR_NUMBER,
            journal_url=f"sqlite:///{tmp_path / 'journal.db'}",
            unknown_hours=48,
        )
        with ServedHost(COUNTING, settings) as host:
            host.post(item("in-1"))
            assert fake.wait_for(lambda: len(fake.posts) == 1)
            assert not host.settled(0.3)
            time.move_to(NOON + jump)
            host.post(item("in-2"))
            assert pass_time(host, time, true_time)
            assert host.post(item("in-1"), item("in-2")).json()["duplicates"] == 2
            states = [row.state for row in host.host.journal.read(store.list_outbox)]
    assert answered(fake) == ["in-1", "in-2"]
    assert states == [OutboxState.ACCEPTED] * 2


@pytest.mark.usefixtures("_watchful")
def test_a_clock_that_went_back_while_the_host_was_down_keeps_nothing(tmp_path: Path, fake: FakeInfobip) -> None:
    with serve(fake.app) as url, freeze_time(NOON, real_asyncio=True) as time:
        settings = Settings.load(
            None,
            base_url=url,
            api_key="sandbox-key",
            phone_number=OUR_NUMBER,
            journal_url=f"sqlite:///{tmp_path / 'journal.db'}",
        )
        fake.faults.arm(Fault(effect=Effect.RATE_LIMIT))
        with ServedHost(COUNTING, settings) as host:
            host.post(item("in-1"))
            assert fake.wait_for(lambda: len(fake.posts) == 1)
            host.stop()
            time.move_to(NOON - timedelta(days=2))
            host.start()
            assert pass_time(host, time)
    assert answered(fake) == ["in-1"]


# The rules.


def test_rules_that_loop_or_leave_the_process_cost_their_own_signal_only(
    served: Served, fake: FakeInfobip, trouble: Path
) -> None:
    host = served(trouble, pool=pool)
    host.post(item("a", "fine", number=ANA), item("b", "loop", number=ANA), item("c", "fine", number=ANA))
    host.post(item("d", "leave", number=IVO), item("e", "fine", number=IVO))
    assert host.settled()
    assert answered(fake) == ["a", "c", "e"]
    reasons = {row.dedup_key: row.reason for row in dead_letters(host)}
    assert reasons.keys() == {"m:b", "m:d"}
    assert "took longer than 0.5 s" in reasons["m:b"]
    assert "exit code 3" in reasons["m:d"]


@pytest.mark.parametrize("worker", [None, pool], ids=["in process", "in a worker"])
def test_an_error_that_can_not_be_written_down_as_it_is_holds_nobody_up(
    served: Served, fake: FakeInfobip, trouble: Path, worker: Callable[[Path], WorkerPool] | None
) -> None:
    host = served(trouble, pool=worker)
    host.post(item("a", "half a character", number=ANA), item("b", number=ANA), item("c", number=IVO))
    assert host.settled()
    assert answered(fake) == ["b", "c"]
    assert [row.dedup_key for row in dead_letters(host)] == ["m:a"]


def test_effects_that_the_journal_refuses_cost_their_own_signal_only(served: Served, fake: FakeInfobip) -> None:
    host = served()
    refuse = f"""CREATE TRIGGER refuse BEFORE INSERT ON outbox WHEN NEW.content LIKE '%"b %' AND NEW.session_key = '{ANA}'
        BEGIN SELECT raise(ABORT, 'not this one'); END"""
    write(host, lambda connection: connection.exec_driver_sql(refuse))
    host.post(*(item(name, number=ANA) for name in "abc"), *(item(name, number=IVO) for name in "xyz"))
    assert host.settled()
    assert answered(fake) == ["a", "c", "x", "y", "z"]
    (dead,) = dead_letters(host)
    assert dead.dedup_key == "m:b"
    assert "not this one" in dead.reason
    assert sorted(message.text for message in fake.sent_to(ANA)) == ["a is number 1", "c is number 2"]


def worker_of(host: ServedHost) -> int:
    """The process id of the one worker."""
    assert isinstance(host.host.evaluator, WorkerPool)
    (worker,) = host.host.evaluator._workers
    return worker.pid


@pytest.mark.parametrize("length", [5, 60_000], ids=["a little to do", "more than its pipe holds"])
def test_a_worker_that_is_stopped_is_taken_for_hanging_and_replaced(
    served: Served, fake: FakeInfobip, trouble: Path, length: int
) -> None:
    host = served(trouble, pool=pool)
    stopped = worker_of(host)
    os.kill(stopped, signal.SIGSTOP)
    names = [f"in-{number}" for number in range(10)]
    host.post(*(item(name, "x" * length) for name in names))
    assert host.settled()
    assert answered(fake) == names
    assert dead_letters(host) == []
    assert worker_of(host) != stopped


def test_a_worker_that_is_stopped_for_a_moment_goes_on(served: Served, fake: FakeInfobip, trouble: Path) -> None:
    host = served(trouble, pool=lambda rules: WorkerPool([str(rules)], channels=BUILT_IN))
    worker = worker_of(host)
    os.kill(worker, signal.SIGSTOP)
    host.post(item("a"))
    assert not host.settled(0.3)
    os.kill(worker, signal.SIGCONT)
    assert host.settled()
    assert answered(fake) == ["a"]
    assert worker_of(host) == worker


def test_a_worker_whose_rule_never_ends_ends_with_its_killed_host(fake_url: str, trouble: Path, tmp_path: Path) -> None:
    victim = Victim(run(trouble), tmp_path, variables(fake_url, INFOBIP_EVALUATION_DEADLINE="600"))
    try:
        victim.start("--workers", "1")
        assert victim.listening.wait(60)
        body = {"results": [item("a", "loop")]}
        answer = httpx.post(f"{victim.url}/sms-received-message", json=body, trust_env=False, timeout=60)
        assert answer.status_code == 200
        soon(lambda: False)  # the rule is in its loop by then
        victim.kill()
        assert soon(lambda: not victim.left_behind())
    finally:
        victim.end_all()


def test_a_rule_that_holds_the_interpreter_and_what_it_has_started_end_with_the_killed_host(
    fake_url: str, trouble: Path, tmp_path: Path
) -> None:
    victim = Victim(run(trouble), tmp_path, variables(fake_url, INFOBIP_EVALUATION_DEADLINE="600"))
    noted = tmp_path / "left"
    try:
        victim.start("--workers", "1")
        assert victim.listening.wait(60)
        body = {"results": [item("a", f"hold {noted}")]}
        answer = httpx.post(f"{victim.url}/sms-received-message", json=body, trust_env=False, timeout=60)
        assert answer.status_code == 200
        assert soon(lambda: noted.exists() and bool(noted.read_text()))
        victim.kill()
        assert soon(lambda: not victim.left_behind())
        assert not Path(f"/proc/{noted.read_text()}").exists()
    finally:
        victim.end_all()


def test_a_signal_under_whose_evaluation_the_host_is_ended_is_given_up_at_the_third_start(
    fake_url: str, fake: FakeInfobip, trouble: Path, tmp_path: Path
) -> None:
    victim = Victim(run(trouble), tmp_path, variables(fake_url, INFOBIP_EVALUATION_DEADLINE="600"))
    try:
        noted = tmp_path / "left"
        for number in range(3):
            victim.start("--workers", "1")
            assert victim.listening.wait(60)
            if not number:
                body = {"results": [item("a", f"hold {noted}"), item("b", "fine", number=IVO)]}
                answer = httpx.post(f"{victim.url}/sms-received-message", json=body, trust_env=False, timeout=60)
                assert answer.status_code == 200
            assert soon(lambda: noted.exists() and bool(noted.read_text()))
            victim.kill()
            noted.unlink()
        victim.start("--workers", "1")
        assert victim.listening.wait(60)
        assert fake.wait_for(lambda: answered(fake) == ["b"])
        assert victim.end() == 0
    finally:
        victim.end_all()
    with FileReader.open(f"sqlite:///{tmp_path}/infobip-rules.db") as journal:
        (dead,) = journal.read(lambda connection: store.list_inbox(connection, state=InboxState.DEAD))
    assert "The host ended during the evaluation, 3 times." in dead.reason


# Much at once.


def test_a_text_of_a_megabyte_is_set_aside_and_the_rest_of_its_body_taken_in(served: Served, fake: FakeInfobip) -> None:
    host = served()
    receipt = host.post(item("in-1"), item("in-2", "x" * 1_000_000), item("in-3", "x" * 60_000))
    assert receipt.json() == {"accepted": 2, "duplicates": 0, "setAside": 1}
    assert host.settled()
    assert answered(fake) == ["in-1", "in-3"]
    (aside,) = host.host.journal.read(store.list_asides)
    assert len(aside.item) > 1_000_000


def test_a_body_of_two_thousand_results_is_taken_in_at_once(served: Served, fake: FakeInfobip) -> None:
    host = served()
    body = [item(f"in-{number}", number=str(385_980_000_000 + number)) for number in range(2_000)]
    assert host.post(*body).json() == {"accepted": 2_000, "duplicates": 0, "setAside": 0}
    assert host.settled()
    assert answered(fake) == sorted(one["messageId"] for one in body)
    assert host.post(*body).json()["duplicates"] == 2_000


def test_no_wake_up_is_missed(served: Served, fake: FakeInfobip, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (turns, dispatcher):
        monkeypatch.setattr(module, "TICK", 3_600.0)  # nobody looks of their own accord
    host = served()
    with ThreadPoolExecutor(4) as people:
        for number in range(60):
            items = [item(f"in-{number}-{person}", number=f"38598000000{person}{number}") for person in range(4)]
            list(people.map(host.post, items))
            assert fake.wait_for(partial(has_taken, fake, 4 * number + 4))


def test_a_host_that_is_stopped_and_started_under_load_ends_each_time_and_loses_nothing(
    fake: FakeInfobip, fake_url: str, tmp_path: Path
) -> None:
    victim = Victim(run(COUNTING), tmp_path, variables(fake_url))
    try:
        with Traffic(victim.url, people=200, threads=2, seed=1) as traffic:
            for _ in range(5):
                victim.start("--in-process")
                assert victim.listening.wait(60)
                traffic.heard.clear()
                assert traffic.heard.wait(30)
                assert victim.end() == 0
            victim.start("--in-process")
            traffic.finish()
        assert fake.wait_for(lambda: len(fake.accepted_ids) >= len(traffic.acknowledged), 60)
        assert victim.end() == 0
    finally:
        victim.end_all()
    assert judge(traffic.acknowledged, fake.messages).problems == {}
