"""The conversation of a phone of the page as a file for the project's tests."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from infobip_rules.channels.installed import installed_channels
from infobip_rules.cli.as_test import steps_of
from infobip_rules.cli.pytest_folders import configured_test_folders
from infobip_rules.journal.interface import JournalReader
from infobip_rules.journal.records import InboxRow, OutboxRow
from infobip_rules.testing.conversation import Comment, Conversation, write

#: Signals and messages that are looked through, the newest.
_MOST = 10_000


async def conversation_of(journal: JournalReader, number: str, paths: Sequence[Path]) -> str:
    """The conversation of one number as text, with numbers as they are: they are made up.

    It names the rules as they are reached from `place_of_tests`. Raises ConversationError for what has no written form.
    """
    signals, messages = await _history(journal, number)
    return _written(signals, messages, number, paths)


def _written(signals: Sequence[InboxRow], messages: Sequence[OutboxRow], number: str, paths: Sequence[Path]) -> str:
    place = place_of_tests(paths)
    about = Comment(text=f"Saved from `infobip-rules dev`: keep it in {_named(place)}, then run pytest.")
    numbers = {number, *(message.recipient for message in messages)}
    steps = steps_of(signals, messages, numbers={number: number for number in numbers})
    rules = tuple(Path(os.path.relpath(path.resolve(), place.resolve())).as_posix() for path in paths)
    return write(Conversation(steps=(about, *steps), rules=rules))


def place_of_tests(paths: Sequence[Path]) -> Path:
    """The folder in which pytest finds a conversation about these rules, seen from the folder that the program runs in.

    What pytest's configuration there says, else `tests`, else the rules' own folder, else the folder itself.
    """
    here = Path()
    for folder in (*configured_test_folders(here), here / "tests"):
        if folder.is_dir():
            return folder
    folders = {path if path.is_dir() else path.parent for path in paths}
    return folders.pop() if len(folders) == 1 else here


def _named(folder: Path) -> str:
    return f"{folder.as_posix()}/" if folder != Path() else "this folder"


async def _history(journal: JournalReader, number: str) -> tuple[list[InboxRow], list[OutboxRow]]:
    signals = await journal.history.signals(limit=_MOST)
    # Their session is the number's own, unless rules say otherwise.
    keys = {number, *(signal.session_key for signal in signals if _is_from(signal, number))}
    own = [signal for signal in reversed(signals) if signal.session_key in keys]
    messages = await journal.history.messages(limit=_MOST)
    return own, [message for message in reversed(messages) if message.session_key in keys]


def _is_from(row: InboxRow, number: str) -> bool:
    return installed_channels().role(row.kind) == "received" and json.loads(row.payload).get("from") == number
