"""The locks that admit one process at a time to a journal."""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import sys
import weakref
from pathlib import Path

from infobip_rules.errors import JournalError
from infobip_rules.journal.sqlite.presence import FilePresence

#: The byte of the journal's file that is locked: far from those that SQLite locks, and beyond the end of any file.
_BYTE = 1 << 62
#: A byte that SQLite locks for itself alone before it writes the log up at the end ("SHARED_FIRST" in its `os.h`).
_SHARED = 0x4000_0002
#: What a system answers that knows no such lock, or a file system that has none, or none so far out.
_NO_SUCH_LOCK = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK, errno.EOVERFLOW}


class FileLock:
    """Exclusive locks on a journal, held until they are released or the process ends.

    One is on the side file `<journal>-lock`, which says whose it is and stays: taking it away would let two processes
    hold locks on two files of the same name. On Linux another is on the journal's file itself, which is then the same
    by whatever name it is opened, and whatever becomes of the side file.
    """

    def __init__(self, path: Path) -> None:
        """Takes the locks of the journal at `path`, whose file is made for its owner alone if it is not there.

        JournalError if another process has one of them or a file can't be made.
        """
        self._path = path
        self._side: int | None = _open_side(path.with_name(path.name + "-lock"), path)
        #: The journal's own file, open while the lock is held. Closing it would let go of the locks that SQLite holds on
        #: it in this process, so that it is opened before SQLite opens it, and closed after.
        self.file: int | None = None
        try:
            fcntl.flock(self._side, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.file = _open_file(path)
            _lock_byte(self.file, fcntl.F_WRLCK, _BYTE)
        except BlockingIOError:
            owner = os.pread(self._side, 20, 0).decode(errors="replace").strip()
            self.leave()
            raise _taken(path, owner) from None
        except BaseException:
            self.leave()
            raise
        os.truncate(self._side, 0)
        os.pwrite(self._side, str(os.getpid()).encode(), 0)
        _held.add(self)

    def presence(self) -> FilePresence:
        """What looks after the file that is locked, for as long as it is."""
        if self.file is None:
            raise JournalError(f"The journal {self._path} is closed.", "Open it again.")
        return FilePresence(self._path, self.file)

    def keep_log_apart(self) -> None:
        """Makes SQLite leave the log beside the file when it closes it: what is damaged would be written into the file.

        Only if the file itself is locked.
        """
        if self.file is not None:
            _lock_byte(self.file, fcntl.F_RDLCK, _SHARED)

    def release(self) -> None:
        """Releases the locks; doing it twice is the same as once."""
        if self._side is not None:
            fcntl.flock(self._side, fcntl.LOCK_UN)
        self.leave()

    def leave(self) -> None:
        """Closes the files, in a forked child: its parent keeps the locks."""
        for descriptor in (self.file, self._side):
            if descriptor is not None:
                os.close(descriptor)
        self.file = self._side = None


def _open_side(lock_path: Path, path: Path) -> int:
    try:
        return os.open(lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
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


def _open_file(path: Path) -> int:
    # Made here, SQLite makes the files beside it with the same rights.
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise JournalError(
            f"The journal {path} can't be written ({error.strerror}).",
            "Give this user the right to write the file and its directory.",
            path=str(path),
        ) from error


def _lock_byte(descriptor: int, kind: int, byte: int) -> None:
    """Locks a byte of the file for this opening of it: unlike flock and lockf, that meets no lock of SQLite's.

    Raises BlockingIOError if another opening has it. Where there is no such lock, such as in a gVisor sandbox or on some
    file systems, the side file's has to do, as it does on other platforms.
    """
    if sys.platform != "linux":
        return
    lock = struct.pack("@hhqqi0q", kind, os.SEEK_SET, byte, 1, 0)
    try:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, lock)
    except BlockingIOError:
        raise
    except OSError as error:
        if error.errno not in _NO_SUCH_LOCK:
            raise


def _taken(path: Path, owner: str) -> JournalError:
    if owner == str(os.getpid()):
        return JournalError(
            f"The journal {path} is in use by process {owner}, which is this one.",
            "A journal serves one host, or one plugin: stop the other first, or give this one another journal: "
            "Settings.load(journal_url=...).",
            path=str(path),
            owner=owner,
        )
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
