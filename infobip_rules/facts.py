"""Facts, which a session keeps between signals, and `ClientAgent`, the first fact of every session."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Fact(BaseModel):
    """A fact, which a session keeps between signals.

    Subclass it with the fields you want to keep::

        class Order(Fact):
            number: str
            paid: bool = False

    Facts are values: a rule changes one with `c.modify(c.order, paid=True)`, never by assignment, so that every change is
    seen by the rules and kept in the journal.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class ClientAgent(Fact):
    """The person a session belongs to: inserted at first contact, with the ways to reach them in `connections`."""

    identifier: str = ""
    connections: dict[str, str] = {}

    def get_connection(self, name: str) -> str | None:
        """The address under `name` (`"phone"` is E.164 digits), or None."""
        return self.connections.get(name)

    def getConnection(self, name: str) -> str | None:  # noqa: N802 - the product's documented spelling
        """The documented spelling of `get_connection`."""
        return self.get_connection(name)
