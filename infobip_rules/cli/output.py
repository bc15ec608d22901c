"""Data on stdout: written whole, or the command ends saying that it was not, however stdout may be."""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import Never

from infobip_rules.errors import InfobipRulesError
from infobip_rules.redaction import without_secrets

#: What shells show for a program that was ended by SIGPIPE, as `head` ends those before it.
READER_LEFT = 141
_STDERR = 2
_NO_MORE_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF})


class OutputError(InfobipRulesError, OSError):
    """What a command found could not be written to stdout."""

    id = "IR802"


def prepare_streams() -> None:
    """Lets no character, such as half a surrogate pair or one that the terminal's encoding lacks, end a command."""
    # What is opened first would take the place of a stream that is closed: a journal must not be where stdout was.
    while (opened := os.open(os.devnull, os.O_RDWR)) <= _STDERR:
        pass
    os.close(opened)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def put(text: str) -> None:
    """Writes lines of data to stdout, known secrets left out.

    Raises OutputError; ends the command where whoever read them has left.
    """
    put_whole(without_secrets(text))


def put_whole(text: str) -> None:
    """The same, secrets and all: for whoever has asked to be shown one."""
    try:
        if sys.stdout is None:  # the program was started with it closed
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except OSError as cause:
        give_up(cause)


def flush() -> None:
    """Writes what others, such as the help, left in stdout's buffer. Raises OutputError, or ends as `put` does."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as cause:
        give_up(cause)


def concerns_output(problem: OSError) -> bool:
    """Whether an error that nobody else took is one of writing to a stream."""
    return isinstance(problem, BrokenPipeError) or problem.errno in _NO_MORE_ROOM


def give_up(cause: OSError) -> Never:
    """Ends the command over an error of stdout."""
    if sys.stdout is not None:
        # What is in its buffer would be tried once more as Python ends, and complained about.
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
    if isinstance(cause, BrokenPipeError):
        raise SystemExit(READER_LEFT) from None
    raise OutputError(
        f"The output could not be written: {cause.strerror}.", "Let stdout go where it can be written."
    ) from None
