"""Runs bodies that say what they computed, on facts of the tests' own types."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

import pytest
from pydantic import AwareDatetime, Field

from infobip_rules import Fact
from infobip_rules.rulefiles.drl.java.failures import BodyError
from tests.rulefiles.drl.bodies import TYPES, Outcome, run

NOON = datetime(2026, 11, 9, 12, tzinfo=UTC)


class Order(Fact):
    """Something to change."""

    number: str = ""
    total: int = 0
    paid: bool = False
    tags: list[str] = Field(default_factory=list)
    due: AwareDatetime | None = None

    def describe(self, prefix: str = "order") -> str:
        return f"{prefix} {self.number}"

    def _secret(self) -> str:
        return "secret"


class Ticket(Fact):
    """A type that needs its fields."""

    code: str
    seats: int


class Keyed(Fact):
    """A declared type with a key."""

    drl_keys: ClassVar[tuple[str, ...]] = ("code",)
    code: str
    note: str | None = None


KNOWN = {**TYPES, "Order": Order, "Ticket": Ticket, "Keyed": Keyed}


SAY = 'function void say(Object o) { InfobipAdapterAPI.sendSmsTextMessage("1", String.valueOf(o)); }'


def done(body: str, **values: object) -> Outcome:
    return run(body, functions=SAY, types=KNOWN, **values)


def said(body: str, **values: object) -> list[str]:
    """What a body sends by `say(x)`."""
    return done(body, **values).texts


def failing(body: str, **values: object) -> str:
    with pytest.raises(BodyError) as problem:
        done(body, **values)
    return str(problem.value)
