"""Errors that Python itself raises while a rule file is loaded, in plain words, with what to write instead."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any

from pydantic import PydanticUserError

from infobip_rules.engine.rules.durable_words import WORDS
from infobip_rules.engine.rules.user_error import described, sentence
from infobip_rules.errors import RuleError
from infobip_rules.rulefiles.python.positions import CodePosition, Span

_MODULES = ("infobip_rules", "infobip_rules.lang")
_REMEDY = "Mend the line, then load again."
#: Words of other languages.
_FOREIGN = {
    "true": "True",
    "false": "False",
    "null": "None",
    "nil": "None",
    "undefined": "None",
    "this": "c",
    "self": "c",
}
_SIGNS = {"&&": "&", "||": "|", "===": "==", "<>": "!="}
_UNEXPECTED = re.compile(r"(\w+(?:\.\w+)*)\(\) got an unexpected keyword argument '(\w+)'")
_MISSING = re.compile(r"(\w+(?:\.\w+)*)\(\) missing \d+ required (?:positional |keyword-only )?arguments?: (.*)")
_NO_TYPE = re.compile(r"non-annotated attribute was detected: `(\w+) = (.*?)`")


def syntax_mistake(problem: SyntaxError, file: Path) -> RuleError:
    """Returns the mistake that keeps a file from being Python."""
    line = problem.lineno or 1
    text = problem.text or ""
    column = problem.offset or 0
    fact, remedy, column = _syntax(problem, text, column)
    name = problem.filename or str(file)
    return RuleError(fact, remedy, where=f"{name}:{line}:{column}" if column > 0 else f"{name}:{line}")


def _syntax(problem: SyntaxError, text: str, column: int) -> tuple[str, str, int]:
    for found in re.finditer(r"\b(\w+(?:\.\w+)*)\.(\w+)\b", text):
        if keyword.iskeyword(word := found[2]):
            meant = f"{found[1]}.from_" if word == "from" else f'{found[1]}["{word}"]'
            return f"`{word}` is a word of Python: {found[0]} can't be read.", f"Write {meant}.", found.start(2) + 1
    for sign, meant in _SIGNS.items():
        if sign in text and not (sign == "<>" and "'<>'" in text) and "invalid syntax" in str(problem.msg):
            place = text.index(sign) + 1
            return f"`{sign}` is not Python.", f"Write {meant}, with each comparison in parentheses.", place
    return f"The file is not Python: {problem.msg}.", "Mend the line.", column


def mistake(problem: BaseException, file: Path, known: Mapping[str, Any]) -> RuleError:
    """Returns what a file raised as it ran, at its own line; `known` are the names that it had then."""
    if isinstance(problem, SyntaxError):
        return syntax_mistake(problem, file)
    span = _span(problem.__traceback__, str(file))
    words = _explained(problem, span, known)
    fact, remedy, word = words or (sentence(described(problem)), _REMEDY, "")
    return RuleError(fact, remedy, where=span.where(word) if span else str(file))


_Explained = tuple[str, str, str]


def _explained(problem: BaseException, span: Span | None, known: Mapping[str, Any]) -> _Explained | None:
    """Returns the fact, the remedy and the word to point at; None if Python's own words have to do."""
    match problem:
        case NameError(name=str() as name):
            return _unknown_name(name, span, known)
        case ModuleNotFoundError(name=str() as name):
            return _unknown_module(name)
        case ImportError(name=str() as module) if not isinstance(problem, ModuleNotFoundError):
            found = re.match(r"cannot import name '(\w+)'", str(problem))
            return _not_in_module(found[1], module) if found else None
        case PydanticUserError():
            return _untyped_field(problem)
        case TypeError():
            return _wrong_call(str(problem), span)
        case AttributeError(name=str() as name, obj=obj):
            return _no_attribute(name, obj)
    return None


def unknown_name(name: str, known: Iterable[str], *, span: Span | None = None) -> tuple[str, str]:
    """Returns fact and remedy for a name that nothing defines; `known` are those that are defined."""
    fact, remedy, _ = _unknown_name(name, span, dict.fromkeys(known))
    return fact, remedy


def _unknown_name(name: str, span: Span | None, known: Mapping[str, Any]) -> _Explained:
    if name in WORDS:
        return f"{name} is a word of durable.lang: it {WORDS[name].what}.", WORDS[name].remedy, name
    fact = f"There is no name {name!r}."
    if name in _FOREIGN:
        return fact, f"Python writes {_FOREIGN[name]}.", name
    for module in _MODULES:
        if name in _public(module):
            return fact, f"Import it: from {module} import {name}.", name
    if span is not None and _names_an_element(span, name):
        return fact, f"An element is named on c: write c.{name} << ...", name
    names = [name for name in known if not name.startswith("__")]
    for near in get_close_matches(name, [*names, *(name for module in _MODULES for name in _public(module))], 1, 0.7):
        home = next((module for module in _MODULES if near in _public(module)), "")
        more = f" (from {home} import {near})" if near not in known and home else ""
        return fact, f"Did you mean {near!r}{more}?", name
    near = next(iter(get_close_matches(name, dir(builtins), 1, 0.75)), "")
    return fact, f"Did you mean {near!r}?" if near else "Define or import it above this line.", name


