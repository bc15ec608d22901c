"""Plays a scenario against DRL text, and writes down what happened in the words of Drools' answers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from infobip_rules.actions import SendOptions, sending_through
from infobip_rules.engine.network.alpha import ALWAYS
from infobip_rules.engine.network.elements import Element
from infobip_rules.engine.rules.moment import MOMENT
from infobip_rules.engine.session.context import Context
from infobip_rules.engine.session.working_memory import WorkingMemory
from infobip_rules.errors import RuleError
from infobip_rules.rulefiles.drl.java.values import text_of
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.signals import Signal
from tests.engine.drools.playback import NOW, Playback

#: As a declared type is shown: `Order( number=A7, total=5 )`.
_DECLARED = re.compile(r"\w+\( .*\)")


class DrlPlayback(Playback):
    """One scenario; `trace` is comparable with `answered(Drools' events)`."""

    def __init__(self, source: str, folder: Path, *, now: datetime = NOW) -> None:
        file = folder / "rules_of_case.drl"
        file.write_text(source, encoding="utf-8")
        self.rulebook = load_rules([file])
        self.memory = WorkingMemory(self.rulebook)
        self.memory.first_evaluation(
            branch for some in self.rulebook.alphas.standing.values() for branch in some if branch.key == ALWAYS
        )
        self.names, self.elements, self.trace, self.sent = {}, {}, [], []
        self.focused: list[str] = []
        self.now, self.inserted = now, 0
        self.timers = {}

    def insert(self, step: Mapping[str, Any]) -> None:
        """A signal's fields that a scenario leaves out are null, as in Java."""
        types = {**self.rulebook.fact_types, **self.rulebook.signal_types}
        kind = types[str(step["type"])]
        fields = dict(step.get("fields", {}))
        if "from" in fields:
            fields["from_"] = fields.pop("from")
        if issubclass(kind, Signal):
            absent = {name: None for name in kind.model_fields if name not in ("from_", "receivedAt")}
            value: Any = kind.model_construct(**{**absent, "from_": "0", "receivedAt": NOW, **fields})
        else:
            value = kind.model_validate(fields)
        point = step.get("entry_point")
        number = 0 if issubclass(kind, Signal) else self.number()
        element = self.memory.insert(value, number, entry_point=point, origin=None)
        self.names[element] = str(step["as"])
        self.elements[str(step["as"])] = element

    def play(self, steps: Sequence[Mapping[str, Any]]) -> list[str]:
        """What happens at each step."""
        for step in steps:
            outer = MOMENT.set(self.now)
            try:
                getattr(self, str(step["op"]))(step)
            except RuleError:
                self.trace.append(f"error in {step['op']}")
            finally:
                MOMENT.reset(outer)
        return self.trace

    def update(self, step: Mapping[str, Any]) -> None:
        """Changes a fact from outside; one that is gone can't be, in Drools either."""
        if self.elements[str(step["as"])].gone:
            raise RuleError("The fact is gone.")
        super().update(step)

    def advance(self, step: Mapping[str, Any]) -> None:
        """Lets time pass."""
        self.now += timedelta(milliseconds=step["ms"])

    def focus(self, step: Mapping[str, Any]) -> None:
        """Gives an agenda group the focus, once rules fire."""
        self.focused.append(str(step["group"]))

    def fire(self, step: Mapping[str, Any]) -> None:
        """Fires what there is; only elements are shown, no results of `accumulate` and such."""
        fired, self.sent, self.memory.halted = 0, [], False
        self._come()
        while self.focused:
            self.memory.agenda.focus(self.focused.pop(0))
        with sending_through(self._send):
            while fired < int(step.get("limit", 10_000)) and not self.memory.halted:
                match = self.memory.next_match()
                if match is None:
                    break
                branch, found = match
                fired += 1
                named = zip(branch.names, found.elements, strict=True)
                # What a query matched is one value to Drools.
                seen = [match for name, match in named if name[0] != "?" and isinstance(match.value, BaseModel)]
                shown = ",".join(map(self._shown, seen))
                self.trace.append(f"{branch.rule.name}({shown})")
                branch.rule.action(Context(self, branch.rule.id, branch.names, found.elements))
        self.trace += self.sent
        # A signal that a body inserts without entry point is among the facts to Drools.
        inserted = [
            element for element in self.memory if element.entry_point == "" and isinstance(element.value, Signal)
        ]
        facts = [element for element in self.memory if element.entry_point is None] + inserted
        signals = [element for element in self.memory if element.entry_point]
        self.trace.append(f"fired {fired}, facts {len(facts)}, signals {len(signals)}")

    def _come(self) -> None:
        """What time brings, as it does when a session that was left alone is told to fire: all at once."""
        for moment in sorted({due.moment for _, due in self.memory.dues() if due.moment <= self.now and not due.muted}):
            self.memory.release(moment)
        # A fact that goes after ten seconds is still there when those are over, in Drools.
        ends = self.memory.expiry.ends.values() if self.memory.expiry else ()
        for moment in sorted({end for end in ends if end < self.now}):
            self.memory.expire(moment)

    def _send(self, command: Any, options: SendOptions) -> str:
        return super()._send(command._replace(phone=command.phone or "null"), options)

    def _shown(self, element: Element) -> str:
        element = self.memory.elements.find(element.value) or element  # `from $order` gives what is an element itself
        if element in self.names:
            return self.names[element]
        for other, name in self.names.items():  # inserted once more, or changed when it was deleted: it is what it was
            if other.gone and (other.value is element.value or other.id == element.id > 0):
                return name
        fields = ", ".join(f"{name}={text_of(value)}" for name, value in element.value.__dict__.items())
        return f"{type(element.value).__name__}( {fields} )"


def answered(events: Sequence[Mapping[str, Any]], steps: Sequence[Mapping[str, Any]]) -> list[str]:
    """Drools' events in the words of `DrlPlayback.trace`."""
    known = {str(step["as"]) for step in steps if "as" in step}
    out = []
    for event in events:
        if event.get("event") == "fired":
            facts = [fact for fact in event["facts"] if fact in known or _DECLARED.fullmatch(fact)]
            out.append(f"{event['rule']}({','.join(facts)})")
        elif event.get("event") == "send":
            out.append(f"send {event['args']}")
        elif event.get("event") == "fire_done":
            counts = event["facts"]
            signals = sum(count for point, count in counts.items() if point != "DEFAULT")
            out.append(f"fired {event['fired']}, facts {counts['DEFAULT']}, signals {signals}")
        elif "compile_error" in event:
            out.append("does not compile")
            break
        elif event.get("event") in ("error", "crash"):
            out.append(f"error in {event.get('op', 'it')}")
    return out
