"""`accumulate` and `collect`: everything that a source matches, folded into results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from infobip_rules.engine.rules import model
from infobip_rules.engine.rules.fields import closest
from infobip_rules.rulefiles.drl.body.interpreter import compile_with_kind
from infobip_rules.rulefiles.drl.body.scope import BoundName
from infobip_rules.rulefiles.drl.compiling.accumulate_functions import result_of
from infobip_rules.rulefiles.drl.compiling.constraints import compile_test, failed, identity, tests_of
from infobip_rules.rulefiles.drl.compiling.names import BoundNames, RuleScope
from infobip_rules.rulefiles.drl.compiling.patterns import PatternCompiler, alias_of
from infobip_rules.rulefiles.drl.compiling.syntax_trees import nodes_in, renamed
from infobip_rules.rulefiles.drl.java.failures import BodyError, JavaFailure
from infobip_rules.rulefiles.drl.java.kinds import NUMERIC, OBJECT, UNBOXED, Kind, boxed, kind_named
from infobip_rules.rulefiles.drl.syntax.mistakes import FollowUpError
from infobip_rules.rulefiles.drl.syntax.printer import expression_text
from infobip_rules.rulefiles.drl.syntax.syntax import (
    AccumulateCondition,
    Call,
    ConditionNode,
    Expression,
    FoldNode,
    FromAccumulate,
    FromCollect,
    Member,
    Name,
    PatternNode,
    SyntaxNode,
)

if TYPE_CHECKING:
    #: Compiles the source, with names of its own.
    Inside = Callable[[ConditionNode, BoundNames], "tuple[model.Term, ...]"]

FUNCTIONS = ("count", "sum", "average", "min", "max", "collectList", "collectSet")
_LISTS = ("List", "ArrayList", "LinkedList", "Collection", "Iterable")
_SETS = ("Set", "HashSet", "LinkedHashSet", "TreeSet", "Collection", "Iterable")


def compile_accumulate(
    node: AccumulateCondition, names: BoundNames, around: RuleScope, inside: Inside
) -> model.Accumulate:
    """Compiles `accumulate(source; folds; tests)`; takes a position of `names`, with the names that its folds have."""
    inner = names.folded()
    terms = inside(node.source, inner)
    folds: list[model.Fold] = []
    bound: dict[str, BoundName] = {}
    for fold_node in node.folds:
        fold, kind = _fold(fold_node, inner, around)
        if fold_node.binding is not None:
            if fold_node.binding in names.bindings or fold_node.binding in bound:
                raise around.error(
                    fold_node, f"The name {fold_node.binding} is bound a second time.", "Bind another name."
                )
            bound[fold_node.binding] = BoundName(position=None, kind=kind, result=len(folds))
        folds.append(fold)
    results = PatternCompiler(names=names, around=around, kind=OBJECT, bindings=bound)
    for expression in node.constraints:
        _check_no_member(expression, bound, around)
        for part in tests_of(expression):
            results.constraints.append(compile_test(part, around.scope({**names.bindings, **bound})))
    return _made(node, terms, tuple(folds), results)


def _check_no_member(expression: Expression, bound: Mapping[str, BoundName], around: RuleScope) -> None:
    """Refuses members of a collection in the tests of an accumulate, where it is an Object to Drools."""
    for node in nodes_in(expression):
        target = node.target if isinstance(node, Member | Call) else None
        if isinstance(target, Name) and target.name in bound and bound[target.name].kind.name in ("List", "Set"):
            kind = bound[target.name].kind.name
            raise around.error(
                node,
                f"What kind {target.name} is, Drools does not know here.",
                f"Write {kind}({expression_text(renamed(expression, _without(target)))}) from accumulate(...).",
            )


def _without(target: Name) -> Callable[[SyntaxNode], SyntaxNode | None]:
    """Takes a target off: `$s.size == 1` is `size == 1` inside the pattern's own parentheses."""

    def change(node: SyntaxNode) -> SyntaxNode | None:
        if isinstance(node, Member) and node.target == target:
            return Name(at=node.at, name=node.name)
        return replace(node, target=None) if isinstance(node, Call) and node.target == target else None

    return change


def compile_result(node: PatternNode, names: BoundNames, around: RuleScope, inside: Inside) -> model.Accumulate:
    """Compiles a pattern `from accumulate(...)` or `from collect(...)`, on the one result."""
    source = node.source
    assert isinstance(source, FromAccumulate | FromCollect)  # noqa: S101 - checked by the caller
    inner = names.folded()
    terms = inside(source.source, inner)
    if isinstance(source, FromCollect):
        if not terms and around.mistakes.found:  # what was wrong with it
            raise FollowUpError("The source has no pattern.", where=around.where(source.source))
        if len(terms) != 1 or not isinstance(terms[0], model.Pattern | model.From | model.Accumulate):
            raise around.error(source.source, "collect gathers what one pattern finds.", "Write collect(Order(...)).")
        fold, kind = _collected(node, names.positions, _kind_of(terms))
    else:
        fold, kind = _fold(source.fold, inner, around)
    _check_fits(node, kind, around)
    if kind == OBJECT:
        kind = kind_named(node.type, around.types.models)
    results = PatternCompiler(names=names, around=around, kind=kind, result=0).take(node)
    results.bindings = {name: replace(binding, result=0) for name, binding in results.bindings.items()}
    return _made(node, terms, (fold,), results)


