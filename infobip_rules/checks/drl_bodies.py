"""Bodies written in DRL, read from their syntax tree into the same record as bodies in Python."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from infobip_rules.channels.adapter_api import SENDING_BY_NAME
from infobip_rules.checks.bodies import UNKNOWN, BodyEffects, GrownField
from infobip_rules.checks.body_values import BodyRecord, ElementValue, NewValue, TextValue, added, literal, subtracted
from infobip_rules.rulefiles.drl.syntax import syntax

_INSERTING = ("insert", "insertLogical")
_DELETING = ("delete", "retract")
_ADAPTER = "InfobipAdapterAPI"
#: Fields that could be any, with values that are not known.
_ANY: Mapping[str, object] = {"**": UNKNOWN}


def read_drl_body(rule: syntax.RuleNode, file: str, *, aliases: Iterable[str]) -> BodyEffects:
    """Returns what the right side does.

    `aliases` are the rule's elements. Names are not read: the compiler refuses unknown ones.
    """
    reader = _DrlReader(file, {alias: ElementValue(alias) for alias in aliases})
    reader.block(rule.body, conditional=False)
    return reader.record.effects()


class _DrlReader:
    """Reads one right side, noting what it does."""

    def __init__(self, file: str, names: Mapping[str, object]) -> None:
        self.file = file
        self.names = dict(names)
        self.record = BodyRecord()
        self.conditional = False

    def block(self, statements: Sequence[syntax.Statement], *, conditional: bool) -> None:
        """Reads statements; what stands after one that may leave is conditional too."""
        before, self.conditional = self.conditional, self.conditional or conditional
        for statement in statements:
            self._statement(statement)
            if not isinstance(statement, syntax.Return) and _may_leave(statement):
                self.conditional = True
        self.conditional = before

    def _statement(self, node: syntax.Statement) -> None:
        match node:
            case syntax.Local(name=name, value=value):
                self.names[name] = UNKNOWN if value is None else self._value(value)
            case syntax.Assign(target=syntax.Name(name=name), operator="=", value=value):
                self.names[name] = self._value(value)
            case syntax.Assign(target=target, value=value):
                self._value(value)
                if isinstance(target, syntax.Name):
                    self.names[target.name] = UNKNOWN
            case syntax.Evaluate(expression=expression):
                self._value(expression)
            case syntax.Modify():
                self._modify(node)
            case syntax.Block(statements=inner):
                self.block(inner, conditional=False)
            case syntax.If() | syntax.For() | syntax.ForEach() | syntax.While():
                self._branching(node)

    def _branching(self, node: syntax.If | syntax.For | syntax.ForEach | syntax.While) -> None:
        # Java's variables of a loop or branch end with it; those from outside may have changed in it.
        inner = [node.then, node.otherwise] if isinstance(node, syntax.If) else [node.body]
        assigned = dict.fromkeys(_assigned([part for part in inner if part is not None]), UNKNOWN)
        if not isinstance(node, syntax.If):
            self.names.update(assigned)
        for statement in inner:
            if statement is not None:
                self.block([statement], conditional=True)
        self.names.update(assigned)

    def _modify(self, node: syntax.Modify) -> None:
        target = _element(self._value(node.target))
        values = {name: literal(self._value(value)) for name, value in map(_setting, node.changes)}
        self.record.change("modify", target, values, where=self._at(node), conditional=self.conditional)

    def _value(self, node: syntax.Expression) -> object:
        match node:
            case syntax.Literal(value=str() as text):
                return TextValue((text,), True)
            case syntax.Literal(value=value):
                return float(value) if isinstance(value, Decimal) else value
            case syntax.Name(name=name):
                return self.names.get(name, UNKNOWN)
            case syntax.Binary(operator="+", left=left, right=right):
                return added(self._value(left), self._value(right))
            case syntax.Binary(operator="-", left=left, right=right):
                return subtracted(self._value(left), self._value(right))
            case syntax.New(type=kind, arguments=arguments):
                for argument in arguments:
                    self._value(argument)
                return NewValue(kind.name.rpartition(".")[2], _ANY)
            case syntax.Member(target=target, name=name):
                return _field(self._value(target), name)
            case syntax.Call():
                return self._call(node)
        return UNKNOWN

    def _call(self, node: syntax.Call) -> object:
        target = UNKNOWN if node.target is None else self._value(node.target)
        arguments = [self._value(argument) for argument in node.arguments]
        if node.name in SENDING_BY_NAME and isinstance(node.target, syntax.Name) and node.target.name == _ADAPTER:
            given = SENDING_BY_NAME[node.name].given(arguments, {})
            text, shorten = given.get("text", UNKNOWN), given.get("shorten_url", False)
            self.record.send(text, shorten, where=self._at(node), conditional=self.conditional)
        elif node.name in _INSERTING and arguments:
            through = isinstance(node.target, syntax.Call) and node.target.name == "getEntryPoint"
            new = arguments[0] if isinstance(arguments[0], NewValue) else UNKNOWN
            self.record.change("insert", new, _ANY, where=self._at(node), conditional=self.conditional, found=through)
        elif node.name in _DELETING and arguments:
            self.record.change("delete", _element(arguments[0]), {}, where=self._at(node), conditional=self.conditional)
        elif node.name == "update" and arguments:
            self.record.change(
                "modify", _element(arguments[0]), _ANY, where=self._at(node), conditional=self.conditional
            )
        elif not arguments and node.name.startswith("get") and len(node.name) > 3:
            return _field(target, node.name[3].lower() + node.name[4:])
        return UNKNOWN

    def _at(self, node: syntax.SyntaxNode) -> str:
        return f"{self.file}:{node.at.line}"


def _element(value: object) -> object:
    return value if isinstance(value, ElementValue) else UNKNOWN


def _field(target: object, name: str) -> object:
    return GrownField(alias=target.alias, field=name) if isinstance(target, ElementValue) else UNKNOWN


def _setting(change: syntax.Expression | syntax.Assign) -> tuple[str, syntax.Expression]:
    """Returns the field that a change in `modify(x) { ... }` sets, and to what; "**" if it is no plain setter."""
    match change:
        case syntax.Call(name=name, arguments=(value,), target=None) if name.startswith("set") and len(name) > 3:
            return name[3].lower() + name[4:], value
        case syntax.Assign(target=syntax.Name(name=name), operator="=", value=value):
            return name, value
        case syntax.Assign(value=value):
            return "**", value
    return "**", change


def _may_leave(node: syntax.Statement) -> bool:
    return any(isinstance(statement, syntax.Return | syntax.Jump) for statement in _statements(node))


def _statements(node: syntax.Statement) -> Iterator[syntax.Statement]:
    """Yields the statement, and all that stand in it."""
    yield node
    match node:
        case syntax.Block(statements=inner):
            found = list(inner)
        case syntax.If(then=then, otherwise=otherwise):
            found = [then] if otherwise is None else [then, otherwise]
        case syntax.For(body=body) | syntax.ForEach(body=body) | syntax.While(body=body):
            found = [body]
        case _:
            found = []
    for statement in found:
        yield from _statements(statement)


def _assigned(nodes: Iterable[syntax.Statement]) -> Iterator[str]:
    for node in nodes:
        for statement in _statements(node):
            if isinstance(statement, syntax.Assign) and isinstance(statement.target, syntax.Name):
                yield statement.target.name
