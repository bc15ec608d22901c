"""`send`: one message, at once and without a rule."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from infobip_rules.channels.installed import installed_channels
from infobip_rules.channels.sms.command import SmsCommand
from infobip_rules.cli.exits import PROVIDER, say
from infobip_rules.cli.output import put
from infobip_rules.infobip.client import InfobipClient
from infobip_rules.infobip.messages import Accepted, NotSent, Outcome, Outgoing, Rejected, Unknown
from infobip_rules.infobip.phone import mask, to_e164
from infobip_rules.infobip.provider import LogsFormat
from infobip_rules.settings import Settings


def send_message(number: str, text: str, *, shorten_url: bool, as_json: bool, env_file: Path) -> int:
    """Sends a message and prints what became of it; returns the exit code.

    Raises ConfigurationError, PhoneNumberError and TextError before anything is sent.
    """
    settings = Settings.load(env_file)
    message = _message(number, text, shorten_url, settings)
    channel = installed_channels()[message.channel]
    if hint := channel.hint(message.content):
        say(hint.reason)
    with InfobipClient.from_settings(settings) as client:
        (outcome,) = client.send([message], channel, settings.report_webhook)
    put(json.dumps(_as_record(message, outcome)) if as_json else f"{message.message_id} {_status(outcome)}")
    if isinstance(outcome, Accepted):
        return 0
    say(_explained(outcome, channel.logs, settings))
    return PROVIDER


def _message(number: str, text: str, shorten_url: bool, settings: Settings) -> Outgoing:
    to = to_e164(number, like=settings.phone_number)
    channels = installed_channels()
    composed = channels.compose(SmsCommand(to, text, shorten_url))
    return Outgoing(
        message_id=composed.message_id,
        channel=composed.channel,
        content=composed.content,
        to=composed.to,
        sender=channels[composed.channel].sender(settings),
    )


def _status(outcome: Outcome) -> str:
    match outcome:
        case Accepted(status=status) | Rejected(status=status):
            return status.name or status.groupName
        case NotSent():
            return "NOT_SENT"
        case Unknown():
            return "UNKNOWN"


def _as_record(message: Outgoing, outcome: Outcome) -> dict[str, Any]:
    record: dict[str, Any] = {
        "messageId": message.message_id,
        "to": mask(message.to),
        "outcome": type(outcome).__name__.lower(),
        "status": _status(outcome),
    }
    return record if isinstance(outcome, Accepted) else {**record, "reason": outcome.reason}


def _explained(outcome: Rejected | NotSent | Unknown, logs: LogsFormat | None, settings: Settings) -> str:
    if isinstance(outcome, NotSent) and outcome.retryable:
        wait = f"in {outcome.retry_after:.0f} s" if outcome.retry_after else "in a minute"
        return (
            f"The message was not sent. {outcome.reason} Nothing tries it again by itself: repeat the command {wait}."
        )
    if not isinstance(outcome, Unknown):
        return f"The message was not sent. {outcome.reason}"
    return (
        f"Whether the message was sent is unknown: the connection failed before Infobip's whole answer was there. "
        f"Before you send it again, look it up in the portal's logs{_look_up(outcome.message_id, logs, settings)}."
    )


def _look_up(message_id: str, logs: LogsFormat | None, settings: Settings) -> str:
    if logs is None:
        return ""
    request = logs.logs_request([message_id])
    return f", or with GET {settings.base_url}{request.path}?{urlencode(request.params)} in a minute or two"
