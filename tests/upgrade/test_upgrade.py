"""Journals and projects of earlier versions: this one goes on with them, and needs nothing of them changed."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from infobip_rules.sandbox import FakeInfobip, LoopbackServer
from tests.cli.program import Program

from .record import ANA, DAN, EVA, IVO, JOURNAL, KEPT, KEY, MIA, NUMBER, RULES, record_journal, settings, text_message

VERSIONS = sorted(folder for folder in KEPT.iterdir() if folder.is_dir())
HOUR = 3_600_000_000
#: Moments, which are moved so that what was to happen within two hours of the recording is due.
MOMENTS = {
    "at", "created_at", "done_at", "due_at", "expires_at", "last_at", "received_at", "sent_at", "updated_at",
}  # fmt: skip
#: What people have been sent, once all is done that the journal held: an answer by the facts, the attempt again that was to
#: wait for an hour, the reminders; and what the account had already of an attempt whose answer was lost.
SENT = {
    ANA: ["Still there?", "That was no. 1."],
    IVO: ["Still there?"],
    EVA: ["Still there?", "Welcome!"],
    DAN: ["Still there?", "Welcome!"],
}


def open_kept(folder: Path, journal: Path) -> None:
    """Makes a journal of what is kept, as if it had been recorded two hours ago."""
    with closing(sqlite3.connect(journal)) as connection:
        connection.executescript((folder / JOURNAL).read_text("utf-8"))
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f'DROP TRIGGER "{name}"')
        (recorded,) = connection.execute("SELECT max(received_at) FROM inbox").fetchone()
        later = int(time.time() * 1_000_000) - 2 * HOUR - recorded
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for column in connection.execute(f'PRAGMA table_info("{table}")').fetchall():
                if column[1] in MOMENTS:
                    connection.execute(f'UPDATE "{table}" SET "{column[1]}" = "{column[1]}" + ?', (later,))  # noqa: S608
        for _, sql in triggers:
            connection.execute(sql)
        connection.commit()


@pytest.fixture(params=VERSIONS, ids=lambda folder: folder.name)
def version(request: pytest.FixtureRequest) -> Path:
    """What is kept of an earlier version."""
    return Path(request.param)


class Upgrade:
    """A kept journal in a folder with its rules, an account that has what it had then, and commands of this version."""

    def __init__(self, version: Path, folder: Path, fake: FakeInfobip, account: LoopbackServer) -> None:
        self.fake = fake
        self.rules = folder / RULES.name
        self._journal = folder / "journal.db"
        self._variables = settings(account, self._journal)
        open_kept(version, self._journal)
        shutil.copy(version / RULES.name, self.rules)
        self._send_what_was_lost(account.url)

    def _send_what_was_lost(self, url: str) -> None:
        with closing(sqlite3.connect(self._journal)) as connection:
            ((id_,),) = connection.execute("SELECT message_id FROM outbox WHERE recipient = ?", (EVA,)).fetchall()
        message = {"destinations": [{"to": EVA, "messageId": id_}], "content": {"text": "Welcome!"}, "sender": NUMBER}
        headers = {"Authorization": f"App {KEY}"}
        body = {"messages": [message]}
        httpx.post(f"{url}/sms/3/messages", json=body, headers=headers, trust_env=False, timeout=60).raise_for_status()

    def start(self, *arguments: str | Path) -> Program:
        """A command of this version on the journal."""
        return Program(arguments, cwd=self.rules.parent, variables=self._variables)

    def host(self) -> Program:
        """A host of this version on the journal."""
        return self.start("run", self.rules, "--port", "0", "--workers", "1", "--web-workers", "1")

    def rows(self, *arguments: str) -> list[dict[str, Any]]:
        """What a command lists."""
        with self.start(*arguments, "--json") as listed:
            assert listed.wait() == 0, listed.said
        found: list[dict[str, Any]] = json.loads("\n".join(listed.out))
        return found

    def sent(self) -> dict[str, list[str]]:
        """The texts that each person was sent."""
        sent = {
            number: sorted(message.text for message in self.fake.sent_to(number))
            for number in (ANA, IVO, MIA, EVA, DAN)
        }
        return {number: texts for number, texts in sent.items() if texts}

    def has_sent(self, expected: dict[str, list[str]]) -> bool:
        """Whether this, no less and no more, was sent, once it has been waited for."""
        return self.fake.wait_for(lambda: self.sent() == expected, 60) and not self.fake.doubled


def write(host: Program, text: str, id_: str) -> None:
    url = f"{host.url}/sms-received-message"
    httpx.post(url, json=text_message(ANA, text, id_), trust_env=False, timeout=60).raise_for_status()


@pytest.fixture
def upgrade(version: Path, tmp_path: Path) -> Iterator[Upgrade]:
    fake = FakeInfobip(api_key=KEY)
    with LoopbackServer(fake.app) as account:
        yield Upgrade(version, tmp_path, fake, account)


@pytest.fixture
def project(version: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(version / "my-bot", tmp_path / "my-bot"))


def test_a_host_goes_on_with_what_is_pending_and_sends_nothing_twice(upgrade: Upgrade) -> None:
    with upgrade.host() as host:
        assert upgrade.has_sent(SENT), f"{upgrade.sent()}\n{host.said}"
        write(host, "JOIN", "in-1")  # had before
        write(host, "more", "in-8")
        after = SENT | {ANA: ["Still there?", "That was no. 1.", "That was no. 2."]}
        assert upgrade.has_sent(after), f"{upgrade.sent()}\n{host.said}"
        assert host.end() == 0
    with upgrade.host() as host:
        write(host, "and more", "in-9")
        assert upgrade.has_sent(after | {ANA: [*after[ANA], "That was no. 3."]}), f"{upgrade.sent()}\n{host.said}"
        assert host.end() == 0


def test_what_it_holds_is_shown(upgrade: Upgrade) -> None:
    with upgrade.host() as host:
        assert upgrade.has_sent(SENT), f"{upgrade.sent()}\n{host.said}"
        assert host.end() == 0

    (dead,) = upgrade.rows("signals", "--dead")
    assert (dead["rule"], dead["attempts"]) == ("bot/fail", 1)
    assert "ValueError: it fails" in dead["reason"]
    (aside,) = upgrade.rows("asides")
    assert (aside["message_id"], aside["field"]) == ("in-4", "from")
    assert [session["facts"] for session in upgrade.rows("sessions")] == [["ClientAgent", "Member"]] * 4
    assert {message["state"] for message in upgrade.rows("outbox")} == {"accepted"}
    assert [message["delivery"] for message in upgrade.rows("outbox")].count("DELIVERED") == 1
    with upgrade.start("trace", "1") as trace:
        assert trace.wait() == 0, trace.said
    assert "bot/join" in trace.said


def test_its_dead_letter_is_evaluated_again_once_the_rule_is_fixed(upgrade: Upgrade) -> None:
    upgrade.rules.write_text(upgrade.rules.read_text().replace('raise ValueError("it fails")', 'answer(c, "Fixed.")'))
    with upgrade.host() as host:
        assert upgrade.has_sent(SENT), f"{upgrade.sent()}\n{host.said}"
        with upgrade.start("replay", "--all") as replay:
            assert replay.wait() == 0, replay.said
        assert upgrade.has_sent(SENT | {MIA: ["Fixed."]}), f"{upgrade.sent()}\n{host.said}"
        assert host.end() == 0


def test_a_projects_tests_pass_unchanged(project: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio"],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\d+ passed in", done.stdout)


def test_in_a_projects_rules_nothing_is_found(project: Path) -> None:
    with Program(["check", "--strict", "rules/"], cwd=project, variables={}) as check:
        assert check.wait() == 0, check.said


def test_a_project_answers(project: Path) -> None:
    arguments = ["dev", "rules/", "--port", "0", "--first-message", "JOIN", "--exit-after-reply"]
    with Program(arguments, cwd=project, variables={}) as dev:
        assert dev.wait() == 0, dev.said
    assert dev.out[1].endswith(" < Welcome! Send STOP to leave.")


def test_what_this_version_would_keep_is_complete_and_gone_on_with(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "used").mkdir()
    record_journal(tmp_path / "kept")
    fake = FakeInfobip(api_key=KEY)
    with LoopbackServer(fake.app) as account:
        recorded = Upgrade(tmp_path / "kept", tmp_path / "used", fake, account)
        with recorded.host() as host:
            assert recorded.has_sent(SENT), f"{recorded.sent()}\n{host.said}"
            assert host.end() == 0
