"""Matches whose time has come and that wait for their turn as well: loaded again, they fire as in a session that never ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson

from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.rules.model import Existential, Pattern, Rule, RuleTimer
from infobip_rules.signals import MomentCame, Signal
from tests.engine.drools.specs import TYPES, rules_of
from tests.engine.sessions import NOON
from tests.engine.test_immortal_features import DO, Do
from tests.engine.test_immortal_timers import DROPS, SIGNAL, Lasting, Saved, by_x

AT_ONCE, LATER = RuleTimer(first=0), RuleTimer(first=20)
DUE = MomentCame(moment=NOON + timedelta(seconds=20))


def rule(name: str, kind: str, *, order: int, timer: RuleTimer | None = None, **attributes: Any) -> Rule:
    [made] = rules_of([{"name": name, "when": [{"type": kind, "as": "it"}], "then": []}])
    return replace(made, order=order, timer=timer, **attributes)


def heard(one: Rule) -> Rule:
    """The rule with a signal besides: one with a timer waits with it."""
    return replace(one, branches=tuple((*terms, replace(SIGNAL, alias="signal")) for terms in one.branches))


def do(what: str, kind: str, x: int = 0) -> Do:
    return Do(what=what, kind=kind, x=x, y=0)


def told(rules: Sequence[Rule], signals: Sequence[Signal]) -> tuple[list[str], dict[str, Any]]:
    """What fires upon the last signal, and what is left open then; the immortal session is to fire the same all along."""
    rulebook = Rulebook([DO, *rules], fact_types=TYPES.values())
    saved, lasting = Saved(rulebook), Lasting(rulebook)
    for signal in signals:
        if isinstance(signal, MomentCame):
            saved.now = lasting.now = signal.moment
        fired = saved.tell([signal])
        assert fired == lasting.tell([signal])
    assert not isinstance(fired, str)
    return [name for name, _ in fired if name != "t/do"], orjson.loads(saved.state or b"").get("left", {})


def test_a_match_keeps_the_salience_with_which_its_time_came() -> None:
    late = rule("late", "A", order=1, timer=LATER, salience=by_x, agenda_group="g")
    other = rule("other", "B", order=0, salience=3, agenda_group="g")
    [[term]] = late.branches
    assert isinstance(term, Pattern)
    unheard = replace(late, branches=((replace(term, listens=frozenset()),),))
    signals = [do("put", "A", 5), do("put", "B"), DUE, do("change", "A", 0), do("focus", "g")]
    assert told([unheard, other], signals)[0] == ["t/late", "t/other"]


def test_so_does_one_that_waits_with_a_signal() -> None:
    late = heard(rule("late", "A", order=1, timer=LATER, salience=by_x, agenda_group="g"))
    other = rule("other", "B", order=0, salience=3, agenda_group="g")
    signals = [do("put", "B"), do("put", "A", 5), DUE]
    fired, left = told([late, other], signals)
    assert fired == []
    assert left["waiting"] == [["t/late", 0, [2, 3], {"salience": 10}], ["t/other", 0, [1]]]
    assert told([late, other], [*signals, do("focus", "g")])[0] == ["t/late", "t/other"]


def test_a_match_that_its_timer_let_fire_anew_stays_no_alternative_to_others() -> None:
    late = rule("late", "A", order=1, timer=AT_ONCE, agenda_group="g", activation_group="p")
    other = rule("other", "B", order=0, salience=1, agenda_group="g", activation_group="p")
    signals = [do("put", "A"), do("focus", "g"), do("change", "A", 1), do("put", "B"), do("focus", "g")]
    assert told([late, other], signals)[0] == ["t/other", "t/late"]


def test_a_match_whose_time_came_is_an_alternative_to_others() -> None:
    late = rule("late", "A", order=1, timer=LATER, agenda_group="g", activation_group="p")
    other = rule("other", "B", order=0, salience=1, agenda_group="g", activation_group="p")
    assert told([late, other], [do("put", "A"), do("put", "B"), DUE, do("focus", "g")])[0] == ["t/other"]


def test_rules_whose_time_comes_together_have_it_in_the_order_of_declaration() -> None:
    first = rule("first", "A", order=0, timer=LATER, agenda_group="g", auto_focus=True)
    second = rule("second", "B", order=1, timer=LATER, agenda_group="h", auto_focus=True)
    signals = [do("put", "B"), do("drop", "B"), do("put", "A"), do("put", "B"), DUE]
    assert told([first, second], signals)[0] == ["t/second", "t/first"]


def test_a_group_that_a_halt_left_is_not_active_when_a_match_of_it_is_due() -> None:
    late = rule("late", "A", order=1, timer=LATER, agenda_group="g", lock_on_active=True)
    stop = rule("stop", "B", order=0, agenda_group="g", salience=1)
    stop = replace(stop, action=lambda c: c.halt())
    signals = [do("put", "A"), do("put", "B"), do("put", "B"), do("focus", "g"), DUE]
    assert told([stop, late], signals[:-1])[1]["focus"] == ["g"]
    assert told([stop, late], signals)[0] == ["t/stop"]
    assert told([stop, late], [*signals, do("put", "C")])[0] == ["t/late"]


def test_a_not_that_a_signal_stood_in_the_way_of_was_evaluated_then() -> None:
    quiet = rule("quiet", "A", order=0, lock_on_active=True)
    [[a]] = quiet.branches
    [[c]] = rule("other", "C", order=0).branches
    terms = (a, Existential(terms=(DROPS,), negated=True), Existential(terms=(c,), negated=False))
    quiet = replace(quiet, branches=(terms,))
    keep = replace(DO, name="keep", title="keep", order=5, salience=0, timer=LATER, action=lambda _: None)
    signals = [do("put", "A"), do("put", "C"), do("drop", "C")]
    for rules in ([quiet], [quiet, keep]):  # whether or not a match of another rule waits with the signal
        [[*_, parted]] = told(rules, signals)[1]["evaluated"]
        assert parted[0] == [1, 0]
        assert told(rules, [*signals, do("put", "C")])[0] == ["t/quiet"]
