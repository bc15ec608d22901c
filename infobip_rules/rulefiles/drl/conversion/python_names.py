"""Names, types and literals as Python writes them, and the error for what has no Python form."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable

from infobip_rules.rulefiles.drl.java.kinds import BOXED, INTEGRAL, UNBOXED, Kind
from infobip_rules.rulefiles.drl.java.models import snake
from infobip_rules.rulefiles.drl.syntax.syntax import SyntaxNode


class NoPythonError(Exception):
    """Part of a rule has no counterpart in Python that behaves alike; `node` says where it stands."""

    def __init__(self, node: SyntaxNode, what: str) -> None:
        self.node = node
        self.what = what
        super().__init__(what)

    def note(self) -> str:
        """Writes the comment that stands in its place."""
        return f"# not converted: {self.what}, line {self.node.at.line}"


def function_name(title: str, taken: Iterable[str]) -> str:
    """Returns a rule's name as that of a function: `Example rule (1)` is example_rule_1."""
    words = re.sub(r"\W+", "_", snake(title), flags=re.ASCII).strip("_") or "rule"
    name = f"rule_{words}" if words[0].isdigit() or keyword.iskeyword(words) else words
    used, number, free = set(taken), 2, name
    while free in used:
        free, number = f"{name}_{number}", number + 1
    return free


def variable_name(name: str) -> str:
    """Returns a variable's or binding's name: `$agent` is agent, `from` from_."""
    plain = name.strip("$") or "it"
    return f"{plain}_" if keyword.iskeyword(plain) or plain in ("c", "m") else plain


def function_word(name: str) -> str:
    """Returns the name of a function of the file."""
    plain = snake(name).strip("$")
    return f"{plain}_" if keyword.iskeyword(plain) or plain in ("c", "m", "fact", "signal") else plain


def quoted(value: object) -> str:
    """Returns a literal, texts in double quotes if that needs no more escapes."""
    text = repr(value)
    if text.startswith("'") and '"' not in text and "\\'" not in text:
        return f'"{text[1:-1]}"'
    return text


_PYTHON = {
    **dict.fromkeys((*INTEGRAL, "BigInteger"), "int"),
    "float": "float",
    "double": "float",
    "boolean": "bool",
    "char": "str",
    "String": "str",
    "BigDecimal": "Decimal",
    "LocalDate": "date",
    "LocalDateTime": "datetime",
    "Duration": "timedelta",
    **dict.fromkeys(("ZonedDateTime", "Instant", "Date"), "datetime"),
}


def annotation_text(kind: Kind) -> str:
    """Returns the annotation of a field of this kind."""
    plain = _plain(kind)
    return plain if kind.name in BOXED or plain == "Any" else f"{plain} | None"


def _plain(kind: Kind) -> str:
    if kind.model is not None:
        return kind.name
    name = UNBOXED.get(kind.name, kind.name)
    if name in _PYTHON:
        return _PYTHON[name]
    inside = ", ".join(_plain(argument) for argument in kind.arguments)
    for ending, made in (("List", "list"), ("Set", "set"), ("Map", "dict"), ("Collection", "list")):
        if name.endswith(ending):
            return f"{made}[{inside}]" if inside else f"{made}[{'Any, Any' if made == 'dict' else 'Any'}]"
    return "Any"
