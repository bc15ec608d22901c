"""The records of the sandbox: settings, messages, requests and callbacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Literal

import orjson

from infobip_rules.infobip.phone import EXAMPLE
from infobip_rules.sandbox.statuses import DeliveryError, Status


@dataclass(kw_only=True, slots=True)
class Settings:
    """The settings of the fake account; every field may be changed while it runs."""

    #: The key that `Authorization: App <key>` must name.
    api_key: str = "sandbox-key"
    #: What the key may do; None is everything, `{"sms:message:send"}` a key that may not read logs.
    scopes: frozenset[str] | None = None
    #: The number that people write to.
    number: str = EXAMPLE
    #: First words that are keywords of the number, in any case.
    keywords: frozenset[str] = frozenset()
    #: The id that it gives first; each further one is higher by one.
    first_id: int = 2034072219640523072
    #: Where inbound messages are posted; None queues them for `GET /sms/1/inbox/reports`.
    inbound_url: str | None = None
    #: Where reports of messages go that name no URL of their own.
    report_url: str | None = None
    #: The outcome of messages: a status group, a status name (known or not), or NONE for no report at all.
    outcome: str = "DELIVERED"
    #: The same, by destination.
    outcomes: dict[str, str] = field(default_factory=dict)
    #: Whether every report that is posted is posted twice, and the final one before the intermediate one.
    duplicate_reports: bool = False
    reorder_reports: bool = False
    #: How many reports of one request go into one body (Infobip's own default is 100).
    reports_per_post: int = 1
    #: How often a callback that is not answered with 2xx is tried, at once.
    callback_attempts: int = 1
    #: Whether callbacks may leave this machine.
    remote_callbacks: bool = False
    #: A messageId seen before: rejected with 23 in the answer, or only in its report, or accepted once more.
    on_duplicate: Literal["reject", "report", "accept"] = "reject"
    #: How long it takes until a message shows up in the logs.
    log_lag: timedelta = timedelta()
    #: Requests a minute that `GET /sms/3/logs` answers before it says 429; None is no limit.
    logs_per_minute: int | None = 120
    #: Whether 20 varied or 6 identical messages to one recipient are all it gets in an hour.
    anti_flooding: bool = False
    #: Domains that `tracking.customDomain` may name; with any other the message fails.
    custom_domains: frozenset[str] = frozenset()
    #: The offset in which this account's dates are written.
    zone: tzinfo = UTC
    #: How long every answer takes, in seconds.
    latency: float = 0.0
    #: What `GET /account/1/balance` says, in EUR.
    balance: float = 100.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """A status a message has reached, and when."""

    at: datetime
    status: Status
    error: DeliveryError


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """A message that was accepted (or rejected: then it is only in the logs)."""

    message_id: str
    bulk_id: str
    to: str
    sender: str
    #: As posted; empty for bytes.
    text: str
    #: As it reaches the handset: with short URLs if they were asked for.
    delivered_text: str
    #: The original URL by each short one.
    links: Mapping[str, str]
    shorten_url: bool
    tracking_url: str | None
    delivery_report_url: str | None
    intermediate_report: bool
    callback_data: str | None
    platform: Mapping[str, str]
    parts: int
    accepted_at: datetime
    history: tuple[Standing, ...]
    #: Bytes that are sent in place of a text, as the logs show them.
    binary: Mapping[str, Any] | None = None
    campaign_reference_id: str | None = None
    #: The form that reports are wanted in.
    content_type: str = "application/json"
    #: How long delivery is tried; None: as long as the provider likes.
    validity: timedelta | None = None
    #: How many requests carried its id, repeats that were rejected included.
    times_posted: int = 1

    @property
    def standing(self) -> Standing:
        """The latest of its history."""
        return self.history[-1]

    @property
    def status(self) -> Status:
        """Its latest status."""
        return self.history[-1].status


@dataclass(frozen=True, kw_only=True, slots=True)
class Bulk:
    """A request whose messages were scheduled: kept and shown, not waited for."""

    bulk_id: str
    send_at: datetime
    #: The status that it was set to, such as PAUSED; None: by time.
    set_to: str | None = None

    def status(self, now: datetime) -> str:
        """Its status at a moment."""
        return self.set_to or ("PENDING" if now < self.send_at else "FINISHED")


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A request to the API and its outcome."""

    at: datetime
    method: str
    path: str
    query: str
    body: bytes
    #: `answered`, `dropped` or `held`.
    outcome: str
    #: The status that was answered, None if nothing was.
    status: int | None
    #: The ids of the accepted messages, even if the answer was lost.
    accepted: tuple[str, ...] = ()

    def json(self) -> Any:
        """The body, parsed."""
        return orjson.loads(self.body)


@dataclass(frozen=True, kw_only=True, slots=True)
class Callback:
    """An attempt to post a webhook and its result; `url` is empty for a message that was queued for pulling."""

    at: datetime
    kind: Literal["inbound", "report", "click"]
    url: str
    body: Mapping[str, Any]
    status: int | None = None
    error: str = ""

    @property
    def delivered(self) -> bool:
        """Whether it was answered with 2xx."""
        return self.status is not None and 200 <= self.status < 300
