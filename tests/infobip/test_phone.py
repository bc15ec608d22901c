from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infobip_rules.errors import PhoneNumberError
from infobip_rules.infobip.phone import (
    calling_code,
    mask,
    mask_numbers,
    recipient_address,
    sender_address,
    session_address,
    to_e164,
    why_unreachable,
)

OURS = "385921004026"


@pytest.mark.parametrize(
    "typed",
    [
        "385981234567",
        "+385 98 123-4567",
        "00385981234567",
        "(385)98/123.4567",
        "  +385 (0)98 123 4567 ",
        "+385\u00a098\u2011123\u20114567",
        "\u202a+385981234567\u202c",
    ],
)
def test_what_people_type_comes_to_the_same_digits(typed: str) -> None:
    assert to_e164(typed) == "385981234567"


@pytest.mark.parametrize(
    "typed", ["", "+", "1234567", "1234567890123456", "+0123456789", "MTN", "٣٨٥٩٨١٢٣٤٥٦٧", "38598x234567"]
)
def test_what_is_not_eight_to_fifteen_digits_is_refused(typed: str) -> None:
    with pytest.raises(PhoneNumberError, match=r"is not E\.164"):
        to_e164(typed)


def test_a_local_number_is_answered_with_what_was_probably_meant() -> None:
    with pytest.raises(PhoneNumberError, match=r"is not E\.164; did you mean 385981234567\?") as raised:
        to_e164("098 123-4567", like=OURS)
    assert raised.value.context["suggestion"] == "385981234567"


def test_italian_numbers_keep_their_zero_in_the_suggestion() -> None:
    with pytest.raises(PhoneNumberError, match=r"did you mean 390612345678\?"):
        to_e164("0612345678", like="393331234567")


@pytest.mark.parametrize("like", [None, "InfoSMS", "12345", "447491163443"])
def test_nothing_is_suggested_when_our_own_number_tells_no_country(like: str | None) -> None:
    with pytest.raises(PhoneNumberError) as raised:
        to_e164("0981234567", like=like)
    assert "did you mean" not in str(raised.value)
    assert "0981234567" not in str(raised.value)


@pytest.mark.parametrize("country", ["385", "+385"])
def test_a_country_completes_a_local_number(country: str) -> None:
    assert to_e164("098 123 4567", country=country) == "385981234567"


def test_a_country_leaves_an_international_number_alone() -> None:
    assert to_e164("+447712345678", country="385") == "447712345678"


@pytest.mark.parametrize(
    ("number", "code"),
    [("385981234567", "385"), ("447712345678", "44"), ("12025550123", "1"), ("79161234567", "7"), ("4207", "420")],
)
def test_calling_codes_have_the_length_the_itu_gave_them(number: str, code: str) -> None:
    assert calling_code(number) == code


@given(st.from_regex(r"[1-9][0-9]{7,14}", fullmatch=True), st.none() | st.just("385"))
def test_digits_that_are_e164_come_to_what_all_that_is_typed_comes_to(digits: str, country: str | None) -> None:
    assert to_e164(digits, country=country) == to_e164(f" +{digits}", country=country) == digits


@given(st.text(alphabet="0123456789+ -().", max_size=20))
def test_a_number_once_normalised_stays_as_it_is(typed: str) -> None:
    try:
        digits = to_e164(typed)
    except PhoneNumberError:
        return
    assert to_e164(digits) == digits
    assert digits.isdecimal()
    assert 8 <= len(digits) <= 15


@pytest.mark.parametrize(
    ("sender", "address"),
    [
        ("+385 98 123-4567", "385981234567"),
        (" MTN ", "MTN"),
        ("12345", "12345"),
        ("0981234567", "0981234567"),
        ("", ""),
    ],
)
def test_a_session_goes_by_digits_or_by_the_sender_as_it_is(sender: str, address: str) -> None:
    assert session_address(sender) == address


@given(st.text(max_size=30))
def test_every_sender_has_one_session(sender: str) -> None:
    assert session_address(session_address(sender)) == session_address(sender)


@pytest.mark.parametrize(
    ("typed", "sender"), [("+447491163443", "447491163443"), ("12345", "12345"), ("InfoSMS", "InfoSMS"), ("A 1", "A 1")]
)
def test_numbers_short_codes_and_names_can_send(typed: str, sender: str) -> None:
    assert sender_address(typed) == sender


@pytest.mark.parametrize("typed", ["", "12", "Twelve chars", "Žito", "0981234567"])
def test_nothing_else_can_send(typed: str) -> None:
    with pytest.raises(PhoneNumberError):
        sender_address(typed)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("385981234567", "385*****4567"),
        ("+385 98 123-4567", "385*****4567"),
        ("12345", "1****"),
        ("MTN", "M**"),
        ("", ""),
    ],
)
def test_a_mask_shows_both_ends_at_most(number: str, shown: str) -> None:
    assert mask(number) == shown


@given(st.from_regex(r"\+?[0-9A-Za-z]{1,20}", fullmatch=True))
def test_a_mask_never_shows_the_whole(number: str) -> None:
    assert "*" in mask(number)
    assert number not in mask(number)


def test_numbers_in_somebody_elses_text_are_masked() -> None:
    said = "Destination 385981234567 (+447712345678) of 17575032561857950495083 is blocked until 2026."
    assert (
        mask_numbers(said)
        == "Destination 385*****4567 (447*****5678) of 17575032561857950495083 is blocked until 2026."
    )


@pytest.mark.parametrize(
    ("given", "address"),
    [("+385 98 123 4567", "385981234567"), (" MTN ", "MTN"), ("", ""), ("a\nb\x00", "ab"), ("x" * 99, "x" * 64)],
)
def test_an_address_is_a_number_or_what_may_be_kept_of_it(given: str, address: str) -> None:
    assert recipient_address(given) == address


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_any_address_can_be_kept_and_is_reachable_or_has_its_reason(given: str) -> None:
    address = recipient_address(given)
    assert len(address.encode()) <= 256
    assert address.isprintable()
    assert (why_unreachable(address) is None) == (address.isdecimal() and 8 <= len(address) <= 15 and address[0] != "0")
