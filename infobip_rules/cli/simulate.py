"""`simulate`: posts to a running host's webhooks as Infobip would."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson

from infobip_rules.cli.bodies import as_v2, load, read_body, read_fields
from infobip_rules.cli.environment import WEBHOOK_TOKEN, variable
from infobip_rules.cli.exits import UnreachableError, say
from infobip_rules.cli.output import put
from infobip_rules.cli.printing import one_line
from infobip_rules.clock import SystemClock
from infobip_rules.errors import ConfigurationError, PhoneNumberError
from infobip_rules.infobip.account import is_loopback, read_url
from infobip_rules.infobip.bounded import environment_errors
from infobip_rules.infobip.inbound import Kind
from infobip_rules.sandbox import FakeInfobip
from infobip_rules.sandbox.records import Message, Standing
from infobip_rules.sandbox.statuses import error_of, status_named
from infobip_rules.sandbox.wire import inbound_body, report_result

#: Where each kind is posted.
PATHS: Mapping[Kind, str] = {"message": "/sms-received-message", "report": "/sms-delivery-report"}
_PATIENCE = 15.0
_LONGEST_ANSWER = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class WebhookTarget:
    """The URL of the host's webhooks, and their token."""

    url: str
    token: str | None

    @classmethod
    def of(cls, url: str, token: str | None, env_file: Path) -> WebhookTarget:
        """The token as given, else as the host would find it."""
        return cls(url=url, token=token or variable(WEBHOOK_TOKEN, env_file))


@dataclass(frozen=True, kw_only=True, slots=True)
class FurtherFields:
    """Fields beside those that options name, as `NAME=VALUE`."""

    fields: Sequence[str] = ()
    allow_unknown: bool = False

    def read(self, kind: Kind) -> dict[str, Any]:
        """The fields by name. Raises WebhookBodyError for one that Infobip does not have."""
        return read_fields(self.fields, kind, allow_unknown=self.allow_unknown)


def simulate_sms(
    webhook: WebhookTarget,
    *,
    from_: str,
    texts: Sequence[str],
    to: str | None,
    keyword: str | None,
    further: FurtherFields,
) -> int:
    """Posts received messages in one body; returns the exit code.

    Raises UnreachableError, PhoneNumberError for no sender and WebhookBodyError.
    """
    if not from_.strip():
        raise PhoneNumberError(
            "--from is empty.", "Say who writes: a number with its country code, or a sender's name."
        )
    fields = further.read("message")
    fake = FakeInfobip(keywords=[keyword] if keyword else [])
    entries = [
        # A fake account starts to count at each command; the host would take the second message for a repeated first.
        fake.inbound(from_, text, to=to, keyword=keyword, message_id=str(uuid.uuid4())) | fields
        for text in texts
    ]
    return _post(webhook, PATHS["message"], orjson.dumps(inbound_body(entries)))


def simulate_report(
    webhook: WebhookTarget, *, message_id: str, status: str, to: str, version: str, further: FurtherFields
) -> int:
    """Posts a delivery report, worded as `v2` or `v3` of the API does; returns the exit code.

    Raises UnreachableError and WebhookBodyError.
    """
    fields = further.read("report")
    message = _message(message_id, to, SystemClock().now(), status)
    entry = report_result(message, message.standing, UTC)
    entry = (as_v2(entry) if version == "v2" else entry) | fields
    return _post(webhook, PATHS["report"], orjson.dumps({"results": [entry]}))


def simulate_body(webhook: WebhookTarget, *, file: str, allow_unknown: bool) -> int:
    """Posts the body in a file (`-`: standard input) as it is; returns the exit code.

    Raises UnreachableError, and WebhookBodyError for one that is not Infobip's.
    """
    source, text = ("the body", sys.stdin.buffer.read()) if file == "-" else (file, load(file))
    kind, body = read_body(source, text, allow_unknown=allow_unknown)
    return _post(webhook, PATHS[kind], body)


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


def _post(webhook: WebhookTarget, path: str, body: bytes) -> int:
    url = _base_url(webhook.url)
    headers = {"Content-Type": "application/json"}
    if webhook.token:
        headers["X-Webhook-Token"] = webhook.token
    with environment_errors():
        client = httpx.Client(timeout=_PATIENCE, trust_env=not is_loopback(httpx.URL(url).host))
    try:
        with client:
            answer = client.post(url + path, content=body, headers=headers)
    except httpx.HTTPError as cause:
        raise UnreachableError(
            f"No host answered at {url}{path} ({type(cause).__name__}).",
            "Start one with `infobip-rules dev` or `infobip-rules run`, or name its address with --url.",
        ) from None
    put(f"{answer.status_code} {one_line(answer.text)[:_LONGEST_ANSWER]}".rstrip())
    if answer.is_success:
        if _set_aside(answer):
            say(f"The host at {url} has set it aside, as it can't be read: `infobip-rules asides` says why.")
            return 1
        say(f"Taken by the host at {url}.")
        return 0
    say(_explained(answer.status_code))
    return 1


def _set_aside(answer: httpx.Response) -> bool:
    try:
        return bool(orjson.loads(answer.content)["setAside"])
    except (orjson.JSONDecodeError, KeyError, TypeError):  # something else answered
        return False


def _base_url(url: str) -> str:
    try:
        return read_url(url if "://" in url else f"http://{url}").geturl()
    except ValueError as problem:
        raise ConfigurationError(f"The URL {problem}", "Write it like http://127.0.0.1:8080.") from None


def _explained(status: int) -> str:
    if status in {401, 403}:
        return (
            "The host takes webhooks with its token only: give it with --token, or as INFOBIP_WEBHOOK_TOKEN. "
            "One that takes signed webhooks only can't be tried so; set a token beside the secret."
        )
    if status == 404:
        return "What answered has no such webhook: name the host's address with --url."
    return "The host did not take the message; its log says why."
