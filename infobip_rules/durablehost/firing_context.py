"""The context of a firing in a session of durable-rules, a rule body's `c`: as durable-rules has it, but that what a body
does is kept with all else that its signal comes to.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from durable import engine

from infobip_rules.durablehost.messages import Message
from infobip_rules.signals import Signal
from infobip_rules.timers import Delay


class SessionWork(Protocol):
    """The evaluation under way, as far as a body reaches it; messages are in durable-rules' own form."""

    #: The moment of the evaluation.
    now: datetime

    def assert_event(self, event: Message) -> None:
        """Posts an event into the session."""

    def assert_fact(self, fact: Message) -> None:
        """Asserts a fact in the session."""

    def retract_fact(self, fact: Message) -> None:
        """Retracts a fact of the session."""

    def start_timer(self, sid: Any, timer: str, timer_duration: float, manual_reset: object) -> None:
        """Starts a timer."""

    def cancel_timer(self, sid: Any, timer_name: str) -> None:
        """Cancels it."""

    def get_facts(self, sid: Any) -> list[Message]:
        """Returns the facts of the session."""

    def get_pending_events(self, sid: Any) -> list[Message]:
        """Returns the events of the session that wait."""

    def schedule(
        self,
        signal: Signal | Message,
        *,
        at: datetime | None = None,
        after: Delay | None = None,
        name: str | None = None,
    ) -> str:
        """Schedules a signal for the session."""

    def cancel(self, name: str) -> None:
        """Cancels what was scheduled under a name."""


class OtherRulesets:
    """The application's host, as a body reaches other rulesets with it."""

    def __init__(self, host: Any, own: str, work: SessionWork) -> None:
        self._host = host
        self._own = own
        self._work = work

    def __getattr__(self, name: str) -> Any:
        return getattr(self._host, name)

    def assert_event(self, ruleset_name: str, event: Message) -> None:
        """Posts an event into another ruleset; `durable.engine.Host` has no method of this name, and closures call it."""
        if ruleset_name == self._own:
            self._work.assert_event(event)
        else:
            self._host.post(ruleset_name, event)

    def assert_fact(self, ruleset_name: str, fact: Message) -> None:
        """Asserts a fact in another ruleset."""
        if ruleset_name == self._own:
            self._work.assert_fact(fact)
        else:
            self._host.assert_fact(ruleset_name, fact)

    def retract_fact(self, ruleset_name: str, fact: Message) -> None:
        """Retracts a fact of another ruleset."""
        if ruleset_name == self._own:
            self._work.retract_fact(fact)
        else:
            self._host.retract_fact(ruleset_name, fact)


class FiringContext(engine.Closure):  # type: ignore[misc]  # durable is untyped
    """The `c` of a firing, with all that durable-rules gives it.

    Besides, unless an element of the rule has such a name: `c.now` is the moment of the evaluation, `c.schedule(signal,
    after="3d")` has the session get a signal later (one of a type, or a dict with its `type`), `c.cancel(name)` cancels it.
    """

    def __init__(
        self, work: SessionWork, rulesets: OtherRulesets, own: Message, matched: Mapping[str, Any] | list[Any]
    ) -> None:
        # Not the class's own, which notes the time for a lease of ten seconds.
        self.host = rulesets
        self.s = engine.Content(own)
        self._ruleset = work
        self._completed = False
        self._deleted = False
        if isinstance(matched, Mapping):
            self._m = matched
        else:
            self._m = {}
            self.m = [engine.Content(_single(message)) for message in matched]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = super().__getattr__(name)
        if found is None and name in {"now", "schedule", "cancel"} and name not in self._m:
            return getattr(self._ruleset, name)
        return found

    def renew_action_lease(self) -> None:
        """Does nothing: no firing is begun a second time, however long it takes."""

    @property
    def deletes_state(self) -> bool:
        """Whether the session is to be forgotten."""
        return bool(self._deleted)


def _single(message: Message) -> Message:
    return message["m"] if "m" in message and len(message) == 1 else message
