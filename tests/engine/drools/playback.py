"""Plays a scenario against a rulebook and writes down what happened, in the words of the recorded Drools answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from infobip_rules.actions import SendOptions, sending_through
from infobip_rules.engine.network.alpha import ALWAYS
from infobip_rules.engine.network.elements import Element
from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.rules.moment import MOMENT
from infobip_rules.engine.session.context import Context
from infobip_rules.engine.session.working_memory import WorkingMemory
from infobip_rules.facts import Fact
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.signals import Signal

NOW = datetime(2026, 11, 1, tzinfo=UTC)
RECEIVED = {"from": "0", "receivedAt": NOW}


class Playback:
    """One scenario; `trace` is comparable with `summary(recorded answers)`."""

    def __init__(self, source: str | Rulebook, folder: Path) -> None:
        self.rulebook = source if isinstance(source, Rulebook) else _loaded(source, folder)
        self.memory = WorkingMemory(self.rulebook)
        self.memory.first_evaluation(
            branch for some in self.rulebook.alphas.standing.values() for branch in some if branch.key == ALWAYS
        )
        self.names: dict[Element, str] = {}
        self.elements: dict[str, Element] = {}
        self.trace: list[str] = []
        self.focused: list[str] = []
        self.sent: list[str] = []
        self.now = NOW
        self.inserted = 0

    def advance(self, step: Mapping[str, Any]) -> None:
        self.now += timedelta(milliseconds=step["ms"])
        MOMENT.set(self.now)
        self.memory.pass_time()

    def focus(self, step: Mapping[str, Any]) -> None:
        self.focused.append(step["group"])  # Drools gives it when it fires

    def play(self, steps: Sequence[Mapping[str, Any]]) -> list[str]:
        for step in steps:
            outer = MOMENT.set(self.now)
            getattr(self, str(step["op"]))(step)
            MOMENT.reset(outer)
        return self.trace

    def insert(self, step: Mapping[str, Any]) -> None:
        types = {**self.rulebook.fact_types, **self.rulebook.signal_types}
        kind = types[str(step["type"])]
        fields = dict(step.get("fields", {}))
        if issubclass(kind, Signal):
            fields = {**RECEIVED, **fields}
        value = kind.model_validate(fields)
        point = value.entry_point if isinstance(value, Signal) else None
        element = self.memory.insert(value, self.number(), entry_point=point, origin=None)
        self.names[element] = str(step["as"])
        self.elements[str(step["as"])] = element

    def update(self, step: Mapping[str, Any]) -> None:
        element = self.elements[str(step["as"])]
        value = type(element.value).model_validate({**element.value.__dict__, **step["fields"]})
        self.memory.modify(element, value, None, origin=None)

    def delete(self, step: Mapping[str, Any]) -> None:
        element = self.elements[str(step["as"])]
        if element in set(self.memory):
            self.memory.delete(element, origin=None)

    def fire(self, step: Mapping[str, Any]) -> None:
        fired = 0
        self.sent = []
        while self.focused:
            self.memory.agenda.focus(self.focused.pop(0))
        with sending_through(self._send):
            self.memory.halted = False
            while (
                not self.memory.halted
                and fired < int(step.get("limit", 10_000))
                and (match := self.memory.next_match()) is not None
            ):
                branch, found = match
                fired += 1
                shown = ",".join(self.names.get(element) or _shown(element) for element in found.elements)
                self.trace.append(f"{branch.rule.name}({shown})")
                branch.rule.action(Context(self, branch.rule.id, branch.names, found.elements))
        self.trace += self.sent
        facts = [element for element in self.memory if isinstance(element.value, Fact)]
        self.trace.append(f"fired {fired}, facts {len(facts)}, signals {len(list(self.memory)) - len(facts)}")

    def number(self) -> int:
        self.inserted += 1
        return self.inserted

    def _send(self, command: Any, _: SendOptions) -> str:
        phone, text, shorten_url = command
        self.sent.append(f"send {phone} | {text} | {str(shorten_url).lower()}")
        return "m"


def _loaded(source: str, folder: Path) -> Rulebook:
    file = folder / "rules_of_case.py"
    file.write_text(source, encoding="utf-8")
    return load_rules([file])


def _shown(element: Element) -> str:
    value = element.value
    if isinstance(value, tuple):
        return _written(value[0]) if len(value) == 1 else "Object[]"
    return _written(value)


def _written(value: Any) -> str:
    """A value as Java writes it."""
    if value is None:
        return "null"
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    if not isinstance(value, BaseModel):
        return str(value)
    fields = ", ".join(f"{name}={field}" for name, field in value.__dict__.items())
    return f"{type(value).__name__}( {fields} )"


def summary(answers: Sequence[Mapping[str, Any]], rule_names: Mapping[str, str]) -> list[str]:
    """Drools' recorded events in the words of `Playback.trace`."""
    out = []
    for answer in answers:
        if answer.get("event") == "fired":
            facts = [
                "Object[]" if fact.startswith("[Ljava.lang.Object;") else fact
                for fact in answer["facts"]
                if "InitialFactImpl" not in fact
            ]
            out.append(f"{rule_names.get(answer['rule'], answer['rule'])}({','.join(facts)})")
        elif answer.get("event") == "send":
            out.append(f"send {answer['args']}")
        elif answer.get("event") == "fire_done":
            counts = answer["facts"]
            out.append(f"fired {answer['fired']}, facts {counts['DEFAULT']}, signals {counts.get('signals', 0)}")
    return out
