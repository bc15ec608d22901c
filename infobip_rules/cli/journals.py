"""A command's way into a journal: opened, asked, and let go of, in an event loop of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from infobip_rules.journal import open_editor, open_reader
from infobip_rules.journal.interface import JournalEditor, JournalReader

T = TypeVar("T")


def read(url: str, ask: Callable[[JournalReader], Awaitable[T]]) -> T:
    """What `ask` comes to with a journal that is only looked at. Raises JournalError."""

    async def asked() -> T:
        async with open_reader(url) as journal:
            return await ask(journal)

    return asyncio.run(asked())


def edit(url: str, change: Callable[[JournalEditor], Awaitable[T]]) -> T:
    """What `change` comes to with a journal that is changed by hand. Raises JournalError."""

    async def changed() -> T:
        async with open_editor(url) as journal:
            return await change(journal)

    return asyncio.run(changed())
