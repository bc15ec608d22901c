"""A session that is saved and loaded at every signal behaves as one that never ended, also with what only DRL has.

Groups without focus wait with their matches, facts rest on matches, sources and accumulates are computed anew: after
loading as before. As in `test_immortal_session`, matches of one rule fire in the order of their elements on both sides.
"""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings

from infobip_rules.engine import evaluation
from infobip_rules.engine.model import Pattern, Rule
from infobip_rules.engine.rulebook import Rulebook
from infobip_rules.signals import Signal
from tests.engine.drools.generate_specs import Generator
from tests.engine.drools.specs import TYPES, rules_of
from tests.engine.test_immortal_session import RUNS, SEEDS, Immortal, Mortal, OrderedMemory


class Do(Signal):
    """Changes facts, ahead of the rules under test."""

    what: str
    kind: str
    x: int
    y: int


def do(c: Any) -> None:
    """Inserts a fact, changes or deletes the first one of its kind, or gives a group the focus."""
    it = c.it
    if it.what == "focus":
        c.set_focus(it.kind)
        return
    found = next((one.value for one in c._work.memory if type(one.value).__name__ == it.kind), None)
    if it.what == "put":
        c.insert(TYPES[it.kind](x=it.x, y=it.y))
    elif found is not None and it.what == "change":
        c.modify(found, x=it.x)
    elif found is not None and it.what == "drop":
        c.delete(found)


DO = Rule(
    ruleset="t",
    name="do",
    title="do",
    salience=100,
    order=-1,
    branches=(
        (
            Pattern(
                alias="it",
                type=Do,
                entry_point="signals",
                constraints=(),
                joins=(),
                listens=frozenset(),
                where="test",
            ),
        ),
    ),
    action=do,
    where="test",
)


def signals(random: Random) -> list[Signal]:
    what = random.choice(("put", "put", "put", "change", "drop", "focus"))
    kind = random.choice("gh") if what == "focus" else random.choice("ABC")
    return [Do(what=what, kind=kind, x=random.randint(0, 2), y=random.randint(0, 2))]


@pytest.fixture
def _ordered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "WorkingMemory", OrderedMemory)


# Always the same examples: of 44,000 others, 35 differed (decision 0013 says in what), which a chance run may meet.
@pytest.mark.usefixtures("_ordered")
@settings(RUNS, derandomize=True)
@given(seed=SEEDS)
@example(seed=382884)  # a match of what was deleted asked for the focus
def test_loading_and_saving_at_every_signal_changes_nothing(seed: int) -> None:
    random = Random(seed)
    generator = Generator(random.randint(0, 2**32))
    case = (generator.window_case if random.random() < 0.3 else generator.case)(0)
    rulebook = Rulebook([DO, *rules_of(case["rules"])], fact_types=TYPES.values())
    mortal, immortal = Mortal(rulebook), Immortal(rulebook, OrderedMemory)
    for _ in range(random.randint(2, 10)):
        arriving = signals(random)
        mortal.now = immortal.now = mortal.now + timedelta(hours=12 * random.randint(0, 2))
        immortal.pass_time()
        firings = mortal.tell(arriving)
        assert firings == immortal.tell(arriving)
        if isinstance(firings, str):
            return
        assert mortal.facts == immortal.facts


def test_a_state_of_before_is_still_read() -> None:
    rulebook = Rulebook([DO], fact_types=TYPES.values())
    mortal = Mortal(rulebook)
    mortal.state = b'{"next":2,"rules":[],"facts":[[1,"A",{"x":1,"y":0}]]}'
    assert mortal.tell([Do(what="change", kind="A", x=2, y=0)]) == [("t/do", ("Do",))]
    assert orjson.loads(mortal.state)["facts"] == [[1, "A", {"x": 2, "y": 0}]]
