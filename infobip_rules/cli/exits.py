"""How commands end: with an exit code, and an error as the sentences it consists of instead of a traceback."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Never

from infobip_rules.errors import InfobipRulesError

#: What shells give a program that was ended with Ctrl-C.
INTERRUPTED = 130
PROBLEMS = 1
CONFIGURATION = 3
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


def leave_threads_behind(code: object) -> None:
    """Ends the process at once where threads are left that Python would wait for, and nobody else will end.

    A rule file may have started them; all of ours has ended by now.
    """
    left = [one.name for one in threading.enumerate() if one is not threading.main_thread() and not one.daemon]
    if not left:
        return
    say(f"Threads that rule files started are left behind: {', '.join(sorted(left))}.")
    sys.stdout.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


def say(text: str) -> None:
    """Talks to the person: on stderr, so that stdout holds data only."""
    print(text, file=sys.stderr, flush=True)


def end(code: int) -> Never:
    """Ends the command with `code`."""
    raise SystemExit(code)
