"""Comparisons with another message: as Python judges them, and no process ends of them, which it does in durable-rules."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infobip_rules.durablehost.safe_conditions import MARK, safe_conditions
from tests.durablehost.test_evaluation import Person, say, setting_of, texts

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcfromtimestamp:DeprecationWarning")

ROOT = Path(__file__).parents[2]
#: A ruleset with random comparisons, judged by the engine and by Python; it prints how often the two differ.
PROGRAM = """
import operator, random, sys
from infobip_rules.durablehost.private_engine import SID, PrivateEngine
from infobip_rules.durablehost.session_state import DurableState

seed = int(sys.argv[1])
chance = random.Random(seed)
SIGNS = {"$gt": operator.gt, "$lt": operator.lt, "$gte": operator.ge, "$lte": operator.le, "$neq": operator.ne}

def comparison():
    sign, left, right = chance.choice([*SIGNS, "=="]), chance.choice("xy"), chance.choice("xy")
    return {left: {"a": right}} if sign == "==" else {sign: {left: {"a": right}}}

def pattern():
    shape = chance.choice(["and", "and", "nested", "or", "mixed"])
    if shape == "and":
        parts = [{"t": "B"}, *(comparison() for _ in range(chance.randint(1, 3)))]
        chance.shuffle(parts)
        return {"$and": parts}
    if shape == "nested":
        return {"$and": [{"t": "B"}, {"$and": [comparison(), comparison()]}]}
    if shape == "or":
        return {"$or": [comparison(), comparison()]}
    return {"$and": [{"t": "B"}, {"$or": [comparison(), comparison()]}]}

def holds(part, a, b):
    ((name, value),) = part.items()
    if name == "$and":
        return all(holds(inner, a, b) for inner in value)
    if name == "$or":
        return any(holds(inner, a, b) for inner in value)
    if name == "t":
        return b["t"] == value
    if name in SIGNS:
        ((own, other),) = value.items()
        return SIGNS[name](b[own], a[other["a"]])
    return b[name] == a[value["a"]]

rules = {f"r{n}": {"all": [{"a": {"t": "A"}}, {"b": pattern()}]} for n in range(chance.randint(1, 3))}
engine, differ = PrivateEngine("random", rules), 0
for _ in range(300):
    engine.load(DurableState(opened=True))
    a, b = ({"t": t, "x": chance.randint(0, 2), "y": chance.randint(0, 2), "sid": SID} for t in "AB")
    fired = []
    for message in sorted([a, b], key=lambda _: chance.random()):
        engine.assert_fact(message)
        own, activation = engine.start() or (None, None)
        while activation is not None:
            if activation.matched["a"] is not activation.matched["b"]:
                fired.append((activation.rule, activation.matched["a"]["t"], activation.matched["b"]["t"]))
            activation = engine.complete(own)
    expected = [(name, "A", "B") for name, rule in rules.items() if holds(rule["all"][1]["b"], a, b)]
    differ += sorted(f for f in fired if f[2] == "B") != sorted(expected)
    engine.let_go()
print(differ)
"""


@pytest.mark.parametrize("seed", range(12))
def test_comparisons_are_judged_as_in_python_and_end_no_process(seed: int) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", PROGRAM, str(seed)],
        cwd=ROOT,
        # What was freed, or never written, is no zero by chance.
        env={**os.environ, "MALLOC_PERTURB_": "170"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("0\n", 0), done.stderr


def test_a_comparison_that_always_holds_is_put_behind_others_and_nowhere_else() -> None:
    compared = {"$gt": {"x": {"a": "x"}}}
    rules = {"r": {"all": [{"a": {"t": "A"}}, {"b": {"$and": [{"t": "B"}, compared]}}], "pri": 3, "count": 2}}
    always = {MARK: {"a": MARK}}
    assert safe_conditions(rules) == {
        "r": {"all": [{"a": {"t": "A"}}, {"b": {"$and": [{"t": "B"}, compared, always]}}], "pri": 3, "count": 2}
    }
    alone = {"r": {"all": [{"a": {"$and": [{"t": "A"}, {"u": 1}]}}, {"b": compared}]}}
    assert safe_conditions(alone) == alone


def test_the_property_that_every_message_has_is_seen_by_no_body() -> None:
    def declare(lang: Any) -> None:
        m, c = lang.m, lang.c

        @lang.when_all(
            c.client << m.type == "ClientAgent", c.order << (m.type == "Order") & (m.owner == c.client.phone)
        )
        def tell(c: Any) -> None:
            c.s.seen = sorted(c.order._d)
            c.retract_fact(c.client)
            say(" ".join([*sorted(c.order._d), *sorted(c.client._d), *(str(len(c.get_facts())))]))

    person = Person(setting_of(declare))
    effects = person.post("Order", owner=person.number)
    assert texts(effects) == ["id owner sid type id phone sid type 0"]
    assert person.state is not None
    assert MARK.encode() not in person.state
