"""The system that the program runs on, refused with what to do where it can't."""

from __future__ import annotations

import sys

from infobip_rules.errors import InfobipRulesError


class UnsupportedSystemError(InfobipRulesError, RuntimeError):
    """The program does not run on this system."""

    id = "IR141"
    exit_code = 3


def check_system(platform: str = sys.platform) -> None:
    """Raises UnsupportedSystemError on a system that lacks what the journal and the workers need."""
    if platform == "win32":
        raise UnsupportedSystemError(
            "infobip-rules does not run on Windows itself: its journal's lock and its workers' limits are those of Unix.",
            "Run it in WSL, or in a container.",
        )
