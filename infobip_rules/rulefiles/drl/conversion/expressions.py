"""Printer of Java's expressions in Python, for those that behave alike in both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from infobip_rules.channels.adapter_api import SENDING_BY_NAME, SendingAction
from infobip_rules.rulefiles.drl.body.closures import Compiler
from infobip_rules.rulefiles.drl.conversion.python_names import NoPythonError, function_word, quoted, variable_name
from infobip_rules.rulefiles.drl.java.kinds import INTEGRAL, NUMERIC, Kind, unboxed
from infobip_rules.rulefiles.drl.java.models import field_of, getter_of, method_of, snake
from infobip_rules.rulefiles.drl.syntax.printer import expression_text
from infobip_rules.rulefiles.drl.syntax.syntax import (
    Binary,
    Call,
    Expression,
    Index,
    Literal,
    Member,
    Name,
    New,
    Ternary,
    Unary,
)

_COMPARISONS = ("<", "<=", ">", ">=")
#: Methods of String: the Python form, of the target and the arguments.
_OF_TEXT: dict[tuple[str, int], str] = {
    ("length", 0): "len({0})",
    ("toUpperCase", 0): "{0}.upper()",
    ("toLowerCase", 0): "{0}.lower()",
    ("trim", 0): "{0}.strip()",
    ("strip", 0): "{0}.strip()",
    ("isEmpty", 0): '({0} == "")',
    ("isBlank", 0): '({0}.strip() == "")',
    ("equals", 1): "({0} == {1})",
    ("equalsIgnoreCase", 1): "({0}.casefold() == {1}.casefold())",
    ("contains", 1): "({1} in {0})",
    ("startsWith", 1): "{0}.startswith({1})",
    ("endsWith", 1): "{0}.endswith({1})",
    ("substring", 1): "{0}[{1}:]",
    ("substring", 2): "{0}[{1}:{2}]",
    ("indexOf", 1): "{0}.find({1})",
    ("lastIndexOf", 1): "{0}.rfind({1})",
    ("charAt", 1): "{0}[{1}]",
    ("replace", 2): "{0}.replace({1}, {2})",
    ("concat", 1): "({0} + {1})",
    ("repeat", 1): "({0} * {1})",
    ("toString", 0): "{0}",
}
_OF_LIST = {
    ("size", 0): "len({0})",
    ("get", 1): "{0}[{1}]",
    ("contains", 1): "({1} in {0})",
    ("isEmpty", 0): "(not {0})",
    ("add", 1): "{0}.append({1})",
}
_OF_MAP = {
    ("size", 0): "len({0})",
    ("get", 1): "{0}.get({1})",
    ("getOrDefault", 2): "{0}.get({1}, {2})",
    ("containsKey", 1): "({1} in {0})",
    ("isEmpty", 0): "(not {0})",
}
_OF_MOMENT = {
    ("toLocalDate", 0): "{0}.date()",
    ("getYear", 0): "{0}.year",
    ("getMonthValue", 0): "{0}.month",
    ("getDayOfMonth", 0): "{0}.day",
    ("getHour", 0): "{0}.hour",
    ("getMinute", 0): "{0}.minute",
    ("plusDays", 1): "({0} + timedelta(days={1}))",
    ("minusDays", 1): "({0} - timedelta(days={1}))",
    ("plusHours", 1): "({0} + timedelta(hours={1}))",
    ("minusHours", 1): "({0} - timedelta(hours={1}))",
    ("isBefore", 1): "({0} < {1})",
    ("isAfter", 1): "({0} > {1})",
}
_MOMENTS = ("ZonedDateTime", "LocalDateTime", "LocalDate", "Instant")
_STATIC = {
    ("Integer", "parseInt", 1): "int({0})",
    ("Long", "parseLong", 1): "int({0})",
    ("Double", "parseDouble", 1): "float({0})",
    ("Math", "max", 2): "max({0}, {1})",
    ("Math", "min", 2): "min({0}, {1})",
    ("Math", "abs", 1): "abs({0})",
    ("Objects", "equals", 2): "({0} == {1})",
    ("Objects", "isNull", 1): "({0} is None)",
    ("Objects", "nonNull", 1): "({0} is not None)",
    ("Instant", "now", 0): "c.now",
    ("ZonedDateTime", "now", 0): "c.now",
    ("Duration", "ofSeconds", 1): "timedelta(seconds={0})",
    ("Duration", "ofMinutes", 1): "timedelta(minutes={0})",
    ("Duration", "ofHours", 1): "timedelta(hours={0})",
    ("Duration", "ofDays", 1): "timedelta(days={0})",
}


class ExpressionPrinter:
    """Writes expressions of one body; `names` says what bindings are in Python."""

    def __init__(self, compiler: Compiler, names: dict[str, str]) -> None:
        self.compiler = compiler
        self.names = names

    def kind(self, node: Expression) -> Kind:
        """Returns what is known of the value."""
        return self.compiler.typed(node).kind

    def text(self, node: Expression) -> str:
        """Writes the expression in Python; NoPythonError if there is none that behaves alike."""
        write = _TABLE.get(type(node))
        if write is None:
            raise NoPythonError(node, f"`{expression_text(node)}`")
        return write(self, node)

    def literal(self, node: Literal) -> str:
        """Writes a value as written."""
        if node.kind == "BigDecimal":
            raise NoPythonError(node, f"`{expression_text(node)}`")
        return quoted(node.value)

    def name(self, node: Name) -> str:
        """Writes a variable, or what a binding stands for."""
        if node.name in self.names:
            return self.names[node.name]
        body = self.compiler.body
        if body is not None and body.find(node.name) is not None:
            return variable_name(node.name)
        raise NoPythonError(node, f"`{node.name}`")

    def member(self, node: Member) -> str:
        """Writes a field."""
        model = self.kind(node.target).model
        found = field_of(model, node.name) if model is not None and not node.null_safe else None
        if found is None:
            raise NoPythonError(node, f"`{expression_text(node)}`")
        return f"{self.text(node.target)}.{found[0]}"

    def call(self, node: Call) -> str:
        """Writes a getter, a method of the fact's class, or one of Java's that Python has."""
        if node.target is None and node.name in self.compiler.scope.functions:
            return f"{function_word(node.name)}({', '.join(map(self.text, node.arguments))})"
        if node.target is None or node.null_safe:
            raise NoPythonError(node, f"`{expression_text(node)}`")
        if isinstance(node.target, Name) and node.target.name[:1].isupper() and node.target.name not in self.names:
            return self._static(node, node.target.name)
        kind = self.kind(node.target)
        if kind.model is not None:
            return self._of_model(node, kind)
        form = _table_of(kind).get((node.name, len(node.arguments)))
        if form is None:
            raise NoPythonError(node, f"`{expression_text(node)}`")
        return form.format(self.text(node.target), *map(self.text, node.arguments))

    def _static(self, node: Call, name: str) -> str:
        if name == "InfobipAdapterAPI" and node.name in SENDING_BY_NAME:
            return self._sending(node, SENDING_BY_NAME[node.name])
        if (name, node.name) == ("String", "valueOf") and len(node.arguments) == 1:
            return self.as_text(node.arguments[0])
        form = _STATIC.get((name, node.name, len(node.arguments)))
        if form is None:
            raise NoPythonError(node, f"`{expression_text(node)}`")
        return form.format(*map(self.text, node.arguments))

    def _sending(self, node: Call, action: SendingAction) -> str:
        given = [
            value if place < action.required else f"{parameter.name}={value}"
            for place, (parameter, value) in enumerate(
                zip(action.parameters, map(self.text, node.arguments), strict=False)
            )
        ]
        return f"InfobipAdapterAPI.{action.call.__name__}({', '.join(given)})"

    def _of_model(self, node: Call, kind: Kind) -> str:
        assert kind.model is not None  # noqa: S101 - checked by the caller
        target = self.text(node.target) if node.target is not None else ""
        method = method_of(kind.model, node.name)
        if method is not None:
            name = snake(node.name) if hasattr(kind.model, snake(node.name)) else method.function.__name__
            return f"{target}.{name}({', '.join(map(self.text, node.arguments))})"
        found = getter_of(kind.model, node.name) if not node.arguments else None
        if found is None:
            raise NoPythonError(node, f"`{expression_text(node)}`")
        return f"{target}.{found[0]}"

    def binary(self, node: Binary) -> str:
        """Writes an operator."""
        sign = node.operator
        if sign in ("&&", "||"):
            return f"({self.text(node.left)} {'and' if sign == '&&' else 'or'} {self.text(node.right)})"
        if sign in ("==", "!="):
            return self._equality(node)
        left, right = self.kind(node.left), self.kind(node.right)
        if sign == "+" and "String" in (left.name, right.name):
            return f"{self.as_text(node.left)} + {self.as_text(node.right)}"
        numeric = {unboxed(left).name, unboxed(right).name} <= set(NUMERIC) - {"BigDecimal"}
        whole = {unboxed(left).name, unboxed(right).name} <= set(INTEGRAL)
        if sign in _COMPARISONS and numeric:
            return f"({self.text(node.left)} {sign} {self.text(node.right)})"
        if not numeric or (sign in ("/", "%") and not whole) or sign not in ("+", "-", "*", "/", "%"):
            raise NoPythonError(node, f"`{expression_text(node)}`")
        text = f"{self.text(node.left)} {sign} {self.text(node.right)}"
        if sign == "%":
            return f"int(math.fmod({self.text(node.left)}, {self.text(node.right)}))"
        return f"int({text})" if sign == "/" else f"({text})"

    def _equality(self, node: Binary) -> str:
        word = {"==": "is", "!=": "is not"}[node.operator]
        for side, other in ((node.left, node.right), (node.right, node.left)):
            if isinstance(other, Literal) and other.value is None:
                return f"({self.text(side)} {word} None)"
        return f"({self.text(node.left)} {node.operator} {self.text(node.right)})"

    def as_text(self, node: Expression) -> str:
        """Writes the text that Java makes of a value joined to another by `+`."""
        kind = self.kind(node)
        if kind.name == "String":
            return self.text(node)
        if isinstance(node, Literal) and kind.name in ("int", "long"):
            return quoted(str(node.value))
        if unboxed(kind).name in INTEGRAL:
            return f"str({self.text(node)})"
        if kind.name == "char":
            return self.text(node)
        if kind.name == "LocalDate":
            return f"{self.text(node)}.isoformat()"
        raise NoPythonError(node, f"the text of `{expression_text(node)}`")

    def new(self, node: New) -> str:
        """Writes `new Order(...)` of a fact or signal, its fields by name."""
        kind = self.compiler.kind(node.type)
        names = list(kind.model.model_fields) if kind.model is not None else []
        if kind.model is None or node.type.dimensions or len(node.arguments) not in (0, len(names)):
            raise NoPythonError(node, f"`{expression_text(node)}`")
        pairs = zip(names, node.arguments, strict=False)
        return f"{kind.name}({', '.join(f'{name}={self.text(value)}' for name, value in pairs)})"

    def unary(self, node: Unary) -> str:
        """Writes a sign."""
        sign = {"!": "not ", "-": "-", "+": "+"}.get(node.operator)
        if sign is None:
            raise NoPythonError(node, f"`{expression_text(node)}`")
        return f"({sign}{self.text(node.operand)})"

    def ternary(self, node: Ternary) -> str:
        """Writes `test ? yes : no`."""
        return f"({self.text(node.yes)} if {self.text(node.test)} else {self.text(node.no)})"

    def index(self, node: Index) -> str:
        """Writes an entry."""
        target = self.text(node.target)
        if self.kind(node.target).name.endswith("Map"):
            return f"{target}.get({self.text(node.index)})"
        return f"{target}[{self.text(node.index)}]"


def _table_of(kind: Kind) -> dict[tuple[str, int], str]:
    if kind.name == "String":
        return _OF_TEXT
    if kind.name.endswith("Map"):
        return _OF_MAP
    return _OF_LIST if kind.name.endswith("List") else _OF_MOMENT if kind.name in _MOMENTS else {}


_TABLE: dict[type, Callable[[ExpressionPrinter, Any], str]] = {
    Literal: ExpressionPrinter.literal,
    Name: ExpressionPrinter.name,
    Member: ExpressionPrinter.member,
    Call: ExpressionPrinter.call,
    Binary: ExpressionPrinter.binary,
    Unary: ExpressionPrinter.unary,
    Ternary: ExpressionPrinter.ternary,
    Index: ExpressionPrinter.index,
    New: ExpressionPrinter.new,
}
