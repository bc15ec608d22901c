"""An engine of durable-rules of our own, made of a ruleset's conditions: one session at a time, which nobody else sees.

durable-rules' C code reads freed memory when sessions are deleted while a `durable.engine.Host` dispatches them, when it
has had more than 1,024, when two names have the same hash, and when a session is deleted that never ran an action. So
there is one session here, always under the same name, whose place in memory has run an action; no host knows of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import durable_rules_engine as c_engine

from infobip_rules.durablehost.messages import Message, encoded
from infobip_rules.durablehost.safe_conditions import MARK, safe_conditions
from infobip_rules.durablehost.session_state import DurableState

#: What its calls raise: whatever it is about, the session is not to be used any more.
EngineError: type[Exception] = c_engine.error
#: The name of the only session.
SID = "0"
#: Its own fact, which holds what rules know as `c.s`.
_STATE_ID = f"sid-{SID}"
_WARM_UP = "infobip_rules_warm_up"
_UNHANDLED, _OBSERVED = 1, 2
_MARKED = f', "{MARK}": 1}}'


class Activation(NamedTuple):
    """A rule that is to fire now, with what it matched: a message by name, or a list of them for a rule that counts."""

    rule: str
    matched: dict[str, Any] | list[Any]


class UnhandledError(Exception):
    """No rule looks for such a message: durable-rules does not take it."""


class ObservedError(Exception):
    """A message with this id, or of the very same content, is there already."""


class PrivateEngine:
    """One session, put in and taken out again; to be used by one thread at a time.

    `let_go()` is to be called after each `load()`, whatever happens in between. Every method may raise `EngineError`.
    """

    def __init__(self, name: str, conditions: Mapping[str, Any]) -> None:
        rules = {_WARM_UP: {"all": [{"m": {_WARM_UP: 1}}]}, **safe_conditions(conditions)}
        self._handle = c_engine.create_ruleset(name, json.dumps(rules, ensure_ascii=False))
        self._place: Any = None
        self.load(DurableState())
        try:
            self._warm_up()
        finally:
            self.let_go()

    def load(self, state: DurableState) -> list[Message]:
        """Puts a session in, as it was read; nothing of it fires again, but what a new session's `c.s` satisfies does.

        Returns the events that no rule looks for any more: they are not in the engine.
        """
        own = _marked({**state.own, "sid": SID, "id": _STATE_ID, "$s": 1})
        facts = "".join([f",1,{_marked({**fact, 'sid': SID})}" for fact in state.facts])
        c_engine.complete_get_idle_state(self._handle, SID, f"[4,{own}{facts}]")
        if not state.opened:  # as durable-rules does when a session begins: charts start by it
            self._place = c_engine.update_state(self._handle, own)
        unread = []
        for event in state.events:  # so that counts go on
            code, self._place = c_engine.assert_event(self._handle, _marked({**event, "sid": SID}))
            if code == _UNHANDLED:
                unread.append(event)
        return unread

    def let_go(self) -> None:
        """Forgets the session."""
        with suppress(EngineError):  # of one that could not be put in
            c_engine.delete_state(self._handle, SID)

    def close(self) -> None:
        """Frees all that it has."""
        c_engine.delete_ruleset(self._handle)

    def post(self, event: Message) -> None:
        """Posts an event. Raises UnhandledError and ObservedError."""
        self._take(c_engine.assert_event(self._handle, _marked(event)))

    def assert_fact(self, fact: Message) -> None:
        """Asserts a fact. Raises UnhandledError and ObservedError."""
        self._take(c_engine.assert_fact(self._handle, _marked(fact)))

    def retract(self, message: Message) -> None:
        """Retracts a fact or event. Raises UnhandledError if there is none."""
        self._take(c_engine.retract_fact(self._handle, _marked(message)))

    def start(self) -> tuple[Message, Activation] | None:
        """Returns `c.s` and the first rule that is to fire after what was posted or asserted; None if there is none."""
        started = c_engine.start_action_for_state(self._handle, self._place)
        return (_read(started[0]), _activation(started[1])) if started else None

    def complete(self, own: Message) -> Activation | None:
        """Completes the firing under way, which left `own` as `c.s`; the next, None if that was the last."""
        own.update({"sid": SID, "id": _STATE_ID})  # which a body can change: it would be another session's
        c_engine.update_state(self._handle, _marked({**own, "$s": 1}))
        following = c_engine.complete_and_start_action(self._handle, self._place)
        return _activation(following) if following else None

    def facts(self) -> list[Message]:
        """Returns the facts that it holds, in no order."""
        messages: list[Message] = _read(c_engine.get_facts(self._handle, SID))
        return [message for message in messages if message.get("id") != _STATE_ID]

    def events(self) -> list[Message]:
        """Returns the events that no rule has consumed, in no order."""
        messages: list[Message] = _read(c_engine.get_events(self._handle, SID))
        return messages

    def own(self) -> Message:
        """Returns what is kept as `c.s`."""
        own: Message = _read(c_engine.get_state(self._handle, SID))
        return {name: value for name, value in own.items() if name not in {"sid", "id", "$s"}}

    def _take(self, result: Sequence[int]) -> None:
        code, self._place = result
        if code == _UNHANDLED:
            raise UnhandledError
        if code == _OBSERVED:
            raise ObservedError

    def _warm_up(self) -> None:
        """Runs an action, which is none of the user's: it is the first rule of all."""
        self.post({"sid": SID, "id": "warm-up", _WARM_UP: 1})
        started = self.start()
        if started is not None:
            self.complete(started[0])


def _activation(text: str) -> Activation:
    ((rule, matched),) = _read(text).items()
    return Activation(rule, matched)


def _marked(message: Message) -> str:
    """Returns a message as the engine takes it, with the property that all have."""
    return f"{encoded(message)[:-1]}{_MARKED}"


def _read(text: str) -> Any:
    """Returns what the engine gave: messages are in it as they came, and no text of theirs has such a quotation mark."""
    return json.loads(text.replace(_MARKED, "}"))
