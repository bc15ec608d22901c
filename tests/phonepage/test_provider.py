"""The behaviour of the fake Infobip as the page sets it."""

from __future__ import annotations

import pytest

from infobip_rules.phonepage.provider import ProviderChoiceError, arm_fault, configure_account, fault_text
from infobip_rules.sandbox import FakeInfobip


@pytest.mark.parametrize(("often", "text"), [("3", "next 3"), ("20%", "20%"), (" 100 % ", "100%")])
def test_a_failure_strikes_a_number_of_times_or_a_share(often: str, text: str) -> None:
    fake = FakeInfobip()
    arm_fault(fake, effect="500", often=often)
    assert [fault_text(outlook) for outlook in fake.faults.outlook] == [f"500 Internal Server Error: {text}"]


@pytest.mark.parametrize("often", ["0", "101%", "-1", "1.5", "", "%"])
def test_a_share_beyond_all_is_refused(often: str) -> None:
    with pytest.raises(ProviderChoiceError):
        arm_fault(FakeInfobip(), effect="500", often=often)


def test_keywords_are_words_between_blanks_or_commas() -> None:
    fake = FakeInfobip()
    configure_account(fake, outcome="NONE", keywords="join, Stop")
    assert fake.settings.keywords == {"JOIN", "STOP"}
