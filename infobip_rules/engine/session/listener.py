"""The listener of a working memory, which is notified of changes and firings."""

from __future__ import annotations

from typing import Protocol

from pydantic import BaseModel

from infobip_rules.engine.network.alpha import Branch
from infobip_rules.engine.network.elements import Element, Tuple


class Listener(Protocol):
    """Notified by a working memory of what happens in it, if it is attached to one."""

    def on_change(
        self,
        element: Element,
        before: BaseModel | None,
        after: BaseModel | None,
        *,
        origin: str | None,
        fields: frozenset[str] | None = None,
    ) -> None:
        """Notes that an element came (no version before), changed or went (no version after), with the `fields` named."""
        ...

    def on_firing(self, branch: Branch, match: Tuple) -> None:
        """Notes that a match fires: it does what changes from here on."""
        ...
