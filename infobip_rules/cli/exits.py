"""How commands end: with an exit code, and an error as the sentences it consists of instead of a traceback."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Never

from infobip_rules.errors import InfobipRulesError

#: What shells give a program that was ended with Ctrl-C.
INTERRUPTED = 130
PROVIDER = 4


class UnreachableError(InfobipRulesError, ConnectionError):
    """No host answered where a command looked for one."""

    id = "IR801"
    exit_code = PROVIDER


@contextmanager
def ending_with_code() -> Iterator[None]:
    """Ends the process on errors of ours and on Ctrl-C, without a traceback."""
    try:
        yield
    except InfobipRulesError as problem:
        say(str(problem))
        raise SystemExit(problem.exit_code) from None
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None


def say(text: str) -> None:
    """Talks to the person: on stderr, so that stdout holds data only."""
    print(text, file=sys.stderr, flush=True)


def end(code: int) -> Never:
    """Ends the command with `code`."""
    raise SystemExit(code)
