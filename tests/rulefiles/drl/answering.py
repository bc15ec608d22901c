"""Sends messages to rule files, in their order, and returns what they answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from infobip_rules import InfobipSmsReceivedMessage
from infobip_rules.engine.session.evaluation import evaluate
from infobip_rules.rulefiles.loader import load_rules
from tests.channels.composing import Numbered, sms_of

NOON = datetime(2026, 11, 9, 12, tzinfo=UTC)
ANA = "385981234567"


def answers(file: Path, messages: Sequence[str | tuple[str, str]]) -> list[list[tuple[str, bool]]]:
    """For each message (its text, or text and keyword) the texts sent, and whether their URLs are to be shortened."""
    rulebook, state, channels = load_rules([file]), None, Numbered()
    answered = []
    for message in messages:
        text, keyword = message if isinstance(message, tuple) else (message, message.split(" ")[0].upper())
        fields = {"from": ANA, "text": text, "keyword": keyword, "receivedAt": NOON.isoformat()}
        opening = () if state else rulebook.first_contact(ANA)
        signal = InfobipSmsReceivedMessage.model_validate(fields)
        effects = evaluate(rulebook, state, [signal], now=NOON, compose=channels.compose, opening=opening)
        state = effects.state
        answered.append([tuple(sms_of(sent)) for sent, _ in effects.messages])
    return answered
