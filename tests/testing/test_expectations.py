"""Expectations of a test: a message by its fields, a rule by its name."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from infobip_rules.errors import TrialError
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.testing.expectations import ExpectedMessage, rule_named
from infobip_rules.testing.given import with_insertion
from infobip_rules.testing.records import Sent


def sent(**fields: Any) -> Sent:
    given = {"to": "385981234567", "text": "Right!", "shorten_url": False, "message_id": "m", "rule": "quiz/right"}
    return Sent(**given | fields, at=datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "expected",
    [
        ExpectedMessage(),
        ExpectedMessage(to="385981234567"),
        ExpectedMessage(text="Right!"),
        ExpectedMessage(text=re.compile("ight")),
        ExpectedMessage(text=str.isascii),
        ExpectedMessage(shorten_url=False),
    ],
)
def test_a_field_that_is_not_given_may_have_any_value(expected: ExpectedMessage) -> None:
    assert expected.fits(sent())


@pytest.mark.parametrize(
    "expected",
    [
        ExpectedMessage(to="385916242493"),
        ExpectedMessage(text="Right"),
        ExpectedMessage(text=re.compile("^ight")),
        ExpectedMessage(text=str.isdecimal),
        ExpectedMessage(shorten_url=True),
        ExpectedMessage(to="385981234567", text="Wrong!"),
    ],
)
def test_a_field_that_differs_does_not_fit(expected: ExpectedMessage) -> None:
    assert not expected.fits(sent())


def test_an_expected_message_reads_as_what_is_looked_for() -> None:
    by_pattern = ExpectedMessage(to="385981234567", text=re.compile("R.*"), shorten_url=True)
    assert str(by_pattern) == "to 385981234567 with a text like 'R.*' with its URLs shortened"
    assert str(ExpectedMessage(text=str.isascii)) == "with a text that isascii accepts"


@pytest.mark.parametrize("name", ["quiz/right", "right", "Praises the right answer", "Praises the right answer."])
def test_a_rule_is_found_by_id_name_and_title(quiz: Path, name: str) -> None:
    assert rule_named(name, with_insertion(load_rules([quiz]))).id == "quiz/right"


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("rihgt", r"Did you mean 'right' \(quiz/right\)\?"),
        ("quiz/rigth", r"Did you mean 'quiz/right'\?"),
        ("nothing of the kind", r"There are: quiz/ask, "),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(quiz: Path, name: str, remedy: str) -> None:
    with pytest.raises(TrialError, match=remedy):
        rule_named(name, with_insertion(load_rules([quiz])))


def test_the_rule_of_the_test_itself_has_no_name(quiz: Path) -> None:
    with pytest.raises(TrialError, match="No rule is called 'insert'"):
        rule_named("insert", with_insertion(load_rules([quiz])))
