"""Answers to what Infobip can be asked: its logs, the inbox of a pulled number, the account's balance."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from infobip_rules.errors import ProviderError
from infobip_rules.infobip.exchange import Reply, Request, longer_than_waited, read_fault, remedy_for, retry_after
from infobip_rules.infobip.statuses import Verdict, advance, group_of, verdict
from infobip_rules.infobip.tolerant import (
    read_count,
    read_moment,
    read_object,
    read_objects,
    read_part,
    read_string,
)
from infobip_rules.signals import ReportError, ReportStatus


@dataclass(frozen=True, kw_only=True, slots=True)
class LogRow:
    """What the logs (of the last 48 hours) say about one message."""

    message_id: str
    status: ReportStatus
    error: ReportError
    destination: str = field(default="", repr=False)
    sender: str = field(default="", repr=False)
    bulk_id: str = ""
    sent_at: datetime | None = None
    done_at: datetime | None = None
    #: Parts it was sent in.
    message_count: int | None = None

    @property
    def taken(self) -> bool:
        """Whether Infobip took the message: not REJECTED (undeliverable and expired ones were taken)."""
        return verdict(self.status) is not Verdict.REJECTED


@dataclass(frozen=True, kw_only=True, slots=True)
class Inbox:
    """One pull of received messages, each of which is handed out once: keep `body` before pulling again."""

    #: As received, the same envelope that a webhook brings.
    body: bytes = field(repr=False)
    envelope: Mapping[str, Any] = field(repr=False)
    #: How many are left to pull.
    pending: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Balance:
    """The account's credit."""

    amount: Decimal
    currency: str


def read_log_rows(ids: Collection[str], reply: Reply, *, scope: str) -> dict[str, LogRow]:
    """The rows of the messages asked for, by messageId; what is not in it, the logs do not hold (yet).

    Raises ProviderError for anything but a readable list, so that a refusal never looks like absence; `scope` is what a
    key needs to be answered. Of several rows of one message (a repeated attempt can be logged as a duplicate) the one
    that tells most is kept.
    """
    results = read_objects(read_document(reply, scope=scope), "results")
    if results is None:
        raise unreadable(reply)
    rows: dict[str, LogRow] = {}
    for row in map(_row, results):
        if row.message_id in ids:
            rows[row.message_id] = _richer(rows.get(row.message_id), row)
    return rows


def read_inbox(reply: Reply) -> Inbox:
    """The messages pulled. Raises ProviderError, with an unreadable body in its context, as it comes only once."""
    document = read_document(reply, scope="for reading received messages")
    if not isinstance(document, dict):
        raise unreadable(reply, body=reply.body)
    return Inbox(body=reply.body, envelope=document, pending=read_count(document.get("pendingMessageCount")) or 0)


def balance_request() -> Request:
    """Asks for the account's balance: the cheapest way to see whether a key is good."""
    return Request(method="GET", path="/account/1/balance")


def read_balance(reply: Reply) -> Balance:
    """The balance. Raises ProviderError."""
    document = read_object(read_document(reply, scope="for reading the balance"))
    amount = document.get("balance")
    if isinstance(amount, bool) or not isinstance(amount, int | float):
        raise unreadable(reply)
    return Balance(amount=Decimal(str(amount)), currency=read_string(document.get("currency")))


def read_document(reply: Reply, *, scope: str) -> object:
    """The JSON of an answer that is no error, None for no JSON. Raises ProviderError; `scope` is what a 403 lacks."""
    if 200 <= reply.status < 300:
        return reply.document()
    fault = read_fault(reply)
    said = longer_than_waited(reply)
    raise ProviderError(
        f"{fault.sentence} {said}".rstrip(),
        _remedy(reply.status, scope) or fault.action,
        http_status=reply.status,
        retryable=reply.status in {408, 429} or reply.status >= 500,
        retry_after=retry_after(reply),
        fault=fault,
    )


def _remedy(status: int, scope: str) -> str:
    if status == 403:
        return f"The API key lacks a scope: give it the one it needs, {scope}, in the Infobip Portal, under API keys."
    return remedy_for(status, scope=scope)


def unreadable(reply: Reply, **context: object) -> ProviderError:
    """The error for an answer that is not what was asked for."""
    return ProviderError(
        f"Infobip answered {reply.status} with a body that can't be read.",
        "Ask again; if it stays so, check that INFOBIP_BASE_URL leads to Infobip.",
        http_status=reply.status,
        retryable=True,
        retry_after=None,
        **context,
    )


def _row(entry: dict[str, Any]) -> LogRow:
    return LogRow(
        message_id=read_string(entry.get("messageId")),
        status=read_part(ReportStatus, entry.get("status")),
        error=read_part(ReportError, entry.get("error")),
        destination=read_string(entry.get("destination")),
        sender=read_string(entry.get("sender")),
        bulk_id=read_string(entry.get("bulkId")),
        sent_at=read_moment(entry.get("sentAt")),
        done_at=read_moment(entry.get("doneAt")),
        message_count=read_count(entry.get("messageCount")),
    )


def _richer(known: LogRow | None, row: LogRow) -> LogRow:
    if known is None:
        return row
    ranks = [_rank(candidate) for candidate in (known, row)]
    if ranks[0] != ranks[1]:
        return known if ranks[0] > ranks[1] else row
    groups = [group_of(candidate.status) for candidate in (known, row)]
    return row if advance(*groups) == groups[1] else known


def _rank(row: LogRow) -> int:
    order = (Verdict.UNREADABLE, Verdict.REJECTED, Verdict.TAKEN_EARLIER, Verdict.TAKEN)
    return order.index(verdict(row.status))