def _made(
    node: AccumulateCondition | PatternNode,
    terms: tuple[model.Term, ...],
    folds: tuple[model.Fold, ...],
    results: PatternCompiler,
) -> model.Accumulate:
    position = results.names.take_position(results.bindings)
    return model.Accumulate(
        alias=alias_of(node.binding if isinstance(node, PatternNode) else None, position),
        terms=terms,
        folds=folds,
        constraints=results.alone,
        joins=results.joined,
        where=results.around.where(node),
    )


def _collected(node: PatternNode, place: int, kind: Kind) -> tuple[model.Fold, Kind]:
    """Returns what `collect` gathers, into what the pattern looks for."""
    into_set = node.type.name.rpartition(".")[2] in _SETS[:4]
    function: Literal["collectSet", "collectList"] = "collectSet" if into_set else "collectList"
    fold = model.Fold(
        function=function, value=lambda values: values[place], text="each", result=result_of(function, kind)
    )
    return fold, Kind("Set" if into_set else "List", (kind,))


def _kind_of(terms: Sequence[model.Term]) -> Kind:
    first = terms[0]
    return Kind(first.type.__name__, model=first.type) if isinstance(first, model.Pattern) else OBJECT


def _fold(node: FoldNode, inner: BoundNames, around: RuleScope) -> tuple[model.Fold, Kind]:
    """Compiles one function, and the kind of its result."""
    name = node.function
    if name not in FUNCTIONS:
        raise around.error(node, f"The function {name} of accumulate is not supported.", closest(name, list(FUNCTIONS)))
    if len(node.arguments) > 1 or (not node.arguments and name != "count"):
        wanted = "takes at most one argument" if name == "count" else "takes one argument"
        raise around.error(node, f"{name} {wanted}.", f"Write {name}($x).")
    if not node.arguments:
        return model.Fold(function="count", value=None, text=""), Kind("Long")
    scope = around.scope(inner.bindings)
    run, found = compile_with_kind(node.arguments[0], scope)
    kind = _result(name, boxed(found), node, around)
    made = model.Fold(
        function=name,  # type: ignore[arg-type]  # as checked above
        value=None if name == "count" else _value(run, around),
        text=identity(node.arguments[0], scope),
        result=_result_or_error(result_of(name, found), node, around),
    )
    return made, kind


def _value(run: Callable[[Any], Any], around: RuleScope) -> Callable[[tuple[Any, ...]], Any]:
    def value(values: tuple[Any, ...]) -> Any:
        try:
            return run((None, values))
        except BodyError as problem:
            raise failed(around.rule, problem) from None

    return value


def _result_or_error(
    give: Callable[[Sequence[Any]], Any] | None, node: FoldNode, around: RuleScope
) -> Callable[[Sequence[Any]], Any] | None:
    if give is None:
        return None

    def result(values: Sequence[Any]) -> Any:
        try:
            return give(values)
        except JavaFailure as problem:
            fact = f"{node.function}: {problem.fact} ({problem.name})"
            raise failed(around.rule, BodyError(fact, problem.remedy, where=around.where(node))) from None

    return result


def _result(name: str, kind: Kind, node: FoldNode, around: RuleScope) -> Kind:
    if name == "count":
        return Kind("Long")
    if name == "collectList":
        return Kind("List", (kind,))
    if name == "collectSet":
        return Kind("Set", (kind,))
    number = UNBOXED.get(kind.name, kind.name) in (*NUMERIC, "Object", "Number")
    if name in ("sum", "average") and not number:
        raise around.error(node, f"{name} of a {kind} is not possible.", "Compute with numbers.")
    if name == "sum" and kind.name in ("Object", "Number"):
        return Kind("Double")
    return Kind("Double") if name == "average" and kind.name != "BigDecimal" else kind


def _check_fits(node: PatternNode, kind: Kind, around: RuleScope) -> None:
    """Refuses, as Drools does when it loads, results of a type that the pattern does not look for."""
    wanted = node.type.name.rpartition(".")[2]
    if wanted == "Object" or kind == OBJECT or wanted == kind.name:
        return
    fits = {"List": _LISTS, "Set": _SETS}.get(kind.name, ())
    if UNBOXED.get(kind.name, kind.name) in NUMERIC:
        fits = ("Number",)
    if wanted not in fits:
        raise around.error(node, f"The result is a {kind}, no {wanted}.", f"Write {kind.name}(...) from ...")
