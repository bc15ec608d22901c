"""Errors as they may be logged: without the parts of their messages that may quote a person's text."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator

import orjson
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from infobip_rules.errors import InfobipRulesError

#: Errors of this package that rules' bodies raise: their quotations are left out, the rest is kept.
_OWN = frozenset({"BodyError", "OutsideRuleError", "PhoneNumberError", "RuleError", "TextError"})
#: From a quotation mark at the beginning of a word to the last that ends one.
_QUOTED = re.compile(r"""(?<!\w)(['"]).*\1(?!\w)""", re.DOTALL)
#: Stands before the message of a user's validator in pydantic's.
_VALIDATOR = re.compile(r"\b(Value error|Assertion failed), .*", re.DOTALL)
_CAUSE = "\nThat was the cause of:\n\n"
_CONTEXT = "\nWhile that was handled:\n\n"


def without_quotes(text: str) -> str:
    """A sentence of this package without its quotations."""
    return _VALIDATOR.sub(r"\1.", _QUOTED.sub("'...'", text))


def without_words(reason: str, trace: str) -> str:
    """A reason and its traceback, `trace`, which ends with `Type: words`: the words left out, the type kept.

    Lines of the traceback that show code stay.
    """
    lines = trace.split("\n")
    first = next((place for place, line in enumerate(lines) if not line.startswith("  ")), len(lines))
    words = "\n".join(lines[first:])
    kind, colon, _ = words.partition(": ")
    safe = without_quotes(words) if kind in _OWN else kind
    if colon:
        before, found, after = reason.partition(words)
        # Words that are not found were changed on their way: nothing from the type on is kept.
        reason = f"{before}{safe}{after}" if found else reason.partition(f"{kind}: ")[0] + safe
    where = "\n".join([*lines[:first], safe]) if trace else ""
    return "\n".join(part for part in (without_quotes(reason), where) if part)


def why_unwritable(problem: Exception) -> str:
    """Why a model can't be written as JSON, without the message of a user's validator or serializer."""
    first = str(problem).split("\n", 1)[0]
    known = isinstance(problem, ValidationError | orjson.JSONEncodeError | PydanticSerializationError)
    return first if known and not first.startswith("Error calling function") else type(problem).__name__


def traceback_of(error: BaseException) -> str:
    """The traceback of an error, with the types of errors and without their messages, but for those of this package."""
    return "".join(_lines(error, set())).rstrip()


def _lines(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in seen:
        yield from _lines(before, seen)
        yield _CAUSE if error.__cause__ is not None else _CONTEXT
    yield "Traceback (most recent call last):\n"
    yield from traceback.format_tb(error.__traceback__)
    name = type(error).__name__
    yield f"{name}: {without_quotes(str(error))}\n" if isinstance(error, InfobipRulesError) else f"{name}\n"
    if isinstance(error, BaseExceptionGroup):
        for member in error.exceptions:
            yield "\nOne of them:\n\n"
            yield from _lines(member, seen)
