"""The mark of the signals under evaluation: it outlasts the processes that set it."""

from __future__ import annotations

from pathlib import Path

import pytest

from infobip_rules.errors import JournalError
from infobip_rules.journal.sqlite.evaluation_mark import EvaluationMark


def test_the_mark_outlasts_who_set_it(tmp_path: Path) -> None:
    first = EvaluationMark(tmp_path / "j.db")
    assert first.left == ()
    first.begin(2**40)
    assert EvaluationMark(tmp_path / "j.db").left == (2**40,)
    first.end()
    assert EvaluationMark(tmp_path / "j.db").left == ()


def test_a_mark_that_can_not_be_made_is_told(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match=r"j\.db-evaluating can't be written"):
        EvaluationMark(tmp_path / "not there" / "j.db")


def test_each_worker_has_a_place_of_its_own(tmp_path: Path) -> None:
    first = EvaluationMark(tmp_path / "j.db")
    for number, place in enumerate(first.places(2)):
        place.give((10 + number,))
        place.begin()
        place.close()
    assert set(EvaluationMark(tmp_path / "j.db").left) == {10, 11}
    first.forget()
    assert EvaluationMark(tmp_path / "j.db").left == ()
    first.close()


def test_the_mark_of_a_journal_in_memory_is_gone_with_the_process() -> None:
    mark = EvaluationMark(None)
    mark.begin(7)
    assert EvaluationMark(None).left == ()
    mark.close()
