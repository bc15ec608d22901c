"""`check`: whether rule files load."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from infobip_rules.cli.banner import counted
from infobip_rules.cli.output import put
from infobip_rules.engine.loader import load_rules


def check_rules(paths: Sequence[Path]) -> None:
    """Loads the rules and says how many they are. Raises RuleFileError with everything that is wrong."""
    rulebook = load_rules(paths)
    put(f"{counted(len(rulebook.rules), 'rule')} in {counted(len(rulebook.sources), 'file')}.")
