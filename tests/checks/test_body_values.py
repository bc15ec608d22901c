"""Values in a rule's body as far as a reader knows them: texts with gaps, fields that grow."""

from __future__ import annotations

import pytest

from infobip_rules.checks.bodies import UNKNOWN, GrownField
from infobip_rules.checks.body_values import BodyRecord, NewValue, TextValue, added, joined, literal, subtracted

HELLO, GAP, FIELD = TextValue(("hello",), True), TextValue((), False), GrownField(alias="visit", field="count")


@pytest.mark.parametrize(
    ("parts", "pieces", "whole"),
    [
        ([HELLO, HELLO], ("hellohello",), True),
        ([HELLO, 5], ("hello5",), True),
        ([HELLO, True], ("hello",), False),
        ([HELLO, UNKNOWN, HELLO, HELLO], ("hello", "hellohello"), False),
        ([GAP, HELLO], ("hello",), False),
        ([], (), True),
    ],
)
def test_a_text_keeps_its_known_pieces_apart_where_something_unknown_is_between(
    parts: list[object], pieces: tuple[str, ...], whole: bool
) -> None:
    assert joined(parts) == TextValue(pieces, whole)


def test_a_field_grows_by_numbers_and_by_nothing_else() -> None:
    assert added(FIELD, 2) == GrownField(alias="visit", field="count", by=2)
    assert subtracted(added(FIELD, 2), 3) == GrownField(alias="visit", field="count", by=-1)
    assert added(FIELD, FIELD) == subtracted(FIELD, "1") == added(1, 2) == UNKNOWN


def test_what_a_whole_text_says_is_a_literal_and_what_is_cut_is_not() -> None:
    assert [literal(value) for value in (HELLO, None, 5, FIELD)] == ["hello", None, 5, FIELD]
    assert [literal(value) for value in (GAP, joined([HELLO, GAP]), object())] == [UNKNOWN] * 3


def test_a_record_says_of_a_new_fact_what_it_was_given_and_not_what_stands_beside_it() -> None:
    record = BodyRecord()
    record.change("insert", NewValue("Visit", {"count": 1}), {"other": 2}, where="r.py:1", conditional=False)
    record.send(UNKNOWN, UNKNOWN, where="r.py:2", conditional=True)
    effects = record.effects()
    assert (effects.changes[0].type, dict(effects.changes[0].values)) == ("Visit", {"count": 1})
    assert (effects.sends[0].pieces, effects.sends[0].whole, effects.sends[0].shorten_url) == ((), False, None)
