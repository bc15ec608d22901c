"""Descriptions of what users' code raised."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ValidationError

from infobip_rules.engine.rules.user_error import LONGEST, described, sentence


class _UnspeakableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


class _Order(BaseModel):
    total: int


def test_an_exception_is_described_by_its_type_and_words() -> None:
    assert described(ValueError("too much")) == "ValueError: too much"
    assert described(KeyError("a")) == "KeyError: 'a'"


def test_an_exception_without_words_is_its_type() -> None:
    assert described(ValueError()) == "ValueError"
    assert described(ValueError("  \n")) == "ValueError"


def test_very_long_words_are_cut_short() -> None:
    text = described(ValueError("x" * (LONGEST + 1)))
    assert text == f"ValueError: {'x' * LONGEST} ..."
    assert described(ValueError("x" * LONGEST)) == f"ValueError: {'x' * LONGEST}"


def test_words_that_can_not_be_had_do_no_harm() -> None:
    assert described(_UnspeakableError()) == "_UnspeakableError: (its own words can't be had: RuntimeError)"


def test_what_pydantic_refused_is_described_without_the_value() -> None:
    with pytest.raises(ValidationError) as refused:
        _Order.model_validate({"total": "somebody's secret"})
    text = described(refused.value)
    assert text.startswith("ValidationError: _Order.total: Input should be a valid integer")
    assert "secret" not in text


@pytest.mark.parametrize("words", ["done.", "why?", "no!", "done. [IR100]"])
def test_a_sentence_that_has_its_end_stays(words: str) -> None:
    assert sentence(words) == words


def test_a_sentence_without_its_end_gets_a_full_stop() -> None:
    assert sentence("done") == "done."
