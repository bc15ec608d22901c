"""Compiler of what a rule file declares in `durable.lang` to the rule model."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from math import prod
from typing import Any, TypeAlias

from pydantic import BaseModel

from infobip_rules.engine.rules.model import Constraint, Existential, Pattern, Rule, Term, patterns_of
from infobip_rules.errors import InfobipRulesError, RuleError
from infobip_rules.rulefiles.drl.syntax.mistakes import FollowUpError, Mistakes
from infobip_rules.rulefiles.python import lang
from infobip_rules.rulefiles.python.conditions import ConditionScope, compile_condition
from infobip_rules.rulefiles.python.declarations import DeclaredRuleset
from infobip_rules.rulefiles.python.expressions import Condition, PatternList, shown
from infobip_rules.rulefiles.python.positions import Span

#: Position and type of each element named so far.
_Named: TypeAlias = dict[str, tuple[int, type[BaseModel]]]
#: A branch before compilation: the elements and the nots and exists in it, in order.
_Flat = tuple[Any, ...]
_LONGEST_RULE = 32
_MOST_BRANCHES = 64


def compile_ruleset(declared: DeclaredRuleset, *, first: int) -> tuple[list[Rule], list[InfobipRulesError]]:
    """Compiles the rules of one ruleset, numbered from `first`; returns the mistakes in those that can't be compiled too."""
    rules: list[Rule] = []
    problems: list[InfobipRulesError] = []
    names: dict[str, str] = {}
    for rule in declared.rules:
        mistakes = Mistakes()
        compiled = None
        with mistakes:
            compiled = _compile_rule(rule, ruleset=declared.name, order=first + len(rules), mistakes=mistakes)
            if compiled.name in names:
                raise RuleError(
                    f"The rule {compiled.name!r} is declared twice in {declared.name!r} (before at {names[compiled.name]}).",
                    "Give one of them another name.",
                    where=compiled.where,
                    same_as=names[compiled.name],
                )
            names[compiled.name] = compiled.where
        problems += [_placed(problem, rule) for problem in mistakes.found]
        if compiled is not None and not mistakes.found:
            rules.append(compiled)
    return rules, problems


def _compile_rule(rule: Any, *, ruleset: str, order: int, mistakes: Mistakes) -> Rule:
    """Compiles one rule of the model, which counts if no mistake is found in it."""
    try:
        return _compiled(rule, ruleset, order, mistakes)
    except InfobipRulesError:
        raise
    except Exception as problem:
        raise RuleError(f"The rule is not understood: {problem}.", where=getattr(rule, "where", "")) from None


def _compiled(rule: Any, ruleset: str, order: int, mistakes: Mistakes) -> Rule:
    action: Callable[[Any], object] | None = rule.action
    if not callable(action):
        raise RuleError("The rule does nothing.", "Put it as a decorator on a function.", where=rule.where)
    with mistakes:
        _check_action(action, rule.where)
    salience = 0
    with mistakes:
        salience = _integer(rule.attributes.get("salience", 0), rule.where)
    branches: list[tuple[Term, ...]] = []
    with mistakes:
        branches = [_branch(flat, rule.where, mistakes) for flat in _flatten(rule, rule.where)]
    return Rule(
        ruleset=ruleset,
        name=action.__name__,
        title=(inspect.getdoc(action) or action.__name__).split("\n", 1)[0].strip(),
        salience=salience,
        order=order,
        branches=tuple(branches),
        action=action,
        where=rule.where,
        no_loop=bool(rule.attributes.get("no_loop")),
    )


