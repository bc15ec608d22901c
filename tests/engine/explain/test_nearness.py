"""The distance of rules from firing: the rule that was meant comes first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from infobip_rules.engine.explain.nearness import cost, likeness, most_promising, words_of
from infobip_rules.engine.explain.search import Candidate
from infobip_rules.engine.explain.story import no_match_sentence
from infobip_rules.engine.explain.trace import MissKind
from infobip_rules.engine.session.evaluation import evaluate
from infobip_rules.engine.session.recorder import Recorder
from tests.channels.composing import Numbered
from tests.engine.drools.specs import TYPES
from tests.engine.explain.traced import KEYWORDS, QUIZ, only_term, traced
from tests.engine.sessions import AGENT, NOON, load, received


def test_misses_come_nearest_first(tmp_path: Path) -> None:
    session = traced(tmp_path, QUIZ)
    session.tell(received("JION", keyword="JION"))
    assert [missed_rule.rule for missed_rule in session.trace.missed] == [
        "quiz/join",
        "quiz/stop",
        "quiz/thank",
        "quiz/note",
    ]


@pytest.mark.parametrize(
    ("written", "meant"),
    [("JION", "join"), ("jion please", "join"), ("STPO", "stop"), ("HLEP", "help_them"), ("inof", "info")],
)
def test_the_rule_whose_word_is_spelt_most_alike_comes_first(tmp_path: Path, written: str, meant: str) -> None:
    session = traced(tmp_path, KEYWORDS)
    session.tell(received(written), opening=(AGENT,))
    assert f"nearest: *{meant}*" in no_match_sentence(session.trace)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("m.keyword == 'JOIN'", ("JOIN",)),
        (r"(m.keyword == 'JOIN') | m.text.imatches('\\s*JOIN\\b.*')", ("JOIN",)),
        ('text matches "(?i)[a-z]*stop %w+"', ("stop",)),
        ("m.n > 3", ()),
    ],
)
def test_a_constraint_is_known_by_the_words_in_its_quotes(text: str, words: tuple[str, ...]) -> None:
    assert words_of(text) == words


def test_words_are_alike_from_not_at_all_to_wholly() -> None:
    assert likeness("JOIN", "join") == 1.0
    assert likeness("abc", "xyz") == 0.0
    assert likeness("JION", "JOIN") > likeness("STOP", "JOIN")


KEYWORD = only_term({"type": "A", "as": "a", "if": [["x", ">", 1]]})


def last(**more: Any) -> Candidate:
    return Candidate(KEYWORD, (), **more)


def test_the_nearer_a_reason_is_to_firing_the_less_it_costs() -> None:
    kinds: list[MissKind] = ["held back", "unfinished", "deleted", "blocked", "unknown", "missing", "unheard"]
    costs = [cost(kind, last(), left=0, waits=False) for kind in (*kinds, "fired before")]
    assert costs == sorted(costs)
    assert len(set(costs)) == len(costs)


def test_terms_that_are_left_cost_and_waiting_for_other_signals_costs_most() -> None:
    tried = last(value=TYPES["A"](x=1), held=[False])
    near = cost("failed", tried, left=0, waits=False)
    assert near < cost("failed", tried, left=3, waits=False) < cost("failed", tried, left=0, waits=True)


def test_a_condition_that_could_not_be_judged_costs_less_than_one_that_failed() -> None:
    failed, unjudged = (last(value=TYPES["A"](), held=[held]) for held in (False, None))
    assert cost("failed", unjudged, left=0, waits=False) < cost("failed", failed, left=0, waits=False)


def test_the_most_promising_rules_have_words_like_those_that_came_then_look_for_such_signals(tmp_path: Path) -> None:
    rules = KEYWORDS + "\n    @when_all(signal(Tick))\n    def tick(c): pass\n"
    rulebook = load(tmp_path, f'with ruleset("t"):\n{rules}')
    recorder = Recorder()
    evaluate(rulebook, None, [received("STPO")], now=NOON, compose=Numbered().compose, trace=recorder)

    def promising(most: int, *but: str) -> list[str]:
        return [rule.name for rule in most_promising(rulebook, recorder, most, but=but)]

    assert promising(1) == ["stop"]
    assert promising(1, "t/stop") == ["info"]
    assert promising(9) == ["stop", "info", "help_them", "join", "tick"]
