"""RULE002, RULE014, RULE041 and RULE044: fields that are not there, values changed in place, elements that may be None."""

from __future__ import annotations

import ast
import types
from datetime import datetime
from difflib import get_close_matches
from importlib.util import find_spec

from pydantic import BaseModel

from infobip_rules.checks.bodies import UNKNOWN
from infobip_rules.checks.mistakes import Reader
from infobip_rules.checks.scopes import dotted
from infobip_rules.checks.typed_values import (
    ContextValue,
    KnownValue,
    TypedValue,
    annotation_of,
    attributes_of,
    has_attribute,
    typed,
)
from infobip_rules.engine.rules.durable_words import ON_CONTEXT
from infobip_rules.engine.rules.fields import closest
from infobip_rules.engine.session.context import Context
from infobip_rules.signals import Signal

#: What `c` has besides the rule's elements.
OWN = frozenset(name for name in dir(Context) if not name.startswith("_"))
_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.BitOr: "|",
}
_OF_THE_SYSTEM = frozenset({"os", "sys", "signal", "socket", "select", "errno"})
#: What texts and lists are asked in other languages.
_ELSEWHERE = {
    "length": "len({})",
    "size": "len({})",
    "contains": '"A" in {}',
    "includes": '"A" in {}',
    "equals": '{} == "A"',
    "equalsIgnoreCase": '{}.lower() == "a"',
    "toUpperCase": "{}.upper()",
    "toLowerCase": "{}.lower()",
    "trim": "{}.strip()",
    "isEmpty": "not {}",
    "startsWith": '{}.startswith("A")',
    "endsWith": '{}.endswith("A")',
    "substring": "{}[0:3]",
    "charAt": "{}[0]",
    "matches": 're.fullmatch("A.*", {})',
    "imatches": 're.fullmatch("A.*", {}, re.IGNORECASE)',
    "containsKey": '"A" in {}',
    "push": "{} + [...]",
    "plusDays": "{} + timedelta(days=1)",
}


