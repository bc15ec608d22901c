"""RULE002, RULE024, RULE025 and RULE042: calls in bodies that can't succeed with what they are given."""

from __future__ import annotations

import ast
import inspect
import types
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from infobip_rules.channels.adapter_api import SENDING_BY_NAME
from infobip_rules.checks.bodies import UNKNOWN
from infobip_rules.checks.field_mistakes import OWN
from infobip_rules.checks.mistakes import Reader
from infobip_rules.checks.scopes import dotted
from infobip_rules.checks.typed_values import KnownValue, TypedValue, names_given, required, takes_anything
from infobip_rules.engine.rules.fields import closest
from infobip_rules.engine.session.context import Context
from infobip_rules.errors import PhoneNumberError, RuleError
from infobip_rules.facts import ClientAgent, Fact
from infobip_rules.infobip.phone import to_e164
from infobip_rules.signals import Signal
from infobip_rules.timers import read_delay

CONTEXT_METHODS = frozenset(name for name in OWN if inspect.isfunction(getattr(Context, name)))
CHANGING_IN_PLACE = frozenset(
    {
        *("append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse"),
        *("update", "setdefault", "popitem", "add", "discard"),
    }
)
#: What a method of `c` takes first, if it is an element of working memory, or something that is put there.
_ELEMENTS = frozenset({"modify", "update", "delete", "retract_fact"})
_NEW = {"insert": (Fact, Signal), "insert_logical": (Fact,), "schedule": (Signal,)}
_SIGNATURES: dict[object, inspect.Signature] = {}
Named = Mapping[str | None, object]


