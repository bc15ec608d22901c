"""Printer of rule bodies as Python functions, statement by statement; what has no counterpart is marked, and raises."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from infobip_rules.errors import RuleError
from infobip_rules.rulefiles.drl.body import statements
from infobip_rules.rulefiles.drl.body.closures import Body, Compiler
from infobip_rules.rulefiles.drl.body.scheduling import MOMENTS
from infobip_rules.rulefiles.drl.conversion.expressions import ExpressionPrinter
from infobip_rules.rulefiles.drl.conversion.python_names import NoPythonError, variable_name
from infobip_rules.rulefiles.drl.java.kinds import Kind
from infobip_rules.rulefiles.drl.java.models import field_of, setter_of
from infobip_rules.rulefiles.drl.syntax.printer import expression_text
from infobip_rules.rulefiles.drl.syntax.syntax import (
    Assign,
    Block,
    Call,
    Evaluate,
    Expression,
    For,
    ForEach,
    If,
    Jump,
    Literal,
    Local,
    Modify,
    Name,
    New,
    Return,
    Statement,
    While,
)
from infobip_rules.signals import Signal

_FREE = {"insert": "c.insert({})", "delete": "c.delete({})", "retract": "c.delete({})", "cancel": "c.cancel({})"}


class BodyPrinter:
    """Writes the body of one rule."""

    def __init__(self, compiler: Compiler, names: dict[str, str], file: str) -> None:
        assert compiler.body is not None  # noqa: S101 - it compiles a body
        self.compiler = compiler
        self.body: Body = compiler.body
        self.expressions = ExpressionPrinter(compiler, names)
        self.file = file
        #: Fields set on a fact by the statements right above, to be written as one `modify`, or given to the constructor.
        self.pending: dict[str, dict[str, str]] = {}
        #: Variables made by `new` and not written yet.
        self.made: dict[str, str] = {}
        #: The statement being written.
        self.at: Any = None

    def lines(self, nodes: Sequence[Statement]) -> list[str]:
        """Writes the statements in Python, without indentation of the first level."""
        out: list[str] = []
        for node in nodes:
            try:
                out += self._statement(node)
            except NoPythonError as problem:
                out += self._unconverted(node, problem)
        try:
            out += self._flushed()
        except NoPythonError as problem:
            out += self._unconverted(nodes[-1], problem)
        return out or ["pass"]

    def _unconverted(self, node: Statement, problem: NoPythonError) -> list[str]:
        """Writes an error in place of a statement without counterpart: what follows it must not run."""
        self.pending.clear()
        self._declare(node)
        return [
            problem.note(),
            f'raise NotImplementedError("line {problem.node.at.line} of {self.file} was not converted")',
        ]

    def _declare(self, node: Statement) -> None:
        """Lets the names that a statement declares be known further down."""
        if isinstance(node, Local) and self.body.find(node.name) is None:
            try:
                statements.statement(self.compiler, node)
            except RuleError:
                self.body.add(node.name, Kind("Object"))

    def _statement(self, node: Statement) -> list[str]:
        waiting = self._setting(node)
        self.at = node
        if waiting is not None:
            return waiting
        before = [] if self._uses_pending(node) else self._flushed()
        return before + _TABLE[type(node)](self, node)

    # --- facts: setters gathered until an update follows ---------------------------------------------------------------

    def _setting(self, node: Statement) -> list[str] | None:
        """Takes note of `x.setY(...)`, `x = new X()`; None if the statement is anything else."""
        if isinstance(node, Local) and isinstance(node.value, New):
            return self._making(node, node.value)
        if not isinstance(node, Evaluate) or not isinstance(node.expression, Call):
            return None
        call = node.expression
        if not isinstance(call.target, Name) or len(call.arguments) != 1:
            return None
        model = self.expressions.kind(call.target).model
        found = setter_of(model, call.name) if model is not None else None
        if found is None:
            return None
        value = self.expressions.text(call.arguments[0])
        if self._mentions(call.arguments[0], self.pending):
            raise NoPythonError(call, f"`{expression_text(call)}`, which reads what was set above")
        self.pending.setdefault(call.target.name, {})[found[0]] = value
        return []

    def _making(self, node: Local, made: New) -> list[str] | None:
        kind = self.compiler.kind(made.type)
        if kind.model is None or made.type.dimensions:
            return None
        before = self._flushed()
        self._declare(node)
        names = list(kind.model.model_fields)
        if len(made.arguments) not in (0, len(names)):
            raise NoPythonError(made, f"`{expression_text(made)}`")
        values = zip(names, made.arguments, strict=False)
        self.pending[node.name] = {name: self.expressions.text(value) for name, value in values}
        self.made[node.name] = kind.name
        return before

    def _mentions(self, node: Expression, names: Iterable[str]) -> bool:
        text = f" {expression_text(node)}"
        return any(name in text for name in names)

    def _uses_pending(self, node: Statement) -> bool:
        """Returns whether it is the `update` or `insert` that what was set waits for."""
        call = node.expression if isinstance(node, Evaluate) else None
        return isinstance(call, Call) and call.target is None and call.name == "update"

    def _flushed(self) -> list[str]:
        """Makes what `new` began; a fact's setter that no `update` followed has no counterpart."""
        out = []
        for name, fields in list(self.pending.items()):
            del self.pending[name]
            if name not in self.made:
                raise NoPythonError(self.at, f"setters on {name} without update")
            given = ", ".join(f"{field}={value}" for field, value in fields.items())
            out.append(f"{variable_name(name)} = {self.made.pop(name)}({given})")
        return out

    # --- statements ------------------------------------------------------------------------------------------------

    def local(self, node: Local) -> list[str]:
        """Writes a declaration."""
        value = self.expressions.text(node.value) if node.value is not None else "None"
        self._declare(node)
        return [f"{variable_name(node.name)} = {value}"]

    def assign(self, node: Assign) -> list[str]:
        """Writes an assignment to a variable."""
        if not isinstance(node.target, Name) or node.operator not in ("=", "+=", "-=", "*="):
            raise NoPythonError(node, f"`{expression_text(node.target)} {node.operator}`")
        kind = self.expressions.kind(node.target)
        value = self.expressions.text(node.value)
        if kind.name == "String" and node.operator != "=":
            value = self.expressions.as_text(node.value)
        return [f"{variable_name(node.target.name)} {node.operator} {value}"]

    def evaluate(self, node: Evaluate) -> list[str]:
        """Writes a call."""
        call = node.expression
        if not isinstance(call, Call):
            text = expression_text(call)
            operand = getattr(call, "operand", None)
            if isinstance(operand, Name):
                return [f"{variable_name(operand.name)} {'+' if '+' in text else '-'}= 1"]
            raise NoPythonError(node, f"`{text}`")
        if call.target is None:
            return self._free(call)
        match call:
            case Call(name="insert", target=Call(name="getEntryPoint", arguments=(Literal(value=str() as point),))):
                return self._insert_at(call, point)
        return [self.expressions.text(call)]

    def _free(self, call: Call) -> list[str]:
        if call.name == "update" and isinstance(call.arguments[0], Name):
            return [self._update(call, call.arguments[0])]
        if call.name == "schedule" and len(call.arguments) in (2, 3):
            signal, when, *name = map(self.expressions.text, call.arguments)
            word = "at" if self.expressions.kind(call.arguments[1]).name in MOMENTS else "after"
            return [f"c.schedule({signal}, {word}={when}{''.join(f', name={timer}' for timer in name)})"]
        if call.name in self.compiler.scope.functions:
            return [self.expressions.text(call)]
        form = _FREE.get(call.name)
        if form is None:
            raise NoPythonError(call, f"`{call.name}`")
        (argument,) = call.arguments
        model = self.expressions.kind(argument).model
        if call.name == "insert" and model is not None and issubclass(model, Signal):
            raise NoPythonError(
                call, f"`{expression_text(call)}`: no rule of Drools looks for a signal that is inserted so"
            )
        return [form.format(self.expressions.text(argument))]

    def _insert_at(self, call: Call, point: str) -> list[str]:
        """Writes `drools.getEntryPoint("signals").insert(signal)`."""
        (argument,) = call.arguments
        model = self.expressions.kind(argument).model
        if model is None or not issubclass(model, Signal) or model.entry_point != point:
            raise NoPythonError(
                call, f"`{expression_text(call)}`: in Python a signal comes through its type's entry point"
            )
        return [f"c.insert({self.expressions.text(argument)})"]

    def _update(self, call: Call, fact: Name) -> str:
        fields = self.pending.pop(fact.name, None)
        if not fields or fact.name in self.made or self.pending:
            raise NoPythonError(call, f"`{expression_text(call)}`")
        given = ", ".join(f"{field}={value}" for field, value in fields.items())
        return f"c.modify({self.expressions.text(fact)}, {given})"

    def modify(self, node: Modify) -> list[str]:
        """Writes `modify(x) { ... }`."""
        model = self.expressions.kind(node.target).model
        fields = []
        for change in node.changes:
            if isinstance(change, Assign) and isinstance(change.target, Name) and change.operator == "=":
                found, value = (field_of(model, change.target.name) if model else None), change.value
            elif isinstance(change, Call) and change.target is None and len(change.arguments) == 1:
                found, value = (setter_of(model, change.name) if model else None), change.arguments[0]
            else:
                raise NoPythonError(node, "`modify` that does more than set fields")
            if found is None:
                raise NoPythonError(node, "`modify` that does more than set fields")
            fields.append(f"{found[0]}={self.expressions.text(value)}")
        return [f"c.modify({self.expressions.text(node.target)}, {', '.join(fields)})"]

    def block(self, node: Block) -> list[str]:
        """Writes `{ ... }`."""
        return self._inside(node.statements)

    def _inside(self, nodes: Sequence[Statement]) -> list[str]:
        flat = [statement for node in nodes for statement in (node.statements if isinstance(node, Block) else (node,))]
        self.body.blocks.append({})
        lines = self.lines(flat)
        self.body.blocks.pop()
        return lines

    def _indented(self, node: Statement) -> list[str]:
        return [f"    {line}" for line in self._inside([node])]

    def condition(self, node: If) -> list[str]:
        """Writes `if`."""
        out = [f"if {_bare(self.expressions.text(node.test))}:", *self._indented(node.then)]
        if isinstance(node.otherwise, If):
            first, *rest = self.condition(node.otherwise)
            return [*out, f"el{first}", *rest]
        return out if node.otherwise is None else [*out, "else:", *self._indented(node.otherwise)]

    def loop(self, node: While) -> list[str]:
        """Writes `while`."""
        self.body.loops += 1
        lines = [f"while {_bare(self.expressions.text(node.test))}:", *self._indented(node.body)]
        self.body.loops -= 1
        return lines

    def counted(self, node: For) -> list[str]:
        """Writes `for (start; test; step)`, unless `continue` leaps over the step."""
        if node.test is None or _has_continue(node.body):
            raise NoPythonError(node, "this kind of `for`")
        self.body.blocks.append({})
        starts = self.lines(node.start)
        self.body.loops += 1
        inside = self._indented(node.body)
        steps = [f"    {line}" for line in self.lines(node.step)]
        out = [*starts, f"while {_bare(self.expressions.text(node.test))}:", *inside, *steps]
        self.body.loops -= 1
        self.body.blocks.pop()
        return out

    def each(self, node: ForEach) -> list[str]:
        """Writes `for (x : items)`."""
        items = self.expressions.text(node.items)
        held = self.expressions.kind(node.items)
        if not held.name.endswith("List"):
            raise NoPythonError(node, f"`for` through a {held}")
        self.body.blocks.append({})
        self.body.add(node.name, self.compiler.kind(node.type) if node.type.name != "var" else held.argument(0))
        self.body.loops += 1
        out = [f"for {variable_name(node.name)} in {items}:", *self._indented(node.body)]
        self.body.loops -= 1
        self.body.blocks.pop()
        return out

    def jump(self, node: Jump) -> list[str]:
        """Writes `break` and `continue`."""
        return [node.word]

    def give_back(self, node: Return) -> list[str]:
        """Writes `return`."""
        return ["return" if node.value is None else f"return {_bare(self.expressions.text(node.value))}"]


def _bare(text: str) -> str:
    """Removes brackets around the whole."""
    if not text.startswith("("):
        return text
    depth = 0
    for at, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return text[1:-1] if at == len(text) - 1 else text
    return text


def _has_continue(node: Statement) -> bool:
    if isinstance(node, Jump):
        return node.word == "continue"
    inside: list[Statement | None] = []
    if isinstance(node, Block):
        inside = list(node.statements)
    elif isinstance(node, If):
        inside = [node.then, node.otherwise]
    return any(_has_continue(part) for part in inside if part is not None)


_TABLE: dict[type, Callable[[BodyPrinter, Any], list[str]]] = {
    Local: BodyPrinter.local,
    Assign: BodyPrinter.assign,
    Evaluate: BodyPrinter.evaluate,
    Modify: BodyPrinter.modify,
    Block: BodyPrinter.block,
    If: BodyPrinter.condition,
    While: BodyPrinter.loop,
    For: BodyPrinter.counted,
    ForEach: BodyPrinter.each,
    Jump: BodyPrinter.jump,
    Return: BodyPrinter.give_back,
}
