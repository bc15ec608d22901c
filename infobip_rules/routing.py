"""Decorators of rule files for the session of a signal, and the first facts of a session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from infobip_rules.facts import Fact
from infobip_rules.signals import Signal

_Route = TypeVar("_Route", bound=Callable[[Signal], "str | None"])
_FirstContact = TypeVar("_FirstContact", bound=Callable[[str], Sequence[Fact]])

#: Set on the functions that `route` and `first_contact` mark; the loader looks for it.
ROLE = "__infobip_rules_role__"


def route(function: _Route) -> _Route:
    """Marks the function of a rule file that returns the session of a signal.

    It takes the signal and returns the session's key, or None for the session of the person's number. It is run with
    the rules, within their limits; a signal for which it fails is a dead letter::

        @route
        def by_order(signal):
            return f"order-{signal.keyword}" if signal.keyword.isdigit() else None
    """
    setattr(function, ROLE, "route")
    return function


def first_contact(function: _FirstContact) -> _FirstContact:
    """Marks the function of a rule file that returns the first facts of a new session.

    It takes the session's key (a phone number unless `route` says otherwise)::

        @first_contact
        def open_session(phone):
            return [Customer(connections={"phone": phone})]
    """
    setattr(function, ROLE, "first_contact")
    return function
