"""A phone of the page as a test: what its person went through, as a conversation file to keep beside the rules."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from infobip_rules.cli.as_test import steps_of
from infobip_rules.journal import store
from infobip_rules.journal.records import InboxRow, OutboxRow
from infobip_rules.journal.transaction import Transaction
from infobip_rules.journal.writer import Journal
from infobip_rules.signals import InfobipSmsReceivedMessage
from infobip_rules.testing.conversation import Comment, Conversation, write

#: Signals and messages that are looked through, the newest.
_MOST = 10_000


def conversation_of(journal: Journal, number: str, paths: Sequence[Path]) -> str:
    """The conversation of one number as text, with numbers as they are: they are made up.

    Raises ConversationError for what has no written form.
    """
    signals, messages = journal.read(lambda connection: _history(connection, number))
    about = Comment(text="Saved from `infobip-rules dev`: keep it beside the rules, then run pytest.")
    numbers = {number, *(one.recipient for one in messages)}
    steps = steps_of(signals, messages, numbers={one: one for one in numbers})
    return write(Conversation(steps=(about, *steps), rules=_beside(paths)))


def _history(connection: Transaction, number: str) -> tuple[list[InboxRow], list[OutboxRow]]:
    signals = store.list_inbox(connection, limit=_MOST)
    # Their session is the number's own, unless rules say otherwise.
    keys = {number, *(one.session_key for one in signals if _is_from(one, number))}
    own = [one for one in reversed(signals) if one.session_key in keys]
    messages = store.list_outbox(connection, limit=_MOST)
    return own, [one for one in reversed(messages) if one.session_key in keys]


def _is_from(row: InboxRow, number: str) -> bool:
    return row.kind == InfobipSmsReceivedMessage.__name__ and json.loads(row.payload).get("from") == number


def _beside(paths: Sequence[Path]) -> tuple[str, ...]:
    """The rules as a file names them that lies in their folder; in full where they are of several folders."""
    folders = {(path if path.is_dir() else path.parent).resolve() for path in paths}
    if len(folders) > 1:
        return tuple(str(path.resolve()) for path in paths)
    return tuple("." if path.is_dir() else path.name for path in paths)
