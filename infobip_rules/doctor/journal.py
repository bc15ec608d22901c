"""DOC30 to DOC36: the journal's file, its readers, disk space, layout, and the items that wait for a person."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from infobip_rules.doctor.result import Result, note, ok, problem
from infobip_rules.errors import JournalError
from infobip_rules.journal import files_of, open_reader
from infobip_rules.journal.records import Depth
from infobip_rules.journal.views import JournalFiles

_MEGABYTE = 1_000_000
#: Free bytes below which the journal is in danger, and below which it soon may be.
_TOO_LITTLE, _LITTLE = 100 * _MEGABYTE, 1_000 * _MEGABYTE
#: The time after which a running host would have taken a signal.
_LONG = timedelta(minutes=5)


def journal(url: str, now: datetime) -> Iterator[Result]:
    """The results about a journal, which is only read."""
    try:
        files = files_of(url)
    except JournalError as cause:
        yield problem("DOC30", "journal", cause.fact, cause.remedy)
        return
    path = files.path
    yield _file(path)
    yield from _readers(files)
    yield from _room(path)
    if path.is_file():
        yield from _content(url, now)


def _file(path: Path) -> Result:
    target = path if path.exists() else path.parent
    if not target.exists():
        return problem("DOC30", "journal", f"the folder {target} does not exist.", "Make it, or name another journal.")
    if not os.access(target, os.W_OK) or not os.access(path.parent, os.W_OK):
        return problem("DOC30", "journal", f"{target} can't be written to.", "Give the program's user the right to.")
    if not path.exists():
        return ok("DOC30", "journal", f"{path} will be made at the first start")
    return ok("DOC30", "journal", f"{path}, {path.stat().st_size / _MEGABYTE:.1f} MB")


def _readers(files: JournalFiles) -> Iterator[Result]:
    """DOC36: whether others on this machine can read what people wrote, or put another file in its place."""
    folder, exposed = files.path.parent, files.open_to_others
    if not folder.exists():
        return
    if exposed:
        hint = f"Run: chmod o-rwx {' '.join(exposed)} (in {folder}); the host does it at its next start."
        yield problem("DOC36", "readers", f"everybody on this machine can read {', '.join(exposed)}.", hint)
    elif files.replaceable:
        hint = "Run: chmod o-w on it, or keep the journal in a folder of its own."
        yield note("DOC36", "readers", f"everybody on this machine can put files into {folder}.", hint)
    else:
        yield ok("DOC36", "readers", "only its owner, or a group that was given the right")


def _room(path: Path) -> Iterator[Result]:
    folder = next((parent for parent in path.parents if parent.exists()), Path("/"))
    free = shutil.disk_usage(folder).free
    says = f"{free // _MEGABYTE} MB are free"
    hint = "Make room: without it webhooks are answered 503."
    if free < _TOO_LITTLE:
        yield problem("DOC31", "disk", f"{says}.", hint)
    else:
        yield note("DOC31", "disk", f"{says}.", hint) if free < _LITTLE else ok("DOC31", "disk", says)


async def _waiting_in(url: str) -> tuple[Depth, int]:
    async with open_reader(url) as journal:
        return await journal.overview.depth(), len(await journal.history.failed_messages())


def _content(url: str, now: datetime) -> Iterator[Result]:
    try:
        depth, failed = asyncio.run(_waiting_in(url))
    except JournalError as cause:
        yield problem("DOC32", "layout", cause.fact, cause.remedy)
        return
    yield ok("DOC32", "layout", "of this version")
    yield _waiting(
        "DOC33", "dead letters", depth.dead, "See `infobip-rules signals --dead`, then replay or discard them."
    )
    yield _waiting("DOC33", "messages given up", failed, "See `infobip-rules outbox --dead`, then resend them.")
    yield _waiting("DOC34", "set aside", depth.asides, "See `infobip-rules asides`; they are forgotten with time.")
    yield _backlog(depth, now)


def _waiting(id_: str, name: str, number: int, hint: str) -> Result:
    return problem(id_, name, f"{number} for you to look at.", hint) if number else ok(id_, name, "none")


def _backlog(depth: Depth, now: datetime) -> Result:
    says = (
        f"{depth.pending} signals and {depth.ready + depth.sending} messages wait, {depth.unknown} outcomes are unknown"
    )
    if depth.pending_since is not None and now - depth.pending_since > _LONG:
        return problem(
            "DOC35", "backlog", f"{says}, since {depth.pending_since:%Y-%m-%d %H:%M} UTC.", "Is the host running?"
        )
    return ok("DOC35", "backlog", says)
