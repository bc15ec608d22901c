"""Rules as a host of durable-rules has them registered: their conditions, their actions, and what people call them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from durable import engine

from infobip_rules.durablehost.actions import does_nothing_when_called, functions
from infobip_rules.errors import ConfigurationError
from infobip_rules.evaluators.outline import RuleLine
from infobip_rules.signals import Heartbeat, Signal


class RulesetHost(Protocol):
    """The part of `durable.engine.Host` that is used."""

    def get_ruleset(self, ruleset_name: str) -> Any:
        """Returns the ruleset that was registered under a name."""


class RegisteredRules(NamedTuple):
    """A ruleset of a host, as far as it can be evaluated elsewhere; what a host of ours asks of its rules (`KnownRules`)."""

    name: str
    #: Conditions by the name of the rule, as durable-rules' engine takes them.
    conditions: Mapping[str, Any]
    #: A `durable.engine.Promise` by the name of the rule.
    actions: Mapping[str, Any]
    lines: Mapping[str, RuleLine]
    #: The texts that its conditions compare with.
    texts: frozenset[str]

    @property
    def rules(self) -> Sequence[RuleLine]:
        """The rules as they are shown to people, in their order."""
        return tuple(self.lines.values())

    @property
    def sources(self) -> Sequence[str]:
        """The files that their actions are from."""
        return tuple(dict.fromkeys(line.where.rpartition(":")[0] for line in self.rules if line.where))

    @property
    def warnings(self) -> Sequence[str]:
        """Nothing."""
        return ()

    @property
    def standing(self) -> bool:
        """Whether every signal is evaluated: no, those that rules name are."""
        return False

    @property
    def routes(self) -> bool:
        """Whether they say themselves which session a signal belongs to: they can't."""
        return False

    @property
    def wants_heartbeats(self) -> bool:
        """Whether some rule names Heartbeat."""
        return Heartbeat.__name__ in self.texts

    def listens_to(self, kind: type[Signal]) -> bool:
        """Returns whether some rule names this type of signals."""
        return kind.__name__ in self.texts


def registered_rules(host: RulesetHost, name: str) -> RegisteredRules:
    """Returns a ruleset, statechart or flowchart that is registered with `host`.

    Raises ConfigurationError if none is, and for a body that is an `async def`.
    """
    try:
        ruleset = host.get_ruleset(name)
    except Exception as problem:
        raise ConfigurationError(
            f"The host has no ruleset {name!r}.",
            "Register it first; `durable.lang.get_host()` registers those that are declared by then.",
        ) from problem
    conditions = _conditions(ruleset)
    lines: dict[str, RuleLine] = {}
    for key in conditions:
        lines[key] = _line(name, key, ruleset._actions[key], {line.id for line in lines.values()})
        _check_body(lines[key], ruleset._actions[key])
    return RegisteredRules(name, conditions, ruleset._actions, lines, frozenset(_texts(conditions)))


def _conditions(ruleset: Any) -> dict[str, Any]:
    """Returns conditions by rule; of a chart those that durable-rules makes of it, which it does not keep."""
    definition = ruleset._definition
    rules: dict[str, Any] = {}
    if isinstance(ruleset, engine.Statechart):
        _blank(ruleset)._transform(None, None, None, _statechart(definition), rules)
    elif isinstance(ruleset, engine.Flowchart):
        _blank(ruleset)._transform(_without(definition, "run"), rules)
    else:
        rules = definition
    kept = {key: {word: part for word, part in rule.items() if word != "run"} for key, rule in rules.items()}
    copy: dict[str, Any] = json.loads(json.dumps(kept))
    return copy


def _blank(ruleset: Any) -> Any:
    """Returns a ruleset of the same kind without rules, for its way of reading a chart."""
    blank = object.__new__(type(ruleset))
    blank._name, blank._host = ruleset._name, ruleset._host
    return blank


def _without(chart: Mapping[str, Any], word: str) -> dict[str, Any]:
    """Returns a copy of a chart's states or stages, each without `word`; `$type` is a note of durable-rules'."""
    parts = {name: part for name, part in chart.items() if name != "$type"}
    return {name: {key: value for key, value in part.items() if key != word} for name, part in parts.items()}


def _statechart(chart: Mapping[str, Any], parent: str = "") -> dict[str, Any]:
    """Returns a copy of a chart as it was before durable-rules read it and wrote full names into what is nested."""
    copy: dict[str, Any] = {}
    for state, triggers in chart.items():
        if state == "$type":
            continue
        full = f"{parent}.{state}" if parent else state
        copy[state] = {}
        for name, trigger in triggers.items():
            if name == "$chart":
                copy[state][name] = _statechart(trigger, full)
                continue
            own = {word: part for word, part in trigger.items() if word != "run"}
            if parent and "to" in own:
                own["to"] = own["to"].removeprefix(f"{parent}.")
            copy[state][name] = own
    return copy


def _line(ruleset: str, key: str, action: Any, taken: set[str]) -> RuleLine:
    function = _function(action)
    code = getattr(function, "__code__", None)
    if code is None:
        return RuleLine(f"{ruleset}/{key}", key, "")
    name = key if function.__name__ == "<lambda>" else function.__name__
    title = next(iter((function.__doc__ or "").strip().splitlines()), "") or name
    id_ = f"{ruleset}/{name}"
    if id_ in taken:
        id_ = f"{id_}.{key}"
    return RuleLine(id_, title, f"{Path(code.co_filename).name}:{code.co_firstlineno}")


def _check_body(line: RuleLine, action: Any) -> None:
    """Raises ConfigurationError for a body that durable-rules would call, and nothing of which would happen."""
    if any(map(does_nothing_when_called, functions(action))):
        where = f" ({line.where})" if line.where else ""
        raise ConfigurationError(
            f"The body of the rule {line.id}{where} is an `async def`, or has a `yield`: nothing of it would happen, as "
            "durable-rules calls bodies and awaits nothing.",
            "Write it with `def`. Do what has to be awaited outside of rules, and post what comes of it: "
            "`await plugin.post(PERSON, EVENT)`.",
        )


def _function(action: Any) -> Any:
    """Returns the first function of an action that is not a chart's own step."""
    step = action
    while step is not None:
        if not isinstance(step, engine.To):
            return step._func
        step = step._next
    return None


def _texts(part: Any) -> Iterator[str]:
    """Yields the texts that conditions compare with."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, Mapping):
        for inner in part.values():
            yield from _texts(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _texts(inner)
