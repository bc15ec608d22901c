"""`replay`, `discard` and `resend`: what was given up is taken up again, or let be; what was not is told."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection

from infobip_rules.journal.records import InboxState, OutboxState
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.journal.sqlite.reader import FileReader
from infobip_rules.sandbox import FakeInfobip
from tests.journal import store
from tests.journal.make import StoppedClock

from .conftest import PERSON, SENDER, Start
from .journals import DEAD, DONE, PENDING, fill, received
from .program import Program
from .test_run import post, replies

T = TypeVar("T")


@pytest.fixture
def journal(tmp_path: Path) -> str:
    return fill(tmp_path)


def look(url: str, operation: Callable[[Connection], T]) -> T:
    with FileReader.open(url) as reader:
        return reader.read(operation)


def state_of(url: str, inbox_id: int) -> InboxState:
    row = look(url, lambda connection: store.find_signal(connection, inbox_id))
    assert row is not None
    return row.state


def message_state(url: str, message_id: str) -> OutboxState:
    row = look(url, lambda connection: store.find_message(connection, message_id))
    assert row is not None
    return row.state


def in_json(command: Program) -> Any:
    command.wait()
    return json.loads("\n".join(command.out))


@pytest.mark.parametrize("chosen", [str(DEAD), "--all"])
def test_a_dead_signal_becomes_pending(bare: Start, journal: str, chosen: str) -> None:
    command = bare("replay", chosen)

    assert command.wait() == 0
    assert command.out == [f"{DEAD} pending"]
    assert state_of(journal, DEAD) is InboxState.PENDING


@pytest.mark.parametrize(
    ("inbox_id", "expected"),
    [(DONE, "Signal 1 is not dead, it is done."), (PENDING, "it is pending"), (99, "There is no signal 99.")],
)
@pytest.mark.parametrize("command", ["replay", "discard"])
def test_what_is_not_dead_is_left_as_it_is(
    bare: Start, journal: str, command: str, inbox_id: int, expected: str
) -> None:
    before = look(journal, store.list_inbox)
    refused = bare(command, str(inbox_id))

    assert refused.wait() == 1
    assert expected in refused.said
    assert look(journal, store.list_inbox) == before


def test_the_dead_one_among_others_is_replayed(bare: Start, journal: str) -> None:
    done, dead = in_json(bare("replay", str(DONE), str(DEAD), "--json"))

    assert (done["id"], done["changed"], done["state"]) == (DONE, False, "done")
    assert (dead["id"], dead["changed"], dead["state"]) == (DEAD, True, "pending")


@pytest.mark.parametrize("command", ["replay", "discard"])
def test_where_nothing_is_dead_all_is_none(bare: Start, tmp_path: Path, command: str) -> None:
    url = f"sqlite:///{tmp_path}/empty.db"
    FileJournal.open(url, clock=StoppedClock()).close()

    ended = bare(command, "--all", "--journal", url)

    assert ended.wait() == 0
    assert (ended.out, ended.err) == ([], ["There is none."])


def test_more_signals_than_one_transaction_takes_are_all_replayed(bare: Start, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/many.db"
    with FileJournal.open(url, clock=StoppedClock()) as opened:
        many = [received(f"m{number}") for number in range(250)]
        opened.submit(lambda connection: store.accept(connection, many)).result(60)
        dead = "UPDATE inbox SET state = 2, done_at = received_at"
        opened.submit(lambda connection: connection.exec_driver_sql(dead).rowcount).result(60)

    assert len(in_json(bare("replay", "--all", "--json", "--journal", url))) == 250
    assert look(url, store.depth).pending == 250


def test_a_discarded_signal_is_done_and_says_why(bare: Start, journal: str) -> None:
    assert bare("discard", str(DEAD)).wait() == 0

    row = look(journal, lambda connection: store.find_signal(connection, DEAD))
    assert row is not None
    assert (row.state, row.reason) == (InboxState.DONE, "Discarded by hand.")


def test_a_failed_message_becomes_ready_under_its_id(bare: Start, journal: str) -> None:
    command = bare("resend", "lost")

    assert command.wait() == 0
    assert command.out == ["lost ready"]
    row = look(journal, lambda connection: store.find_message(connection, "lost"))
    assert row is not None
    assert (row.state, row.attempts, row.reason) == (OutboxState.READY, 0, "")


def test_a_message_whose_channel_is_not_there_is_ready_and_said_to_be_held(
    bare: Start, journal: str, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "infobip-rules.db")) as connection, connection:
        connection.execute("UPDATE outbox SET channel = 'pigeon' WHERE message_id = 'lost'")
    command = bare("resend", "lost")

    assert command.wait() == 0
    assert command.out == ["lost ready"]
    assert "Message lost is held: no channel is called 'pigeon'. Install the package that brings it" in command.said


@pytest.mark.parametrize(
    ("message_id", "expected"),
    [
        ("unsure", "may have arrived already: its outcome is unknown"),
        ("reported", "may have arrived already: its delivery report says DELIVERED"),
    ],
)
def test_what_may_have_arrived_is_sent_again_on_request_only(
    bare: Start, journal: str, message_id: str, expected: str
) -> None:
    refused = bare("resend", message_id)
    assert refused.wait() == 1
    assert expected in refused.said
    assert message_state(journal, message_id) is OutboxState.FAILED

    assert bare("resend", message_id, "--yes").wait() == 0
    assert message_state(journal, message_id) is OutboxState.READY


def test_all_leaves_what_may_have_arrived(bare: Start, journal: str) -> None:
    records = in_json(bare("resend", "--all", "--json"))

    assert {record["id"]: record["changed"] for record in records} == {
        "lost": True,
        "unsure": False,
        "reported": False,
    }


@pytest.mark.parametrize(
    ("message_id", "expected"),
    [
        ("taken", "it was accepted by Infobip"),
        ("refused", "it was rejected"),
        ("nobody", "There is no message nobody."),
    ],
)
def test_what_has_not_failed_is_left_as_it_is(bare: Start, journal: str, message_id: str, expected: str) -> None:
    before = look(journal, store.list_outbox)
    refused = bare("resend", message_id, "--yes")

    assert refused.wait() == 1
    assert expected in refused.said
    assert look(journal, store.list_outbox) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["replay"],
        ["replay", "2", "--all"],
        ["replay", "two"],
        ["replay", "9" * 30],
        ["discard", "0"],
        ["discard", str(2**63)],
        ["replay", "2", "--dry-run"],
        ["replay", "2", "--rules", "."],
        ["discard"],
        ["resend"],
        ["resend", "lost", "--all"],
    ],
)
def test_what_is_to_be_changed_must_be_said(bare: Start, journal: str, arguments: list[str]) -> None:
    assert bare(*arguments).wait() == 2
    assert state_of(journal, DEAD) is InboxState.DEAD


@pytest.mark.parametrize("command", ["replay", "discard", "resend"])
def test_a_journal_that_is_not_there_is_told(bare: Start, tmp_path: Path, command: str) -> None:
    ended = bare(command, "--all")

    assert ended.wait() == 3
    assert "There is no journal" in ended.said
    assert list(tmp_path.iterdir()) == []


# With a host that runs.


def fail(rules: Path) -> str:
    """Breaks the rule; returns what it was."""
    good = rules.read_text()
    rules.write_text(good.replace('"You wrote: " +', '"You wrote: " + 1 +'))
    return good


def test_a_dead_letter_is_found_mended_and_replied_to_once(start: Start, fake: FakeInfobip, rules: Path) -> None:
    good = fail(rules)
    host = start("run", rules, "--port", "0")
    assert post(host.url).status_code == 200
    assert "`infobip-rules replay ID`" in host.wait_for_line("turns.dead_letter")

    (dead,) = in_json(start("signals", "--dead", "--json"))
    assert dead["rule"] == "client/reply"
    assert "TypeError" in dead["reason"]
    assert host.end() == 0

    rules.write_text(good)
    again = start("run", rules, "--port", "0")
    assert again.url
    assert start("replay", "--all").wait() == 0
    assert fake.wait_for(lambda: bool(replies(fake)))
    assert again.end() == 0
    assert replies(fake) == ["You wrote: QUIZ Correct answer is Paris"]
    assert fake.doubled == {}
    assert in_json(start("signals", "--dead", "--json")) == []


def test_without_a_host_the_next_one_takes_it_up(start: Start, fake: FakeInfobip, rules: Path) -> None:
    good = fail(rules)
    host = start("run", rules, "--port", "0", "--in-process")
    post(host.url)
    host.wait_for_line("turns.dead_letter")
    assert host.end() == 0
    assert start("replay", "1").wait() == 0

    rules.write_text(good)
    again = start("run", rules, "--port", "0", "--in-process")

    assert fake.wait_for(lambda: bool(replies(fake)))
    assert again.end() == 0
    assert len(replies(fake)) == 1


def test_a_held_session_goes_on_when_its_dead_letter_is_discarded(start: Start, fake: FakeInfobip, rules: Path) -> None:
    rules.write_text(
        rules.read_text().replace("        Infobip", '        assert c.signal.text != "bad"\n        Infobip')
    )
    host = start("run", rules, "--port", "0", "--in-process", INFOBIP_ON_RULE_ERROR="hold")
    for message_id, text in (("m1", "bad"), ("m2", "good")):
        sent = {"messageId": message_id, "from": PERSON, "to": SENDER, "text": text}
        body = {"results": [{**sent, "receivedAt": "2026-10-06T09:28:39.220+0000"}]}
        assert post(host.url, body=json.dumps(body).encode()).status_code == 200
    host.wait_for_line("turns.dead_letter")
    assert replies(fake) == []

    assert start("discard", "1").wait() == 0

    assert fake.wait_for(lambda: bool(replies(fake)))
    assert host.end() == 0
    assert replies(fake) == ["You wrote: good"]


def test_a_running_host_sends_a_failed_message_again(
    start: Start, fake: FakeInfobip, rules: Path, journal: str
) -> None:
    # The journal's dates are fixed ones, and old by now.
    host = start("run", rules, "--port", "0", "--in-process", INFOBIP_RETENTION_DAYS="36500")
    assert host.url

    assert start("resend", "lost").wait() == 0

    assert fake.wait_for(lambda: any(message.message_id == "lost" for message in fake.messages))
    assert host.end() == 0
    assert message_state(journal, "lost") is OutboxState.ACCEPTED
