"""The queries of logs and reports: filters, a limit, a cursor; checked in Infobip's words."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import QueryParams

from infobip_rules.sandbox.envelopes import ApiRefusal, Violation
from infobip_rules.sandbox.records import Message
from infobip_rules.sandbox.schema import Moment
from infobip_rules.sandbox.wire import MCC, MNC

_MOST_IDS = 50
_LONGEST_LIST = 2048
_GROUPS = frozenset({"ACCEPTED", "PENDING", "UNDELIVERABLE", "DELIVERED", "EXPIRED", "REJECTED"})
_MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)


@dataclass(frozen=True, kw_only=True, slots=True)
class LogsQuery:
    """The query of logs; an empty filter matches all rows."""

    message_ids: tuple[str, ...]
    bulk_ids: tuple[str, ...]
    sender: str | None
    destination: str | None
    mcc: str | None
    mnc: str | None
    group: str | None
    since: datetime | None
    until: datetime | None
    entity_id: str | None
    application_id: str | None
    campaigns: tuple[str, ...]
    limit: int
    #: Whether the answer names the cursor of the next page, and the place where this page begins.
    paged: bool
    before: int | None

    def wants(self, message: Message) -> bool:
        """Whether a message passes all filters."""
        return all(
            (
                not self.bulk_ids or message.bulk_id in self.bulk_ids,
                self.sender in (None, message.sender),
                self.destination in (None, message.to),
                self.mcc in (None, MCC) and self.mnc in (None, MNC),
                self.group in (None, message.status.group_name),
                self.since is None or message.accepted_at >= self.since,
                self.until is None or message.accepted_at < self.until,
                self.entity_id in (None, message.platform.get("entityId")),
                self.application_id in (None, message.platform.get("applicationId")),
                not self.campaigns or message.campaign_reference_id in self.campaigns,
            )
        )


def read_logs_query(query: QueryParams) -> LogsQuery:
    """The query of `GET /sms/3/logs`. Raises ApiRefusal with all its violations."""
    reader = _Reader(query)
    found = LogsQuery(
        message_ids=reader.listed("messageId", most=_MOST_IDS),
        bulk_ids=reader.listed("bulkId"),
        sender=query.get("sender"),
        destination=query.get("destination"),
        mcc=query.get("mcc"),
        mnc=query.get("mnc"),
        group=reader.group("generalStatus"),
        since=reader.moment("sentSince"),
        until=reader.moment("sentUntil"),
        entity_id=query.get("entityId"),
        application_id=query.get("applicationId"),
        campaigns=reader.listed("campaignReferenceId"),
        limit=reader.limit(),
        paged=reader.flag("useCursor"),
        before=reader.cursor("cursor"),
    )
    if found.mnc is not None and found.mcc is None:
        reader.wrong("mcc", "must be given with mnc")
    reader.check()
    return found


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportsQuery:
    """The query of reports."""

    message_id: str | None
    bulk_id: str | None
    entity_id: str | None
    application_id: str | None
    campaign: str | None
    limit: int

    def wants(self, result: Mapping[str, Any]) -> bool:
        """Whether a report passes all filters."""
        platform = result.get("platform") or {}
        return all(
            (
                self.message_id in (None, result.get("messageId")),
                self.bulk_id in (None, result.get("bulkId")),
                self.entity_id in (None, platform.get("entityId")),
                self.application_id in (None, platform.get("applicationId")),
                self.campaign in (None, result.get("campaignReferenceId")),
            )
        )


def read_reports_query(query: QueryParams) -> ReportsQuery:
    """The query of `GET /sms/3/reports`. Raises ApiRefusal."""
    return ReportsQuery(
        message_id=query.get("messageId"),
        bulk_id=query.get("bulkId"),
        entity_id=query.get("entityId"),
        application_id=query.get("applicationId"),
        campaign=query.get("campaignReferenceId"),
        limit=read_limit(query),
    )


def read_limit(query: QueryParams) -> int:
    """The limit of a query, 50 by default. Raises ApiRefusal."""
    reader = _Reader(query)
    limit = reader.limit()
    reader.check()
    return limit


def write_cursor(place: int) -> str:
    """The cursor of a page that begins before a place."""
    return base64.urlsafe_b64encode(orjson.dumps({"before": place})).decode()


class _Reader:
    """Reads a query, and gathers its violations."""

    def __init__(self, query: QueryParams) -> None:
        self._query = query
        self._violations: list[Violation] = []

    def wrong(self, name: str, what: str) -> None:
        self._violations.append(Violation(name, what))

    def check(self) -> None:
        if self._violations:
            raise ApiRefusal(400, self._violations)

    def listed(self, name: str, *, most: int | None = None) -> tuple[str, ...]:
        asked = ",".join(self._query.getlist(name))
        entries = tuple(entry.strip() for entry in asked.split(",") if entry.strip())
        if len(asked) > _LONGEST_LIST:
            self.wrong(name, f"size must be between 0 and {_LONGEST_LIST}")
        elif most is not None and len(entries) > most:
            self.wrong(name, f"size must be between 0 and {most}")
        return entries

    def limit(self, *, usual: int = 50, most: int = 1000) -> int:
        asked = self._query.get("limit")
        if asked is None:
            return usual
        if asked.isascii() and asked.isdigit() and len(asked) <= len(str(most)) and 1 <= int(asked) <= most:
            return int(asked)
        self.wrong("limit", f"must be between 1 and {most}")
        return usual

    def group(self, name: str) -> str | None:
        asked = self._query.get(name)
        if asked is not None and asked not in _GROUPS:
            self.wrong(name, f"must be one of {', '.join(sorted(_GROUPS))}")
        return asked

    def moment(self, name: str) -> datetime | None:
        asked = self._query.get(name)
        if asked is None:
            return None
        try:
            # A `+` that was not escaped arrives as a space.
            return _MOMENT.validate_python(asked.replace(" ", "+"))
        except ValidationError:
            self.wrong(name, "must be a date of the form yyyy-MM-dd'T'HH:mm:ss.SSSZ")
            return None

    def flag(self, name: str) -> bool:
        asked = self._query.get(name, "false").lower()
        if asked not in ("true", "false"):
            self.wrong(name, "must be true or false")
        return asked == "true"

    def cursor(self, name: str) -> int | None:
        asked = self._query.get(name)
        if not asked:
            return None
        try:
            return int(orjson.loads(base64.urlsafe_b64decode(asked.encode()))["before"])
        except (binascii.Error, ValueError, KeyError, TypeError):
            self.wrong(name, "must be a nextCursor of an answer before")
            return None