class FieldReader:
    """Reads what is taken from values, and what is written into them."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    def element(self, node: ast.Attribute) -> object:
        """Reads `c.visit`, `c.now` or `c.insert`."""
        name = node.attr
        if name == "now":
            return TypedValue((datetime,))
        if name in OWN:
            return UNKNOWN
        kinds = self.reader.elements.get(name)
        if kinds is not None:
            return TypedValue(kinds, alias=name) if kinds else UNKNOWN
        context = dotted(node.value) or self.reader.context
        names = sorted(self.reader.elements)
        remedy = closest(name, [*names]) if names else f"Name an element: {context}.signal << signal(...)."
        if name in ON_CONTEXT:
            word = ON_CONTEXT[name]
            reason, remedy = f"{context}.{name} is a word of durable.lang: it {word.what}.", word.remedy
        else:
            reason = f"{self.reader.rule_id} reads c.{name}, which it does not declare."
            near = closest(name, sorted(OWN))
            remedy = near if "Did you mean" in near and "Did you mean" not in remedy else remedy
        if isinstance(node.ctx, ast.Load):
            self.reader.add("RULE014", node, reason, remedy, word=name)
        return UNKNOWN

    def read(self, node: ast.Attribute, target: TypedValue) -> object:
        """Reads `c.visit.count`."""
        name = node.attr
        self._ask_whether_there(node, target)
        kinds = [kind for kind in target.kinds if has_attribute(kind, name)]
        if kinds:
            found = [typed(annotation_of(kind, name), alias=target.alias, field=name) for kind in kinds]
            return found[0] if found[0] is not None and all(value == found[0] for value in found) else UNKNOWN
        if self.reader.is_asked(dotted(node)) or name.startswith("__"):
            return UNKNOWN
        text = dotted(node.value)
        known = list(dict.fromkeys(name for kind in target.kinds for name in attributes_of(kind)))
        if target.is_model:
            reason, remedy = f"{target.name} has no field {name!r}.", self._of_model(name, known, text, target)
        else:
            reason = f"{text or 'It'} is {_article(target)}, which has no {name!r}."
            near = next(iter(get_close_matches(name, [*known, *_ELSEWHERE], 1, 0.6)), "")
            meant = _ELSEWHERE.get(near)
            remedy = f"Write {meant.format(text or '...')}." if meant else closest(name, known)
        self.reader.add("RULE002", node, reason, remedy, word=name)
        return UNKNOWN

    def _of_model(self, name: str, known: list[str], text: str, target: TypedValue) -> str:
        field = f"{name[3:4].lower()}{name[4:]}" if name.startswith("get") else ""
        field = "from_" if field == "from" else field
        if field in known:
            return f"Write {text or 'it'}.{field}."
        if name in ("sender", "phone", "number") and "from_" in known:
            return "Did you mean 'from_'?"
        if name == "phone" and "get_connection" in known:
            return f'Write {text or "it"}.get_connection("phone").'
        if name in ("reply", "send", "answer") and target.alias:
            return "Write InfobipAdapterAPI.send_sms_text_message(phone, text)."
        return closest(name, known)

    def _ask_whether_there(self, node: ast.expr, target: TypedValue) -> None:
        if not self.reader.may_be_absent(target):
            return
        name = f"{self.reader.context}.{target.alias}"
        self.reader.add(
            "RULE044",
            node,
            f"{name} is None where another alternative of the rule matched.",
            f"Ask first: if {name}: ...",
        )

    def of_object(self, node: ast.Attribute, value: object) -> object:
        """Reads `InfobipAdapterAPI.send_sms_text_message`, or a function of a module."""
        found = getattr(value, node.attr, UNKNOWN) if isinstance(value, type | types.ModuleType) else UNKNOWN
        if found is not UNKNOWN:
            return KnownValue(found) if isinstance(found, type | types.FunctionType | types.ModuleType) else UNKNOWN
        if not isinstance(value, type | types.ModuleType) or node.attr.startswith("__"):
            return UNKNOWN
        if self.reader.is_asked(dotted(node)) or _may_have(value, node.attr):
            return UNKNOWN
        name = value.__name__
        known = [name for name in dir(value) if not name.startswith("_")]
        if isinstance(value, types.ModuleType):
            self._of_module(node, value, known)
        elif not issubclass(value, BaseModel):
            self.reader.add("RULE002", node, f"{name} has no {node.attr!r}.", closest(node.attr, known), word=node.attr)
        elif node.attr in value.model_fields:
            reason = f"{name} is the type: {node.attr!r} is read of a fact or signal of it."
            named = [alias for alias, kinds in self.reader.elements.items() if value in kinds]
            meant = f"Write {self.reader.context}.{named[0]}.{node.attr}." if named else "Name an element of that type."
            self.reader.add("RULE002", node, reason, meant, word=node.attr)
        return UNKNOWN

    def _of_module(self, node: ast.Attribute, module: types.ModuleType, known: list[str]) -> None:
        # What a module lacks here it may have on another system: only what is plainly another word is reported.
        inner = getattr(module, module.__name__, None)
        reason, text = f"The module {module.__name__} has no {node.attr!r}.", dotted(node.value) or module.__name__
        if inner is not None and hasattr(inner, node.attr):
            self.reader.add("RULE002", node, reason, f"Write {text}.{module.__name__}.{node.attr}.", word=node.attr)
        elif module.__name__ not in _OF_THE_SYSTEM and (near := get_close_matches(node.attr, known, 1, 0.8)):
            self.reader.add("RULE002", node, reason, f"Did you mean {near[0]!r}?", word=node.attr)

    def subscripted(self, node: ast.Subscript, target: object) -> object:
        """Reads `c.visit["count"]`."""
        if not isinstance(target, TypedValue):
            return UNKNOWN
        self._ask_whether_there(node, target)
        if target.is_model and not any(hasattr(kind, "__getitem__") for kind in target.kinds):
            text = dotted(node.value) or "it"
            key = node.slice.value if isinstance(node.slice, ast.Constant) else None
            key = "from_" if key == "from" else key if isinstance(key, str) else "field"
            self.reader.add("RULE002", node, f"{target.name} has fields, not keys.", f"Write {text}.{key}.")
        return UNKNOWN

    def assigned(self, node: ast.expr, value: ast.expr | None = None, operator: ast.operator | None = None) -> None:
        """Reads the target of an assignment, of `del`, or of a loop."""
        match node:
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for part in parts:
                    self.assigned(part)
            case ast.Starred(value=inner):
                self.assigned(inner)
            case ast.Attribute(value=base, attr=name):
                self._set(node, self.reader.value(base), name, value, operator)
            case ast.Subscript(value=base, slice=key):
                self.reader.value(key)
                target = self.reader.value(base)
                if isinstance(target, TypedValue):
                    self.changed_in_place(node, target)

    def _set(
        self, node: ast.Attribute, target: object, name: str, value: ast.expr | None, operator: ast.operator | None
    ) -> None:
        text = dotted(node.value) or "it"
        if isinstance(target, ContextValue):
            if name in self.reader.elements and value is not None:
                remedy = f"Change it by {text}.modify({text}.{name}, ...)."
            else:
                remedy = f"Keep it in a fact, {text}.insert(...), or in a variable of the body."
            self.reader.add("RULE041", node, f"{text}.{name} can't be set.", remedy, word=name)
        elif isinstance(target, TypedValue) and target.is_model and _is_frozen(target):
            word = "signals" if all(issubclass(kind, Signal) for kind in target.kinds) else "facts"
            reason = f"{target.name} can't be changed in place: {word} are values."
            changed = f"{text}.{name}"
            given = "..." if value is None else ast.unparse(value)
            if operator is not None:
                given = f"{changed} {_OPERATORS.get(type(operator), '+')} {given}"
            if target.alias:
                remedy = f"Write {self.reader.context}.modify({text}, {name}={given})."
            else:
                remedy = f"Give the field as it is made: {target.name}({name}={given})."
            self.reader.add("RULE041", node, reason, remedy, word=name)

    def changed_in_place(self, node: ast.expr, target: TypedValue) -> None:
        """Finds a list, dict or set that is changed in place in a fact."""
        if not target.alias or not target.field or self.reader.is_given_back(target.alias):
            return
        if not all(kind in (list, dict, set) for kind in target.kinds):
            return
        field = f"{self.reader.context}.{target.alias}.{target.field}"
        new = {"list": f"[*{field}, ...]", "dict": f"{{**{field}, ...}}"}.get(target.name, f"{field} | {{...}}")
        self.reader.add(
            "RULE041",
            node,
            f"{field} is changed in place: no rule sees it, and it is not kept.",
            f"Write {self.reader.context}.modify({self.reader.context}.{target.alias}, {target.field}={new}).",
        )

    def computed(self, node: ast.BinOp, left: object, operator: ast.operator, right: object) -> object:
        """Reads `"You came " + c.visit.count`."""
        kinds = [_kind(left), _kind(right)]
        if isinstance(operator, ast.Add) and str in kinds and None not in kinds and kinds != [str, str]:
            other, value = (node.right, right) if kinds[0] is str else (node.left, left)
            text = ast.unparse(other)
            name = value.name if isinstance(value, TypedValue) else type(getattr(value, "value", None)).__name__
            self.reader.add(
                "RULE042",
                node,
                f"A text and {text} ({name}) can't be joined by +.",
                f'Write str({text}), or f"... {{{text}}}".',
            )
        if isinstance(operator, ast.Add | ast.Mod) and kinds[0] is str:
            return TypedValue((str,))
        return UNKNOWN


def _kind(value: object) -> type | None:
    """Returns the one type of a value, if it is known."""
    if isinstance(value, TypedValue):
        return value.kinds[0] if len(value.kinds) == 1 else None
    if isinstance(value, KnownValue) and isinstance(value.value, str | int | float):
        return type(value.value)
    return None


def _article(target: TypedValue) -> str:
    return {"str": "text", "int": "a number", "float": "a number", "bool": "True or False"}.get(
        target.name, f"a {target.name}"
    )


def _is_frozen(target: TypedValue) -> bool:
    return all(issubclass(kind, BaseModel) and kind.model_config.get("frozen") for kind in target.kinds)


def _may_have(value: type | types.ModuleType, name: str) -> bool:
    """Returns whether it may come to have the attribute: a module yet to be imported, or what makes attributes itself."""
    if isinstance(value, types.ModuleType):
        if hasattr(value, "__getattr__"):
            return True
        try:
            return hasattr(value, "__path__") and find_spec(f"{value.__name__}.{name}") is not None
        except (ImportError, ValueError):
            return True
    return not issubclass(value, BaseModel) and (
        hasattr(type(value), "__getattr__") or not value.__module__.startswith("infobip_rules")
    )