def _integer(value: object, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise RuleError(f"A salience of {value!r} is not a whole number.", "Write e.g. salience(10).", where=where)
    return value


_NOT_PLAIN: tuple[tuple[str, Callable[[Any], bool]], ...] = (
    ("async", inspect.iscoroutinefunction),
    ("a generator", inspect.isgeneratorfunction),
    ("an async generator", inspect.isasyncgenfunction),
)


def _check_action(action: Callable[[Any], object], where: str) -> None:
    for kind, is_one in _NOT_PLAIN:
        if is_one(action):
            raise RuleError(
                f"{action.__name__} is {kind}.",
                "A rule's body only states effects: write a plain function.",
                where=where,
            )
    try:
        inspect.signature(action).bind(object())
    except TypeError:
        raise RuleError(f"{action.__name__} must take one argument.", "Write def rule(c): ...", where=where) from None


def _flatten(expression: Any, where: str) -> list[_Flat]:
    """Returns the ways in which an expression can hold (its `any`s multiplied out), each a flat run of elements."""
    if isinstance(expression, lang.Element | lang.Skipped | lang.none | lang.exists):
        return [(expression,)]
    if not isinstance(expression, PatternList):
        raise RuleError(
            "A condition stands where an element should.",
            "Write signal(Type, m.keyword == ...) or fact(Type, ...), so that its fields can be checked.",
            where=expression._spot.span().where() if "_spot" in vars(expression) else where,
        )
    parts = [_flatten(part, where) for part in expression.expression]
    either = isinstance(expression, lang.when_any | lang.any)
    number = sum(map(len, parts)) if either else prod(map(len, parts))
    if number > _MOST_BRANCHES:
        raise RuleError(f"The rule has {number} alternatives.", f"At most {_MOST_BRANCHES}: split it.", where=where)
    if either:
        return [flat for ways in parts for flat in ways]
    return [_joined(ways) for ways in product(*parts)]


def _joined(ways: Iterable[_Flat]) -> _Flat:
    return tuple(term for flat in ways for term in flat)


def _branch(flat: _Flat, where: str, mistakes: Mistakes) -> tuple[Term, ...]:
    if len(flat) > _LONGEST_RULE:
        raise RuleError(f"The rule has {len(flat)} patterns.", f"At most {_LONGEST_RULE}: split it.", where=where)
    # What refers to an element that is left out is not reported.
    mistakes.unreadable |= {term.alias or "" for term in flat if isinstance(term, lang.Skipped)}
    named: _Named = {}
    terms: list[Term] = []
    for place, element in enumerate(flat):
        if isinstance(element, lang.Skipped):
            continue
        if not isinstance(element, lang.Element):
            with mistakes:
                terms.append(_existential(element, named, where, mistakes))
            continue
        alias = element.alias or ("m" if len(flat) == 1 else f"m_{place}")
        with mistakes:
            _check_alias(alias, named, element)
        terms.append(_pattern(element, alias, named, mistakes))
        named[alias] = (len(named), element.kind)
    # With a mistake in it the rule is not used, and its positions may not be what they would be.
    return () if mistakes.found else tuple(_listening(terms))


def _check_alias(alias: str, named: Mapping[str, object], element: lang.Element) -> None:
    if alias in named:
        fact, remedy = f"Two elements are named c.{alias}.", "Give one of them another name."
    elif alias.startswith("_") or alias in ("s", *RESERVED):
        fact, remedy = f"An element can't be named c.{alias}.", "The rule's body uses that name."
    else:
        return
    raise RuleError(fact, remedy, where=element._spot.span().where())


#: What a rule's body calls on `c`; elements can't be named so.
RESERVED = frozenset(
    {
        *("insert", "modify", "delete", "assert_fact", "retract_fact", "schedule", "cancel", "now"),
        *("insert_logical", "update", "amend", "halt", "set_focus", "at", "element"),
        *("post", "start_timer", "cancel_timer", "get_facts"),
    }
)


def _pattern(element: Any, alias: str, named: _Named, mistakes: Mistakes) -> Pattern:
    compiled: list[Constraint] = []
    for condition in element.conditions:
        with mistakes:
            compiled += _constraints(condition, element, named, mistakes)
    return Pattern(
        alias=alias,
        type=element.kind,
        entry_point=element.entry_point,
        constraints=tuple(constraint for constraint in compiled if not constraint.joins),
        joins=tuple(constraint for constraint in compiled if constraint.joins),
        listens=frozenset(name for constraint in compiled for name in constraint.fields),
        where=_place_of(element),
    )


def _place_of(element: Any) -> str:
    """Returns `file:line`; with the column of an entry point that is not the type's own, as nothing may come through it."""
    if element.entry_point is None or element.entry_point == element.kind.entry_point:
        return str(element.where)
    return element._spot.span().where("entry_point")  # type: ignore[no-any-return]  # a Spot's


def _constraints(condition: Any, element: Any, named: _Named, mistakes: Mistakes) -> list[Constraint]:
    """Compiles one condition, each of its parts that `&` or `|` joins by itself, so that each is found wrong by itself."""
    if isinstance(condition, lang.Skipped):
        return []
    if not isinstance(condition, Condition) or isinstance(condition, lang.Element):
        raise RuleError(
            f"{shown(condition)} is not a condition.",
            'Write e.g. m.keyword == "STOP" (for a field called alias or matches: m["alias"]).',
            where=element._spot.span().where(),
        )
    if condition._op == "$and":
        sides = (condition._left, condition._right)
        return [constraint for side in sides for constraint in _side(side, element, named, mistakes)]
    scope = ConditionScope(kind=element.kind, earlier=named, where=element.where, unreadable=mistakes.unreadable)
    try:
        return compile_condition(condition.define(), scope)
    except RuleError as problem:
        if condition._op == "$or":
            found = len(mistakes.found)
            for side in (condition._left, condition._right):
                _side(side, element, named, mistakes)
            if len(mistakes.found) > found:
                return []
        raise _nearer(problem, vars(condition).get("_spot", element._spot).span()) from None


def _side(side: Any, element: Any, named: _Named, mistakes: Mistakes) -> list[Constraint]:
    with mistakes:
        return _constraints(side, element, named, mistakes)
    return []


def _placed(problem: InfobipRulesError, rule: Any) -> InfobipRulesError:
    """Returns the mistake, at the head of its rule if it has no nearer place."""
    place = vars(rule).get("_spot")
    if not isinstance(problem, RuleError) or place is None or problem.where != getattr(rule, "where", None):
        return problem
    return _nearer(problem, place.span())


def _nearer(problem: RuleError, span: Span) -> RuleError:
    """Returns the mistake at its place in the condition: at the word that is wrong, if there is one."""
    if isinstance(problem, FollowUpError):
        return problem
    word = problem.context.get("word") or problem.context.get("field")
    fact = problem.fact.removeprefix(f"{problem.where}: ")
    return RuleError(fact, problem.remedy, where=span.where(str(word or "")), **problem.context)


def _existential(group: Any, named: _Named, where: str, mistakes: Mistakes) -> Existential:
    inner = dict(named)
    patterns: list[Pattern] = []
    for flat in _flatten_group(group, where):
        for place, element in enumerate(flat):
            if isinstance(element, lang.Skipped):
                continue
            if not isinstance(element, lang.Element):
                raise RuleError("none(...) and exists(...) can't stand inside each other.", "Split it.", where=where)
            alias = element.alias or f"m_{len(named)}_{place}"
            with mistakes:
                _check_alias(alias, inner, element)
            patterns.append(_pattern(element, alias, inner, mistakes))
            inner[alias] = (len(inner), element.kind)
    return Existential(terms=tuple(patterns), negated=isinstance(group, lang.none))


def _flatten_group(group: Any, where: str) -> list[_Flat]:
    parts = [_flatten(part, where) for part in group.expression]
    if any(len(ways) != 1 for ways in parts):
        raise RuleError("any(...) can't stand inside none(...) or exists(...).", "Split the rule.", where=where)
    return [_joined(way) for way in product(*parts)]


def _listening(terms: Sequence[Term]) -> Iterator[Term]:
    """Yields the terms, each pattern listening also to those of its fields that later patterns read."""
    position = 0
    for place, term in enumerate(terms):
        if isinstance(term, Pattern):
            yield _heard(term, position, patterns_of(tuple(terms[place + 1 :])))
            position += 1
        else:
            # What stands inside `not` and `exists` is read by those after it in the group only.
            assert isinstance(term, Existential)  # noqa: S101 - Python rules have no other terms
            patterns = tuple(patterns_of(term.terms))
            inner = (
                _heard(pattern, position + number, patterns[number + 1 :]) for number, pattern in enumerate(patterns)
            )
            yield replace(term, terms=tuple(inner))


def _heard(pattern: Pattern, position: int, later: Iterable[Pattern]) -> Pattern:
    read = frozenset[str]().union(*(join.joins.get(position, ()) for pattern in later for join in pattern.joins))
    return replace(pattern, listens=pattern.listens | read, watched=read)
