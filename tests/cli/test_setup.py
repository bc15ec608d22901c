"""`setup`: answers checked with Infobip, and kept in a file that only its owner reads."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from infobip_rules.sandbox import FakeInfobip, LoopbackServer
from infobip_rules.settings import Settings

from .conftest import KEY, SENDER, TOKEN, Start

PUBLIC = "https://sms.example.com"


@pytest.fixture
def options(account: LoopbackServer) -> list[str]:
    """Every answer, as options."""
    return [
        *("--base-url", account.url, "--api-key", KEY, "--phone-number", f"+{SENDER}"),
        *("--adapter-base-url", PUBLIC, "--delivery-reporting", "--webhook-token", TOKEN),
    ]


def test_the_answers_are_written_for_the_owner_only(bare: Start, options: list[str], tmp_path: Path) -> None:
    command = bare("setup", "--yes", *options)

    assert command.wait() == 0
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    settings = Settings.load(tmp_path / ".env")
    assert settings.api_key.get_secret_value() == KEY
    assert settings.phone_number == SENDER
    assert settings.delivery_report_url == f"{PUBLIC}/sms-delivery-report?token={TOKEN}"
    assert settings.sms_delivery_reporting_enabled


def test_a_file_that_others_could_read_no_longer_is_and_keeps_its_other_lines(
    bare: Start, options: list[str], tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("# mine\nOTHER=1\nINFOBIP_API_KEY=old\n")
    (tmp_path / ".env").chmod(0o644)

    assert bare("setup", "--yes", *options).wait() == 0

    lines = (tmp_path / ".env").read_text().splitlines()
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    assert lines[:3] == ["# mine", "OTHER=1", f"INFOBIP_API_KEY={KEY}"]


def test_the_webhook_urls_are_the_data_and_show_no_token(bare: Start, options: list[str]) -> None:
    command = bare("setup", "--yes", *options)

    assert command.wait() == 0
    assert command.out == [f"{PUBLIC}/sms-received-message?token=***", f"{PUBLIC}/sms-delivery-report?token=***"]
    for secret in (KEY, TOKEN):
        assert secret not in command.said


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--delivery-reporting", "delivery reports come to the second by themselves."),
        (
            "--no-delivery-reporting",
            "delivery reports come to the second if INFOBIP_SMS_DELIVERY_REPORTING_ENABLED is true; it is false.",
        ),
    ],
)
def test_delivery_reports_are_promised_only_where_they_are_asked_for(
    bare: Start, options: list[str], option: str, said: str
) -> None:
    command = bare("setup", "--yes", *options, option)

    assert command.wait() == 0
    assert [line for line in command.err if line.startswith("delivery reports ")] == [said]


def test_the_token_is_shown_where_it_is_asked_for(bare: Start, options: list[str]) -> None:
    command = bare("setup", "--yes", "--show-token", *options)

    assert command.wait() == 0
    assert command.out[0] == f"{PUBLIC}/sms-received-message?token={TOKEN}"


@pytest.mark.parametrize("file", [".env", "the account's.env"])
def test_the_command_that_shows_the_token_can_be_copied(
    bare: Start, options: list[str], tmp_path: Path, file: str
) -> None:
    chosen = [] if file == ".env" else ["--env-file", file]
    command = bare("setup", "--yes", *chosen, *options)
    assert command.wait() == 0
    (line,) = [line for line in command.err if "--show-token" in line]
    assert file in line

    copied = shlex.split(line.split("`")[1])
    assert copied[0] == "infobip-rules"
    again = bare(*copied[1:])
    assert again.wait() == 0
    assert again.out[0] == f"{PUBLIC}/sms-received-message?token={TOKEN}"


def test_the_token_is_shown_where_the_public_address_is_not_known(
    bare: Start, variables: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
    command = bare("setup", "--yes", "--no-check", "--webhook-token", TOKEN)
    assert command.wait() == 0
    assert "infobip-rules setup --yes --no-check --show-token" in command.said
    assert TOKEN not in command.said

    command = bare("setup", "--yes", "--no-check", "--show-token")
    assert command.wait() == 0
    assert command.out == [f"/sms-received-message?token={TOKEN}", f"/sms-delivery-report?token={TOKEN}"]


def test_a_token_is_made_where_there_is_none_and_then_kept(bare: Start, options: list[str], tmp_path: Path) -> None:
    bare("setup", "--yes", *options[:-2]).wait()
    made = Settings.load(tmp_path / ".env").webhook_token
    assert made
    assert len(made.get_secret_value()) >= 32

    assert bare("setup", "--yes").wait() == 0
    assert Settings.load(tmp_path / ".env").webhook_token == made


def test_a_wrong_key_writes_nothing(bare: Start, fake: FakeInfobip, options: list[str], tmp_path: Path) -> None:
    fake.settings.api_key = "another"

    command = bare("setup", "--yes", *options)

    assert command.wait() == 4
    assert not (tmp_path / ".env").exists()
    assert "Traceback" not in command.said
    assert KEY not in command.said


def test_an_account_that_can_not_be_reached_writes_nothing(
    bare: Start, account: LoopbackServer, options: list[str], tmp_path: Path
) -> None:
    account.stop()

    command = bare("setup", "--yes", *options)

    assert command.wait() == 4
    assert not (tmp_path / ".env").exists()


def test_nothing_is_checked_where_that_is_not_wanted(
    bare: Start, account: LoopbackServer, options: list[str], tmp_path: Path
) -> None:
    account.stop()

    assert bare("setup", "--yes", "--no-check", *options).wait() == 0
    assert (tmp_path / ".env").exists()


def test_a_key_that_can_not_read_the_logs_is_warned_about(bare: Start, fake: FakeInfobip, options: list[str]) -> None:
    fake.settings.scopes = frozenset({"sms:message:send"})

    command = bare("setup", "--yes", *options)

    assert command.wait() == 0
    assert "sms:logs:read" in command.wait_for_line("WARNING")


@pytest.mark.parametrize(("sender", "warned"), [("nonsense", True), (f"+{SENDER}", False), ("12345", False)])
def test_a_sender_that_nobody_can_answer_is_warned_about(
    bare: Start, options: list[str], sender: str, warned: bool
) -> None:
    command = bare("setup", "--yes", *options, "--phone-number", sender)

    assert command.wait() == 0
    assert ("WARNING: 'nonsense' is a sender's name and no number: nobody can write to it" in command.said) is warned


def test_wrong_answers_are_told_as_settings_tell_them(bare: Start, tmp_path: Path) -> None:
    command = bare("setup", "--yes", "--base-url", "x.api.infobip.com", "--api-key", f"App {KEY}")

    assert command.wait() == 3
    assert "INFOBIP_API_KEY begins with a word" in command.said
    assert "INFOBIP_PHONE_NUMBER is missing." in command.said
    assert KEY not in command.said
    assert not (tmp_path / ".env").exists()


def test_what_is_not_given_is_asked_for_until_it_is_right(bare: Start, account: LoopbackServer, tmp_path: Path) -> None:
    command = bare("setup")

    command.answer(account.url, f"App {KEY}", KEY, "not a number", SENDER, PUBLIC, "y", "")

    assert command.wait() == 0
    assert "INFOBIP_API_KEY begins with a word" in command.said
    assert "INFOBIP_PHONE_NUMBER is neither" in command.said
    settings = Settings.load(tmp_path / ".env")
    assert (settings.api_key.get_secret_value(), settings.phone_number) == (KEY, SENDER)
    assert settings.webhook_token
    assert KEY not in command.said


def test_what_is_there_already_is_kept_on_enter(bare: Start, options: list[str], tmp_path: Path) -> None:
    bare("setup", "--yes", *options).wait()
    before = (tmp_path / ".env").read_text()

    again = bare("setup")
    again.answer("", "", "", "", "", "")

    assert again.wait() == 0
    assert (tmp_path / ".env").read_text() == before
    assert KEY not in again.said


def test_without_a_public_address_no_reports_are_asked_about(
    bare: Start, account: LoopbackServer, tmp_path: Path
) -> None:
    command = bare("setup")

    command.answer(account.url, KEY, SENDER, "", TOKEN)

    assert command.wait() == 0
    assert command.out == []
    assert not Settings.load(tmp_path / ".env").sms_delivery_reporting_enabled


def test_leaving_in_the_middle_writes_nothing(bare: Start, tmp_path: Path) -> None:
    command = bare("setup")

    command.answer("x.api.infobip.com")

    assert command.wait() == 2
    assert not (tmp_path / ".env").exists()


def test_a_folder_that_can_not_be_written_is_named(bare: Start, options: list[str]) -> None:
    command = bare("setup", "--yes", "--env-file", "missing/.env", *options)

    assert command.wait() == 3
    assert "missing/.env can't be written" in command.said
