"""The phones on the page and their numbers."""

from __future__ import annotations

import pytest

from infobip_rules.phonepage.phones import MOST, PhoneError, Phones

ANA = "385981234567"


def test_there_is_an_end_to_phones() -> None:
    phones = Phones([ANA], like="447491163443")
    for _ in range(MOST - 1):
        phones.open()
    with pytest.raises(PhoneError, match="already"):
        phones.open()
    assert not phones.notice("385916242493")
    assert len(set(phones.numbers)) == MOST


def test_a_number_stands_on_one_phone_only() -> None:
    phones = Phones([ANA, "385910000009"], like="447491163443")
    with pytest.raises(PhoneError, match="this number already"):
        phones.rename("385910000009", f"+{ANA}")
    assert phones.rename("385910000009", "00385 91 000 0008") == "385910000008"


def test_a_phone_keeps_its_place_when_its_number_is_written_in_another_way() -> None:
    phones = Phones([ANA], like="447491163443")
    assert phones.rename(ANA, f"+{ANA}") == ANA


def test_a_made_up_number_is_one_that_no_phone_has() -> None:
    phones = Phones([ANA, "385910000001"], like="447491163443")
    assert phones.open() == "385910000002"
