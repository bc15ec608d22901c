r"""Conversation files (`*.sms.txt`): who writes what and what they are to read, a line each, as records and as text.

Characters that an editor does not show are written as `\t`, `\u00a0` and the like.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from infobip_rules.errors import ConversationError
from infobip_rules.testing.durations import read_duration, write_duration

#: The statuses that `!` may report of a message, as they are written.
GROUPS = ("delivered", "undeliverable", "expired", "rejected", "pending")
#: The ending of the names of conversation files.
SUFFIX = ".sms.txt"

_NOTHING = "(nothing)"
_PERMANENT = "(permanent)"
_PHONE = re.compile(r"[0-9]{8,15}")
_HEAD = re.compile(r"\+?(?P<phone>[0-9]{8,15})(?:[ \t]*\[(?P<keyword>[^\]]+)\])?[ \t]*:(?P<text>.*)", re.DOTALL)

_BY_CHARACTER = {"\\": r"\\", "\n": r"\n", "\t": r"\t", "\r": r"\r"}
_BY_ESCAPE = {escape: character for character, escape in _BY_CHARACTER.items()}
_ESCAPE = re.compile(r"\\(?:u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.|$)", re.DOTALL)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Step:
    #: The line of the file on which it begins; 0 if it is not from a file.
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Incoming(_Step):
    """Somebody writes: `> 385981234567: text`, with the keyword that Infobip would name as `> 385981234567 [JOIN]: text`."""

    phone: str
    text: str
    keyword: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Outgoing(_Step):
    """Somebody is to read: `< text`, or `< 385981234567: text` if it is not the last writer."""

    phone: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Silence(_Step):
    """Nobody is to read anything: `< (nothing)`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wait(_Step):
    """Time passes: `@ +2d`, `@ +1h 30m`."""

    time: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment(_Step):
    """The clock is set: `@ 2026-11-22T10:00Z`."""

    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Report(_Step):
    """Infobip reports on the last message out, or on the last one to `phone`: `! undeliverable EC_ABSENT_SUBSCRIBER`.

    `permanent` says that sending again is of no use: `! undeliverable EC_UNKNOWN_SUBSCRIBER (permanent)`.
    """

    #: One of `GROUPS`.
    group: str
    reason: str = ""
    permanent: bool = False
    phone: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Comment(_Step):
    """A remark, one line: `# text`."""

    text: str


Step: TypeAlias = Incoming | Outgoing | Silence | Wait | Moment | Report | Comment


@dataclass(frozen=True, kw_only=True, slots=True)
class Conversation:
    """The content of a file: the rules to run (relative to the file; none: those of the project's settings), and the steps."""

    steps: tuple[Step, ...]
    rules: tuple[str, ...] = ()


def parse(text: str, *, name: str = "conversation") -> Conversation:
    """The conversation in `text`. Raises ConversationError, which says `name` and the line, for the first that can't be read.

    >>> parse("> 385981234567: JOIN\\n< Welcome!").steps[1].text
    'Welcome!'
    """
    return _Parser(name).parse(text)


def write(conversation: Conversation) -> str:
    """The conversation as text that `parse` reads back the same.

    Raises ConversationError for steps without a written form, such as a phone number that is not 8 to 15 digits.
    """
    return _Writer().write(conversation)


def line_of(step: Step) -> str:
    """One step as it stands in a file, with its number in full."""
    return _Writer().step(step)


def escape(text: str, *, also: str = "") -> str:
    r"""`text` on one line: with escapes for backslashes, what is not printable, and spaces at both ends.

    `also` are further characters to escape. Line breaks become `\n`.
    """
    escaped = "".join(_hex(character) if character in also else _escaped(character) for character in text)
    inner = escaped.strip(" ")
    before = len(escaped) - len(escaped.lstrip(" "))
    after = len(escaped) - len(inner) - before
    return _hex(" ") * before + inner + _hex(" ") * after


def unescape(written: str) -> str:
    """The text that `escape` was given; ValueError, which names it, for an unknown escape."""
    return _ESCAPE.sub(_character, written)


