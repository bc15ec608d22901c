"""Recovery from mistakes in a body: what is left out keeps its place, and the names in it are known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infobip_rules.rulefiles.drl.syntax.recovery import with_semicolon, without_statement


@pytest.mark.parametrize(
    ("text", "at", "left_out", "names"),
    [
        ("int a = 1; int b = ?; int c = 3;", "?", ["int b = ?;"], {"b"}),
        ('f(")"; x = ?); y = 1;', "?", ['f(")"; x = ?);'], {"x"}),
        ("if (a) { b = ?; c = 1; }", "?", ["b = ?;"], {"b"}),
        ("for (int i = ?; i < 3; i++) { f(i); } g = 1;", "?", ["for (int i = ?; i < 3; i++) { f(i); }"], {"i"}),
        ("try { a = 1; } catch (E e) { b = 2; }", "try", ["try", "catch (E e)"], {"e"}),
        ("outer: while (a) { break outer; }", "outer", ["outer:", " outer"], {"outer"}),
    ],
)
def test_a_statement_that_can_not_be_read_is_blanked(text: str, at: str, left_out: list[str], names: set[str]) -> None:
    recovered = without_statement(text, text.index(at))
    assert recovered is not None
    rest = text
    for piece in left_out:
        rest = rest.replace(piece, " " * len(piece), 1)
    assert recovered.text == rest
    assert names <= recovered.names


@given(st.text(alphabet='ab=;{}()"\n ?', max_size=40), st.integers(0, 40))
def test_the_text_keeps_its_length_and_its_lines_so_that_places_stay_right(text: str, offset: int) -> None:
    recovered = without_statement(text, min(offset, len(text)))
    if recovered is not None:
        assert len(recovered.text) == len(text)
        assert [at for at, sign in enumerate(recovered.text) if sign == "\n"] == [
            at for at, sign in enumerate(text) if sign == "\n"
        ]
        assert recovered.text != text


def test_a_semicolon_takes_the_place_of_a_blank() -> None:
    assert with_semicolon("a = 1 b = 2;", 5) == "a = 1;b = 2;"
    assert with_semicolon("a = 1\nb = 2;", 5) == "a = 1;\nb = 2;"
