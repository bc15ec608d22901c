"""The parts of a text, and that the fake and the product count alike with tables of their own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infobip_rules.channels.sms.parts import count_parts
from infobip_rules.sandbox.parts import Size, size

#: Letters of both alphabets, characters that count twice, and those that force Unicode.
LETTERS = "aZ @£ñÜΩ€[~\\\n\fžč😀ş"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Size(1, 160)),
        ("a" * 160, Size(1, 0)),
        ("a" * 161, Size(2, 145)),
        ("€" * 80, Size(1, 0)),
        ("a" * 152 + "€" * 5, Size(2, 143)),
        ("č" * 70, Size(1, 0)),
        ("č" * 71, Size(2, 63)),
        ("😀" * 35, Size(1, 0)),
        ("😀" * 36, Size(2, 61)),
    ],
)
def test_parts_and_what_is_left_of_the_last(text: str, expected: Size) -> None:
    assert size(text) == expected


def test_a_national_table_keeps_a_text_short() -> None:
    assert (size("ş" * 100).parts, size("ş" * 100, "TR").parts) == (2, 1)


@given(text=st.text(max_size=400), more=st.text(min_size=1, max_size=50))
def test_a_longer_text_never_takes_fewer_parts(text: str, more: str) -> None:
    assert size(text + more).parts >= size(text).parts


@given(text=st.text(min_size=1, max_size=400) | st.text(LETTERS, min_size=1, max_size=400))
def test_the_fake_counts_as_the_product_does(text: str) -> None:
    assert size(text).parts == count_parts(text).parts


def test_no_character_is_of_one_alphabet_here_and_of_another_there() -> None:
    texts = [chr(code) * 140 for code in range(0x20AD)]
    assert [text[0] for text in texts if size(text).parts != count_parts(text).parts] == []
