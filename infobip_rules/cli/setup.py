"""`setup`: asks for the settings, checks them against the account, and writes `.env`."""

from __future__ import annotations

import secrets
import shlex
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infobip_rules.channels.installed import installed_channels
from infobip_rules.cli.banner import without_token
from infobip_rules.cli.envfile import write_env_file
from infobip_rules.cli.environment import read_env_file
from infobip_rules.cli.exits import say
from infobip_rules.cli.options import ENV_FILE
from infobip_rules.cli.output import put_whole
from infobip_rules.cli.prompts import ask_missing
from infobip_rules.errors import ProviderError
from infobip_rules.infobip.client import InfobipClient
from infobip_rules.infobip.provider import LogsFormat
from infobip_rules.settings import DELIVERY_REPORT, RECEIVED_MESSAGE, Settings

#: The settings that are asked for, in this order, by their attribute of Settings.
ASKED = (
    "base_url",
    "api_key",
    "phone_number",
    "adapter_base_url",
    "sms_delivery_reporting_enabled",
    "webhook_token",
)
_NO_SCOPE = 403
_TOKEN_BYTES = 24


@dataclass(frozen=True, kw_only=True, slots=True)
class SetupOptions:
    """The options of `setup`."""

    #: Answers by attribute of Settings, None where there is none yet.
    given: Mapping[str, str | None]
    env_file: Path
    #: Whether questions may be asked, and the account.
    interactive: bool
    check: bool
    #: Whether the webhook URLs are printed with the token in them.
    show_token: bool


def set_up(request: SetupOptions) -> None:
    """Asks, checks, writes, and prints the webhook URLs to stdout.

    Raises ConfigurationError for settings that are missing or wrong and ProviderError for a key that is not good; the
    file is as it was then.
    """
    known = _known(request.env_file)
    answers = {name: request.given.get(name) for name in ASKED}
    if request.interactive:
        answers = ask_missing(answers, known)
    answers = {name: answers[name] if answers[name] is not None else known.get(name) for name in ASKED}
    answers["webhook_token"] = answers["webhook_token"] or secrets.token_urlsafe(_TOKEN_BYTES)
    settings = Settings.load(None, **{name: value or None for name, value in answers.items()})
    if not settings.phone_number.isdecimal():
        say(
            f"WARNING: {settings.phone_number!r} is a sender's name and no number: nobody can write to it or answer it, "
            "and Infobip rejects it unless it is registered for your account. Give --phone-number if it is a mistake."
        )
    if request.check:
        _check(settings)
    write_env_file(request.env_file, _variables(settings))
    say(f"{request.env_file} is written; only you can read it.")
    _print_webhooks(settings, request)


def _known(env_file: Path) -> dict[str, str]:
    found = read_env_file(env_file)
    return {name: found[_variable(name)] for name in ASKED if found.get(_variable(name))}


def _variable(name: str) -> str:
    return f"INFOBIP_{name.upper()}"


def _variables(settings: Settings) -> dict[str, str | None]:
    token = settings.webhook_token
    return {
        _variable("base_url"): settings.base_url,
        _variable("api_key"): settings.api_key.get_secret_value(),
        _variable("phone_number"): settings.phone_number,
        _variable("adapter_base_url"): settings.adapter_base_url,
        _variable("sms_delivery_reporting_enabled"): str(settings.sms_delivery_reporting_enabled).lower(),
        _variable("webhook_token"): token.get_secret_value() if token else None,
    }


def _check(settings: Settings) -> None:
    """Whether the key is good, and whether it can read the logs. Raises ProviderError if it is not good."""
    with InfobipClient.from_settings(settings) as client:
        try:
            balance = client.balance()
            say(f"The API key is good; the account's balance is {balance.amount} {balance.currency}.".rstrip())
        except ProviderError as problem:
            if problem.context.get("http_status") != _NO_SCOPE:  # a key that may only send is a good one
                raise
            say("The API key is good, but may not read the account's balance.")
        for channel in installed_channels():
            if channel.logs is not None:
                _check_logs(client, channel.logs)


def _check_logs(client: InfobipClient, logs: LogsFormat) -> None:
    try:
        client.logs([str(uuid.uuid4())], logs)
    except ProviderError as problem:
        if problem.context.get("http_status") != _NO_SCOPE:
            raise
        say(
            "WARNING: The API key can't read the logs, so that a message of unknown outcome stays unknown and is not "
            f"sent again. Give it the scope {logs.scope} in the Infobip Portal, under API keys."
        )


def _print_webhooks(settings: Settings, request: SetupOptions) -> None:
    if settings.adapter_base_url is None:
        say("Without INFOBIP_ADAPTER_BASE_URL the webhooks' URLs are not known: their paths are /sms-received-message")
        say("and /sms-delivery-report at this program's public address, each with ?token=*** behind it.")
    else:
        say("In the Infobip Portal, let your number forward received messages to the first URL, as HTTP with JSON;")
        if settings.sms_delivery_reporting_enabled:
            say("delivery reports come to the second by themselves.")
        else:
            say("delivery reports come to the second if INFOBIP_SMS_DELIVERY_REPORTING_ENABLED is true; it is false.")
    for url in (settings.webhook_url(path) for path in (RECEIVED_MESSAGE, DELIVERY_REPORT)):
        if request.show_token:
            put_whole(url)
        elif settings.adapter_base_url is not None:
            put_whole(without_token(url))
    if not request.show_token:
        command = ["infobip-rules", "setup", "--yes", "--no-check", "--show-token"]
        if request.env_file != Path(ENV_FILE):
            command += ["--env-file", str(request.env_file)]
        say(f"*** is INFOBIP_WEBHOOK_TOKEN in {request.env_file}. `{shlex.join(command)}` prints it all whole.")
