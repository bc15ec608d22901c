from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from infobip_rules.errors import ConfigurationError
from infobip_rules.infobip.security import WebhookSignature
from infobip_rules.redaction import SECRET_VARIABLES, without_secrets
from infobip_rules.settings import REMEDIES, Settings

KEY = "003026abc13494b35a6b-secret"
GOOD = {
    "INFOBIP_BASE_URL": "xxxxx.api.infobip.com",
    "INFOBIP_API_KEY": KEY,
    "INFOBIP_PHONE_NUMBER": "+44 7491 163443",
}


@pytest.fixture(autouse=True)
def good_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"INFOBIP_{name.upper()}", raising=False)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)


#: A value that each limit can't have, and what is said of it.
BAD_LIMITS = {
    "INFOBIP_LOOKUP_DELAYS": ("30,5", "is not a list of seconds that grow, up to 48 hours. Write seconds such as"),
    "INFOBIP_UNKNOWN_ATTEMPTS": ("0", "is out of range. Write a whole number from 1 to 1000."),
    "INFOBIP_UNKNOWN_HOURS": ("0", "is out of range. Write hours, from 0.01 to 8760 (a year)."),
    "INFOBIP_FLOOD_GUARD": ("hush", "has a value that can't be read. Write hold, refuse or off."),
    "INFOBIP_FLOOD_VARIED": (
        "0",
        "is out of range. Write a whole number from 1 to 1000000; Infobip's own limit is 20.",
    ),
    "INFOBIP_FLOOD_IDENTICAL": (
        "-1",
        "is out of range. Write a whole number from 1 to 1000000; Infobip's own limit is 6.",
    ),
    "INFOBIP_CONNECTION_LIMIT": ("7", "is out of range. Write a whole number from 8 to 100000."),
    "INFOBIP_RETENTION_DAYS": ("2", "is out of range. Write days, from 2.05"),
    "INFOBIP_WORKER_MEMORY_MB": (
        "64",
        "is too small for a worker to start. Write megabytes, from 128 to 1048576, or 0",
    ),
    "INFOBIP_EVALUATION_DEADLINE": ("0", "is out of range. Write seconds, from 0.01 to 3600."),
    "INFOBIP_FIRING_LIMIT": ("1.5", "has a value that can't be read. Write a whole number from 1 to 1000000."),
    "INFOBIP_ON_RULE_ERROR": ("stop", "has a value that can't be read. Write go-on or hold."),
    "INFOBIP_SHUTDOWN_SECONDS": ("0.5", "is out of range. Write seconds, from 1 to 86400 (a day)."),
    "INFOBIP_TRACES": ("-1", "is out of range. Write a whole number from 0 (none) to 1000000."),
    "INFOBIP_TRACES_PER_SESSION": (
        "many",
        "has a value that can't be read. Write a whole number from 0 (none) to 100000.",
    ),
    "INFOBIP_HEARTBEAT_CYCLE": ("nan", "is out of range. Write seconds, from 1 to 86400 (a day)."),
}


def load() -> Settings:
    return Settings.load(None)


def test_the_documented_variables_are_read() -> None:
    settings = load()
    assert settings.base_url == "https://xxxxx.api.infobip.com"
    assert settings.api_key.get_secret_value() == KEY
    assert settings.phone_number == "447491163443"


def test_what_is_not_set_has_its_default() -> None:
    settings = load()
    assert settings.sms_delivery_reporting_enabled is False
    assert settings.journal_url == "sqlite:///infobip-rules.db"
    assert settings.adapter_base_url is None
    assert settings.webhook_token is None


def test_limits_have_their_defaults() -> None:
    settings = load()
    assert [delay.total_seconds() for delay in settings.lookup_delays] == [5, 30, 120]
    assert (settings.flood_guard, settings.flood_varied, settings.flood_identical) == ("hold", 20, 6)
    assert settings.retention == timedelta(days=7)
    assert (settings.worker_memory_mb, settings.evaluation_deadline, settings.firing_limit) == (1024, 2, 100)
    assert (settings.on_rule_error, settings.shutdown_seconds) == ("go-on", 20)


