from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infobip_rules.channels.sms.parts import check_text, count_parts
from infobip_rules.errors import TextError
from tests.infobip.samples import sample_json

GSM_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = "^{}[]~\\|€\f"
LONG_URL = "https://shop.example.com/track?id=829121&utm_source=sms"


@pytest.mark.parametrize(
    ("text", "parts", "remaining"),
    [("a" * 160, 1, 0), ("a" * 161, 2, 145), ("a" * 306, 2, 0), ("a" * 307, 3, 152), ("", 1, 160)],
)
def test_gsm7_holds_160_in_one_and_153_in_each_of_more(text: str, parts: int, remaining: int) -> None:
    counted = count_parts(text)
    assert (counted.encoding, counted.parts, counted.remaining) == ("GSM-7", parts, remaining)


@pytest.mark.parametrize(
    ("text", "parts", "remaining"), [("ж" * 70, 1, 0), ("ж" * 71, 2, 63), ("ж" * 134, 2, 0), ("ж" * 135, 3, 66)]
)
def test_ucs2_holds_70_in_one_and_67_in_each_of_more(text: str, parts: int, remaining: int) -> None:
    counted = count_parts(text)
    assert (counted.encoding, counted.parts, counted.remaining) == ("UCS-2", parts, remaining)


@pytest.mark.parametrize("character", list("^{}[]~\\|€\f"))
def test_an_extended_character_costs_two(character: str) -> None:
    counted = count_parts(character)
    assert (counted.encoding, counted.units) == ("GSM-7", 2)


@pytest.mark.parametrize("character", list("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ¡ÄÖÑÜ§¿äöñüà¤"))
def test_the_letters_of_the_gsm_alphabet_cost_one(character: str) -> None:
    counted = count_parts(character)
    assert (counted.encoding, counted.units) == ("GSM-7", 1)


@pytest.mark.parametrize("character", list("çžćš`\u2019\t\x1b😀"))
def test_the_first_character_that_gsm7_lacks_is_named(character: str) -> None:
    counted = count_parts(f"ok {character} ж")
    assert (counted.encoding, counted.forced_by) == ("UCS-2", character)


def test_ucs2_counts_utf16_units() -> None:
    assert count_parts("😀").units == 2


def test_a_surrogate_pair_is_never_split() -> None:
    # 66 units, then a pair: it moves to the second part as a whole, leaving one unit of the first unused.
    assert count_parts("ж" * 66 + "😀" + "ж" * 66).parts == 3
    assert count_parts("ж" * 65 + "😀" + "ж" * 67).parts == 2


def test_an_escape_pair_is_never_split() -> None:
    assert count_parts("a" * 152 + "€" + "a" * 152).parts == 3
    assert count_parts("a" * 151 + "€" + "a" * 153).parts == 2


def test_a_url_counts_as_23_when_it_is_shortened() -> None:
    assert count_parts(LONG_URL, shorten_url=True).units == 23
    assert count_parts(LONG_URL).units == len(LONG_URL)


def test_a_short_url_and_the_stop_after_one_count_as_they_are() -> None:
    assert count_parts("https://a.io", shorten_url=True).units == 12
    assert count_parts(f"See {LONG_URL}.", shorten_url=True).units == 4 + 23 + 1


def test_the_count_agrees_with_infobips_own_preview() -> None:
    body = sample_json("preview_response_tr.json")
    counted = count_parts(body["originalText"])
    preview = body["previews"][0]
    assert (counted.parts, counted.remaining) == (preview["messageCount"], preview["charactersRemaining"])


@given(st.text(max_size=400), st.text(max_size=100))
def test_more_text_never_takes_fewer_parts(text: str, more: str) -> None:
    assert count_parts(text + more).parts >= count_parts(text).parts


@given(st.text(alphabet="aж€😀 ", max_size=400))
def test_the_parts_hold_all_units(text: str) -> None:
    counted = count_parts(text)
    single, room = (160, 153) if counted.encoding == "GSM-7" else (70, 67)
    assert counted.units <= (single if counted.parts == 1 else counted.parts * room - counted.remaining)
    assert counted.remaining >= 0


def _one_by_one(text: str) -> tuple[int, int, int]:
    """Units, parts and what is free in the last, counted character by character."""
    gsm = all(character in GSM_BASIC + GSM_EXTENDED for character in text)
    single, room = (160, 153) if gsm else (70, 67)
    costs = [2 if (character in GSM_EXTENDED if gsm else ord(character) > 0xFFFF) else 1 for character in text]
    if sum(costs) <= single:
        return sum(costs), 1, single - sum(costs)
    parts, free = 1, room
    for cost in costs:
        if cost > free:
            parts, free = parts + 1, room
        free -= cost
    return sum(costs), parts, free


@given(
    st.one_of(
        st.text(max_size=500),
        st.text(alphabet=GSM_BASIC, max_size=500),
        st.text(alphabet="a€", max_size=500),
        st.text(alphabet="ж😀", max_size=300),
    ),
    st.integers(0, 500),
)
def test_every_text_counts_as_its_characters_do_one_by_one(text: str, filling: int) -> None:
    text = "a" * filling + text
    counted = count_parts(text)
    assert (counted.units, counted.parts, counted.remaining) == _one_by_one(text)


@pytest.mark.parametrize("text", ["", "  \n\t"])
def test_an_empty_text_is_refused(text: str) -> None:
    with pytest.raises(TextError, match="is empty"):
        check_text(text)


def test_half_a_character_is_refused_with_its_position() -> None:
    with pytest.raises(TextError, match="at position 2"):
        check_text("ok\ud83d")


def test_25_parts_can_be_sent() -> None:
    assert check_text("a" * 153 * 25).parts == 25


def test_26_parts_are_refused_with_their_number() -> None:
    with pytest.raises(TextError, match="26 parts"):
        check_text("a" * (153 * 25 + 1))


def test_what_made_a_long_text_longer_is_named() -> None:
    with pytest.raises(TextError, match=r"26 parts and 1681 bytes, being UCS-2 because of 'ž' \(U\+017E\)"):
        check_text("ž" + "a" * 1679 + "")


def test_over_4000_bytes_are_refused_with_the_number_of_parts() -> None:
    with pytest.raises(TextError, match="20 parts and 4002 bytes"):
        check_text("漢" * 1334)


def test_a_text_that_fits_once_its_urls_are_shortened_can_be_sent() -> None:
    long = f"https://example.com/{'a' * 4000}"
    assert check_text(long, shorten_url=True).parts == 1
