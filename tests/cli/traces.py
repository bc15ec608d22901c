"""A journal in which signals were evaluated and traced, as a host does it, one after the other."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.evaluators.jobs import InProcessEvaluator
from infobip_rules.host.session_runner import SessionRunner
from infobip_rules.journal.records import KeptTrace, NewSignal, OutboxState, SentRecord
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.limits import TraceLimits
from tests.journal import store
from tests.journal.make import ANA, StoppedClock

from .journals import received

KEYWORDS = """
from infobip_rules import ClientAgent, InfobipAdapterAPI, InfobipSmsReceivedMessage
from infobip_rules.lang import c, fact, m, ruleset, signal, when_all

with ruleset("news"):

    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.keyword == "JOIN"), c.client << fact(ClientAgent))
    def join(c):
        '''Join.'''
        InfobipAdapterAPI.send_sms_text_message(c.client.get_connection("phone"), "Welcome!")
        c.delete(c.signal)

    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.keyword == "STOP"))
    def stop(c):
        '''Stop.'''
        raise ValueError("no")
"""


class Stage:
    """People write, rules answer, Infobip accepts and reports; the journal is closed in between."""

    def __init__(self, url: str, rulebook: Rulebook) -> None:
        self.url = url
        self.rulebook = rulebook
        self.clock = StoppedClock()
        self.count = 0
        #: The ids of messages that went out.
        self.sent: list[str] = []

    def passes(self, time: timedelta) -> None:
        """Time passes."""
        self.clock.moment += time

    def says(self, keyword: str, *, person: str) -> None:
        """Somebody writes: the keyword and a word more."""
        self.count += 1
        signal = received(f"in-{self.count}", f"{keyword} now", person=person)
        payload = json.dumps({**json.loads(signal.payload), "keyword": keyword})
        self.takes(replace(signal, payload=payload))

    def reports(self, group: str) -> None:
        """Infobip reports on the last message."""
        payload = json.dumps({"messageId": self.sent[-1], "to": ANA, "status": {"groupName": group}})
        self.takes(
            NewSignal(
                dedup_key=f"r:{self.sent[-1]}:{group}",
                session_key=ANA,
                kind="InfobipSmsReceivedReport",
                payload=payload,
                raw=payload,
                received_at=self.clock.moment,
                done=True,
            )
        )

    def takes(self, signal: NewSignal) -> None:
        """A signal comes, is evaluated and committed, and what is to go out goes out."""
        arriving = replace(signal, received_at=self.clock.moment)
        with FileJournal.open(self.url, clock=self.clock) as journal:
            journal.submit(lambda connection: store.accept(connection, [arriving])).result(60)
            asyncio.run(self._turn(journal))
            self.sent += journal.submit(self._send).result(60)

    def overwrites(self, signal: int, document: bytes) -> None:
        """A trace is replaced by something else."""
        trace = KeptTrace(inbox_id=signal, session_key=ANA, at=self.clock.moment, document=document)
        with FileJournal.open(self.url, clock=self.clock) as journal:
            journal.submit(lambda connection: store.keep_traces(connection, [trace], TraceLimits())).result(60)

    async def _turn(self, journal: FileJournal) -> None:
        runner = SessionRunner(
            journal=journal,
            evaluator=InProcessEvaluator(self.rulebook, channels=BUILT_IN),
            clock=self.clock,
            channels=BUILT_IN,
            senders={"sms": "447491163443"},
            on_rule_error="go-on",
            traces=TraceLimits(),
            rules=lambda: len(self.rulebook.rules),
            heartbeat=lambda: None,
            committed=lambda timers: None,
        )
        await runner.take(await runner.waiting())

    def _send(self, connection: Connection) -> list[str]:
        claimed = store.claim(connection, now=self.clock.moment, limit=9)
        accepted = '{"name": "PENDING_ACCEPTED"}'
        store.record(
            connection,
            [
                SentRecord(message_id=message.message_id, state=OutboxState.ACCEPTED, status=accepted)
                for message in claimed
            ],
        )
        return [message.message_id for message in claimed]
