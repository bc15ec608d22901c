"""Loads DRL text and evaluates signals with it, as a host does."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from infobip_rules import InfobipSmsReceivedMessage, Signal
from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.session.evaluation import Effects, evaluate
from infobip_rules.errors import RuleFileError
from infobip_rules.rulefiles.loader import load_rules
from tests.channels.composing import Numbered, sms_of

NOON = datetime(2026, 11, 9, 12, tzinfo=UTC)
ANA = "385981234567"
#: What most rules begin with.
SIGNAL = 'signal: InfobipSmsReceivedMessage() from entry-point "signals"'


def loaded(text: str, folder: Path, name: str = "rules.drl") -> Rulebook:
    """The rulebook of one file."""
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return load_rules([file])


def refused(text: str, folder: Path) -> list[str]:
    """What is wrong with a file, each mistake without its folder."""
    try:
        loaded(text, folder)
    except RuleFileError as problem:
        return [str(mistake).replace(f"{folder}/", "") for mistake in problem.problems]
    return []


class Session:
    """One session: what its person writes, and what the rules send."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.state: bytes | None = None

    def write(self, text: str, **fields: Any) -> list[str]:
        """The texts that a message is answered with."""
        signal = {"from": ANA, "text": text, "receivedAt": NOON.isoformat(), **fields}
        return [
            sms_of(message).text for message, _ in self.tell(InfobipSmsReceivedMessage.model_validate(signal)).messages
        ]

    def tell(self, signal: Signal) -> Effects:
        """Lets the rules answer."""
        opening = () if self.state else self.rulebook.first_contact(ANA)
        effects = evaluate(self.rulebook, self.state, [signal], now=NOON, compose=Numbered().compose, opening=opening)
        self.state = effects.state
        return effects

    def facts(self, kind: str) -> list[dict[str, Any]]:
        """What is remembered of one type."""
        return [data for _, name, data in orjson.loads(self.state or b'{"facts": []}')["facts"] if name == kind]
