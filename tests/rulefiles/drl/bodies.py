"""Runs bodies and expressions of `.drl` text, without an engine: a recording context stands in its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import BaseModel

from infobip_rules import ClientAgent, InfobipSmsReceivedMessage
from infobip_rules.actions import SendOptions, sending_through
from infobip_rules.errors import RuleError
from infobip_rules.rulefiles.drl.body.interpreter import compile_body, compile_functions, compile_test
from infobip_rules.rulefiles.drl.body.scope import BoundName, Scope
from infobip_rules.rulefiles.drl.java.kinds import Kind
from infobip_rules.rulefiles.drl.syntax.file_mistakes import FileMistakes
from infobip_rules.rulefiles.drl.syntax.parser import parse
from infobip_rules.rulefiles.drl.syntax.segments import SourceText
from infobip_rules.rulefiles.drl.syntax.syntax import CompilationUnit, Expression, PatternNode

TYPES: dict[str, type[BaseModel]] = {
    "ClientAgent": ClientAgent,
    "InfobipSmsReceivedMessage": InfobipSmsReceivedMessage,
}


@dataclass
class Holder:
    """An element of the recording context."""

    value: BaseModel
    gone: bool = False


class Recorder:
    """Plays the engine's context, and tells what it was asked to do."""

    def __init__(self, values: Sequence[Any] = ()) -> None:
        self.holders = [Holder(value) if isinstance(value, BaseModel) else value for value in values]
        self._of = {id(holder.value): holder for holder in self.holders if isinstance(holder, Holder)}
        self._alive: list[object] = list(values)
        self.told: list[tuple[Any, ...]] = []

    def at(self, position: int) -> Any:
        held = self.holders[position]
        return held.value if isinstance(held, Holder) else held

    def element_of(self, value: object) -> Holder | None:
        return self._of.get(id(value))

    def insert(self, value: Any) -> Any:
        self.told.append(("insert", value))
        self._keep(Holder(value), value)
        return value

    def insert_logical(self, value: Any) -> Any:
        self.told.append(("insert_logical", value))
        self._keep(Holder(value), value)
        return value

    def modify(self, value: Any, /, **changes: Any) -> Any:
        holder = self._of[id(value)]
        self.told.append(("modify", type(value).__name__, changes))
        after = type(value).model_validate({**holder.value.__dict__, **changes})
        self._keep(holder, after)
        return after

    def amend(self, element: Holder, value: Any) -> None:
        before = element.value.__dict__
        self.told.append(("amend", {name: item for name, item in value.__dict__.items() if before[name] != item}))
        self._keep(element, value)

    def update(self, value: Any) -> None:
        assert id(value) in self._of
        self.told.append(("update", value))

    def delete(self, value: Any) -> None:
        assert id(value) in self._of
        self.told.append(("delete", value))

    def halt(self) -> None:
        self.told.append(("halt",))

    def set_focus(self, group: str) -> None:
        self.told.append(("set_focus", group))

    def schedule(self, signal: Any, *, after: Any, name: str | None = None) -> str:
        self.told.append(("schedule", signal, after, name))
        return name or "timer"

    def cancel(self, name: str) -> None:
        self.told.append(("cancel", name))

    def _keep(self, holder: Holder, value: BaseModel) -> None:
        holder.value = value
        self._of[id(value)] = holder
        self._alive.append(value)


@dataclass
class Outcome:
    """What a body did."""

    sent: list[tuple[str, str, bool]] = field(default_factory=list)
    #: What was wanted of each message besides.
    options: list[SendOptions] = field(default_factory=list)
    told: list[tuple[Any, ...]] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        return [text for _, text, _ in self.sent]


def read(text: str) -> CompilationUnit:
    """The tree of a file; its first mistake is raised."""
    complaints = FileMistakes("rules.drl", SourceText(text))
    unit = parse(text, complaints)
    for problem in complaints.problems:
        raise problem
    return unit


def scope_of(values: Mapping[str, Any], types: Mapping[str, type[BaseModel]] = TYPES) -> Scope:
    """A scope in which these names are bound, each at its position."""
    known = {
        **types,
        **{type(value).__name__: type(value) for value in values.values() if isinstance(value, BaseModel)},
    }
    bindings = {
        name: BoundName(
            position=n,
            kind=Kind(type(value).__name__, model=type(value)) if isinstance(value, BaseModel) else Kind("Object"),
        )
        for n, (name, value) in enumerate(values.items())
    }
    return Scope(file="rules.drl", types=known, bindings=bindings)


def run(body: str, *, functions: str = "", types: Mapping[str, type[BaseModel]] = TYPES, **values: Any) -> Outcome:
    """Runs the body of a rule with these names bound."""
    unit = read(f'{functions}\nrule "r" when\nthen\n{body}\nend\n')
    scope = scope_of(values, types)
    scope = replace(scope, functions=compile_functions(unit.functions, scope))
    outcome = Outcome()
    recorder = Recorder(list(values.values()))
    outcome.told = recorder.told

    def send(command: Any, options: SendOptions) -> str:
        outcome.sent.append(tuple(command))
        outcome.options.append(options)
        return f"m{len(outcome.sent)}"

    act = compile_body(unit.rules[0].body, scope)
    with sending_through(send):
        act(recorder)
    return outcome


def text_of(expression: str, prelude: str = "", **values: Any) -> str:
    """The text that Java would write for an expression."""
    (text,) = run(f'{prelude}\nInfobipAdapterAPI.sendSmsTextMessage("1", "" + ({expression}));', **values).texts
    return text


def refusal(body: str, **values: Any) -> RuleError:
    """The error that a body is refused with; the same arguments as `run`."""
    try:
        run(body, **values)
    except RuleError as problem:
        return problem
    raise AssertionError("it was not refused")


def constraint_of(text: str) -> Expression:
    """The tree of a constraint."""
    (pattern,) = read(f'rule "r" when T({text}) then end').rules[0].conditions
    assert isinstance(pattern, PatternNode)
    (found,) = pattern.constraints
    return found  # type: ignore[return-value]  # no binding


def holds(text: str, value: BaseModel, *before: tuple[str, Any]) -> bool:
    """Whether a constraint holds for a value, with what was matched before it."""
    names = dict(before)
    scope = replace(scope_of(names), this=Kind(type(value).__name__, model=type(value)))
    test = compile_test(constraint_of(text), scope)
    return test((value, tuple(names.values()))) is True
