"""`simulate`: what Infobip would post to a running host's webhooks."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from infobip_rules.cli.environment import WEBHOOK_TOKEN, variable
from infobip_rules.cli.exits import UnreachableError, say
from infobip_rules.cli.output import put
from infobip_rules.cli.texts import one_line
from infobip_rules.clock import SystemClock
from infobip_rules.errors import ConfigurationError, PhoneNumberError
from infobip_rules.infobip.account import is_loopback, read_url
from infobip_rules.sandbox import FakeInfobip
from infobip_rules.sandbox.records import Message, Standing
from infobip_rules.sandbox.statuses import error_of, status_named
from infobip_rules.sandbox.wire import inbound_body, report_result

_PATIENCE = 15.0
_LONGEST_ANSWER = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Webhook:
    """Where the host's webhooks are, and the token that they take."""

    url: str
    token: str | None

    @classmethod
    def of(cls, url: str, token: str | None, env_file: Path) -> Webhook:
        """The token as given, else as the host would find it."""
        return cls(url=url, token=token or variable(WEBHOOK_TOKEN, env_file))


def simulate_sms(webhook: Webhook, *, from_: str, text: str, to: str | None, keyword: str | None) -> int:
    """Posts a received message; returns the exit code. Raises UnreachableError, and PhoneNumberError for no sender."""
    if not from_.strip():
        raise PhoneNumberError(
            "--from is empty.", "Say who writes: a number with its country code, or a sender's name."
        )
    fake = FakeInfobip(keywords=[keyword] if keyword else [])
    # A fake account starts to count at each command; the host would take the second message for a repeated first.
    entry = fake.inbound(from_, text, to=to, keyword=keyword, message_id=str(uuid.uuid4()))
    return _post(webhook, "/sms-received-message", inbound_body([entry]))


def simulate_report(webhook: Webhook, *, message_id: str, status: str, to: str) -> int:
    """Posts a delivery report; returns the exit code. Raises UnreachableError."""
    now = SystemClock().now()
    message = _message(message_id, to, now, status)
    return _post(webhook, "/sms-delivery-report", {"results": [report_result(message, message.standing, UTC)]})


def _message(message_id: str, to: str, now: datetime, status: str) -> Message:
    reached = status_named(status)
    return Message(
        message_id=message_id,
        bulk_id=str(uuid.uuid4()),
        to=to,
        sender=FakeInfobip().settings.number,
        text="",
        delivered_text="",
        links={},
        shorten_url=False,
        tracking_url=None,
        delivery_report_url=None,
        intermediate_report=False,
        callback_data=None,
        platform={},
        parts=1,
        accepted_at=now - timedelta(seconds=1),
        history=(Standing(at=now, status=reached, error=error_of(reached)),),
    )


def _post(webhook: Webhook, path: str, body: Mapping[str, Any]) -> int:
    url = _base_url(webhook.url)
    headers = {"X-Webhook-Token": webhook.token} if webhook.token else None
    try:
        with httpx.Client(timeout=_PATIENCE, trust_env=not is_loopback(httpx.URL(url).host)) as client:
            answer = client.post(url + path, json=body, headers=headers)
    except httpx.HTTPError as cause:
        raise UnreachableError(
            f"No host answered at {url}{path} ({type(cause).__name__}).",
            "Start one with `infobip-rules dev` or `infobip-rules run`, or name its address with --url.",
        ) from None
    put(f"{answer.status_code} {one_line(answer.text)[:_LONGEST_ANSWER]}".rstrip())
    if answer.is_success:
        say(f"Taken by the host at {url}.")
        return 0
    say(_explained(answer.status_code))
    return 1


def _base_url(url: str) -> str:
    try:
        return read_url(url if "://" in url else f"http://{url}").geturl()
    except ValueError as problem:
        raise ConfigurationError(f"The URL {problem}", "Write it like http://127.0.0.1:8080.") from None


def _explained(status: int) -> str:
    if status in {401, 403}:
        return "The host takes webhooks with its token only: give it with --token, or as INFOBIP_WEBHOOK_TOKEN."
    if status == 404:
        return "What answered has no such webhook: name the host's address with --url."
    return "The host did not take the message; its log says why."
