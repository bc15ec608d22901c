"""Evaluation of signals: a session's state and signals go in, effects come out. No I/O, no clock, no randomness.

Loading, evaluating and saving at every signal behaves as one session that never ended: stored facts have fired what they
match, so they are replayed silently; signals end with the evaluation; what is left is the state.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from infobip_rules.actions import SENDING, Compose, Message, SendOptions
from infobip_rules.engine.network.alpha import ALWAYS, Branch
from infobip_rules.engine.network.elements import Element, Tuple
from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.rules.model import patterns_of
from infobip_rules.engine.rules.moment import MOMENT
from infobip_rules.engine.rules.user_error import described, sentence
from infobip_rules.engine.session.context import Context
from infobip_rules.engine.session.open_work import moments, open_work
from infobip_rules.engine.session.recorder import Recorder
from infobip_rules.engine.session.session_restore import restore
from infobip_rules.engine.session.state import SessionState, StoredFact, read_state, stored, write_state
from infobip_rules.engine.session.working_memory import WorkingMemory
from infobip_rules.errors import EvaluationError, RuleError
from infobip_rules.facts import Fact
from infobip_rules.signals import MomentCame, Signal
from infobip_rules.timers import TimerChange, payload_of

#: Firings in an evaluation beyond which rules are taken to run in circles.
MOST_FIRINGS = 100
#: Messages after which a firing is given up: a loop that has no end would bury everybody else's.
MOST_MESSAGES = 10_000
#: Innermost frames of a failure that are kept: a recursion has a thousand.
MOST_FRAMES = 20
_PACKAGE = Path(__file__).parents[2]


class Firing(NamedTuple):
    """A rule that fired, with what it matched (`Type#number`, signals without number) and what it wants sent."""

    rule: str
    elements: tuple[str, ...]
    messages: tuple[Message, ...]


class Effects(NamedTuple):
    """The effects of an evaluation; committed as a whole or not at all."""

    state: bytes
    fired: tuple[Firing, ...]
    warnings: tuple[str, ...] = ()
    #: Timers set and cancelled, a change for each name.
    timers: tuple[TimerChange, ...] = ()

    @property
    def messages(self) -> tuple[tuple[Message, str], ...]:
        """The messages to send in order, each with the rule that wanted it."""
        return tuple((message, firing.rule) for firing in self.fired for message in firing.messages)


def evaluate(
    rulebook: Rulebook,
    state: bytes | str | None,
    signals: Iterable[Signal],
    *,
    now: datetime,
    compose: Compose,
    opening: Sequence[Fact] = (),
    most_firings: int = MOST_FIRINGS,
    trace: Recorder | None = None,
) -> Effects:
    """Evaluates `signals` (mostly a single signal) in a session that is in `state`, None for a new session.

    `compose` makes messages of commands, `opening` are the facts that a new session starts with, `trace` records what
    happens. Raises EvaluationError if a rule fails or rules run in circles.
    """
    memory = WorkingMemory(rulebook)
    if trace is not None:
        trace.watch(memory)
    try:
        return _Evaluation(rulebook, now, compose, most_firings, memory).run(state, signals, opening)
    except EvaluationError as error:
        if error.rule or "where" not in error.context:
            raise
        raise _of_a_condition(error, str(error.context["where"]), rulebook) from None


class _Evaluation:
    __slots__ = (
        *("compose", "fired", "first_number", "memory", "messages", "most_firings", "next_number", "now", "rulebook"),
        *("state", "timers", "warnings"),
    )

    def __init__(
        self, rulebook: Rulebook, now: datetime, compose: Compose, most_firings: int, memory: WorkingMemory
    ) -> None:
        self.rulebook = rulebook
        self.now = now
        self.compose = compose
        self.most_firings = most_firings
        self.memory = memory
        self.state: SessionState | None = None
        self.next_number = self.first_number = 1
        self.fired: list[Firing] = []
        self.messages: list[Message] = []
        self.timers: dict[str, TimerChange] = {}
        self.warnings: list[str] = []

    def run(self, state: bytes | str | None, signals: Iterable[Signal], opening: Sequence[Fact]) -> Effects:
        before, sending = MOMENT.set(self.now), SENDING.set(self._send)
        try:
            self._begin(state, opening)
            memory, waits = self.memory, self.rulebook.alphas.waits_for_absence
            moments, arrived = [], []
            for signal in signals:
                if type(signal) is MomentCame:  # pydantic makes isinstance slow
                    moments.append(signal.moment)
                else:
                    arrived.append(memory.insert(signal, 0, entry_point=signal.entry_point, origin=None))
            for moment in moments:
                memory.release(moment)
                self._fire_all()
                memory.expire(moment)
            self._fire_all()
            # Rules may wait for the end of a signal, and insert signals then; it may justify facts.
            may_be_open = memory.may_be_open
            while (waits or may_be_open) and memory.end_signals(self.number):
                self._fire_all()
                may_be_open = memory.may_be_open
            if len(self.fired) > 1:
                self._warn_of_double_answers(arrived)
            return Effects(
                self._save(state, moments, may_be_open),
                tuple(self.fired),
                tuple(self.warnings),
                tuple(self.timers.values()),
            )
        finally:
            SENDING.reset(sending)
            MOMENT.reset(before)

    def _begin(self, state: bytes | str | None, opening: Sequence[Fact]) -> None:
        rulebook, memory = self.rulebook, self.memory
        if state is None:
            standing = rulebook.alphas.standing.values()
            memory.first_evaluation(branch for some in standing for branch in some if branch.key == ALWAYS)
            for fact in opening:
                memory.insert(fact, self.number(), entry_point=None, origin=None)
            return
        self.state, self.warnings = read_state(state, rulebook.fact_types)
        self.next_number = self.first_number = self.state.next
        self.warnings += restore(memory, rulebook, self.state)

    def number(self) -> int:
        """Returns the number for a new fact or timer."""
        self.next_number += 1
        return self.next_number - 1

    def _fire_all(self) -> None:
        next_match = self.memory.next_match
        while (match := next_match()) is not None:
            self._fire(*match)

    def _fire(self, branch: Branch, match: Tuple) -> None:
        rule = branch.rule
        if len(self.fired) >= self.most_firings:
            raise EvaluationError(
                f"Stopped after {self.most_firings} firings: {self._circle()}; what changed last: {self._newest()}.",
                "Make the rules' conditions exclude what they have done, or use no_loop().",
                rule=rule.id,
            )
        context = Context(self, rule.id, branch.names, match.elements, branch.absent)
        self.messages = []
        try:
            rule.action(context)
        except EvaluationError:  # a condition of some rule, judged anew after what the body changed
            raise
        except BaseException as problem:  # whatever a rule raises is its own failure, not an order to the host
            raise _failure(rule.id, rule.where, problem) from problem
        elements = tuple([_shown(element) for element in match.elements])
        self.fired.append(Firing(rule.id, elements, tuple(self.messages)))

    def _send(self, command: object, options: SendOptions) -> str:
        if len(self.messages) >= MOST_MESSAGES:
            raise RuleError(
                f"A rule sends at most {MOST_MESSAGES} messages at once.", "Send the rest at later signals."
            )
        message = self.compose(command)._replace(**options._asdict())
        self.messages.append(message)
        return message.message_id

    def _circle(self) -> str:
        """Returns the rules that keep firing, as `A > B > A`."""
        names = [firing.rule for firing in self.fired]
        last = names[-1]
        turn = next((n for n in range(1, len(names)) if names[-1 - n] == last), 0)
        return " > ".join(names[-1 - turn :])

    def _newest(self) -> str:
        newest = max(self.memory, key=lambda element: element.recency, default=None)
        return _shown(newest) if newest else "what was deleted"

    def _wake(self, before: set[datetime], after: set[datetime]) -> None:
        """Sets a timer for each moment that something waits for, and cancels those that nothing waits for any more."""
        for moment in sorted(before ^ after):
            change = _timer_at(moment, moment if moment in after else None)
            self.timers[change.name] = change

    def _warn_of_double_answers(self, arrived: Sequence[Element]) -> None:
        answering = {firing.rule: None for firing in self.fired if firing.messages}
        if len(arrived) == 1 and len(answering) > 1:
            self.warnings.append(
                f"{len(answering)} rules answered one signal: {', '.join(answering)}. "
                "Set a salience and delete the signal in the first, or make their conditions exclude each other."
            )

    def _save(self, before: bytes | str | None, came: Sequence[datetime], may_be_open: bool) -> bytes:
        known = self.state or SessionState()
        left = open_work(self.memory) if may_be_open else None
        if known.left is not None or left is not None:
            self._wake(moments(known.left) - set(came), moments(left))
        if (
            before is not None
            and not self.memory.facts_changed
            and self.next_number == self.first_number
            and left == known.left
            and known.rules == self.rulebook.alphas.standing.keys()
        ):
            return before if isinstance(before, bytes) else before.encode()
        kept = {fact.number for fact in known.facts}
        live = {element.id: element for element in self.memory if element.entry_point is None}
        facts: list[StoredFact] = [fact for fact in known.facts if fact.value is None or fact.number in live]
        for place, fact in enumerate(facts):
            element = live.get(fact.number)
            if element is not None and element.value is not fact.value:
                facts[place] = stored(fact.number, _fact(element))
        facts += [stored(number, _fact(element)) for number, element in live.items() if number not in kept]
        return write_state(SessionState(facts, self.next_number, frozenset(self.rulebook.alphas.standing), left))


def _timer_at(moment: datetime, due_at: datetime | None) -> TimerChange:
    """Returns the timer by which the session is evaluated at a moment; `due_at` is that moment, or None to cancel it."""
    payload = payload_of(MomentCame(moment=moment))
    return TimerChange(name=f"@{moment.isoformat()}", due_at=due_at, kind=MomentCame.__name__, payload=payload)


def _fact(element: Element) -> Fact:
    assert isinstance(element.value, Fact)  # noqa: S101 - for the type checker: _save has selected facts
    return element.value


def _shown(element: Element) -> str:
    name = element.value.__class__.__name__
    return name if element.entry_point else f"{name}#{element.id}"


def _of_a_condition(error: EvaluationError, place: str, rulebook: Rulebook) -> EvaluationError:
    """Returns the error with the rule that it is of, if only the place of a pattern is known."""
    patterns = ((rule, found) for rule in rulebook.rules for branch in rule.branches for found in patterns_of(branch))
    rule = next((rule.id for rule, pattern in patterns if pattern.where == place), "")
    fact = f"A condition of the rule {rule} ({place}) failed: {error.fact}"
    return EvaluationError(fact, f"{error.remedy} Nothing of this evaluation was kept.", rule=rule)


def _failure(rule: str, where: str, problem: BaseException) -> EvaluationError:
    frames = "".join(traceback.format_list(own_frames(problem.__traceback__)[-MOST_FRAMES:]))
    raised = described(problem)
    return EvaluationError(
        f"The rule {rule} ({where}) failed: {sentence(raised)}",
        "Nothing of this evaluation was kept. Mend the rule, restart the host, then run `infobip-rules replay ID`.",
        rule=rule,
        traceback=f"{frames}{raised}",
    )


def own_frames(start: TracebackType | None) -> list[traceback.FrameSummary]:
    """Returns the frames of the user's own code."""
    return [frame for frame in traceback.extract_tb(start) if not Path(frame.filename).is_relative_to(_PACKAGE)]
