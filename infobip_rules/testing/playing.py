"""The player of conversations: each step happens, and the messages that go out are compared with the file, in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from infobip_rules.errors import EvaluationError, TrialError
from infobip_rules.testing import explaining
from infobip_rules.testing.conversation import (
    Comment,
    Conversation,
    Incoming,
    Moment,
    Outgoing,
    Report,
    Silence,
    Step,
    Wait,
    line_of,
)
from infobip_rules.testing.records import Sent
from infobip_rules.testing.rules import Rules


@dataclass(frozen=True, kw_only=True, slots=True)
class Exchange:
    """A step that happens, and the messages that have to go out then."""

    #: None for messages before the first step.
    cause: Incoming | Wait | Moment | Report | None
    #: Messages, and silence.
    wanted: tuple[Outgoing | Silence, ...]

    @property
    def line(self) -> int:
        """The line on which it begins."""
        return self.cause.line if self.cause else self.wanted[0].line


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """The place where a conversation went otherwise than it is written."""

    line: int
    #: What came instead, and why.
    text: str

    def __str__(self) -> str:
        return self.text


def play(conversation: Conversation, rules: Rules) -> Difference | None:
    """Plays a conversation to its end, or to the first difference, which is returned."""
    for exchange in exchanges_of(conversation):
        if (difference := _play_exchange(exchange, rules)) is not None:
            return difference
    return None


def exchanges_of(conversation: Conversation) -> Iterator[Exchange]:
    """The exchanges of a conversation, in order."""
    cause: Incoming | Wait | Moment | Report | None = None
    wanted: list[Outgoing | Silence] = []
    for step in conversation.steps:
        if isinstance(step, Comment):
            continue
        if isinstance(step, Outgoing | Silence):
            wanted.append(step)
            continue
        if cause or wanted:
            yield Exchange(cause=cause, wanted=tuple(wanted))
        cause, wanted = step, []
    if cause or wanted:
        yield Exchange(cause=cause, wanted=tuple(wanted))


def _play_exchange(exchange: Exchange, rules: Rules) -> Difference | None:
    before = len(rules.sent), len(rules.evaluated)
    try:
        if exchange.cause is not None:
            _happen(exchange.cause, rules)
    except EvaluationError as failure:
        return _difference(exchange, rules, before, f"{failure}\n{failure.traceback}".rstrip())
    except TrialError as problem:
        return _difference(exchange, rules, before, str(problem))
    sent = rules.sent[before[0] :]
    wanted = [(step.phone, step.text) for step in exchange.wanted if isinstance(step, Outgoing)]
    silent = any(isinstance(step, Silence) for step in exchange.wanted)
    if wanted == [(message.to, message.text) for message in sent] and not (silent and wanted):
        return None
    return _difference(exchange, rules, before)


def _happen(cause: Incoming | Wait | Moment | Report, rules: Rules) -> None:
    match cause:
        case Incoming():
            rules.receive(cause.text, from_=cause.phone, keyword=cause.keyword)
        case Wait():
            rules.advance(cause.time)
        case Moment():
            rules.at(cause.at)
        case Report():
            message = _last_sent(rules.sent, cause.phone)
            rules.deliver_report(message, cause.group, error=cause.reason or None, permanent=cause.permanent)


def _last_sent(sent: Sequence[Sent], phone: str | None) -> Sent:
    for message in reversed(sent):
        if phone in (None, message.to):
            return message
    raise TrialError(
        f"There is no message{f' to {phone}' if phone else ''} to report on.", "Let one go out before the report."
    )


def _difference(exchange: Exchange, rules: Rules, before: tuple[int, int], problem: str = "") -> Difference:
    sent, evaluated = rules.sent[before[0] :], rules.evaluated[before[1] :]
    lines = [f"    {line_of(exchange.cause)}"] if exchange.cause else []
    lines += _compared(
        [_shown(step) for step in exchange.wanted] or ["< (nothing)"],
        [_shown(Outgoing(phone=message.to, text=message.text)) for message in sent] or ["< (nothing)"],
    )
    lines += ["", problem] if problem else ["", explaining.signals(evaluated, rules.rulebook)]
    return Difference(line=exchange.line, text="\n".join(lines))


def _compared(wanted: Sequence[str], came: Sequence[str]) -> Iterator[str]:
    """Both sides line by line: `-` is written and did not come, `+` came and is not written."""
    for kind, start, end, first, last in SequenceMatcher(None, wanted, came, autojunk=False).get_opcodes():
        if kind == "equal":
            yield from (f"    {line}" for line in wanted[start:end])
        else:
            yield from (f"  - {line}" for line in wanted[start:end])
            yield from (f"  + {line}" for line in came[first:last])


def _shown(step: Step) -> str:
    return line_of(step).replace("\n", "\n    ")
