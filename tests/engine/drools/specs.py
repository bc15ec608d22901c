"""Rules as plain data, written once: `drl` says them to Drools, `rules_of` makes them records of the rule model.

A rule is `{"name", "attributes", "when": [term], "then": [action]}`. Terms: `{"type", "as", "if": [[field, operator,
operand]]}`, `{"not": terms}`, `{"exists": terms}`, `{"eval": [operand, operator, operand]}`, `{"from": [operand], "as", "if":
[[operator, operand]]}` and `{"accumulate": terms, "folds": [[function, operand]], "as", "if": [[operator, operand]]}`.
An operand is a number, or `a.x` for a field of what was matched as `a`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from infobip_rules.engine.rules.model import (
    Accumulate,
    Constraint,
    Existential,
    Fold,
    From,
    Pattern,
    Rule,
    Term,
    Test,
    Window,
    patterns_of,
)
from infobip_rules.facts import Fact

Spec = Mapping[str, Any]

OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
#: The moment at which the oracle's clock stands when a scenario begins.
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class A(Fact):
    x: int = 0
    y: int = 0


class B(Fact):
    x: int = 0
    y: int = 0


class C(Fact):
    x: int = 0
    y: int = 0


TYPES: Mapping[str, type[Fact]] = {"A": A, "B": B, "C": C}
# Equal by value, as facts are here.
DECLARED = "".join(f"declare {kind}\n  x: int @key\n  y: int @key\nend\n" for kind in TYPES)
# Without keys, for equal events are several; kept, for Drools lets events go that no window can see any more.
EVENTS = DECLARED.replace("\n  x:", "\n  @role(event) @expires(999d)\n  x:").replace(" @key", "")


def drl(rules: Sequence[Spec], *, declared: str = DECLARED) -> str:
    """The rules as Drools reads them."""
    return declared + "".join(map(_drl_rule, rules))


def _drl_rule(rule: Spec) -> str:
    attributes = " ".join(_drl_attribute(name, value) for name, value in rule.get("attributes", {}).items())
    when = "\n  ".join(_drl_term(term) for term in rule["when"])
    then = "\n  ".join(_drl_action(action) for action in rule["then"])
    return f'rule "{rule["name"]}" {attributes}\nwhen\n  {when}\nthen\n  {then}\nend\n'


def _drl_attribute(name: str, value: Any) -> str:
    if name in ("agenda-group", "activation-group"):
        return f'{name} "{value}"'
    if name in ("date-effective", "date-expires"):
        return f'{name} "{(EPOCH + timedelta(days=value)).strftime("%d-%b-%Y")}"'
    if name == "salience":
        return f"salience ({_drl_operand(value)})" if isinstance(value, str) else f"salience {value}"
    return f"{name} {str(value).lower()}"


def _drl_operand(operand: Any) -> str:
    return (
        f"${operand.replace('.', '_')}"
        if isinstance(operand, str) and "." in operand
        else str(operand).replace("s:", "$")
    )


def _drl_term(term: Spec) -> str:
    if "type" in term:
        bound = [f"${term['as']}_x: x", f"${term['as']}_y: y"] if term.get("bind", True) else []
        tests = [f"{field} {sign} {_drl_operand(operand)}" for field, sign, operand in term.get("if", ())]
        over = f" over window:length({term['length']})" if "length" in term else ""
        over = f" over window:time({term['time']}d)" if "time" in term else over
        return f"${term['as']}: {term['type']}({', '.join([*bound, *tests])}){over}"
    if "eval" in term:
        left, sign, right = term["eval"]
        return f"eval({_drl_operand(left)} {sign} {_drl_operand(right)})"
    if "from" in term:
        tests = [f"this {sign} {_drl_operand(operand)}" for sign, operand in term.get("if", ())]
        values = ", ".join(map(_drl_operand, term["from"]))
        return f"${term['as']}: Integer({', '.join(tests)}) from java.util.Arrays.asList({values})"
    if "accumulate" in term:
        inner = " and ".join(map(_drl_term, term["accumulate"]))
        names = [term["as"], *(f"{term['as']}{n}" for n in range(1, len(term["folds"])))]
        folds = ", ".join(
            f"${name}: {function}({_drl_operand(operand)})"
            for name, (function, operand) in zip(names, term["folds"], strict=True)
        )
        tests = ", ".join(f"${term['as']} {sign} {_drl_operand(operand)}" for sign, operand in term.get("if", ()))
        source = f"({inner})" if len(term["accumulate"]) > 1 else inner
        return f"accumulate({source}; {folds}{'; ' + tests if tests else ''})"
    word = "not" if "not" in term else "exists"
    return f"{word}({' and '.join(map(_drl_term, term[word]))})"


def _drl_action(action: Sequence[Any]) -> str:
    word, *given = action
    if word in ("insert", "insertLogical"):
        return f"{word}(new {given[0]}({', '.join(map(_drl_operand, given[1:]))}));"
    if word == "modify":
        return f"modify(${given[0]}) {{ set{given[1].upper()}({given[2]}) }}"
    if word == "delete":
        return f"delete(${given[0]});"
    return {"focus": f'drools.setFocus("{given[0] if given else ""}");', "halt": "drools.halt();"}[word]


def rules_of(rules: Sequence[Spec]) -> list[Rule]:
    """The rules as records of the model."""
    return [_rule(rule, order) for order, rule in enumerate(rules)]


class Scope:
    """Where the names of a rule stand."""

    def __init__(self, positions: Mapping[str, int]) -> None:
        self.positions = dict(positions)
        self.next = len(positions)

    def inner(self) -> Scope:
        inner = Scope(self.positions)
        inner.next = self.next
        return inner

    def bind(self, name: str) -> None:
        self.positions[name] = self.next
        self.next += 1

    def reader(self, operand: Any) -> Callable[[tuple[Any, ...]], Any]:
        """Reads an operand from the values matched."""
        if not isinstance(operand, str):
            return lambda before: operand
        name, _, field = operand.partition(".")
        position = self.positions[name.removeprefix("s:")]
        return lambda before: getattr(before[position], field) if field else before[position]

    def reads(self, *operands: Any) -> dict[int, frozenset[str]]:
        found: dict[int, frozenset[str]] = {}
        for operand in operands:
            if isinstance(operand, str):
                name, _, field = operand.partition(".")
                position = self.positions[name.removeprefix("s:")]
                found[position] = found.get(position, frozenset()) | ({field} if field else frozenset())
        return found


def _rule(rule: Spec, order: int) -> Rule:
    scope = Scope({})
    terms = tuple(_term(term, scope) for term in rule["when"])
    attributes = rule.get("attributes", {})
    salience = attributes.get("salience", 0)
    effective, expires = attributes.get("date-effective"), attributes.get("date-expires")
    return Rule(
        ruleset="t",
        name=rule["name"],
        title=rule["name"],
        salience=scope.reader(salience) if isinstance(salience, str) else salience,
        order=order,
        branches=(tuple(_listening(terms)),),
        action=_action(rule["then"], scope),
        where="spec",
        no_loop=attributes.get("no-loop", False),
        enabled=attributes.get("enabled", True),
        agenda_group=attributes.get("agenda-group", "MAIN"),
        auto_focus=attributes.get("auto-focus", False),
        activation_group=attributes.get("activation-group"),
        lock_on_active=attributes.get("lock-on-active", False),
        effective=None if effective is None else EPOCH + timedelta(days=effective),
        expires=None if expires is None else EPOCH + timedelta(days=expires),
    )


def _term(term: Spec, scope: Scope) -> Term:
    if "type" in term:
        made = _pattern(term, scope)
        scope.bind(term["as"])
        return made
    if "eval" in term:
        left, sign, right = term["eval"]
        one, other, holds = scope.reader(left), scope.reader(right), OPERATORS[sign]
        return Test(
            constraint=Constraint(
                text=f"{left} {sign} {right}",
                predicate=lambda _, before: holds(one(before), other(before)),
                fields=frozenset(),
                joins=scope.reads(left, right),
            )
        )
    if "from" in term:
        readers = [scope.reader(operand) for operand in term["from"]]
        constraints = [_on_value(test, scope, lambda value: value) for test in term.get("if", ())]
        made_from = From(
            alias=term["as"],
            type=int,
            source=lambda before: [read(before) for read in readers],
            text=str(term["from"]),
            reads=scope.reads(*term["from"]),
            constraints=tuple(one for one in constraints if not one.joins),
            joins=tuple(one for one in constraints if one.joins),
            where="spec",
        )
        scope.bind(term["as"])
        return made_from
    if "accumulate" in term:
        return _accumulate(term, scope)
    word = "not" if "not" in term else "exists"
    inner = scope.inner()
    return Existential(terms=tuple(_term(one, inner) for one in term[word]), negated=word == "not")


def _pattern(term: Spec, scope: Scope) -> Pattern:
    constraints = [
        replace(
            _on_value((sign, operand), scope, operator.attrgetter(field)),
            text=f"{field} {sign} {operand}",
            fields=frozenset({field}),
        )
        for field, sign, operand in term.get("if", ())
    ]
    return Pattern(
        alias=term["as"],
        type=TYPES[term["type"]],
        entry_point=None,
        constraints=tuple(one for one in constraints if not one.joins),
        joins=tuple(one for one in constraints if one.joins),
        listens=frozenset().union(*(one.fields for one in constraints), ("x", "y") if term.get("bind", True) else ()),
        where="spec",
        window=_window(term),
    )


def _window(term: Spec) -> Window | None:
    if "length" in term:
        return Window(kind="length", size=term["length"])
    return Window(kind="time", size=86_400 * term["time"]) if "time" in term else None


def _on_value(test: Sequence[Any], scope: Scope, read: Callable[[Any], Any]) -> Constraint:
    sign, operand = test
    other, holds = scope.reader(operand), OPERATORS[sign]
    return Constraint(
        text=f"this {sign} {operand}",
        predicate=lambda value, before: holds(read(value), other(before)),
        fields=frozenset(),
        joins=scope.reads(operand),
    )


def _accumulate(term: Spec, scope: Scope) -> Accumulate:
    inner = scope.inner()
    terms = tuple(_term(one, inner) for one in term["accumulate"])
    constraints = [_on_value(test, scope, lambda results: results[0]) for test in term.get("if", ())]
    made = Accumulate(
        alias=term["as"],
        terms=tuple(_listening(terms)),
        folds=tuple(
            Fold(function=function, value=inner.reader(operand), text=f"{function}({operand})")
            for function, operand in term["folds"]
        ),
        constraints=tuple(one for one in constraints if not one.joins),
        joins=tuple(one for one in constraints if one.joins),
        where="spec",
    )
    scope.bind(term["as"])
    return made


def _listening(terms: tuple[Term, ...]) -> Iterator[Term]:
    # Every pattern with names bound to its fields listens to them, so that nothing is left to add here.
    assert all(pattern.listens is not None for pattern in patterns_of(terms))
    yield from terms


def _action(actions: Sequence[Sequence[Any]], scope: Scope) -> Callable[[Any], object]:
    def run(c: Any) -> None:
        before = tuple(c.at(position) for position in range(scope.next))
        # Drools tells of what `modify` changed when the body is through.
        for word, *given in sorted(actions, key=lambda action: action[0] == "modify"):
            if word in ("insert", "insertLogical"):
                kind, x, y = TYPES[given[0]], scope.reader(given[1]), scope.reader(given[2])
                (c.insert if word == "insert" else c.insert_logical)(kind(x=_whole(x(before)), y=_whole(y(before))))
            elif word == "modify":
                c.modify(c.at(scope.positions[given[0]]), **{given[1]: given[2]})
            elif word == "delete":
                c.delete(c.at(scope.positions[given[0]]))
            elif word == "focus":
                c.set_focus(given[0])
            else:
                c.halt()

    return run


def _whole(value: Any) -> int:
    return value[0] if isinstance(value, tuple) else value
