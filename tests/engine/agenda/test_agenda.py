"""The agenda across evaluations: groups wait for their focus, a halt leaves the rest for the next evaluation."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from infobip_rules.engine.network.branch_network import BranchNetwork
from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.rules.moment import current_moment
from infobip_rules.engine.session import working_memory
from infobip_rules.engine.session.evaluation import Effects, evaluate
from infobip_rules.engine.session.scheduler import Scheduler
from tests.channels.composing import Numbered
from tests.engine.drools.specs import TYPES, rules_of
from tests.engine.sessions import NOON
from tests.engine.test_immortal_features import DO, Do

ON_A = {"when": [{"type": "A", "as": "a"}], "then": []}


class SpecSession:
    """A session of spec rules, changed by `Do` signals."""

    def __init__(self, *rules: dict[str, Any]) -> None:
        self.rulebook = Rulebook([DO, *rules_of(rules)], fact_types=TYPES.values())
        self.state: bytes | None = None

    def tell(self, what: str, kind: str, x: int = 0, y: int = 0) -> list[str]:
        effects: Effects = evaluate(
            self.rulebook, self.state, [Do(what=what, kind=kind, x=x, y=y)], now=NOON, compose=Numbered().compose
        )
        self.state = effects.state
        return [firing.rule for firing in effects.fired if firing.rule != "t/do"]


def test_a_group_without_focus_waits_evaluations_long() -> None:
    session = SpecSession({"name": "late", "attributes": {"agenda-group": "g"}, **ON_A})
    assert session.tell("put", "A") == []
    assert session.tell("put", "B") == []
    assert session.tell("focus", "g") == ["t/late"]
    assert session.tell("focus", "g") == []


def test_what_waits_is_gone_with_what_it_matched() -> None:
    session = SpecSession({"name": "late", "attributes": {"agenda-group": "g"}, **ON_A})
    session.tell("put", "A")
    session.tell("drop", "A")
    assert session.tell("focus", "g") == []


def test_a_match_waits_with_the_salience_it_came_about_with() -> None:  # as Drools' does
    computed = {"name": "computed", "attributes": {"agenda-group": "g", "salience": "a.x"}, **ON_A}
    fixed = {"name": "fixed", "attributes": {"agenda-group": "g", "salience": 2}, **ON_A}
    session = SpecSession(computed, fixed)
    session.tell("put", "A", x=3)
    session.tell("change", "A", x=1)
    assert session.tell("focus", "g") == ["t/computed", "t/fixed"]


def test_rules_evaluated_ahead_of_their_turn_are_so_in_order_of_declaration() -> None:
    locked = {"name": "locked", "attributes": {"lock-on-active": True}, **ON_A}
    counted = [{"accumulate": ON_A["when"], "as": "n", "folds": [["count", "a.x"]]}]
    focused = {"name": "focused", "attributes": {"agenda-group": "g", "auto-focus": True}, "when": counted, "then": []}
    for rules, expected in (
        ((locked, focused), ["t/focused"]),  # the one that is locked is looked at while its group is active
        ((focused, locked), ["t/focused", "t/locked"]),
    ):
        session = SpecSession(*rules)
        session.tell("put", "A")
        assert session.tell("put", "A") == expected


def test_a_rule_is_not_locked_out_by_what_came_while_it_could_not_match() -> None:
    locked = {
        "name": "locked",
        "attributes": {"lock-on-active": True},
        "when": [*ON_A["when"], {"not": [{"type": "B", "as": "b"}]}],
        "then": [],
    }
    session = SpecSession(locked)
    session.tell("put", "B")
    session.tell("put", "A")
    assert session.tell("drop", "B") == ["t/locked"]  # the match is as old as A
    session.tell("put", "B")
    assert session.tell("drop", "B") == []  # the match is as new as the end of B


def test_an_activation_group_stops_what_came_before_one_of_it_fired_evaluations_later() -> None:
    group = {"activation-group": "p"}
    session = SpecSession(
        {"name": "one", "attributes": group, **ON_A},
        {"name": "other", "attributes": group, "when": [{"exists": [{"type": "B", "as": "b"}]}], "then": []},
    )
    assert session.tell("put", "A") == ["t/one"]
    assert session.tell("put", "B") == []


def test_a_halt_leaves_the_rest_for_the_next_evaluation() -> None:
    session = SpecSession({"name": "first", "when": ON_A["when"], "then": [["halt"]]}, {"name": "second", **ON_A})
    assert session.tell("put", "A") == ["t/first"]
    assert session.tell("put", "B") == ["t/second"]


class Patient(Scheduler):
    """A scheduler that gives up if rules are looked at without end."""

    looks = 0

    def evaluate(self, network: BranchNetwork) -> None:
        self.looks += 1
        assert self.looks < 100, "it goes on for ever"
        super().evaluate(network)


@pytest.mark.parametrize("attributes", [{}, {"agenda-group": "g"}])
def test_an_evaluation_ends_though_a_rule_waits_for_more_than_is_there(
    attributes: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working_memory, "Scheduler", Patient)
    late = {"name": "late", "attributes": {"agenda-group": "g"}, **ON_A}
    more = {"name": "more", "attributes": attributes, "when": [*ON_A["when"], {"type": "B", "as": "b"}], "then": []}
    session = SpecSession(late, more)
    assert session.tell("put", "A") == []
    assert session.tell("put", "B") == ([] if attributes else ["t/more"])
    assert sorted(session.tell("focus", "g")) == (["t/late", "t/more"] if attributes else ["t/late"])


def test_dates_are_judged_by_the_moment_of_the_evaluation() -> None:
    (rule,) = rules_of([{"name": "dated", **ON_A}])
    for effective, expected in ((NOON, ["t/dated"]), (NOON + timedelta(seconds=1), [])):
        session = SpecSession()
        session.rulebook = Rulebook([DO, replace(rule, effective=effective)], fact_types=TYPES.values())
        assert session.tell("put", "A") == expected


def test_conditions_know_the_moment_of_the_evaluation_and_nothing_outside_one() -> None:
    seen = []
    (rule,) = rules_of([{"name": "now", **ON_A}])
    session = SpecSession()
    session.rulebook = Rulebook(
        [DO, replace(rule, action=lambda c: seen.append(current_moment()))], fact_types=TYPES.values()
    )
    session.tell("put", "A")
    assert seen == [NOON]
    with pytest.raises(LookupError):
        current_moment()
