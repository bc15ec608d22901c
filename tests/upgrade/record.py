"""`python -m tests.upgrade.record`: keeps a journal and a project as this version makes them, for later versions to open.

The journal is that of a host which was killed: with sessions that have facts and timers, a signal under way, a dead letter,
an item set aside, messages that were delivered, accepted, refused for an hour, and of unknown outcome.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from infobip_rules import __version__
from infobip_rules.journal.sqlite.schema import SCHEMA_VERSION
from infobip_rules.sandbox import FakeInfobip, LoopbackServer
from infobip_rules.sandbox.faults import Effect, Fault
from tests.cli.program import Program

KEPT = Path(__file__).parent / "kept"
RULES = Path(__file__).with_name("bot.py")
KEY = "0123456789abcdef0123456789abcdef-kept"
NUMBER = "385921004026"
#: Delivered and then writing again, accepted, a dead letter, of unknown outcome, refused for an hour.
ANA, IVO, MIA, EVA, DAN = "385981234567", "385987654321", "385916242493", "385911111111", "385922222222"
JOURNAL = "journal.sql"
PATIENCE = 60.0


def settings(account: LoopbackServer, journal: Path) -> dict[str, str]:
    """The variables of a host on a journal, with an account."""
    return {
        "INFOBIP_BASE_URL": account.url,
        "INFOBIP_API_KEY": KEY,
        "INFOBIP_PHONE_NUMBER": NUMBER,
        "INFOBIP_JOURNAL_URL": f"sqlite:///{journal}",
        "INFOBIP_EVALUATION_DEADLINE": "600",
    }


def text_message(number: str, text: str, id_: str) -> dict[str, object]:
    """The body of a webhook with one text message."""
    received = {"messageId": id_, "from": number, "to": NUMBER, "text": text, "receivedAt": "2026-11-09T12:00:00Z"}
    return {"results": [received]}


def report(number: str, id_: str) -> dict[str, object]:
    """The body of a webhook with one delivery report."""
    status = {"groupId": 3, "groupName": "DELIVERED", "id": 5, "name": "DELIVERED_TO_HANDSET", "description": ""}
    return {"results": [{"messageId": id_, "to": number, "status": status, "doneAt": "2026-11-09T12:00:01Z"}]}


class _Recording:
    """A host that is written to, and its journal that is looked into until what is waited for is there."""

    def __init__(self, journal: Path, host: Program) -> None:
        self._journal = journal
        self._host = host

    def post(self, path: str, body: object) -> None:
        httpx.post(f"{self._host.url}/{path}", json=body, trust_env=False, timeout=PATIENCE).raise_for_status()

    def write(self, number: str, text: str, id_: str) -> None:
        self.post("sms-received-message", text_message(number, text, id_))

    def wait(self, query: str, *values: str) -> str:
        """The first value that a query finds."""
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            with closing(sqlite3.connect(self._journal)) as connection:
                found = connection.execute(query, values).fetchone()
            if found:
                return str(found[0])
            time.sleep(0.05)
        raise RuntimeError(f"{query} {values} found nothing:\n{self._host.said}")

    def wait_for_message(self, number: str, condition: str) -> str:
        return self.wait(f"SELECT message_id FROM outbox WHERE recipient = ? AND {condition}", number)  # noqa: S608


def _fill(recording: _Recording, fake: FakeInfobip, hold: Callable[[], object]) -> None:
    recording.write(ANA, "JOIN", "in-1")
    recording.post("sms-delivery-report", report(ANA, recording.wait_for_message(ANA, "state = 2")))
    recording.wait_for_message(ANA, "delivery_group = 'DELIVERED'")
    recording.write(IVO, "JOIN", "in-2")
    recording.wait_for_message(IVO, "state = 2")
    recording.write(MIA, "FAIL", "in-3")
    recording.wait("SELECT id FROM inbox WHERE session_key = ? AND state = 2", MIA)
    recording.post("sms-received-message", {"results": [{"messageId": "in-4", "text": "from nobody"}]})
    recording.wait("SELECT id FROM aside")
    fake.faults.arm(Fault(effect=Effect.SERVER_ERROR, path="/sms/3/logs"), times=None)
    fake.faults.arm(Fault(effect=Effect.DROP, when="after"))
    recording.write(EVA, "JOIN", "in-5")
    recording.wait_for_message(EVA, "state = 4")
    fake.faults.arm(Fault(effect=Effect.RATE_LIMIT, retry_after=3_600))
    recording.write(DAN, "JOIN", "in-6")
    recording.wait_for_message(DAN, "state = 0 AND attempts = 1 AND due_at > created_at + 3000000000")
    recording.wait("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM inbox WHERE state = 0)")
    hold()
    recording.write(ANA, "hello", "in-7")
    recording.wait("SELECT id FROM inbox WHERE session_key = ? AND state = 0", ANA)


def record_journal(folder: Path) -> None:
    """Writes the journal of a host that was killed, and its rules."""
    shutil.copy(RULES, folder / RULES.name)
    fake = FakeInfobip(api_key=KEY)
    with TemporaryDirectory() as name, LoopbackServer(fake.app) as account:
        place = Path(name)
        journal = place / "journal.db"
        shutil.copy(RULES, place)
        arguments = ["run", place / RULES.name, "--port", "0", "--workers", "1", "--web-workers", "1"]
        with Program(arguments, cwd=place, variables=settings(account, journal)) as host:
            host.wait_for_line("Listening at ")
            _fill(_Recording(journal, host), fake, (place / "hold").touch)
            host.process.kill()
        with closing(sqlite3.connect(journal)) as connection:
            (folder / JOURNAL).write_text("\n".join(connection.iterdump()) + "\n", encoding="utf-8")


def record_project(folder: Path) -> None:
    """Writes the project that `infobip-rules new` makes."""
    subprocess.run([sys.executable, "-m", "infobip_rules", "new", "my-bot"], cwd=folder, check=True)


def main() -> None:
    """Keeps both in a folder of this version's, which must not be there."""
    folder = KEPT / f"{__version__}-layout-{SCHEMA_VERSION}"
    folder.mkdir(parents=True)
    record_journal(folder)
    record_project(folder)
    sys.stdout.write(json.dumps(sorted(str(file.relative_to(KEPT)) for file in folder.rglob("*")), indent=1) + "\n")


if __name__ == "__main__":
    main()
