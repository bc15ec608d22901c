"""A journal with a signal, a message and a session in every state that commands tell apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection

from infobip_rules.delivery.decisions import NEVER_KNOWN
from infobip_rules.journal.records import DeadLetter, NewSignal, OutboxState, ReportUpdate, SentRecord
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.signals import InfobipSmsReceivedMessage
from infobip_rules.timers import TimerChange
from tests.journal import store
from tests.journal.make import ANA, IVO, NOON, StoppedClock, a_message, evaluated

DONE, DEAD, PENDING = 1, 2, 3
#: One fact with a number, one with a text and a moment.
STATE = (
    '{"next": 3, "rules": [], "facts": ['
    f'[1, "ClientAgent", {{"identifier": "", "connections": {{"phone": "{ANA}"}}}}], '
    '[2, "Note", {"text": "a private remark", "since": "2026-11-09T12:00:00Z", "times": 3}]]}'
)
TRACEBACK = f'  File "/rules/join.py", line 7, in join\n    raise ValueError(number)\nValueError: {ANA}'


def received(message_id: str, text: str = "private words", *, person: str = ANA) -> NewSignal:
    """A signal as the host takes it in."""
    fields = {"messageId": message_id, "from": person, "to": "38599", "text": text, "receivedAt": NOON.isoformat()}
    payload = InfobipSmsReceivedMessage.model_validate(fields).model_dump_json(by_alias=True)
    return NewSignal(
        dedup_key=f"m:{message_id}",
        session_key=person,
        kind="InfobipSmsReceivedMessage",
        payload=payload,
        raw=payload,
        received_at=NOON,
    )


def fill(folder: Path) -> str:
    """Makes `infobip-rules.db` in the folder and returns its URL.

    Signal 1 is done and led to five messages, 2 is dead, both Ana's; 3, Ivo's, is pending.
    """
    url = f"sqlite:///{folder}/infobip-rules.db"
    with FileJournal.open(url, clock=StoppedClock()) as journal:
        journal.submit(_write).result(60)
    return url


def _write(connection: Connection) -> None:
    store.accept(connection, [received("in-1"), received("in-2"), received("in-3", person=IVO)])
    messages = [a_message(name) for name in ("taken", "refused", "lost", "unsure", "reported")]
    reminder = TimerChange(name="reminder", due_at=NOON + timedelta(days=1), kind="Remind", payload="{}")
    store.commit(connection, replace(evaluated(DONE, *messages, state=STATE), timers=(reminder,)))
    letter = DeadLetter(
        session_key=ANA, inbox_id=DEAD, reason="The rule failed.", rule="news/join", traceback=TRACEBACK, at=NOON
    )
    store.bury(connection, letter)
    store.claim(connection, now=NOON, limit=9)
    outcomes = [
        SentRecord(message_id="taken", state=OutboxState.ACCEPTED, status='{"name": "PENDING_ACCEPTED", "id": 26}'),
        SentRecord(message_id="refused", state=OutboxState.REJECTED, reason="No credit."),
        SentRecord(message_id="lost", state=OutboxState.FAILED, reason="The key is not good."),
        SentRecord(message_id="unsure", state=OutboxState.FAILED, reason=NEVER_KNOWN),
        SentRecord(message_id="reported", state=OutboxState.FAILED, reason="The key is not good."),
    ]
    store.record(connection, outcomes)
    for message_id in ("taken", "reported"):
        report = f'{{"messageId": "{message_id}", "to": "{ANA}", "status": {{"name": "DELIVERED_TO_HANDSET"}}}}'
        store.apply_report(connection, ReportUpdate(message_id=message_id, group="DELIVERED", report=report))