class _Parser:
    def __init__(self, name: str) -> None:
        self.name = name
        self.line = 0
        self.rules: list[str] = []
        self.steps: list[Step] = []
        #: The number that wrote last.
        self.phone = ""
        self._read: dict[str, Callable[[str], Step]] = {
            ">": self._incoming,
            "<": self._outgoing,
            "@": self._time,
            "!": self._report,
            "#": lambda rest: Comment(text=rest, line=self.line),
        }

    def parse(self, text: str) -> Conversation:
        lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
        numbered = [(number, line.strip(" \t")) for number, line in enumerate(lines, 1)]
        while numbered:
            self.line, line = numbered.pop(0)
            if line:
                continued = [line]
                while line[0] in "<>" and numbered and numbered[0][1].startswith("|"):
                    continued.append(numbered.pop(0)[1])
                self._take(continued)
        return Conversation(steps=tuple(self.steps), rules=tuple(self.rules))

    def _take(self, lines: list[str]) -> None:
        sign, rest = lines[0][0], lines[0][1:].strip(" \t")
        if lines[0].startswith("rules:"):
            self._header(lines[0].removeprefix("rules:"))
        elif sign in self._read:
            # Each line is unescaped by itself, so that a line break in the file is told from one written as \n.
            self.steps.append(self._read[sign]("\n".join([rest, *(line[1:].strip(" \t") for line in lines[1:])])))
        elif sign == "|":
            raise self._error("A line with | goes on with a text, and there is none before it.", "Put it after > or <.")
        else:
            raise self._error(f"The line {lines[0][:40]!r} can't be read.", "Begin it with one of > < @ ! # or rules:.")

    def _header(self, rest: str) -> None:
        if any(not isinstance(step, Comment) for step in self.steps):
            raise self._error("The rules are named after the conversation has begun.", "Put rules: at the top.")
        try:
            paths = shlex.split(rest)
        except ValueError:
            paths = []
        if not paths:
            raise self._error("The line rules: names no path.", "Write rules: FILE.py, quoted where it has spaces.")
        self.rules += paths

    def _incoming(self, rest: str) -> Step:
        head = _HEAD.fullmatch(rest)
        if head is not None:
            self.phone = head["phone"]
        elif not self.phone:
            raise self._error("It is not said who writes.", "Begin with e.g. > 385981234567: hello")
        keyword = head["keyword"] if head else None
        return Incoming(
            phone=self.phone,
            text=self._text(head["text"] if head else rest),
            keyword=self._text(keyword) if keyword else None,
            line=self.line,
        )

    def _outgoing(self, rest: str) -> Step:
        if rest == _NOTHING:
            return Silence(line=self.line)
        head = _HEAD.fullmatch(rest)
        if head is not None and head["keyword"]:
            raise self._error("A message to somebody has no keyword.", "Write < 385981234567: text")
        phone = head["phone"] if head else self.phone
        if not phone:
            raise self._error("It is not said who reads it.", "Write e.g. < 385981234567: text")
        return Outgoing(phone=phone, text=self._text(head["text"] if head else rest), line=self.line)

    def _time(self, rest: str) -> Step:
        try:
            if rest.startswith("+"):
                return Wait(time=read_duration(rest[1:]), line=self.line)
            moment = datetime.fromisoformat(rest)
        except (ValueError, OverflowError):
            raise self._error(f"The time {rest[:40]!r} can't be read.", "Write @ +2d or @ 2026-11-22T10:00Z") from None
        if moment.utcoffset() is None:
            raise self._error(f"The moment {rest} has no time zone.", f"Write @ {rest}Z for UTC, or an offset.")
        return Moment(at=moment.astimezone(UTC), line=self.line)

    def _report(self, rest: str) -> Step:
        head = _HEAD.fullmatch(rest)
        group, _, reason = (head["text"] if head else rest).strip(" \t").partition(" ")
        if group.lower() not in GROUPS:
            raise self._error(f"The report {group[:40]!r} is not known.", f"Write ! and one of {', '.join(GROUPS)}.")
        reason = reason.strip(" \t")
        permanent = reason.endswith(_PERMANENT)
        return Report(
            group=group.lower(),
            reason=self._text(reason.removesuffix(_PERMANENT) if permanent else reason),
            permanent=permanent,
            phone=head["phone"] if head else None,
            line=self.line,
        )

    def _text(self, written: str) -> str:
        try:
            return "\n".join(unescape(line.strip(" \t")) for line in written.split("\n"))
        except ValueError as problem:
            raise self._error(
                f"The text holds {problem}.", r"Write \n, \t, \r, \\, \u and 4 or \U and 8 hex digits."
            ) from None

    def _error(self, fact: str, remedy: str) -> ConversationError:
        return ConversationError(f"{self.name}:{self.line}: {fact}", remedy, line=self.line)


