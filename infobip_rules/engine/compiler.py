"""From what a rule file declares in `durable.lang` to the rule model."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import product
from typing import Any

from durable import lang as durable
from pydantic import BaseModel

from infobip_rules.engine import lang
from infobip_rules.engine.conditions import Scope, compile_condition
from infobip_rules.engine.model import Constraint, Existential, Pattern, Rule, Term
from infobip_rules.errors import InfobipRulesError, RuleError

#: A branch before compilation: the elements and the nots and exists in it, in order.
_Flat = tuple[Any, ...]
_LONGEST_RULE = 32
_MOST_BRANCHES = 64


def compile_ruleset(declared: Any, *, first: int) -> tuple[list[Rule], list[InfobipRulesError]]:
    """The rules of one ruleset, numbered from `first`, and what is wrong with those that can't be compiled."""
    rules: list[Rule] = []
    problems: list[InfobipRulesError] = []
    names: dict[str, str] = {}
    for rule in declared.rules:
        try:
            compiled = compile_rule(rule, ruleset=declared.name, order=first + len(rules))
            if compiled.name in names:
                raise RuleError(
                    f"The rule {compiled.name!r} is declared twice in {declared.name!r} (before at {names[compiled.name]}).",
                    "Give one of them another name.",
                    where=compiled.where,
                )
            names[compiled.name] = compiled.where
            rules.append(compiled)
        except InfobipRulesError as problem:
            problems.append(problem)
        except Exception as problem:
            problems.append(RuleError(f"The rule is not understood: {problem}", "", where=getattr(rule, "where", "")))
    return rules, problems


def compile_rule(rule: Any, *, ruleset: str, order: int) -> Rule:
    """One rule of the model; RuleError says what can't be compiled and where."""
    if not isinstance(rule, lang.when_all | lang.when_any):
        raise RuleError(f"{type(rule).__name__} is not supported.", "Write when_all or when_any.", where=_where(rule))
    if not rule.func or not callable(rule.func[0]):
        raise RuleError("The rule does nothing.", "Put it as a decorator on a function.", where=rule.where)
    action: Callable[[Any], object] = rule.func[0]
    _check_action(action, rule.where)
    branches = tuple(_branch(flat, rule.where) for flat in _flatten(rule))
    return Rule(
        ruleset=ruleset,
        name=action.__name__,
        title=(inspect.getdoc(action) or action.__name__).split("\n", 1)[0].strip(),
        salience=_integer(rule.attributes.get("salience", 0), rule.where),
        order=order,
        branches=branches,
        action=action,
        where=rule.where,
        no_loop=bool(rule.attributes.get("no_loop")),
    )


def _where(rule: Any) -> str:
    return str(getattr(rule, "where", ""))


