"""The results about variables and settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from infobip_rules.doctor.configuration import of_settings, settings_of, variables
from infobip_rules.doctor.result import State
from infobip_rules.settings import Settings

GIVEN = {"base_url": "https://x.api.infobip.com", "api_key": "a-secret-key", "phone_number": "447491163443"}


def states(**settings: Any) -> list[tuple[str, State]]:
    return [(result.id, result.state) for result in of_settings(Settings.load(None, **GIVEN | settings))]


def test_variables_are_named_and_their_values_are_not(tmp_path: Path) -> None:
    environment = {"INFOBIP_API_KEY": "a-secret-key", "PATH": "/bin"}
    (result,) = variables(environment, {"INFOBIP_JOURNAL_URL": "sqlite:///x"}, tmp_path / ".env")
    assert result.says.startswith("in the environment: INFOBIP_API_KEY; in ")
    assert "secret" not in result.says


def test_a_name_close_to_a_setting_is_noted(tmp_path: Path) -> None:
    first, _ = variables({"INFOBIP_API_KEYS": "x"}, {}, tmp_path / ".env")
    assert (first.state, first.hint) == (State.NOTE, "Did you mean INFOBIP_API_KEY?")


def test_incomplete_settings_are_one_problem_and_skip_the_rest(tmp_path: Path) -> None:
    settings, result = settings_of(tmp_path / "none.env", None)
    assert (settings, result.state) == (None, State.PROBLEM)
    assert [skipped.state for skipped in of_settings(settings)] == [State.SKIPPED, State.SKIPPED]


@pytest.mark.parametrize(("sender", "state"), [("447491163443", State.OK), ("12345", State.OK), ("MyShop", State.NOTE)])
def test_a_sender_that_is_a_name_gets_no_answers(sender: str, state: State) -> None:
    assert states(phone_number=sender)[0] == ("DOC12", state)


@pytest.mark.parametrize(
    ("url", "token", "state"),
    [
        (None, None, State.NOTE),
        ("http://sms.example.com", "a-long-token", State.PROBLEM),
        ("https://sms.example.com", None, State.PROBLEM),
        ("https://sms.example.com", "a-long-token", State.OK),
        ("http://127.0.0.1:8080", "a-long-token", State.OK),
    ],
)
def test_webhooks_need_tls_and_a_token_unless_they_are_local(url: str | None, token: str | None, state: State) -> None:
    assert states(adapter_base_url=url, webhook_token=token)[1] == ("DOC13", state)
