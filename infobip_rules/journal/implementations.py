"""The implementations of the journal, by the schemes of the URLs that name their journals."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, NamedTuple, Protocol

from infobip_rules.errors import JournalError

if TYPE_CHECKING:  # what a journal is made of is loaded when one is opened
    from datetime import timedelta

    from infobip_rules.clock import Clock
    from infobip_rules.journal.interface import Journal, JournalEditor, JournalReader
    from infobip_rules.journal.views import JournalFiles


class Openers(Protocol):
    """How journals of one implementation are opened: a module with these functions."""

    def open_journal(self, url: str, *, clock: Clock, first_lookup: timedelta) -> AbstractAsyncContextManager[Journal]:
        """As `infobip_rules.journal.open_journal`."""
        ...

    def open_reader(self, url: str) -> AbstractAsyncContextManager[JournalReader]:
        """As `infobip_rules.journal.open_reader`."""
        ...

    def open_editor(self, url: str) -> AbstractAsyncContextManager[JournalEditor]:
        """As `infobip_rules.journal.open_editor`."""
        ...

    def files_of(self, url: str) -> JournalFiles:
        """As `infobip_rules.journal.files_of`."""
        ...


class Implementation(NamedTuple):
    """A way to keep a journal."""

    #: A URL of one of its journals, for error messages.
    example: str
    #: Loads what opens them.
    load: Callable[[], Openers]


def _sqlite() -> Openers:
    from infobip_rules.journal.sqlite import opening

    return opening


#: The implementations that there are, by scheme.
IMPLEMENTATIONS: Mapping[str, Implementation] = {
    "sqlite": Implementation("sqlite:///infobip-rules.db", _sqlite),
}
#: A scheme, and perhaps a driver, such as SQLAlchemy's URLs have.
_SCHEME = re.compile(r"([a-z][a-z0-9]*)(?:\+[a-z0-9]+)?://", re.IGNORECASE)


def openers_for(url: str, implementations: Mapping[str, Implementation] = IMPLEMENTATIONS) -> Openers:
    """What opens the journal that a URL names. Raises JournalError, naming what there is, if nothing does."""
    remedy = f"Write it like {' or '.join(known.example for known in implementations.values())}."
    found = _SCHEME.match(url)
    if found is None:
        raise JournalError("The journal URL can't be read.", remedy)
    scheme = found[1].lower()
    if scheme not in implementations:
        raise JournalError(f"No journal can be kept at a URL that begins with {scheme}://.", remedy)
    return implementations[scheme].load()
