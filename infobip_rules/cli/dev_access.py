"""Access to what `dev` serves: free at this machine, and from elsewhere with the token of this start."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Self

from infobip_rules.pages.guard import Guard
from infobip_rules.web.overview.entrance import Entrance

_BYTES = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class DevAccess:
    """The token of a start, and the texts that show it to those who may come in."""

    #: Whether nobody but this machine reaches it.
    local: bool
    #: None: none is asked for.
    token: str | None
    #: Whether the token is of this start alone, and so may be shown to whoever made the start.
    made_up: bool

    @classmethod
    def of(cls, given: str | None, *, local: bool) -> Self:
        """With the token that is set; else, where others reach it, with one made up."""
        made_up = given is None and not local
        return cls(local=local, token=secrets.token_urlsafe(_BYTES) if made_up else given, made_up=made_up)

    def guard(self) -> Guard:
        """The guard of the page of phones; at this machine it never asks for a token."""
        return Entrance(None if self.local else self.token, local=self.local)

    @property
    def query(self) -> str:
        """The end of the page's address."""
        if self.local:
            return ""
        return f"?token={self.token if self.made_up else '***'}"

    @property
    def option(self) -> str:
        """The option that commands need to write to it; a token that is set they find by themselves."""
        return f" --token {self.token}" if self.made_up else ""

    @property
    def hints(self) -> tuple[str, ...]:
        """The lines of the banner about the token."""
        if self.local:
            return ()
        others = "Others can reach it, under this machine's name or address, with the token only"
        if self.made_up:
            return (f"{others}. It is of this start; INFOBIP_WEBHOOK_TOKEN sets one that stays.",)
        return (f"{others}: *** is the value of INFOBIP_WEBHOOK_TOKEN.",)
