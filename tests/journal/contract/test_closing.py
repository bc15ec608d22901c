"""A journal that is closed stays closed: whatever is asked of it is refused, and nothing opens it anew."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from infobip_rules.errors import JournalError
from infobip_rules.journal.interface import Journal
from tests.journal.contract import asking as ask
from tests.journal.make import NOON, a_signal

ASKED: dict[str, Callable[[Journal], Awaitable[object]]] = {
    "taking in": lambda journal: ask.accept(journal, [a_signal()]),
    "claiming": lambda journal: ask.claim(journal, now=NOON, limit=1),
    "looking at what is due": lambda journal: journal.timers.next_due(),
    "looking at the silence": lambda journal: journal.retention.silence_ended(now=NOON, longest=timedelta(days=1)),
    "forgetting": lambda journal: journal.retention.prune(NOON, now=NOON, limit=1),
}


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
async def test_what_is_asked_of_a_closed_journal_is_refused(
    journal: Journal, asked: Callable[[Journal], Awaitable[object]]
) -> None:
    await asked(journal)
    await journal.aclose()
    with pytest.raises(JournalError, match=r"The journal .* is closed"):
        await asked(journal)
    await journal.aclose()
