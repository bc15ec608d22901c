"""What sessions remember."""

from __future__ import annotations

from infobip_rules import Fact


class Greeted(Fact):
    """Somebody was greeted, and with what."""

    text: str