def _names_an_element(span: Span, name: str) -> bool:
    text = span.text()
    line = text if text != name else Span(span.file, span.line, 0, span.line, 10_000).text()
    return re.search(rf"(?<![\w.]){re.escape(name)}\s*<<", line) is not None


def _public(module: str) -> list[str]:
    loaded = import_module(module)
    return list(getattr(loaded, "__all__", ()) or [name for name in vars(loaded) if not name.startswith("_")])


def _unknown_module(name: str) -> _Explained:
    fact = f"There is no module {name!r}."
    top, _, below = name.partition(".")
    if below and top == "infobip_rules":
        return (
            fact,
            "Write from infobip_rules import ..., and from infobip_rules.lang import ... for the words of rules.",
            below,
        )
    near = next(iter(get_close_matches(top, ["infobip_rules", "datetime", "decimal", "pydantic"], 1, 0.7)), None)
    if near:
        return fact, f"Did you mean {near!r}?", top
    return fact, f"Put {top}.py beside the rule file, or install it where the rules run.", top


def _not_in_module(name: str, module: str) -> _Explained:
    fact = f"{module} has no {name!r}."
    for other in _MODULES:
        if other != module and name in _public(other):
            return fact, f"Write from {other} import {name}.", name
    if module.startswith("infobip_rules") and name in WORDS:
        return f"{name} is a word of durable.lang: it {WORDS[name].what}.", WORDS[name].remedy, name
    names = _public(module) + [
        name for other in _MODULES if module.startswith("infobip_rules") for name in _public(other)
    ]
    near = next(iter(get_close_matches(name, names, 1, 0.5)), None)
    if near is None:
        return fact, f"There are: {', '.join(sorted(_public(module))[:20])}.", name
    other = next((module for module in _MODULES if near in _public(module)), module)
    return fact, f"Did you mean {near!r}?{'' if other == module else f' Write from {other} import {near}.'}", name


def _untyped_field(problem: PydanticUserError) -> _Explained | None:
    found = _NO_TYPE.search(str(problem))
    if found is None:
        return None
    name, value = found[1], found[2]
    kind = {"True": "bool", "False": "bool"}.get(value) or (
        "str" if value[:1] in "'\"" else "int" if value.isdigit() else "str"
    )
    return f"The field {name!r} has no type.", f"Write {name}: {kind} = {value}.", name


def _wrong_call(words: str, span: Span | None) -> _Explained | None:
    if found := _UNEXPECTED.search(words):
        return _unexpected(found[1].removesuffix(".__init__"), found[2])
    if found := _MISSING.search(words):
        called = found[1].removesuffix(".__init__")
        meant = {
            "signal": "Write signal(InfobipSmsReceivedMessage, ...).",
            "fact": "Write fact(ClientAgent, ...), with the type first.",
            "ruleset": 'Write with ruleset("name"):.',
        }
        return f"{called}(...) lacks {found[2]}.", meant.get(called, _REMEDY), ""
    if "'dict' object is not callable" in words and span and re.search(r"\b(salience|pri|no_loop)\(", span.text()):
        return (
            "salience(...), pri(...) and no_loop() are no decorators.",
            "Write them among the patterns: @when_all(salience(10), ...).",
            "",
        )
    if "'module' object is not callable" in words and span:
        return f"{span.text().split('(')[0]} is a module.", _REMEDY, ""
    if found := re.search(r"'?(Condition|Expression|Element)'?", words):
        return (
            f"A condition was given where Python needs a value: {words}.",
            "Compare fields of m with values, ask texts by a pattern (m.text.matches(...)), and compute in the rule's body.",
            "",
        )
    return None


def _unexpected(called: str, name: str) -> _Explained:
    fact = f"{called}(...) has no argument {name!r}."
    if called in ("signal", "fact"):
        return fact, f"Conditions are written with m: {called}(..., m.{name} == ...).", name
    if called in ("when_all", "when_any", "all", "any", "none", "exists"):
        if name in ("salience", "pri", "no_loop"):
            return fact, f"Write {name}({'' if name == 'no_loop' else '10'}) among the patterns.", name
        return fact, f"An element is named on c: write c.{name} << ...", name
    return fact, _REMEDY, name


def _no_attribute(name: str, obj: object) -> _Explained | None:
    if isinstance(obj, type) or hasattr(obj, "__file__"):
        near = next(
            iter(get_close_matches(name, [name for name in dir(obj) if not name.startswith("_")], 1, 0.5)), None
        )
        shown = getattr(obj, "__name__", "it")
        return f"{shown} has no {name!r}.", f"Did you mean {near!r}?" if near else _REMEDY, name
    return None


def _span(raised: TracebackType | None, file: str) -> Span | None:
    """Returns what the file was evaluating when it raised, in its innermost frame."""
    found = None
    while raised is not None:
        if raised.tb_frame.f_code.co_filename == file:
            found = CodePosition(raised.tb_frame.f_code, raised.tb_lasti).span()
        raised = raised.tb_next
    return found
