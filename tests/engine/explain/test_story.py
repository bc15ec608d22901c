"""Sentences about a trace."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infobip_rules.engine.explain.story import (
    find_missed,
    fired_sentence,
    is_called,
    listed,
    missed_sentence,
    no_match_sentence,
    seen_text,
    story,
    value_text,
)
from infobip_rules.engine.explain.trace import (
    Changed,
    FiredRule,
    Matched,
    MissedRule,
    Trace,
    TracedCondition,
    TracedError,
    TracedMessage,
)
from tests.engine.explain.traced import KEYWORDS, traced
from tests.engine.sessions import AGENT, NOON, received


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("JION", "JION"),
        ("", '""'),
        ("two words", '"two words"'),
        (None, "not there"),
        (True, "true"),
        (3, "3"),
        ("a\nb", "a\\nb"),
        ("x" * 50, "x" * 37 + "..."),
    ],
)
def test_values_are_short_and_on_one_line(value: object, text: str) -> None:
    assert value_text(value) == text


def test_a_log_line_about_no_match_has_nothing_that_somebody_wrote(tmp_path: Path) -> None:
    session = traced(tmp_path, KEYWORDS)
    session.tell(received("JION, it is me, Ana", keyword="JION"), opening=(AGENT,))
    said = no_match_sentence(session.trace, texts=False)
    assert "nearest: *join* (keyword was JION, text was (19 characters))" in said
    assert "Ana" not in said


def fired(**more: Any) -> FiredRule:
    return FiredRule(rule="quiz/join", title="Join the quiz.", where="", salience=0, **{"matched": (), **more})


def missed(**more: Any) -> MissedRule:
    return MissedRule(
        **{
            "rule": "quiz/join",
            "title": "Join the quiz.",
            "where": "",
            "salience": 0,
            "kind": "failed",
            "why": "keyword was JION",
            "distance": 1.0,
            "conditions": (),
            **more,
        }
    )


def trace(**more: Any) -> Trace:
    return Trace(
        **{
            "signal": 3,
            "type": "Tick",
            "fields": {},
            "received_at": None,
            "session": "",
            "started_at": NOON,
            "took": 0.0,
            "rules": 2,
            "fired": (),
            "missed": (),
            **more,
        }
    )


def test_a_rule_that_matched_nothing_and_did_nothing_says_so() -> None:
    assert fired_sentence(fired()) == "*Join the quiz* fired: nothing was in its way; it did nothing."


def test_elements_without_a_name_are_called_by_their_type_or_as_a_value() -> None:
    matched = (
        Matched(alias="", element="Order#1", value={}),
        Matched(alias="", element="", value=5),
        Matched(alias="it", element="Tick", value={}, entry_point="signals"),
    )
    assert "fired: Order#1 found, a value found, it matched;" in fired_sentence(fired(matched=matched))


def test_messages_that_went_and_those_that_were_dropped_are_told_apart() -> None:
    messages = (
        TracedMessage(message_id="m1", to="1", text=""),
        TracedMessage(message_id="m2", to="2", text=""),
        TracedMessage(message_id="m3", to="x", text="", dropped="x is no number."),
    )
    sentence = fired_sentence(fired(messages=messages, notes=("once more",)))
    assert "sent 2 messages, dropped a message (x is no number), once more." in sentence


def test_changes_are_told_with_the_values_that_changed() -> None:
    changes = (
        Changed(kind="changed", element="Order#1", before={"n": 1}, after={"n": None, "text": "two words"}),
        Changed(kind="inserted", element="Note#2", before={}, after={"n": 2}),
    )
    sentence = fired_sentence(fired(changes=changes))
    assert 'changed Order#1 (n: not there and text: "two words"), inserted Note#2.' in sentence


def test_a_story_without_firings_names_the_nearest_rule_if_there_is_one() -> None:
    assert story(trace()) == "None of 2 rules matched Tick 3."
    assert story(trace(signal=0, missed=(missed(),))) == (
        "None of 2 rules matched Tick; nearest: *Join the quiz* (keyword was JION)."
    )


def test_the_rule_that_failed_is_not_told_as_fired() -> None:
    error = TracedError(reason="It broke.", rule="quiz/join")
    before = replace(fired(), rule="quiz/first", title="First")
    assert story(trace(fired=(before, fired()), error=error)) == (
        f"{fired_sentence(before)} The evaluation failed: It broke."
    )
    assert story(trace(error=error)) == "The evaluation failed: It broke."


def test_without_texts_what_somebody_wrote_is_only_measured() -> None:
    seen = {"text": "my secret", "keyword": "JION", "n": 3}
    line = TracedCondition(text="m.text == 'JOIN'", held=False, seen=seen)
    rule = missed(why=seen_text(seen), conditions=(line,), failed=0)
    assert missed_sentence(rule) == '*Join the quiz* (text was "my secret", keyword was JION, n was 3)'
    assert missed_sentence(rule, texts=False) == (
        "*Join the quiz* (text was (9 characters), keyword was JION, n was 3)"
    )


def test_a_reason_in_words_is_told_with_or_without_texts() -> None:
    rule = missed(why="blocked by Order#1")
    assert missed_sentence(rule, texts=False) == missed_sentence(rule) == "*Join the quiz* (blocked by Order#1)"


@pytest.mark.parametrize("name", ["quiz/join", "join", "JOIN", "Join the quiz", "join the quiz."])
def test_a_rule_goes_by_its_id_its_name_and_its_title(name: str) -> None:
    assert is_called(missed(), name)
    assert find_missed(trace(missed=(missed(),)), name) == missed()


@pytest.mark.parametrize("name", ["quiz", "joi", ""])
def test_a_rule_goes_by_nothing_else(name: str) -> None:
    assert not is_called(missed(), name)
    assert find_missed(trace(missed=(missed(),)), name) is None


@pytest.mark.parametrize(
    ("words", "text"), [((), ""), (("A",), "A"), (("A", "B"), "A and B"), (("A", "B", "C"), "A, B and C")]
)
def test_words_are_listed(words: tuple[str, ...], text: str) -> None:
    assert listed(words) == text
