"""Data on stdout: written completely, or the command ends with an error that says so."""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import Never

from infobip_rules.errors import InfobipRulesError
from infobip_rules.redaction import without_secrets

#: The exit code that shells show for a program that SIGPIPE ended, as `head` does with the one before it.
READER_LEFT = 141
_STDERR = 2
_NO_MORE_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF})


class OutputError(InfobipRulesError, OSError):
    """The output of a command could not be written to stdout."""

    id = "IR802"


def prepare_streams() -> None:
    """Makes sure that no character ends a command, such as half a surrogate pair or one that the encoding lacks."""
    # The first file that is opened takes the number of a closed stream: a journal must not become stdout.
    while (opened := os.open(os.devnull, os.O_RDWR)) <= _STDERR:
        pass
    os.close(opened)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def put(text: str) -> None:
    """Writes lines of data to stdout, known secrets left out.

    Raises OutputError; ends the command if nobody reads stdout any more.
    """
    put_whole(without_secrets(text))


def put_whole(text: str) -> None:
    """The same with secrets, if the person has asked to see them."""
    try:
        if sys.stdout is None:  # it was closed when the program started
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except OSError as cause:
        give_up(cause)


def flush() -> None:
    """Writes what is left in stdout's buffer, such as the help. Raises OutputError, or ends as `put` does."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as cause:
        give_up(cause)


def concerns_output(problem: OSError) -> bool:
    """Whether an unhandled error is one of writing to a stream."""
    return isinstance(problem, BrokenPipeError) or problem.errno in _NO_MORE_ROOM


def give_up(cause: OSError) -> Never:
    """Ends the command after an error of stdout."""
    if sys.stdout is not None:
        # Python would write the buffer once more at its end, and report the error again.
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
    if isinstance(cause, BrokenPipeError):
        raise SystemExit(READER_LEFT) from None
    raise OutputError(
        f"The output could not be written: {cause.strerror}.", "Let stdout go where it can be written."
    ) from None
