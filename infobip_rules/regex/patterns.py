"""Patterns that rules match texts with: in time that grows with the text and no faster, or within a limit of time."""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import islice
from types import FrameType
from typing import Any, Protocol, TypeVar

from infobip_rules.regex.linear import SINGLE, Linear, NotLinearError, for_finding, for_whole_texts, parsed, sre

#: Seconds of computing that a pattern may take with one text, if it can't be matched in linear time.
LIMIT = 0.1
#: Seconds after which one that was not heeded is interrupted again.
TICK = 0.02
#: Ways through a pattern's alternatives up to which Python may try them all.
_FEW = 16

_Found = TypeVar("_Found")


class RegexMatch(Protocol):
    """A place in a text that a pattern matched."""

    def start(self, group: int = 0, /) -> int:
        """Returns the start of the match, or of a group in it."""

    def end(self, group: int = 0, /) -> int:
        """Returns the end of the match, or of a group in it."""

    def group(self, group: Any = 0, /) -> Any:
        """Returns the text of it, or of a group in it."""


class SlowPatternError(Exception):
    """A pattern took longer than the limit; `fact` and `remedy` say which, and what to do."""

    def __init__(self, pattern: str, length: int, seconds: float) -> None:
        self.fact = (
            f"The pattern {pattern!r} took longer than {seconds:g} s of computing on a text of {length:,} characters."
        )
        self.remedy = (
            "Write it so that a text can be read in one way only, without lookaround and backreferences; "
            "`infobip-rules check` names the part that makes it slow."
        )
        super().__init__(self.fact)


class Regex:
    """A compiled pattern; `shown` is how its user wrote it. Raises what `re.compile` raises.

    What RE2 can say with the same meaning is matched by RE2, all else by Python's `re`, which may take `seconds` of
    computing then: SlowPatternError.
    """

    def __init__(self, pattern: str, flags: int, *, shown: str, seconds: float = LIMIT) -> None:
        self._python = re.compile(pattern, flags)
        self._tree = parsed(pattern, self._python.flags)
        #: Whether Python itself has hardly a choice with a whole text, and so is the quickest.
        self._is_plain = _is_plain(self._tree)
        self._whole = None if self._is_plain else _or_none(for_whole_texts, self._tree)
        self.shown = shown
        self._seconds = seconds

    @property
    def pattern(self) -> str:
        """As Python reads it."""
        return self._python.pattern

    @property
    def flags(self) -> int:
        """Those it was compiled with, and those it sets itself."""
        return self._python.flags

    @property
    def is_linear(self) -> bool:
        """Whether matching whole texts takes time that grows with the text and no faster, whatever the text."""
        return self._is_plain or self._whole is not None

    @property
    def finds_linearly(self) -> bool:
        """Whether the same is so of finding one place."""
        return self._finding is not None

    def fullmatch(self, text: str) -> bool:
        """Returns whether the whole text is of the pattern."""
        if self._is_plain:
            return self._python.fullmatch(text) is not None
        whole = self._whole
        if whole is not None and whole.takes(text):
            try:
                return whole.regexp.fullmatch(text.encode()) is not None
            except UnicodeEncodeError:  # half a surrogate pair
                pass
        return self._limited(text, lambda: self._python.fullmatch(text)) is not None

    def find(self, text: str, most: int | None = None) -> Sequence[RegexMatch]:
        """Returns the places that match, from left to right: all of them, or the first `most`."""
        # The limit stands here always: RE2 may read up to the end of the text at each place.
        return self._limited(text, lambda: list(islice(self._places(text), most)))

    def _places(self, text: str) -> Any:
        found = self._finding
        if found is not None and found.takes(text) and _is_well_formed(text):
            return found.regexp.finditer(text)
        return self._python.finditer(text)

    @cached_property
    def _finding(self) -> Linear | None:
        return _or_none(for_finding, self._tree)

    def _limited(self, text: str, match: Callable[[], _Found]) -> _Found:
        try:
            return within(self._seconds, match)
        except _TimeUpError:
            raise SlowPatternError(self.shown, len(text), self._seconds) from None


class _TimeUpError(BaseException):
    """The time is up."""


def within(seconds: float, match: Callable[[], _Found]) -> _Found:
    """Returns the result of `match`, unless it takes the process longer than that: then it is interrupted.

    Python's `re` looks for signals while it matches, which reach the main thread only: elsewhere it is not interrupted.
    The time is that of the processor, so that a busy machine makes nothing slow.
    """
    if threading.current_thread() is not threading.main_thread():
        return match()
    waiting = True

    def interrupt(number: int, frame: FrameType | None) -> None:
        if waiting:  # and not just done
            raise _TimeUpError

    before = signal.signal(signal.SIGVTALRM, interrupt)
    # Again and again: an interrupt that comes while Python ignores errors, such as in a finalizer, is lost.
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, TICK)
    try:
        return match()
    finally:
        waiting = False
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _or_none(write: Callable[[Any], Linear], tree: Any) -> Linear | None:
    try:
        return write(tree)
    except (NotLinearError, RecursionError):
        return None


def _is_well_formed(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_plain(tree: Any) -> bool:
    try:
        return _choices(tree) is not None
    except RecursionError:
        return False


def _choices(nodes: Any) -> tuple[int, int] | None:
    """Returns how many repetitions have a choice, and how many ways alternatives have; None if it may be many, or unknown."""
    repetitions, ways = 0, 1
    for op, argument in nodes:
        found: tuple[int, int] | None = (0, 1)
        if op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            least, most, body = argument
            found = (int(least != most), 1) if len(body) == 1 and body[0][0] in SINGLE else None
        elif op is sre.SUBPATTERN:
            found = _choices(argument[3])
        elif op is sre.BRANCH:
            found = _either([_choices(way) for way in argument[1]])
        elif op not in (*SINGLE, sre.AT):
            found = None
        if found is None:
            return None
        repetitions, ways = repetitions + found[0], ways * found[1]
    return (repetitions, ways) if repetitions <= 1 and ways <= _FEW else None


def _either(found: Sequence[tuple[int, int] | None]) -> tuple[int, int] | None:
    known = [width for width in found if width is not None]
    if len(known) < len(found):
        return None
    return max(width[0] for width in known), sum(width[1] for width in known)
