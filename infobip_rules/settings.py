"""The settings: read once from the environment and `.env`, and checked together; their errors show no secret."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Self, get_args
from urllib.parse import urlencode, urlunsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsConfigDict

from infobip_rules.errors import ConfigurationError, PhoneNumberError
from infobip_rules.infobip.account import read_api_key, read_base_url, read_url
from infobip_rules.infobip.phone import sender_address
from infobip_rules.infobip.security import Algorithm, WebhookSignature
from infobip_rules.limits import EXPLAINED, Limits
from infobip_rules.redaction import conceal

_PREFIX = "INFOBIP_"
_JOURNAL = "sqlite:///"

#: Where Infobip posts received messages, and where delivery reports: paths below the adapter's URL.
RECEIVED_MESSAGE = "/sms-received-message"
DELIVERY_REPORT = "/sms-delivery-report"

#: Where the value of each setting is found, for error messages.
REMEDIES = {
    "base_url": "It is your account's own host, shown on the Infobip Portal's home page.",
    "api_key": "Create or copy one in the Infobip Portal, under Developer Tools > API keys.",
    "phone_number": "Your numbers and senders are in the Infobip Portal, under Channels and Numbers.",
    "adapter_base_url": "It is the public URL at which Infobip reaches this program, such as https://sms.example.com.",
    "sms_delivery_reporting_enabled": "Write true or false.",
    "journal_url": "Supported is a SQLite file: sqlite:///infobip-rules.db, or sqlite:////var/lib/infobip-rules.db.",
    "webhook_token": "It is any long random word of your own: letters, digits, - and _.",
    "webhook_hmac_secret": "It is the secretKey of the subscription's HMAC settings.",
    "webhook_hmac_header": "It is the name of the header in which the subscription's webhooks bring their signature.",
    "webhook_hmac_algorithm": f"Write the subscription's own: {', '.join(get_args(Algorithm))}.",
    "plugins": "Write all, off, or the names of plugins, separated by commas.",
    "heartbeat_cycle": "Write seconds, from 1 to 86400 (a day).",
    **EXPLAINED,
}
#: For a setting of a class of one's own.
_ANY_REMEDY = "Write a value that it can have."


class Settings(Limits):
    """The settings of the program: `Settings.load()` reads them.

    Each is the variable `INFOBIP_` and its name in capitals.
    """

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        env_file_encoding="utf-8-sig",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    #: `https://host`, the account's personal address.
    base_url: str
    #: Sent as `Authorization: App <key>`.
    api_key: SecretStr
    #: Whom messages come from: E.164 digits, a short code, or an alphanumeric sender.
    phone_number: str
    #: Whether Infobip is asked to post delivery reports.
    sms_delivery_reporting_enabled: bool = False
    #: The public URL of our webhooks, without a slash at the end; needed for delivery reports only.
    adapter_base_url: str | None = Field(default=None, validate_default=True)
    #: Where signals, facts and messages are kept.
    journal_url: str = "sqlite:///infobip-rules.db"
    #: A secret that Infobip repeats in the URL of each webhook.
    webhook_token: SecretStr | None = None
    #: The secret that webhooks of a subscription are signed with.
    webhook_hmac_secret: SecretStr | None = None
    #: The header that brings their signature; needed with the secret.
    webhook_hmac_header: str | None = Field(default=None, validate_default=True)
    #: What the signature is made with, as the subscription spells it.
    webhook_hmac_algorithm: Algorithm = "HMAC_SHA_256"
    #: Which plugins are loaded: `all` that are installed, `off` for none, or their names, separated by commas. Read from the
    #: environment and from `.env` of the working folder only, before any command is.
    plugins: str = "all"
    #: Seconds from one Heartbeat of a session to the next, where some rule listens to it.
    heartbeat_cycle: float = Field(default=30, ge=1, le=86_400)

    @classmethod
    def load(cls, env_file: str | Path | None = ".env", **overrides: Any) -> Self:
        """The settings of the environment, then of `env_file` if there is one; `overrides` by attribute name go first.

        An override of None is ignored. Raises one ConfigurationError naming every variable that is missing or wrong.
        """
        if unknown := overrides.keys() - cls.model_fields.keys():
            raise TypeError(f"No such setting: {', '.join(sorted(unknown))}.")
        given = {name: value for name, value in overrides.items() if value is not None}
        try:
            return cls(_env_file=env_file, **given)
        except ValidationError as error:
            raise _configuration_error(error.errors(include_url=False, include_input=False), given.keys()) from None
        except (OSError, UnicodeDecodeError):
            raise ConfigurationError(f"{env_file} can't be read.", "Make it a text file in UTF-8.") from None

    def model_post_init(self, context: Any, /) -> None:
        """Redacts the secrets in all errors and logs from here on."""
        super().model_post_init(context)
        values = (getattr(self, name) for name in type(self).model_fields)
        conceal(*(value.get_secret_value() for value in values if isinstance(value, SecretStr)))

    @property
    def received_message_url(self) -> str | None:
        """The URL to be set in the portal for received messages; it holds the token. None without an adapter URL."""
        return self.webhook_url(RECEIVED_MESSAGE) if self.adapter_base_url is not None else None

    @property
    def delivery_report_url(self) -> str | None:
        """The URL that Infobip is given for delivery reports; it holds the token. None without an adapter URL."""
        return self.webhook_url(DELIVERY_REPORT) if self.adapter_base_url is not None else None

    @property
    def report_webhook(self) -> str | None:
        """`delivery_report_url` if delivery reports are enabled, else None."""
        return self.delivery_report_url if self.sms_delivery_reporting_enabled else None

    @property
    def webhook_signature(self) -> WebhookSignature | None:
        """The signature of webhooks; None if no secret is set for it."""
        if self.webhook_hmac_secret is None or self.webhook_hmac_header is None:
            return None
        return WebhookSignature(
            secret=self.webhook_hmac_secret.get_secret_value(),
            header=self.webhook_hmac_header,
            algorithm=self.webhook_hmac_algorithm,
        )

    def webhook_url(self, path: str) -> str:
        """The URL of a webhook, with the token in it; without an adapter URL, from the path on."""
        token = self.webhook_token
        query = f"?{urlencode({'token': token.get_secret_value()})}" if token else ""
        return f"{self.adapter_base_url or ''}{path}{query}"

    @field_validator("base_url")
    @classmethod
    def _host_only(cls, value: str) -> str:
        return read_base_url(value)

    @field_validator("api_key")
    @classmethod
    def _fit_for_a_header(cls, value: SecretStr) -> SecretStr:
        return SecretStr(read_api_key(value.get_secret_value()))

    @field_validator("phone_number")
    @classmethod
    def _sender(cls, value: str) -> str:
        try:
            return sender_address(value)
        except PhoneNumberError:
            raise ValueError(
                "is neither a phone number in E.164 (8 to 15 digits, the country code first), "
                "nor a short code, nor a sender of up to 11 letters and digits."
            ) from None

    @field_validator("adapter_base_url")
    @classmethod
    def _without_query(cls, value: str | None) -> str | None:
        if value is None:
            return None
        url = read_url(value)
        if url.query:
            raise ValueError("holds a query (?): give the URL up to where the webhooks' paths begin.")
        return urlunsplit(url)

    @field_validator("adapter_base_url")
    @classmethod
    def _needed_for_reports(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and info.data.get("sms_delivery_reporting_enabled"):
            raise ValueError(f"is missing, and {_PREFIX}SMS_DELIVERY_REPORTING_ENABLED needs it.")
        return value

    @field_validator("journal_url")
    @classmethod
    def _supported_journal(cls, value: str) -> str:
        if not value.startswith(_JOURNAL):
            raise ValueError(f"does not begin with {_JOURNAL}.")
        if not value.removeprefix(_JOURNAL).strip("/"):
            raise ValueError("names no file.")
        return value

    @field_validator("plugins")
    @classmethod
    def _names(cls, value: str) -> str:
        if not all(name.strip() for name in value.split(",")):
            raise ValueError("has a comma without a name.")
        return value

    @field_validator("webhook_token")
    @classmethod
    def _one_word(cls, value: SecretStr | None) -> SecretStr | None:
        token = value.get_secret_value() if value else "-"
        if not (token.isascii() and token.isprintable()) or " " in token:
            raise ValueError("holds a space or a character that has no place in a URL.")
        return value

    @field_validator("webhook_hmac_secret")
    @classmethod
    def _as_it_is(cls, value: SecretStr | None) -> SecretStr | None:
        secret = value.get_secret_value() if value else ""
        if secret != secret.strip():
            raise ValueError("begins or ends with a space, which is probably not part of it.")
        return value

    @field_validator("webhook_hmac_header")
    @classmethod
    def _needed_for_signatures(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and info.data.get("webhook_hmac_secret") is not None:
            raise ValueError(f"is missing, and {_PREFIX}WEBHOOK_HMAC_SECRET needs it.")
        if value is not None and info.data.get("webhook_hmac_secret", "wrong itself") is None:
            raise ValueError(f"is of no use without {_PREFIX}WEBHOOK_HMAC_SECRET: nothing would be checked.")
        if value is not None and not _is_header(value):
            raise ValueError("is no header's name.")
        return value


#: The names of all settings.
VARIABLES = frozenset(f"{_PREFIX}{name.upper()}" for name in Settings.model_fields)


def unknown_variables(names: Iterable[str]) -> tuple[str, str] | None:
    """The fact and the remedy for names that begin as settings do and are none; None if there is no such name."""
    unknown = sorted(name for name in names if name.startswith(_PREFIX) and name not in VARIABLES)
    if not unknown:
        return None
    near = get_close_matches(unknown[0], VARIABLES, n=1)
    remedy = f"Did you mean {near[0]}?" if near else "Take it out, or see README for what there is."
    return f"{', '.join(unknown)}: no such setting.", remedy


def _is_header(name: str) -> bool:
    return bool(re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", name))


def _configuration_error(problems: list[ErrorDetails], given: Container[str]) -> ConfigurationError:
    sentences = {str(problem["loc"][0]): _sentence(problem) for problem in problems}
    lines = [
        f"{_PREFIX}{name.upper()} {sentence} {REMEDIES.get(name, _ANY_REMEDY)}" for name, sentence in sentences.items()
    ]
    variables = tuple(f"{_PREFIX}{name.upper()}" for name in sentences)
    read = [name for name in sentences if name not in given]
    which = "it" if len(read) == 1 else "them"
    remedy = f"\nSet {which} in the environment or in .env, or run `infobip-rules setup`." if read else ""
    return ConfigurationError("\n".join(lines), remedy, variables=variables)


def _sentence(problem: ErrorDetails) -> str:
    # Pydantic's own messages may repeat a value.
    if problem["type"] == "missing":
        return "is missing."
    if problem["type"] == "value_error":
        return str(problem["ctx"]["error"])
    if problem["type"].startswith(("greater_than", "less_than")):
        return "is out of range."
    return "has a value that can't be read."
