"""Sessions to test rules in: rules as source text, a state that is kept from one evaluation to the next."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

import orjson
import pytest

from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.session.evaluation import Effects, evaluate
from infobip_rules.errors import EvaluationError
from infobip_rules.facts import ClientAgent, Fact
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.signals import InfobipSmsReceivedMessage, Signal
from tests.channels.composing import Numbered, sms_of

NOON = datetime(2026, 11, 9, 12, tzinfo=UTC)
ANA = "385981234567"
AGENT = ClientAgent(connections={"phone": ANA})

#: Stands above the rules of a test: what there is to import, and types to match.
TYPES = """\
from datetime import UTC, date, datetime
from typing import Any

from pydantic import BaseModel

from infobip_rules import ClientAgent, Fact, InfobipAdapterAPI, InfobipSmsReceivedMessage
from infobip_rules import InfobipSmsReceivedReport, InfobipSmsSentMessage, Signal
from infobip_rules.lang import *


class Line(BaseModel):
    name: str
    price: int = 0


class Order(Fact):
    number: str = ""
    total: int = 0
    discount: int | None = None
    weight: float = 0.0
    paid: bool = False
    placed: datetime | None = None
    day: date | None = None
    tags: list[str] = []
    prices: list[int] = []
    lines: list[Line] = []
    rows: list[dict[str, int]] = []
    notes: dict[str, str] = {}
    anything: Any = None


class Payment(Fact):
    number: str = ""
    amount: int = 0


class Note(Fact):
    text: str = ""
    n: int = 0


class Tick(Signal):
    n: int = 0


"""
#: The line on which the rules of a test begin.
FIRST_LINE = TYPES.count("\n") + 1


def write_rules(folder: Path, rules: str, name: str = "rules_under_test.py") -> Path:
    """A rule file of `TYPES` and `rules`."""
    file = folder / name
    file.write_text(TYPES + dedent(rules), encoding="utf-8")
    return file


def load(folder: Path, rules: str) -> Rulebook:
    """The rulebook of `TYPES` and `rules`."""
    return load_rules([write_rules(folder, rules)])


def received(text: str = "Hello", **fields: Any) -> InfobipSmsReceivedMessage:
    """A text message from Ana."""
    return InfobipSmsReceivedMessage(**{"from": ANA, "text": text, "receivedAt": NOON, **fields})


class Session:
    """One session: `tell` lets its rules answer signals, `facts` is what it remembers then."""

    def __init__(self, folder: Path, rules: str) -> None:
        self.folder = folder
        self.rulebook = load(folder, rules)
        self.state: bytes | None = None

    def deploy(self, rules: str) -> None:
        """Other rules from here on."""
        self.rulebook = load(self.folder, rules)

    def make(self, name: str, **fields: Any) -> Any:
        """An object of a type of the rule file."""
        return {**self.rulebook.fact_types, **self.rulebook.signal_types}[name](**fields)

    def tell(self, *signals: Signal, opening: tuple[Fact, ...] = (), now: datetime = NOON) -> Effects:
        """Lets the rules answer; the state is kept."""
        effects = evaluate(self.rulebook, self.state, signals, now=now, compose=Numbered().compose, opening=opening)
        self.state = effects.state
        return effects

    @property
    def facts(self) -> list[tuple[str, dict[str, Any]]]:
        """Type and fields of every stored fact, fields at their defaults left out."""
        kept = orjson.loads(self.state or b'{"facts": []}')["facts"]
        return [(name, self._told(name, data)) for _, name, data in kept]

    def _told(self, name: str, data: dict[str, Any]) -> dict[str, Any]:
        kind = self.rulebook.fact_types.get(name)
        return data if kind is None else kind.model_validate(data).model_dump(exclude_defaults=True)


def fired(effects: Effects) -> list[str]:
    """What fired, as `rule(Type#number, ...)`."""
    return [f"{one.rule.split('/', 1)[1]}({', '.join(one.elements)})" for one in effects.fired]


def texts(effects: Effects) -> list[str]:
    """The texts of the messages that are to be sent."""
    return [sms_of(message).text for message, _ in effects.messages]


def failure(session: Session, *signals: Signal, opening: tuple[Fact, ...] = ()) -> EvaluationError:
    """The error that telling the session these signals ends with."""
    with pytest.raises(EvaluationError) as failed:
        session.tell(*signals, opening=opening)
    return failed.value


def acting(folder: Path, body: str, *, pattern: str = "signal(Tick)") -> Session:
    """A session with one rule, `act`, whose body this is, and one order in it."""
    lines = "\n        ".join(body.splitlines())
    session = Session(
        folder, f'with ruleset("t"):\n    @when_all(c.it << {pattern})\n    def act(c):\n        {lines}\n'
    )
    session.tell(opening=(session.make("Order", number="7"),))
    return session