@pytest.mark.parametrize("written", ["1,2.5", " 1 , 2.5 ", "1,1"])
def test_look_ups_come_after_seconds_in_a_row(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFOBIP_LOOKUP_DELAYS", written)
    assert load().lookup_delays == tuple(timedelta(seconds=float(part)) for part in written.split(","))


@pytest.mark.parametrize("written", ["x", "5,", "-1,5", "nan", "inf", "5,172801", ","])
def test_look_ups_can_not_come_at_other_times(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFOBIP_LOOKUP_DELAYS", written)
    with pytest.raises(ConfigurationError, match=r"INFOBIP_LOOKUP_DELAYS .* Write seconds such as 5,30,120"):
        load()


@pytest.mark.parametrize("name", BAD_LIMITS)
def test_a_limit_that_makes_no_sense_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    value, said = BAD_LIMITS[name]
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=f"{name} {re.escape(said)}"):
        load()


@pytest.mark.parametrize("value", ["1e-300", "1e300", "inf", "nan", "-1", "0.009", "3601"])
def test_a_deadline_that_nothing_could_meet_or_nobody_would_wait_for_is_refused(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INFOBIP_EVALUATION_DEADLINE", value)
    with pytest.raises(ConfigurationError, match=r"Write seconds, from 0\.01 to 3600\."):
        load()


@pytest.mark.parametrize("value", ["nan", "inf", "1e300", "5,nan", "5,inf", "-1,5"])
def test_delays_that_are_no_times_are_refused(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFOBIP_LOOKUP_DELAYS", value)
    with pytest.raises(ConfigurationError, match=r"INFOBIP_LOOKUP_DELAYS .* Write seconds such as 5,30,120\."):
        load()


@pytest.mark.parametrize(
    "name",
    ["FLOOD_VARIED", "FLOOD_IDENTICAL", "FIRING_LIMIT", "WORKER_MEMORY_MB", "RETENTION_DAYS", "SHUTDOWN_SECONDS"],
)
def test_a_limit_too_large_to_be_meant_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"INFOBIP_{name}", "9" * 30)
    with pytest.raises(ConfigurationError, match=rf"INFOBIP_{name} .*Write .* to \d+"):
        load()


def test_no_limit_on_memory_is_a_limit_of_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFOBIP_WORKER_MEMORY_MB", "0")
    assert load().worker_memory_mb == 0


def test_an_empty_variable_is_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFOBIP_JOURNAL_URL", "")
    monkeypatch.setenv("INFOBIP_WEBHOOK_TOKEN", "")
    assert load().journal_url == "sqlite:///infobip-rules.db"
    assert load().webhook_token is None


def test_a_file_fills_in_what_the_environment_leaves_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INFOBIP_API_KEY")
    file = tmp_path / ".env"
    file.write_text(f"\ufeffINFOBIP_API_KEY={KEY}\nINFOBIP_BASE_URL=other.api.infobip.com\nSOMETHING_ELSE=1\n", "utf-8")
    settings = Settings.load(file)
    assert settings.api_key.get_secret_value() == KEY
    assert settings.base_url == "https://xxxxx.api.infobip.com"


def test_a_file_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    assert Settings.load(tmp_path / ".env").phone_number == "447491163443"


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    file = tmp_path / "odd.env"
    file.write_bytes(b"INFOBIP_API_KEY=\xff\xfe")
    with pytest.raises(ConfigurationError, match=r"odd\.env can't be read"):
        Settings.load(file)


def test_overrides_go_first_unless_they_are_none() -> None:
    settings = Settings.load(None, phone_number="InfoSMS", journal_url=None)
    assert (settings.phone_number, settings.journal_url) == ("InfoSMS", "sqlite:///infobip-rules.db")


def test_an_override_that_is_no_setting_is_refused() -> None:
    with pytest.raises(TypeError, match="phone"):
        Settings.load(None, phone="InfoSMS")


def test_settings_do_not_change() -> None:
    settings = load()
    with pytest.raises(ValidationError):
        settings.phone_number = "12345"  # type: ignore[misc]  # it is read-only, as this test shows


def test_no_secret_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFOBIP_WEBHOOK_TOKEN", "hush-hush")
    monkeypatch.setenv("INFOBIP_WEBHOOK_HMAC_SECRET", "hush-hush")
    monkeypatch.setenv("INFOBIP_WEBHOOK_HMAC_HEADER", "X-Signature")
    settings = load()
    assert KEY not in f"{settings!r} {settings}"
    assert "hush-hush" not in f"{settings!r} {settings}"


@pytest.mark.parametrize("name", GOOD)
def test_a_missing_variable_is_named_with_its_remedy(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(ConfigurationError) as raised:
        load()
    said = str(raised.value)
    assert f"{name} is missing." in said
    assert "Infobip Portal" in said
    assert "run `infobip-rules setup`" in said
    assert raised.value.context["variables"] == (name,)


def test_every_bad_variable_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INFOBIP_BASE_URL")
    monkeypatch.setenv("INFOBIP_API_KEY", f"App {KEY}")
    monkeypatch.setenv("INFOBIP_PHONE_NUMBER", "0981234567")
    monkeypatch.setenv("INFOBIP_SMS_DELIVERY_REPORTING_ENABLED", "perhaps")
    monkeypatch.setenv("INFOBIP_ADAPTER_BASE_URL", "https://sms.example.com?x=1")
    monkeypatch.setenv("INFOBIP_JOURNAL_URL", "mysql://user:hush@host/db")
    monkeypatch.setenv("INFOBIP_WEBHOOK_TOKEN", "hush hush")
    monkeypatch.setenv("INFOBIP_WEBHOOK_HMAC_SECRET", " hush")
    monkeypatch.setenv("INFOBIP_WEBHOOK_HMAC_HEADER", "X Signature")
    monkeypatch.setenv("INFOBIP_WEBHOOK_HMAC_ALGORITHM", "perhaps")
    monkeypatch.setenv("INFOBIP_PLUGINS", "quiet,,other")
    for name, (value, _) in BAD_LIMITS.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as raised:
        load()
    variables = {f"INFOBIP_{name.upper()}" for name in Settings.model_fields}
    assert set(raised.value.context["variables"]) == variables  # type: ignore[call-overload]  # it is a tuple of names
    said = str(raised.value)
    assert all(name in said for name in variables)
    assert all(secret not in said for secret in (KEY, "hush", "0981234567", "perhaps"))
    assert raised.value.__suppress_context__


@pytest.mark.parametrize(
    "key", [f"App {KEY}", f"{KEY}\n", f" {KEY}", f"{KEY} {KEY}", f"{KEY}é", f"{KEY}€"], ids=lambda key: repr(key[-3:])
)
def test_a_key_pasted_with_something_else_is_refused_and_never_shown(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFOBIP_API_KEY", key)
    with pytest.raises(ConfigurationError, match=r"INFOBIP_API_KEY (begins|holds)") as raised:
        load()
    assert KEY not in str(raised.value)


@pytest.mark.parametrize("url", ["http://xxxxx.api.infobip.com", "https://xxxxx.api.infobip.com/sms", "a b"])
def test_a_base_url_must_be_a_safe_host(url: str) -> None:
    with pytest.raises(ConfigurationError, match="INFOBIP_BASE_URL"):
        Settings.load(None, base_url=url)


def test_plain_http_is_for_this_machine() -> None:
    assert Settings.load(None, base_url="http://localhost:8080/").base_url == "http://localhost:8080"


@pytest.mark.parametrize(
    ("typed", "sender"), [("12345", "12345"), ("InfoSMS", "InfoSMS"), ("00447491163443", "447491163443")]
)
def test_a_sender_is_a_number_a_short_code_or_a_name(typed: str, sender: str) -> None:
    assert Settings.load(None, phone_number=typed).phone_number == sender


def test_delivery_reports_need_to_know_where_we_are() -> None:
    with pytest.raises(ConfigurationError, match="INFOBIP_ADAPTER_BASE_URL is missing") as raised:
        Settings.load(None, sms_delivery_reporting_enabled=True)
    assert raised.value.context["variables"] == ("INFOBIP_ADAPTER_BASE_URL",)


def test_signed_webhooks_need_to_know_their_header() -> None:
    with pytest.raises(ConfigurationError, match="INFOBIP_WEBHOOK_HMAC_HEADER is missing"):
        Settings.load(None, webhook_hmac_secret="hush-hush")


def test_a_header_without_the_secret_is_not_passed_over() -> None:
    with pytest.raises(ConfigurationError, match="INFOBIP_WEBHOOK_HMAC_HEADER is of no use without"):
        Settings.load(None, webhook_hmac_header="X-Signature")


def test_webhooks_are_signed_as_the_subscription_says() -> None:
    assert load().webhook_signature is None
    given = {"webhook_hmac_secret": "hush-hush", "webhook_hmac_header": "X-Signature"}
    settings = Settings.load(None, **given, webhook_hmac_algorithm="HMAC_SHA_512")
    expected = WebhookSignature(secret="hush-hush", header="X-Signature", algorithm="HMAC_SHA_512")
    assert settings.webhook_signature == expected


@pytest.mark.parametrize("url", ["postgresql://host/db", "infobip.db", "sqlite://", "sqlite:///"])
def test_a_journal_is_a_sqlite_file(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"INFOBIP_JOURNAL_URL .*Supported is a SQLite file"):
        Settings.load(None, journal_url=url)


def test_the_webhooks_are_under_the_adapters_url() -> None:
    settings = Settings.load(None, adapter_base_url="sms.example.com/infobip/")
    assert settings.received_message_url == "https://sms.example.com/infobip/sms-received-message"
    assert settings.delivery_report_url == "https://sms.example.com/infobip/sms-delivery-report"


def test_the_webhooks_carry_the_token_if_there_is_one() -> None:
    settings = Settings.load(None, adapter_base_url="https://sms.example.com", webhook_token="a+b&c")
    assert settings.received_message_url == "https://sms.example.com/sms-received-message?token=a%2Bb%26c"
    assert settings.delivery_report_url == "https://sms.example.com/sms-delivery-report?token=a%2Bb%26c"


def test_without_an_adapters_url_there_are_no_webhooks() -> None:
    assert load().received_message_url is None
    assert load().delivery_report_url is None


def test_there_is_a_remedy_for_each_setting_and_for_nothing_else() -> None:
    assert REMEDIES.keys() == Settings.model_fields.keys()


def test_the_secrets_are_the_variables_that_are_kept_from_workers_and_output() -> None:
    secrets = {
        f"INFOBIP_{name.upper()}"
        for name, field in Settings.model_fields.items()
        if "SecretStr" in str(field.annotation)
    }
    assert secrets == set(SECRET_VARIABLES)


class OwnSettings(Settings):
    """Settings of somebody's own host."""

    colour: int = 0
    other_key: SecretStr = SecretStr("")


def test_a_wrong_value_of_a_setting_of_ones_own_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFOBIP_COLOUR", "red")
    with pytest.raises(ConfigurationError, match=r"INFOBIP_COLOUR .* can't be read\. Write a value"):
        OwnSettings.load(None)


def test_a_secret_of_ones_own_is_redacted_too() -> None:
    OwnSettings.load(None, other_key="quite-another-key")
    assert without_secrets("the key is quite-another-key") == "the key is ***"


@pytest.mark.parametrize(("count", "remedy"), [(1, "Set it in the environment"), (3, "Set them in the environment")])
def test_the_remedy_counts_the_settings_that_are_missing(
    count: int, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in list(GOOD)[:count]:
        monkeypatch.delenv(name)
    with pytest.raises(ConfigurationError) as raised:
        load()
    assert raised.value.remedy.strip().startswith(remedy)
