"""`convert`: rules of a `.drl` file as Python rules."""

from __future__ import annotations

import sys
from pathlib import Path

from infobip_rules.drl.conversion.files import converted
from infobip_rules.errors import RuleError


def print_converted(file: Path) -> None:
    """Prints the Python rule file to stdout, and to stderr what could not be converted.

    Raises RuleFileError where the file does not load, RuleError where there is none.
    """
    if not file.is_file():
        raise RuleError(f"There is no file {file}.", "Name a .drl file.")
    text = converted(file)
    print(text, end="")
    for line in text.splitlines():
        if line.strip().startswith("# not converted: "):
            print(line.strip(), file=sys.stderr)
