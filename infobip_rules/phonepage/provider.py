"""The behaviour of the fake Infobip as the page sets it: the outcome of messages, and failures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from infobip_rules.errors import InfobipRulesError
from infobip_rules.sandbox.fake import FakeInfobip
from infobip_rules.sandbox.faults import Effect, Fault, Outlook

#: The outcomes of messages, as `Settings.outcome` has them.
OUTCOMES: Mapping[str, str] = {
    "DELIVERED": "delivered at once",
    "NONE": "by hand only",
    "UNDELIVERABLE": "undeliverable",
    "EXPIRED": "expired",
    "REJECTED": "rejected",
}
#: Seconds that a request without an answer takes.
_TIMEOUT = 3.0
#: The ways in which the provider can fail.
EFFECTS: Mapping[str, tuple[str, Fault]] = {
    "429": ("429 Too Many Requests", Fault(effect=Effect.RATE_LIMIT, retry_after=2)),
    "500": ("500 Internal Server Error", Fault(effect=Effect.SERVER_ERROR)),
    "timeout": ("no answer (timeout)", Fault(effect=Effect.HOLD, seconds=_TIMEOUT)),
    "drop": ("taken, but the answer is lost", Fault(effect=Effect.DROP, when="after")),
    "unknown": ("an unknown status", Fault(effect=Effect.UNKNOWN_STATUS)),
}
_OFTEN = re.compile(r"\s*([0-9]{1,4})\s*(%?)\s*")


class ProviderChoiceError(InfobipRulesError, ValueError):
    """A setting of the page that the fake Infobip does not have."""

    id = "IR705"


def configure_account(fake: FakeInfobip, *, outcome: str, keywords: str) -> None:
    """Sets the outcome of messages, and the keywords of the number, separated by blanks or commas."""
    if outcome not in OUTCOMES:
        raise ProviderChoiceError("There is no such outcome.", f"Choose one of {', '.join(OUTCOMES)}.")
    fake.settings.outcome = outcome
    fake.settings.keywords = frozenset(keywords.replace(",", " ").upper().split())


def arm_fault(fake: FakeInfobip, *, effect: str, often: str) -> None:
    """Makes the provider fail for the next requests (`3`), or for a share of all (`20%`)."""
    if effect not in EFFECTS:
        raise ProviderChoiceError("The provider can't fail so.", f"Choose one of {', '.join(EFFECTS)}.")
    found = _OFTEN.fullmatch(often)
    number, percent = (int(found[1]), bool(found[2])) if found else (0, False)
    if not 1 <= number <= (100 if percent else 9999):
        raise ProviderChoiceError(
            "How often it fails is not clear.", "Give a number such as 3, or a share such as 20%."
        )
    fault = replace(EFFECTS[effect][1])
    fake.faults.arm(fault, times=None if percent else number, probability=number / 100 if percent else 1.0)


def fault_text(outlook: Outlook) -> str:
    """A fault that is switched on, in words."""
    name = next((name for name, fault in EFFECTS.values() if fault == outlook.fault), outlook.fault.effect.value)
    often = f"next {outlook.times}" if outlook.times is not None else f"{outlook.probability:.0%}"
    return f"{name}: {often}"
