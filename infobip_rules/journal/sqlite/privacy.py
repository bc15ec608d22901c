"""Privacy of the journal's files, which hold people's numbers and messages."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from infobip_rules.journal.views import JournalFiles

#: What a file of the journal's may be called, beyond the journal's own name.
SUFFIXES = ("", "-wal", "-shm", "-lock", "-evaluating")
_OTHERS = stat.S_IROTH | stat.S_IWOTH


def files_of(path: Path) -> Iterator[Path]:
    """The journal's file and those beside it, as far as they are there."""
    return (file for suffix in SUFFIXES if (file := path.with_name(path.name + suffix)).exists())


def is_open_to_others(path: Path) -> bool:
    """Whether everybody on this machine may read or write the file."""
    return bool(path.stat().st_mode & _OTHERS)


def can_others_write(directory: Path) -> bool:
    """Whether everybody on this machine may take a file out of a directory that is not theirs, and put another in."""
    mode = directory.stat().st_mode
    return bool(mode & stat.S_IWOTH) and not mode & stat.S_ISVTX


def keep_private(path: Path) -> None:
    """Closes a journal's files to all but their owner if everybody may read them.

    That is how they were made once, or how a copy turns out; rights that were given to a group alone are somebody's
    decision, and stay.
    """
    for file in files_of(path):
        if is_open_to_others(file):
            with suppress(PermissionError):  # another user's, who let this one write it
                file.chmod(0o600)


def files_at(path: Path) -> JournalFiles:
    """Where a journal lies, and who else can reach it; its folder need not be there."""
    if not path.parent.exists():
        return JournalFiles(path=path, open_to_others=(), replaceable=False)
    exposed = tuple(file.name for file in files_of(path) if is_open_to_others(file))
    return JournalFiles(path=path, open_to_others=exposed, replaceable=can_others_write(path.parent))
