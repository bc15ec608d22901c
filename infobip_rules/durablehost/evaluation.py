"""Evaluation of one signal in a session of durable-rules: its state and the signal go in, effects and a trace come out.

Rules fire in a loop of our own, with durable-rules' own actions and contexts: one that raises is seen, and its signal comes
to nothing then; one that takes long is not begun again.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from durable import engine as durable_engine

from infobip_rules.actions import SENDING, SendOptions
from infobip_rules.actions import Message as Sent
from infobip_rules.channels.registry import Channels
from infobip_rules.durablehost.actions import run_action
from infobip_rules.durablehost.firing_context import FiringContext, OtherRulesets
from infobip_rules.durablehost.messages import Message, key_of, why_unfit, without_sid
from infobip_rules.durablehost.private_engine import (
    SID,
    Activation,
    EngineError,
    ObservedError,
    PrivateEngine,
    UnhandledError,
)
from infobip_rules.durablehost.registered_rules import RegisteredRules, RulesetHost
from infobip_rules.durablehost.rule_failures import circle, engine_failure, rule_failure, unfit
from infobip_rules.durablehost.rule_timers import (
    due_times,
    is_pulse,
    number_due,
    pulse,
    scheduled_event,
    timer_changes,
    timer_message,
)
from infobip_rules.durablehost.session_state import DurableState, read_state, write_state
from infobip_rules.durablehost.tracing import changed, fired_rule
from infobip_rules.engine.explain.trace import Changed, FiredRule
from infobip_rules.engine.session.evaluation import MOST_MESSAGES, Effects, Firing
from infobip_rules.errors import RuleError
from infobip_rules.signals import MomentCame, Signal
from infobip_rules.timers import Delay, TimerChange, checked_name, due_moment

#: Events that wait for others in one session; more of them make each evaluation slow.
MANY_EVENTS = 500
P = ParamSpec("P")
R = TypeVar("R")
_NAMESPACE = uuid.UUID("6f3f4c39-9f0c-5b8e-9b39-0a5d2c1f7e11")


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """What every evaluation is made with."""

    engine: PrivateEngine
    rules: RegisteredRules
    #: The application's host, for other rulesets that bodies post to.
    host: RulesetHost
    channels: Channels
    most_firings: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PostedSignal:
    """A signal that is to be posted."""

    id: int
    #: The name of its type.
    kind: str
    #: Its fields.
    fields: Message = field(repr=False)
    #: The key of its session: mostly a phone number.
    person: str = field(repr=False)
    #: Tells it from every other signal of every journal, and is the same whenever it is evaluated.
    origin: str = field(repr=False)


def _while_it_fires(method: Callable[Concatenate[Evaluation, P], R]) -> Callable[Concatenate[Evaluation, P], R]:
    """Returns a method that a body calls, which does nothing when no rule fires any more.

    A thread may come too late, and so may a `c` that was kept: the session that is in the engine then is another person's.
    """

    @wraps(method)
    def guarded(self: Evaluation, /, *given: P.args, **named: P.kwargs) -> R:
        with self._turn:
            if not self._firing:
                raise RuleError(
                    "The rule has ended: what it was given is of use only while it fires.",
                    "Post an event of your own instead, by `plugin.post`.",
                )
            return method(self, *given, **named)

    return guarded


class Evaluation:
    """The evaluation of one signal; what bodies do with `c` comes here."""

    def __init__(self, setting: Setting, signal: PostedSignal, now: datetime) -> None:
        self.now = now
        self.fired: list[Firing] = []
        self.traced: list[FiredRule] = []
        self._setting = setting
        self._engine = setting.engine
        self._signal = signal
        self._rulesets = OtherRulesets(setting.host, setting.rules.name, self)
        #: The facts and events that came, in their order, by what tells them apart.
        self._order: dict[str, None] = {}
        self._retracted: set[str] = set()
        self._unread: list[Message] = []
        self._forgotten = False
        self._timers: dict[str, TimerChange] = {}
        self._warnings: list[str] = []
        # Of the firing under way.
        self._firing = False
        self._turn = threading.RLock()
        self._rule = ""
        self._messages: list[Sent] = []
        self._changes: list[Changed] = []
        self._sends: dict[str, int] = {}

    @property
    def rule(self) -> str:
        """The rule that fires, or fired last; empty before the first."""
        line = self._setting.rules.lines.get(self._rule)
        return line.id if line is not None else ""

    def run(self, stored: bytes | str | None) -> Effects:
        """Returns what the signal comes to in a session that was stored so; raises EvaluationError if it fails."""
        state = read_state(stored)
        if not self._is_moment and (why := why_unfit(self._signal.fields)):
            raise unfit(self._signal.kind, why)
        sending = SENDING.set(self._send)
        try:
            return self._run(state)
        except EngineError as problem:
            raise engine_failure(problem, self._rule) from None
        finally:
            SENDING.reset(sending)

    def _run(self, state: DurableState) -> Effects:
        try:
            self._unread = self._engine.load(state)
            self._order = {key_of(message): None for message in (*state.facts, *state.events)}
            self._open(state)
            if self._is_moment:
                self._ring()
            else:
                self._give(self._engine.post, self._event())
            return self._effects(state)
        finally:
            self._engine.let_go()

    @property
    def _is_moment(self) -> bool:
        return self._signal.kind == MomentCame.__name__

    def _event(self) -> Message:
        own = {"type": self._signal.kind, "id": f"signal-{self._signal.id}"}
        fields = self._signal.fields
        return {**fields, **own, "from_": fields["from"]} if "from" in fields else {**fields, **own}

    def _open(self, state: DurableState) -> None:
        """Asserts the agent of the session's person at first contact."""
        if state.opened:
            return
        agent = {"type": "ClientAgent", "id": "agent", "phone": self._signal.person}
        state.opened = True
        state.facts.append(agent)
        self._give(self._engine.assert_fact, agent)

    def _ring(self) -> None:
        """Fires the timers that are due; one at a time, as durable-rules does.

        Only when their moment comes: if a rule raises then, that is a dead letter of its own, and messages go on.
        """
        # The clock may have been set back since the moment came.
        time = max(self.now, datetime.fromisoformat(self._signal.fields["moment"]))
        for number in range(number_due((*self._engine.facts(), *self._engine.events()), time)):
            self._give(self._engine.post, pulse(number, time))

    def _give(self, give: Callable[[Message], None], message: Message) -> None:
        """Gives the session a message from outside, and fires what it satisfies; one that no rule looks for is passed over."""
        if self._forgotten:
            return
        self._order[key_of(message)] = None
        with suppress(UnhandledError, ObservedError):  # charts begin nonetheless
            give({**message, "sid": SID})
        self._fire_all()

    def _fire_all(self) -> None:
        started = self._engine.start()
        if started is None:
            return
        own, following = started
        activation: Activation | None = following
        while activation is not None:
            self._fire(activation, own)
            # What else would fire in a session that is forgotten would do so in one that is there no more.
            activation = None if self._forgotten else self._complete(own)

    def _complete(self, own: Message) -> Activation | None:
        kept = {name: value for name, value in own.items() if name != "id"}
        if why := why_unfit(kept, own=True):
            problem = RuleError(f"durable-rules can't keep `c.s`: {why}.", "Leave it out, or give it another form.")
            raise rule_failure(self._setting.rules.lines[self._rule], problem)
        return self._engine.complete(own)

    def _fire(self, activation: Activation, own: Message) -> None:
        line = self._setting.rules.lines[activation.rule]
        if len(self.fired) >= self._setting.most_firings:
            raise circle([firing.rule for firing in self.fired], line)
        self._rule, self._messages, self._changes = activation.rule, [], []
        context = FiringContext(self, self._rulesets, own, activation.matched)
        matched = json.loads(json.dumps(activation.matched))  # before the body changes it
        self._firing = True
        try:
            run_action(self._setting.rules.actions[activation.rule], context)
        except BaseException as problem:  # whatever a rule raises is its own failure, not an order to the host
            raise rule_failure(line, problem) from problem
        finally:
            with self._turn:
                self._firing = False
        self._forgotten = context.deletes_state
        numbers = {key: number for number, key in enumerate(self._order, 1)}
        traced = fired_rule(
            line,
            matched,
            numbers=numbers,
            messages=self._messages,
            changes=self._changes,
            channels=self._setting.channels,
        )
        self.traced.append(traced)
        elements = tuple(element.element for element in traced.matched)
        self.fired.append(Firing(line.id, elements, tuple(self._messages)))

    def _effects(self, state: DurableState) -> Effects:
        before = due_times((*state.facts, *state.events))
        after = DurableState() if self._forgotten else self._state(state)
        if len(after.events) > MANY_EVENTS:
            self._warnings.append(
                f"{len(after.events)} events of the session wait for others. Let a rule consume them, or match them as facts."
            )
        timers = {change.name: change for change in timer_changes(before, due_times((*after.facts, *after.events)))}
        timers.update(self._timers)
        return Effects(write_state(after), tuple(self.fired), tuple(self._warnings), tuple(timers.values()))

    def _state(self, before: DurableState) -> DurableState:
        """Returns what the session remembers from here on, in the order in which it came."""
        place = {key: number for number, key in enumerate(self._order)}

        def in_order(messages: Sequence[Message]) -> list[Message]:
            known = {key_of(message): without_sid(message) for message in messages if not is_pulse(message)}
            return sorted(known.values(), key=lambda message: place.get(key_of(message), len(place)))

        facts = self._engine.facts()
        held = {key_of(fact) for fact in facts}
        # Facts that no rule refers to any more, of which the engine knows nothing: a rule may again, after a deployment. The
        # same holds for events, timers included.
        unknown = [fact for fact in before.facts if key_of(fact) not in held | self._retracted]
        return DurableState(
            facts=in_order([*facts, *unknown]),
            events=in_order([*self._unread, *self._engine.events()]),
            own=self._engine.own(),
            opened=True,
        )

    # What bodies do, by way of `c` (see `SessionWork`).

    @_while_it_fires
    def assert_event(self, event: Message) -> None:
        """Posts an event into the session."""
        self._add(self._engine.post, event)

    @_while_it_fires
    def assert_fact(self, fact: Message) -> None:
        """Asserts a fact in the session."""
        self._add(self._engine.assert_fact, fact)

    @_while_it_fires
    def retract_fact(self, fact: Message) -> None:
        """Retracts a fact of the session."""
        message = self._own_message(fact)
        try:
            self._engine.retract(message)
        except UnhandledError:
            raise durable_engine.MessageNotHandledException(message) from None
        self._retracted.add(key_of(message))
        self._changes.append(changed("deleted", message))

    def _add(self, give: Callable[[Message], None], message: Message) -> None:
        own = self._own_message(message)
        if why := why_unfit(own, own=True):
            raise RuleError(f"durable-rules can't take the message: {why}.", "Leave it out, or give it another form.")
        try:
            give(own)
        except UnhandledError:
            raise durable_engine.MessageNotHandledException(own) from None
        except ObservedError:
            raise durable_engine.MessageObservedException(own) from None
        key = key_of(own)
        self._order.pop(key, None)  # it comes last, if it was there before
        self._order[key] = None
        self._retracted.discard(key)
        self._changes.append(changed("inserted", own))

    def _own_message(self, given: Any) -> Message:
        message = getattr(given, "_d", given)
        if not isinstance(message, Mapping):
            raise RuleError(f"A message is a dict, not {type(given).__name__}.", 'Give e.g. {"type": "Order"}.')
        if str(message.get("sid", SID)) != SID:
            raise RuleError(
                "A message of a body has a `sid` of another session.",
                "Leave `sid` out: in the plugin rules reach their own session only.",
            )
        return {**message, "sid": SID}

    @_while_it_fires
    def start_timer(self, sid: object, timer: str, timer_duration: float, manual_reset: object) -> None:
        """Starts a timer, in place of one of the same name."""
        self.cancel_timer(sid, timer)
        message = {**timer_message(timer, timer_duration, self.now), "sid": SID}
        try:
            (self._engine.assert_fact if manual_reset else self._engine.post)(message)
        except UnhandledError:
            raise RuleError(
                f"No rule asks for timeout({timer!r}).", "Write the rule, or start no such timer."
            ) from None
        self._order[key_of(message)] = None

    @_while_it_fires
    def cancel_timer(self, sid: object, timer_name: str) -> None:
        """Cancels a timer; if there is none, nothing happens."""
        self._unread = [event for event in self._unread if timer_name not in due_times([event])]
        for message in (*self._engine.events(), *self._engine.facts()):
            if timer_name in due_times([message]):
                self._engine.retract(message)
                self._retracted.add(key_of(message))

    @_while_it_fires
    def get_facts(self, sid: object) -> list[Message]:
        """Returns the facts of the session."""
        return self._engine.facts()

    @_while_it_fires
    def get_pending_events(self, sid: object) -> list[Message]:
        """Returns the events of the session that wait."""
        return self._engine.events()

    @_while_it_fires
    def schedule(
        self,
        signal: Signal | Message,
        *,
        at: datetime | None = None,
        after: Delay | None = None,
        name: str | None = None,
    ) -> str:
        """Schedules a signal, or a dict with its `type`, for the session; returns the timer's name."""
        due_at = due_moment(self.now, at=at, after=after)
        kind, payload = scheduled_event(signal)
        chosen = f"{kind}#{self._signal.id}.{len(self._timers)}" if name is None else checked_name(name)
        self._change_timer(TimerChange(name=chosen, due_at=due_at, kind=kind, payload=payload))
        return chosen

    @_while_it_fires
    def cancel(self, name: str) -> None:
        """Cancels what was scheduled under a name; if there is nothing, or it has come, nothing happens."""
        self._change_timer(TimerChange(name=checked_name(name)))

    def _change_timer(self, change: TimerChange) -> None:
        self._timers.pop(change.name, None)
        self._timers[change.name] = change

    @_while_it_fires
    def _send(self, command: object, options: SendOptions) -> str:
        if len(self._messages) >= MOST_MESSAGES:
            raise RuleError(
                f"A rule sends at most {MOST_MESSAGES} messages at once.", "Send the rest at later signals."
            )
        composed = self._setting.channels.compose(command)
        number = self._sends[self._rule] = self._sends.get(self._rule, 0) + 1
        # The same whenever this signal is evaluated: Infobip refuses a second message of the same id.
        own = uuid.uuid5(_NAMESPACE, f"{self._signal.origin}\n{self._rule}\n{number}")
        message = composed._replace(message_id=str(own), **options._asdict())
        self._messages.append(message)
        return message.message_id
