"""Single variables of the environment or of `.env`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from infobip_rules.cli.environment import journal_url, read_env_file, variable, withdraw_secrets
from infobip_rules.errors import ConfigurationError


def test_the_environment_comes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / ".env"
    file.write_text("INFOBIP_JOURNAL_URL=sqlite:///file.db\nINFOBIP_PHONE_NUMBER=\n", encoding="utf-8-sig")
    assert variable("INFOBIP_JOURNAL_URL", file) == "sqlite:///file.db"
    monkeypatch.setenv("INFOBIP_JOURNAL_URL", "sqlite:///environment.db")
    assert journal_url(None, file) == "sqlite:///environment.db"
    assert journal_url("sqlite:///given.db", file) == "sqlite:///given.db"


def test_an_empty_variable_counts_as_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFOBIP_JOURNAL_URL", "")
    assert variable("INFOBIP_JOURNAL_URL", tmp_path / "none") is None
    assert journal_url(None, tmp_path / "none") == "sqlite:///infobip-rules.db"


def test_a_file_that_is_not_there_has_no_variables_and_one_that_is_no_text_is_an_error(tmp_path: Path) -> None:
    assert read_env_file(tmp_path / "none") == {}
    (tmp_path / ".env").write_bytes(b"A=\xff")
    with pytest.raises(ConfigurationError, match="can't be read"):
        read_env_file(tmp_path / ".env")


def test_secrets_leave_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFOBIP_API_KEY", "the-key-of-this-test")
    assert withdraw_secrets()["INFOBIP_API_KEY"] == "the-key-of-this-test"
    assert "INFOBIP_API_KEY" not in os.environ
    assert withdraw_secrets()["INFOBIP_API_KEY"] is None
