"""The questions of `setup`."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from infobip_rules.cli.prompts import PromptUnansweredError, ask_missing

Answer = Callable[..., None]


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Answer:
    """Puts lines where the questions are answered."""

    def typed(*lines: str) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))

    return typed


def test_only_what_is_missing_is_asked_for(answer: Answer) -> None:
    answer("447491163443")
    given = {"base_url": "https://x.api.infobip.com", "phone_number": None}
    assert ask_missing(given, {})["phone_number"] == "447491163443"


def test_an_empty_answer_takes_what_is_known(answer: Answer) -> None:
    answer("")
    assert ask_missing({"phone_number": None}, {"phone_number": "447491163443"})["phone_number"] == "447491163443"


def test_a_wrong_answer_is_said_and_asked_again(answer: Answer, capsys: pytest.CaptureFixture[str]) -> None:
    answer("", "12", "447491163443")
    assert ask_missing({"phone_number": None}, {})["phone_number"] == "447491163443"
    assert "INFOBIP_PHONE_NUMBER is neither" in capsys.readouterr().err


def test_reports_are_not_asked_for_without_a_public_address(answer: Answer) -> None:
    answer("")
    given = {"adapter_base_url": None, "sms_delivery_reporting_enabled": None}
    assert ask_missing(given, {}) == {"adapter_base_url": "", "sms_delivery_reporting_enabled": "false"}


@pytest.mark.parametrize(
    ("typed", "known", "value"),
    [("y", "false", "true"), ("NO", "true", "false"), ("", "true", "true"), ("x", "", "true")],
)
def test_yes_and_no_have_several_spellings(answer: Answer, typed: str, known: str, value: str) -> None:
    answer(typed, "yes")
    given = {"adapter_base_url": "https://sms.example.com", "sms_delivery_reporting_enabled": None}
    answers = ask_missing(given, {"sms_delivery_reporting_enabled": known})
    assert answers["sms_delivery_reporting_enabled"] == value


def test_nobody_answers_when_standard_input_has_ended(answer: Answer) -> None:
    answer()
    with pytest.raises(PromptUnansweredError, match="standard input has ended"):
        ask_missing({"phone_number": None}, {})
