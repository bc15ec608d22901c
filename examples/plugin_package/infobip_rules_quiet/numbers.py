"""The numbers that nothing is sent to."""

from __future__ import annotations

import os


def quiet_numbers() -> frozenset[str]:
    """Those of the variable QUIET_NUMBERS, separated by commas; E.164 digits without a +."""
    return frozenset(number.strip() for number in os.environ.get("QUIET_NUMBERS", "").split(",") if number.strip())
