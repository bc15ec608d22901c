"""`convert`: rules of a `.drl` file as Python rules."""

from __future__ import annotations

import sys
from pathlib import Path

from infobip_rules.cli.exits import PROBLEMS, say
from infobip_rules.errors import RuleFileError
from infobip_rules.rulefiles.drl.conversion.files import converted


def print_converted(file: Path) -> int:
    """Prints the Python rule file to stdout, and to stderr what could not be converted; returns the exit code.

    1 if the file does not load, and what is wrong with it on stderr.
    """
    try:
        text = converted(file)
    except RuleFileError as problem:
        say(str(problem))
        return PROBLEMS
    print(text, end="")
    for line in text.splitlines():
        if line.strip().startswith("# not converted: "):
            print(line.strip(), file=sys.stderr)
    return 0
