"""Property reactivity: the fields that Drools sees a pattern read. Only a change of one of them makes it match anew.

Drools reads this off the text of a rule, and does not see everything: not what stands in the brackets of a method
(`Math.abs(age)`), and of each constraint only what it reads first of an element matched before. A constraint of which
it sees nothing makes the pattern listen to every change.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from pydantic import BaseModel

from infobip_rules.engine.rules.model import every_field
from infobip_rules.rulefiles.drl.body.scope import BoundName
from infobip_rules.rulefiles.drl.compiling.constraints import hides_reads
from infobip_rules.rulefiles.drl.compiling.syntax_trees import nodes_in
from infobip_rules.rulefiles.drl.java.models import field_of, getter_of, property_of
from infobip_rules.rulefiles.drl.syntax.syntax import (
    AccumulateCondition,
    Binary,
    BindingNode,
    Call,
    Cast,
    ConditionNode,
    Expression,
    FromExpression,
    GroupNode,
    Index,
    InstanceOf,
    ListLiteral,
    Member,
    Name,
    New,
    PatternNode,
    QueryCall,
    Relation,
    SyntaxNode,
    Unary,
)

#: By name, what is read of it in other patterns: fields and getters as they are written.
Mentions: TypeAlias = Mapping[str, frozenset[str]]


def seen_in_test(
    expression: Expression, model: type[BaseModel], own: str | None, names: Mapping[str, BoundName]
) -> set[str]:
    """Returns the fields of `model` that a constraint is seen to read: all of them if it is seen to read none.

    `own` is the name of the pattern itself, `names` those bound so far.
    """
    sight = FieldReads(model, own, names)
    sight.test(expression)
    return set(every_field(model)) if hides_reads(expression) or not sight.found else sight.found


def seen_in_binding(
    expression: Expression, model: type[BaseModel], own: str | None, names: Mapping[str, BoundName]
) -> set[str]:
    """Returns the fields that a name is seen to stand for."""
    if hides_reads(expression):
        return set(every_field(model))
    sight = FieldReads(model, own, names)
    if not isinstance(expression, Member):
        sight.read(expression)
    return sight.found


class FieldReads:
    """The fields that are seen to be read in one expression of a pattern."""

    def __init__(self, model: type[BaseModel], own: str | None, names: Mapping[str, BoundName]) -> None:
        self.found: set[str] = set()
        self._model = model
        self._own = own
        self._names = names
        #: Not in the brackets of a method, until a call in them has been read.
        self._noting = True

    def test(self, node: Expression) -> None:
        """Takes in what a constraint asks for: of its parts, a truth value that is no field of the element itself is not seen."""
        if isinstance(node, Binary) and node.operator in ("&&", "||"):
            self.test(node.left)
            self.test(node.right)
        elif isinstance(node, Name):
            self._note(_field(self._model, node.name))
        elif not isinstance(node, Member):
            self.read(node)

    def read(self, node: Expression) -> None:
        """Takes in what an expression reads."""
        match node:
            case Name():
                self._note(_field(self._model, node.name) or self._stands_for(node.name))
            case Unary() | Cast() | InstanceOf():
                self.read(node.operand)
            case Binary() | Relation():
                self.read(node.left)
                self.read(node.right)
            case ListLiteral():
                for item in node.items:
                    self.read(item)
            case Index():
                self.read(node.target)
                self.read(node.index)
            case Call(target=None, name="eval"):
                self.read(node.arguments[0])
            case Member() | Call():
                self._chain(node)
            case New():
                self._arguments(node.arguments)

    def _chain(self, node: Member | Call) -> None:
        """Reads `first.second.third()`: the first counts, and what stands in brackets further on."""
        first, steps = _flat(node)
        if isinstance(first, Call):
            self._arguments(first.arguments)
            self._function(first)
        elif not isinstance(first, Name):
            self.read(first)
        elif first.name not in ("this", self._own):
            self._note(_field(self._model, first.name))
        elif isinstance(steps[0], Member):
            self._note(_field(self._model, steps[0].name))
        for step in steps:
            if isinstance(step, Call):
                self._arguments(step.arguments)

    def _arguments(self, arguments: Sequence[Expression]) -> None:
        self._noting = False
        for argument in arguments:
            self.read(argument)
        self._noting = True

    def _function(self, call: Call) -> None:
        """Reads a getter, or a function: everything counts that it is given of the element."""
        if not call.arguments:
            self._note(_getter(self._model, call.name))
            return
        for node in nodes_in(call.arguments):
            if isinstance(node, Name) or (isinstance(node, Member) and self._is_own(node.target)):
                self._note(_field(self._model, node.name))
            elif isinstance(node, Call) and not node.arguments and (node.target is None or self._is_own(node.target)):
                self._note(_getter(self._model, node.name))

    def _is_own(self, node: Expression) -> bool:
        return isinstance(node, Name) and node.name in ("this", self._own)

    def _stands_for(self, name: str) -> str | None:
        """Returns the field for a bound name: Drools takes it for a field of that name in whichever element."""
        bound = self._names.get(name)
        field = bound.expression if bound is not None else None
        return _field(self._model, field.name) if isinstance(field, Name) else None

    def _note(self, field: str | None) -> None:
        if field is not None and self._noting:
            self.found.add(field)


def mentions(conditions: Iterable[ConditionNode]) -> dict[str, frozenset[str]]:
    """Returns what patterns are seen to read of others: each constraint the first thing only, and no source of an
    `accumulate`.
    """
    found: dict[str, set[str]] = {}
    for pattern in _patterns(conditions):
        for expression in _written_in(pattern):
            for name, read in _first_read(expression).items():
                if name != getattr(pattern, "binding", None):
                    found.setdefault(name, set()).add(read)
        if isinstance(pattern, PatternNode) and isinstance(pattern.source, FromExpression):
            # `Order(total > 5) from $order` is taken for a pattern on $order itself.
            passed = pattern.source.expression
            if isinstance(passed, Name):
                plain = (constraint for constraint in pattern.constraints if not isinstance(constraint, BindingNode))
                found.setdefault(passed.name, set()).update(map(_begins_with, plain))
    return {name: frozenset(reads) for name, reads in found.items()}


def mentioned(model: type[BaseModel], reads: Iterable[str]) -> set[str]:
    """Returns the fields of `model` that are read by these names."""
    fields = (_getter(model, name) or _field(model, name) for name in reads)
    return {field for field in fields if field is not None}


def asks_for(pattern: PatternNode, parameters: Collection[str], bound: Collection[str]) -> bool:
    """Returns whether a pattern asks for a parameter of its query, as in `field == parameter`.

    Drools matches that in a way of its own, after any change. `bound` are the names that the query binds.
    """
    for part in (*pattern.positional, *pattern.constraints):
        test = part.test if isinstance(part, BindingNode) else part
        if isinstance(test, Call) and test.target is None and test.name == "eval":
            test = test.arguments[0]
        if isinstance(part, BindingNode) and part.name in parameters:
            return True
        if part in pattern.positional and _computed_of(part, parameters):
            return True
        if isinstance(test, Binary) and test.operator == "==":
            left, right = test.left, test.right
            for field, value in ((left, right), (right, left)):
                if _reads_field(field, {*parameters, *bound}) and _computed_of(value, parameters):
                    return True
    return False


def _reads_field(node: Expression, names: Collection[str]) -> bool:
    """Returns whether it is a field of the element, or its getter."""
    if isinstance(node, Member):
        return isinstance(node.target, Name) and node.target.name == "this"
    return node.name not in names if isinstance(node, Name) else isinstance(node, Call) and not node.target


def _computed_of(node: object, parameters: Collection[str]) -> bool:
    """Returns whether it is a parameter, or computed of one."""
    if isinstance(node, Binary):
        return _computed_of(node.left, parameters) or _computed_of(node.right, parameters)
    return isinstance(node, Name) and node.name in parameters


def _field(model: type[BaseModel], name: str) -> str | None:
    found = field_of(model, name) or property_of(model, name)
    return found[0] if found is not None else None


def _getter(model: type[BaseModel], name: str) -> str | None:
    found = getter_of(model, name)
    return found[0] if found is not None else None


def _flat(node: Member | Call) -> tuple[Expression, list[Member | Call]]:
    steps: list[Member | Call] = []
    first: Expression = node
    while isinstance(first, Member | Call) and first.target is not None:
        steps.insert(0, first)
        first = first.target
    return first, steps


def _patterns(conditions: Iterable[ConditionNode]) -> Iterator[PatternNode | AccumulateCondition | QueryCall]:
    for condition in conditions:
        if isinstance(condition, GroupNode):
            yield from _patterns(condition.items)
        elif isinstance(condition, PatternNode | AccumulateCondition | QueryCall):
            yield condition


def _written_in(pattern: PatternNode | AccumulateCondition | QueryCall) -> Iterator[Expression]:
    """Yields the constraints, or arguments; of those that bind a name as well, what they ask for."""
    if isinstance(pattern, QueryCall):
        yield from pattern.arguments
        return
    if isinstance(pattern, PatternNode):
        yield from pattern.positional
    for constraint in pattern.constraints:
        yield (constraint.test or constraint.expression) if isinstance(constraint, BindingNode) else constraint


def _first_read(expression: Expression) -> dict[str, str]:
    """Yields by name what is read first of it, in the order of the text."""
    found: dict[str, tuple[tuple[int, int], str]] = {}
    for node in nodes_in(expression):
        if isinstance(node, Member | Call) and isinstance(node.target, Name) and not node.null_safe:
            place, name = (node.target.at.line, node.target.at.column), node.target.name
            if name not in found or place < found[name][0]:
                found[name] = place, node.name
    return {name: read for name, (_, read) in found.items()}


def _begins_with(expression: Expression) -> str:
    """Returns the first name in the text of a constraint."""
    named: list[Name | Call] = [
        node for node in nodes_in(expression) if isinstance(node, Name) or (isinstance(node, Call) and not node.target)
    ]
    return min(named, key=_place).name if named else ""


def _place(node: SyntaxNode) -> tuple[int, int]:
    return node.at.line, node.at.column
