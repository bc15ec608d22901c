"""The lock that admits one process at a time to a journal."""

from __future__ import annotations

import fcntl
import os
import weakref
from pathlib import Path

from infobip_rules.errors import JournalError


class FileLock:
    """An exclusive `flock` on the side file `<journal>-lock`, held until it is released or the process ends.

    The file stays: taking it away would let two processes hold locks on two files of the same name.
    """

    def __init__(self, path: Path) -> None:
        """Take the lock of the journal at `path`; JournalError if another process has it or the file can't be made."""
        self._descriptor: int | None = _open(path.with_name(path.name + "-lock"), path)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.pread(self._descriptor, 20, 0).decode(errors="replace").strip()
            self.leave()
            raise _taken(path, owner) from None
        os.truncate(self._descriptor, 0)
        os.pwrite(self._descriptor, str(os.getpid()).encode(), 0)
        _held.add(self)

    def release(self) -> None:
        """Let the next process in; doing it twice is the same as once."""
        if self._descriptor is not None:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            self.leave()

    def leave(self) -> None:
        """Let go of the file, in a forked child: its parent keeps the lock."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _open(lock_path: Path, path: Path) -> int:
    try:
        return os.open(lock_path, os.O_RDWR | os.O_CREAT, 0o600)
    except (FileNotFoundError, NotADirectoryError):
        raise JournalError(
            f"The directory of the journal {path} does not exist.",
            "Create it, or let INFOBIP_JOURNAL_URL name another file.",
        ) from None
    except OSError as error:
        raise JournalError(
            f"The lock file {lock_path} of the journal can't be written ({error.strerror}).",
            "Give this user the right to write the journal's directory, or let INFOBIP_JOURNAL_URL name another file.",
        ) from error


def _taken(path: Path, owner: str) -> JournalError:
    by = f"process {owner}" if owner.isdigit() else "another process"
    return JournalError(
        f"The journal {path} is in use by {by}.",
        "Stop that one first, or let INFOBIP_JOURNAL_URL name another file.",
        path=str(path),
        owner=owner,
    )


#: Locks of this process. A forked child shares them, and would keep the journal locked after its parent has died.
_held: weakref.WeakSet[FileLock] = weakref.WeakSet()


def _leave_to_parent() -> None:
    for lock in list(_held):
        lock.leave()


os.register_at_fork(after_in_child=_leave_to_parent)
