"""What a test of rules shows is what a host does: the shipped conversations, once more through a host over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import pytest

from infobip_rules.host import Host
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.sandbox import FakeInfobip
from infobip_rules.sandbox.records import Message
from infobip_rules.settings import Settings
from infobip_rules.testing import webhooks
from infobip_rules.testing.conversation import Conversation, Incoming, Moment, Outgoing, Report, Wait, parse
from infobip_rules.testing.playing import exchanges_of, play
from infobip_rules.testing.rules import Rules
from infobip_rules.testing.stage import BEGINNING, OUR_NUMBER, SetClock

from .test_docs import CONVERSATION, RULES

ROOT = Path(__file__).parents[2]
SHIPPED = sorted((ROOT / "rules").glob("*.sms.txt"))


class Run:
    """A conversation with a running host."""

    def __init__(self, host: Host, clock: SetClock, fake: FakeInfobip) -> None:
        self.host, self.clock, self.fake = host, clock, fake
        self.number = 0

    async def after(self, cause: Incoming | Wait | Moment | Report | None) -> list[tuple[str, str]]:
        """Who reads what after this has happened."""
        before = len(self.fake.messages)
        match cause:
            case Incoming():
                await self._post(self._message(cause), "message")
            case Report():
                await self._post(self._report(cause, self.fake.messages), "report")
            case Wait():
                await self._set(self.clock.now() + cause.time)
            case Moment():
                await self._set(cause.at)
        assert await self.host.settled()
        return [(message.to, message.text) for message in self.fake.messages[before:]]

    def _message(self, cause: Incoming) -> dict[str, object]:
        self.number += 1
        return webhooks.message_entry(
            cause.text,
            from_=cause.phone,
            keyword=cause.keyword,
            clean_text=None,
            to=OUR_NUMBER,
            message_id=f"in-{self.number}",
            callback_data=None,
            now=self.clock.now(),
        )

    def _report(self, cause: Report, sent: Iterable[Message]) -> dict[str, object]:
        message = [message for message in sent if cause.phone in (None, message.to)][-1]
        return webhooks.report_entry(
            message.message_id,
            cause.group,
            to=message.to,
            sent_at=self.clock.now(),
            error=cause.reason or None,
            permanent=cause.permanent,
            now=self.clock.now(),
        )

    async def _post(self, entry: dict[str, object], kind: webhooks.Kind) -> None:
        await self.host.receive(webhooks.batch(entry, kind, self.clock.now()))

    async def _set(self, moment: datetime) -> None:
        self.clock.moment = moment
        self.host.timekeeper.wake()


async def assert_host_does(
    conversation: Conversation, paths: list[Path], settings: Settings, fake: FakeInfobip
) -> None:
    clock = SetClock(BEGINNING)
    with FileJournal.open(settings.journal_url, clock=clock) as journal:
        async with Host(load_rules(paths), settings=settings, journal=journal, clock=clock) as host:
            run = Run(host, clock, fake)
            for exchange in exchanges_of(conversation):
                wanted = [(step.phone, step.text) for step in exchange.wanted if isinstance(step, Outgoing)]
                assert await run.after(exchange.cause) == wanted, f"line {exchange.line}"


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
async def test_a_host_does_what_a_conversation_says(file: Path, settings: Settings, fake: FakeInfobip) -> None:
    conversation = parse(await asyncio.to_thread(file.read_text, encoding="utf-8"))
    await assert_host_does(conversation, [file.parent / path for path in conversation.rules], settings, fake)


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_the_twins_in_drl_do_what_a_conversation_says(file: Path) -> None:
    conversation = parse(file.read_text(encoding="utf-8"))
    assert play(conversation, Rules(*twins(conversation))) is None


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
async def test_a_host_does_it_with_the_twins_in_drl(file: Path, settings: Settings, fake: FakeInfobip) -> None:
    conversation = parse(await asyncio.to_thread(file.read_text, encoding="utf-8"))
    await assert_host_does(conversation, twins(conversation), settings, fake)


def twins(conversation: Conversation) -> list[Path]:
    """The rules of a shipped conversation, in Drools' language."""
    return [ROOT / "examples" / "in_drl" / Path(path).with_suffix(".drl") for path in conversation.rules]


async def test_a_host_and_the_kit_agree_on_timers(settings: Settings, fake: FakeInfobip, tmp_path: Path) -> None:
    file = tmp_path / "quiz.py"
    file.write_text(RULES, encoding="utf-8")
    conversation = parse(CONVERSATION)
    assert await asyncio.to_thread(play, conversation, Rules(file)) is None
    await assert_host_does(conversation, [file], settings, fake)


def test_every_shipped_rule_file_has_a_conversation() -> None:
    assert {file.name.removesuffix(".sms.txt") for file in SHIPPED} == {
        file.stem for file in (ROOT / "rules").glob("*.py")
    }


def test_every_shipped_rule_file_has_a_twin_in_drl() -> None:
    there = {file.stem for file in (ROOT / "examples" / "in_drl").glob("*.drl")}
    assert there == {file.stem for file in (ROOT / "rules").glob("*.py")}