def _integer(value: object, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise RuleError(f"A salience of {value!r} is not a whole number.", "Write e.g. salience(10).", where=where)
    return value


def _check_action(action: Callable[[Any], object], where: str) -> None:
    if inspect.iscoroutinefunction(action):
        raise RuleError(
            f"{action.__name__} is async.", "A rule's body only states effects; write a plain function.", where=where
        )
    try:
        inspect.signature(action).bind(object())
    except TypeError:
        raise RuleError(f"{action.__name__} must take one argument.", "Write def rule(c): ...", where=where) from None


def _flatten(expression: Any) -> list[_Flat]:
    """The ways in which an expression can hold (its `any`s multiplied out), each a flat run of elements."""
    if isinstance(expression, lang.Element | lang.none | lang.exists):
        return [(expression,)]
    parts = [_flatten(part) for part in getattr(expression, "expression", ())]
    if isinstance(expression, durable.when_any | durable.any):
        branches = [flat for ways in parts for flat in ways]
    elif isinstance(expression, durable.when_all | durable.all):
        branches = [tuple(one for flat in ways for one in flat) for ways in product(*parts)]
    else:
        raise RuleError(
            "A condition stands where an element should.",
            "Write signal(Type, m.keyword == ...) or fact(Type, ...), so that its fields can be checked.",
            where=_where(expression) or lang.caller(),
        )
    if len(branches) > _MOST_BRANCHES:
        raise RuleError(f"The rule has {len(branches)} alternatives.", f"At most {_MOST_BRANCHES}: split it.")
    return branches


def _branch(flat: _Flat, where: str) -> tuple[Term, ...]:
    if len(flat) > _LONGEST_RULE:
        raise RuleError(f"The rule has {len(flat)} patterns.", f"At most {_LONGEST_RULE}: split it.", where=where)
    named: dict[str, tuple[int, type[BaseModel]]] = {}
    terms: list[Term] = []
    for place, element in enumerate(flat):
        if isinstance(element, lang.Element):
            alias = element.alias or ("m" if len(flat) == 1 else f"m_{place}")
            _check_alias(alias, named, element.where)
            terms.append(_pattern(element, alias, named))
            named[alias] = (len(named), element.kind)
        else:
            terms.append(_existential(element, named, where))
    return tuple(_listening(terms))


def _check_alias(alias: str, named: Mapping[str, object], where: str) -> None:
    if alias in named:
        raise RuleError(f"Two elements are named c.{alias}.", "Give one of them another name.", where=where)
    if alias.startswith("_") or alias in ("s", *RESERVED):
        raise RuleError(f"An element can't be named c.{alias}.", "The rule's body uses that name.", where=where)


#: What a rule's body calls on `c`; elements can't be named so.
RESERVED = frozenset(
    {
        *("insert", "modify", "delete", "assert_fact", "retract_fact", "schedule", "cancel", "now"),
        *("post", "start_timer", "cancel_timer", "get_facts"),
    }
)


def _pattern(element: Any, alias: str, named: Mapping[str, tuple[int, type[BaseModel]]]) -> Pattern:
    compiled: list[Constraint] = []
    for condition in element.conditions:
        if not isinstance(condition, durable.value):
            raise RuleError(
                f"{condition!r} is not a condition.",
                'Write e.g. m.keyword == "STOP" (for a field called alias or matches: m["alias"]).',
                where=element.where,
            )
        scope = Scope(kind=element.kind, earlier=named, where=element.where)
        compiled += compile_condition(condition.define(), scope)
    return Pattern(
        alias=alias,
        type=element.kind,
        entry_point=element.entry_point,
        constraints=tuple(one for one in compiled if not one.joins),
        joins=tuple(one for one in compiled if one.joins),
        listens=frozenset(name for one in compiled for name in one.fields),
        where=element.where,
    )


def _existential(group: Any, named: Mapping[str, tuple[int, type[BaseModel]]], where: str) -> Existential:
    inner = dict(named)
    patterns: list[Pattern] = []
    for flat in _flatten_group(group):
        for place, element in enumerate(flat):
            if not isinstance(element, lang.Element):
                raise RuleError("none(...) and exists(...) can't stand inside each other.", "Split it.", where=where)
            alias = element.alias or f"m_{len(named)}_{place}"
            _check_alias(alias, inner, element.where)
            patterns.append(_pattern(element, alias, inner))
            inner[alias] = (len(inner), element.kind)
    return Existential(patterns=tuple(patterns), negated=isinstance(group, lang.none))


def _flatten_group(group: Any) -> list[_Flat]:
    ways = [
        tuple(one for flat in way for one in flat) for way in product(*(_flatten(part) for part in group.expression))
    ]
    if len(ways) != 1:
        raise RuleError("any(...) can't stand inside none(...) or exists(...).", "Split the rule.")
    return ways


def _listening(terms: Iterable[Term]) -> list[Term]:
    """The terms, each pattern listening also to those of its fields that later patterns read."""
    terms = list(terms)
    read: dict[int, set[str]] = {}
    for term in terms:
        for pattern in (term,) if isinstance(term, Pattern) else term.patterns:
            for join in pattern.joins:
                for position, names in join.joins.items():
                    read.setdefault(position, set()).update(names)
    out: list[Term] = []
    position = 0
    for term in terms:
        if isinstance(term, Pattern):
            out.append(replace(term, listens=term.listens | frozenset(read.get(position, ()))))
            position += 1
        else:
            out.append(term)
    return out