class CallReader:
    """Reads calls: of `c`, of what sends, of types and of functions of the rule files."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    def on_context(self, node: ast.Call, given: Sequence[object], named: Named) -> object:
        """Reads `c.insert(...)`; returns what it gives back."""
        assert isinstance(node.func, ast.Attribute)  # noqa: S101 - as the caller selects
        name = node.func.attr
        if name == "now":
            text = dotted(node.func)
            self.reader.add("RULE042", node, f"{text} is a moment, not a function.", f"Write {text}.", word="now")
            return UNKNOWN
        if name not in CONTEXT_METHODS:
            kinds = self.reader.elements.get(name)
            if kinds:
                self.not_callable(node, TypedValue(kinds, alias=name))
            return UNKNOWN
        first = given[0] if given and not isinstance(node.args[0], ast.Starred) else None
        fits = self._arguments(node, dotted(node.func), getattr(Context, name), skip=1)
        if name in _NEW and node.args:
            self._new(node, name, first)
        elif name in _ELEMENTS and node.args:
            self._element(node, name, first)
        if name == "modify" and isinstance(first, TypedValue) and first.is_model and fits:
            for kind in first.kinds[:1] if len(first.kinds) == 1 else ():
                self._changes(node, kind, named)
        if name == "schedule":
            self._delay(node, named)
        return (
            first
            if name in ("insert", "modify", "insert_logical", "assert_fact") and isinstance(first, TypedValue)
            else UNKNOWN
        )

    def _new(self, node: ast.Call, name: str, first: object) -> None:
        allowed, text, argument = _NEW[name], dotted(node.func), node.args[0]
        if isinstance(first, KnownValue) and isinstance(first.value, type):
            kind = first.value.__name__
            what = {"schedule": "schedule a signal"}.get(name, "insert a fact")
            self.reader.add("RULE042", argument, f"{kind} is the type; {what} of it.", f"Write {text}({kind}(...)).")
            return
        what = " or ".join(kind.__name__.lower() for kind in allowed)
        if isinstance(first, KnownValue):
            shown = repr(first.value) if isinstance(first.value, str | int | float | None) else ast.unparse(argument)
            self.reader.add("RULE042", argument, f"{text}(...) takes a {what}, not {shown}.", _made_of(name))
        elif isinstance(first, TypedValue) and not any(issubclass(kind, allowed) for kind in first.kinds):
            if any(sub for kind in first.kinds if issubclass(kind, BaseModel) for sub in kind.__subclasses__()):
                return
            remedy = f"Write {text}(Order(...))." if dict in first.kinds else _made_of(name)
            self.reader.add("RULE042", argument, f"{text}(...) takes a {what}, not a {first.name}.", remedy)

    def _element(self, node: ast.Call, name: str, first: object) -> None:
        text, argument, context = dotted(node.func), node.args[0], self.reader.context
        named = next(iter(self.reader.elements), "order")
        if isinstance(first, KnownValue) and isinstance(first.value, type):
            kind = first.value
            alias = next((element_name for element_name, kinds in self.reader.elements.items() if kind in kinds), named)
            self.reader.add(
                "RULE042",
                argument,
                f"{kind.__name__} is the type, not an element.",
                f"Write {text}({context}.{alias}).",
            )
        elif isinstance(first, KnownValue):
            self.reader.add(
                "RULE042",
                argument,
                f"{text}(...) takes an element of the rule, not {ast.unparse(argument)}.",
                f"Write {text}({context}.{named}).",
            )
        elif isinstance(first, TypedValue) and self.reader.may_be_absent(first):
            element = f"{context}.{first.alias}"
            reason = f"{element} is None where another alternative of the rule matched."
            self.reader.add("RULE044", argument, reason, f"Ask first: if {element}: ...")
        elif isinstance(first, TypedValue) and not first.is_model:
            element = f"{context}.{first.alias}" if first.alias else f"{context}.{named}"
            meant = (
                f"{text}({element}, {first.field}=...)" if first.field and name == "modify" else f"{text}({element})"
            )
            self.reader.add(
                "RULE042",
                argument,
                f"{text}(...) takes a fact or signal, not {ast.unparse(argument)}.",
                f"Write {meant}.",
            )

    def _changes(self, node: ast.Call, kind: type, named: Named) -> None:
        if not issubclass(kind, BaseModel):
            return
        for keyword in node.keywords:
            if keyword.arg is None:
                continue
            if keyword.arg not in kind.model_fields:
                if not kind.__subclasses__():
                    self._no_field(keyword, kind, list(kind.model_fields))
            else:
                self._fits(keyword, kind, named.get(keyword.arg))

    def made(self, node: ast.Call, kind: type[BaseModel], named: Named) -> None:
        """Reads `Visit(count=1)`."""
        if takes_anything(kind) or kind.__init__ is not BaseModel.__init__:
            return
        if any(not isinstance(argument, ast.Starred) for argument in node.args):
            field = next(iter(kind.model_fields), "field")
            given = ast.unparse(node.args[0])
            remedy = f"Write {kind.__name__}({field}={given})." if kind.model_fields else f"Write {kind.__name__}()."
            self.reader.add("RULE042", node, f"{kind.__name__} takes its fields by name.", remedy)
            return
        known, unknown = names_given(kind), False
        for keyword in node.keywords:
            if keyword.arg is not None and keyword.arg not in known and kind.model_config.get("extra") != "allow":
                unknown = True
                self._no_field(keyword, kind, sorted(known))
            elif keyword.arg in kind.model_fields:
                self._fits(keyword, kind, named.get(keyword.arg))
        if node.args or None in named or unknown:
            return
        missing = required(kind, {name for name in named if name})
        if missing:
            fields = ", ".join(f"{name}=..." for name in missing)
            reason = f"{kind.__name__}(...) lacks {', '.join(missing)}."
            self.reader.add("RULE042", node, reason, f"Write {kind.__name__}({fields}), or give the field a default.")

    def _no_field(self, keyword: ast.keyword, kind: type, known: list[str]) -> None:
        name = str(keyword.arg)
        self.reader.add("RULE002", keyword, f"{kind.__name__} has no field {name!r}.", closest(name, known), word=name)

    def _fits(self, keyword: ast.keyword, kind: type[BaseModel], value: object) -> None:
        """Whether a literal fits the field that it is given to."""
        if not isinstance(value, KnownValue) or takes_anything(kind):
            return
        literal, name = value.value, str(keyword.arg)
        if isinstance(literal, type) or callable(literal):
            shown = ast.unparse(keyword.value)
            self.reader.add(
                "RULE042", keyword, f"{name}={shown} is given the {_word(literal)} itself.", "Give a value of it."
            )
            return
        if not isinstance(literal, str | int | float | None):
            return
        info = kind.model_fields[name]
        kept: Any = Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation
        try:
            TypeAdapter(kept).validate_python(literal)
        except ValidationError as problem:
            said = problem.errors(include_input=False, include_url=False)[0]["msg"]
            self.reader.add(
                "RULE042", keyword, f"{kind.__name__}.{name} can't be {literal!r}: {said}.", "Give a value that fits."
            )
        except Exception:  # noqa: S110 - a type that can't be checked by itself says nothing
            pass

    def _delay(self, node: ast.Call, named: Named) -> None:
        for keyword in node.keywords:
            value = named.get(keyword.arg)
            if keyword.arg == "after" and isinstance(value, KnownValue):
                try:
                    read_delay(value.value)
                except RuleError as problem:
                    self.reader.add("RULE042", keyword, problem.fact, problem.remedy, word="after")
                except OverflowError:
                    pass
            if keyword.arg == "at" and isinstance(value, KnownValue):
                reason = f"at={ast.unparse(keyword.value)} is no moment."
                self.reader.add(
                    "RULE042", keyword, reason, 'Give a datetime with its time zone, or after="1d".', word="at"
                )
        if not node.args[1:] and None not in named:
            given = {"at", "after"} & {name for name in named if name}
            if len(given) != 1:
                reason = f"A timer needs at or after, {'both are' if given else 'neither is'} given."
                self.reader.add("RULE042", node, reason, 'Write after="15m", or at=a datetime with its time zone.')

    def function(self, node: ast.Call, called: types.FunctionType, given: Sequence[object], named: Named) -> None:
        """Reads a call of what sends, or of a function of the rule files."""
        action = SENDING_BY_NAME.get(called.__name__)
        sends = action is not None and called in (action.call, action.documented)
        if hasattr(called, "__wrapped__") or (not sends and called.__module__.startswith("infobip_rules.")):
            return
        self._arguments(node, dotted(node.func) if sends else called.__name__, called)
        if not sends or any(isinstance(argument, ast.Starred) for argument in node.args):
            return
        names = list(_signature(called).parameters)
        nodes: dict[str, ast.expr] = dict(zip(names, node.args, strict=False))
        nodes |= {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
        values: dict[str, object] = dict(zip(names, given, strict=False)) | {
            name: value for name, value in named.items() if name
        }
        if "phone" in nodes:
            self._phone(nodes["phone"], values["phone"])
        if "text" in nodes:
            self._text(nodes["text"], values["text"])

    def _phone(self, node: ast.expr, value: object) -> None:
        text = ast.unparse(node)
        if isinstance(value, TypedValue) and value.kinds != (str,):
            meant = ""
            if all(issubclass(kind, ClientAgent) for kind in value.kinds):
                meant = f'Write {text}.get_connection("phone").'
            elif all("from_" in getattr(kind, "model_fields", ()) for kind in value.kinds):
                meant = f"Write {text}.from_."
            remedy = meant or "Give it as text, with its country code."
            self.reader.add("RULE025", node, f"A message needs a phone number, not {text} ({value.name}).", remedy)
        if not isinstance(value, KnownValue):
            return
        if not isinstance(value.value, str):
            shown = "None" if value.value is None else f"{text} ({_word(value.value)})"
            remedy = f'Write "{text}".' if isinstance(value.value, int) else 'Give it as text: "385981234567".'
            self.reader.add("RULE025", node, f"A message needs a phone number as text, not {shown}.", remedy)
            return
        try:
            to_e164(value.value)
        except PhoneNumberError:
            self.reader.add(
                "RULE025",
                node,
                f"{value.value!r} is not E.164 (8 to 15 digits, the country code first).",
                "Give country code and number as digits only, without + or 00.",
            )

    def _text(self, node: ast.expr, value: object) -> None:
        text = ast.unparse(node)
        if isinstance(value, KnownValue) and not isinstance(value.value, str):
            shown = "None" if value.value is None else f"{text} ({_word(value.value)})"
            remedy = "Give the text." if value.value is None else f"Write str({text})."
            self.reader.add("RULE024", node, f"A message needs a text, not {shown}.", remedy)
        elif isinstance(value, TypedValue) and str not in value.kinds:
            fields = [getattr(kind, "model_fields", {}) for kind in value.kinds]
            remedy = f"Write {text}.text." if all("text" in field for field in fields) else f"Write str({text})."
            self.reader.add("RULE024", node, f"A message needs a text, not {text} ({value.name}).", remedy)

    def not_callable(self, node: ast.Call, called: TypedValue) -> None:
        """Reads `c.signal()`, or `c.signal.text()`."""
        if any("__call__" in vars(base) for kind in called.kinds for base in kind.__mro__):
            return
        text = dotted(node.func) or "It"
        self.reader.add("RULE042", node, f"{text} is a value, not a function.", "Leave the brackets out.")

    def _arguments(self, node: ast.Call, text: str, called: Any, *, skip: int = 0) -> bool:
        """Returns whether the call gives what the function takes; adds a finding for what does not fit."""
        if any(isinstance(argument, ast.Starred) for argument in node.args) or any(
            keyword.arg is None for keyword in node.keywords
        ):
            return False
        parameters = list(_signature(called).parameters.values())[skip:]
        positional = [
            parameter
            for parameter in parameters
            if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
        ]
        by_name = {
            parameter.name
            for parameter in parameters
            if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        }
        fits = True
        if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
            for keyword in node.keywords:
                if keyword.arg not in by_name:
                    fits = False
                    name = str(keyword.arg)
                    fact = f"{text.rpartition('.')[2]} has no argument {name!r}."
                    self.reader.add("RULE042", keyword, fact, closest(name, sorted(by_name)), word=name)
        if len(node.args) > len(positional) and not any(
            parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters
        ):
            self._too_many(node, text, len(positional))
            return False
        given = {argument.name for argument in positional[: len(node.args)]} | {
            keyword.arg for keyword in node.keywords
        }
        missing = [
            parameter.name
            for parameter in parameters
            if parameter.default is parameter.empty
            and parameter.name not in given
            and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        ]
        if missing and fits:
            self.reader.add(
                "RULE042", node, f"{text}(...) lacks {', '.join(missing)}.", f"It takes {_shown(parameters)}."
            )
        return fits and not missing

    def _too_many(self, node: ast.Call, text: str, most: int) -> None:
        surplus = node.args[most]
        if text.endswith(".modify"):
            remedy = f"Give fields by name: {text}({ast.unparse(node.args[0])}, count=1)."
        else:
            remedy = f"{most} can be given without {'its name' if most == 1 else 'their names'}."
        self.reader.add(
            "RULE042", surplus, f"{text}(...) is given {ast.unparse(surplus)}, which it does not take.", remedy
        )


def _signature(called: Any) -> inspect.Signature:
    if called not in _SIGNATURES:
        _SIGNATURES[called] = inspect.signature(called)
    return _SIGNATURES[called]


def _shown(parameters: Sequence[inspect.Parameter]) -> str:
    return ", ".join(
        parameter.name if parameter.default is parameter.empty else f"{parameter.name}=..." for parameter in parameters
    )


def _made_of(name: str) -> str:
    return "Write a signal: Reminder(...)." if name == "schedule" else "Write a fact or signal: Order(...)."


def _word(value: object) -> str:
    if isinstance(value, type):
        return "type"
    return "function" if callable(value) else type(value).__name__
