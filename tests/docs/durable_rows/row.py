"""A row of the page: the rules of both sides, what a person writes, and what they are answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: Who writes.
PERSON = "385981234567"

_COMMON = f"""
from infobip_rules import InfobipAdapterAPI

def say(text):
    InfobipAdapterAPI.send_sms_text_message("{PERSON}", str(text))
"""
#: What stands before the rules of each side.
DURABLE = f"from durable.lang import *\n{_COMMON}"
OWN = f"""
from infobip_rules import ClientAgent, Fact, InfobipSmsReceivedMessage, Signal
from infobip_rules.lang import *
{_COMMON}"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A construct: rules that have it (or what is to be written instead), and the answers to what is written."""

    #: What stands in the first cell, without its marks.
    name: str
    #: What the person writes, one text after the other.
    texts: tuple[str, ...]
    #: Rules of a ruleset `rows` in durable.lang; "" if there is nothing to write instead.
    plugin: str
    #: Rules for the own host; "" if there is nothing to write instead.
    own: str
    #: All answers in the plugin, in order.
    answers: tuple[str, ...]
    #: Those of the own host if they are others.
    own_answers: tuple[str, ...] | None = None
    #: The construct itself, if it goes well mostly: its answers are the same, or durable-rules ends the process.
    risky: str = ""
    #: The construct itself, if it goes wrong.
    trap: str = ""
    #: What comes of that: other answers, what `attach` raises, or "ends the process"; that it may, "may end it", is only
    #: warned of.
    trapped: tuple[str, ...] | type[Exception] | Literal["ends the process", "may end it"] = ()
    #: durable.lang's words that the own host refuses, as rules.
    refused: str = ""
    #: Rules for the own host that come to other answers.
    own_trap: str = ""
    own_trapped: tuple[str, ...] = ()