class _Writer:
    def __init__(self) -> None:
        #: The number that wrote last.
        self.phone = ""

    def write(self, conversation: Conversation) -> str:
        lines = [f"rules: {shlex.quote(self._path(path))}" for path in conversation.rules]
        for number, step in enumerate(conversation.steps):
            before = conversation.steps[number - 1] if number else None
            begins = isinstance(step, Incoming | Wait | Moment | Report | Comment) and not isinstance(before, Comment)
            if lines and begins:
                lines.append("")
            lines.append(self.step(step))
        return "".join(f"{line}\n" for line in lines)

    def step(self, step: Step) -> str:
        match step:
            case Incoming():
                keyword = f" [{escape(step.keyword, also=']')}]" if step.keyword else ""
                line = self._message_line(">", step.phone, step.text, keyword)
                self.phone = step.phone
                return line
            case Outgoing():
                return self._message_line("<", step.phone, step.text)
            case Silence():
                return f"< {_NOTHING}"
            case Wait():
                return f"@ +{write_duration(step.time)}"
            case Moment():
                return f"@ {_moment(step.at)}"
            case Report():
                return self._report(step)
            case Comment():
                return self._comment(step)

    def _message_line(self, sign: str, phone: str, text: str, keyword: str = "") -> str:
        """The line of a message; with the number if it is not the last writer's, or if the text would be misread without it."""
        first, *more = [escape(line) for line in text.split("\n")]
        shown = "\n| ".join([first, *more])
        misread = _HEAD.fullmatch(shown) is not None or shown == _NOTHING
        head = f" {_checked(phone)}{keyword}:" if phone != self.phone or keyword or misread else ""
        return "\n".join(line.rstrip(" ") for line in f"{sign}{head} {shown}".split("\n"))

    def _report(self, step: Report) -> str:
        if step.group not in GROUPS:
            raise ConversationError(f"The report {step.group!r} is not known.", f"It is one of {', '.join(GROUPS)}.")
        reason = escape(step.reason)
        if reason.endswith(_PERMANENT):  # part of the reason, not the mark
            reason = reason.removesuffix(_PERMANENT) + rf"\u0028{_PERMANENT[1:]}"
        head = f"{_checked(step.phone)}:" if step.phone else ""
        return " ".join(part for part in ("!", head, step.group, reason, _PERMANENT if step.permanent else "") if part)

    def _comment(self, step: Comment) -> str:
        if step.text.strip(" \t") != step.text or "\n" in step.text or "\r" in step.text:
            raise ConversationError("A comment is not one line without spaces around it.", "Write one for each line.")
        return f"# {step.text}".rstrip(" ")

    def _path(self, path: str) -> str:
        if not path or "\n" in path or "\r" in path:
            raise ConversationError("A path of rules is empty or has a line break in it.", "Name the file otherwise.")
        return path


def _checked(phone: str) -> str:
    if not _PHONE.fullmatch(phone):
        raise ConversationError(
            "A phone number of the conversation is not 8 to 15 digits.", "Write E.164, such as 385981234567."
        )
    return phone


def _moment(at: datetime) -> str:
    if at.utcoffset() is None:
        raise ConversationError(f"The moment {at.isoformat()} has no time zone.", "Give it one, such as UTC.")
    utc = at.astimezone(UTC).replace(tzinfo=None)
    whole = utc.second == 0 and utc.microsecond == 0
    return f"{utc.isoformat(timespec='minutes' if whole else 'auto')}Z"


def _escaped(character: str) -> str:
    if character in _BY_CHARACTER:
        return _BY_CHARACTER[character]
    return character if character.isprintable() else _hex(character)


def _hex(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _character(found: re.Match[str]) -> str:
    written = found.group()
    if written in _BY_ESCAPE:
        return _BY_ESCAPE[written]
    if len(written) > 2 and int(written[2:], 16) <= 0x10FFFF:
        return chr(int(written[2:], 16))
    raise ValueError(f"{written}, which is no escape")
