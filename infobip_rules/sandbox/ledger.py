"""The messages of the fake account: accepted or rejected, and kept for the logs."""

from __future__ import annotations

import itertools
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from infobip_rules.sandbox.acceptance import draft, fate, rejection, standing
from infobip_rules.sandbox.faults import Effect, Faults
from infobip_rules.sandbox.queries import LogsQuery
from infobip_rules.sandbox.records import Bulk, Message, Settings, Standing
from infobip_rules.sandbox.schema import SendRequest
from infobip_rules.sandbox.statuses import STATUSES, Status, status_named
from infobip_rules.sandbox.wire import log_row, report_result, sent_entry

_KEPT_FOR = timedelta(hours=48)
_ACCEPTED = STATUSES["PENDING_ACCEPTED"]
_DUPLICATE = STATUSES["REJECTED_DUPLICATE_MESSAGE_ID"]


@dataclass(frozen=True, kw_only=True, slots=True)
class DueReport:
    """A delivery report that is due; `url` is None if it is not posted."""

    url: str | None
    result: Mapping[str, Any]
    content_type: str = "application/json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reception:
    """The result of a POST: the body of the answer, the accepted ids, and due reports by message."""

    body: Mapping[str, Any]
    accepted: tuple[str, ...]
    reports: tuple[tuple[DueReport, ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class LogPage:
    """Rows of the logs, and the place before which the next page begins; None for the last page."""

    rows: list[dict[str, Any]]
    next_before: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Answer:
    answered: Status
    accepted: bool = False
    reports: tuple[DueReport, ...] = ()


class Ledger:
    """Every message of the account, in the order of arrival; thread-safe."""

    def __init__(self, settings: Settings, faults: Faults, changed: threading.Condition) -> None:
        self._settings = settings
        self._faults = faults
        self._changed = changed
        self._serial = itertools.count()
        self._entries: list[Message] = []
        self._accepted: list[int] = []
        # Ids of rejected messages are not among them: 23 means that an earlier attempt was accepted.
        self._accepted_ids: set[str] = set()
        self._by_id: dict[str, list[int]] = defaultdict(list)
        self._by_number: dict[str, list[int]] = defaultdict(list)
        self._posted: Counter[str] = Counter()
        self._bulks: dict[str, Bulk] = {}

    def messages(self) -> tuple[Message, ...]:
        """Accepted messages in order, one for each acceptance."""
        with self._changed:
            return tuple(self._counted(self._accepted))

    def rejected(self) -> tuple[Message, ...]:
        """Messages rejected in the answer itself; refused repeats of a messageId are not among them."""
        with self._changed:
            accepted = set(self._accepted)
            return tuple(self._counted(place for place in range(len(self._entries)) if place not in accepted))

    def sent_to(self, number: str) -> tuple[Message, ...]:
        """Accepted messages to `number`, in order."""
        with self._changed:
            return tuple(self._counted(self._by_number.get(number, ())))

    def latest(self, message_id: str) -> Message | None:
        """The newest record of `message_id`."""
        with self._changed:
            places = self._by_id.get(message_id)
            return self._entries[places[-1]] if places else None

    def next_id(self) -> str:
        """A new id, as Infobip's own look: a number of 19 digits."""
        return str(self._settings.first_id + next(self._serial))

    def accept(self, request: SendRequest, now: datetime) -> Reception:
        """Accepts or rejects the messages of a POST."""
        with self._changed:
            options = request.options
            bulk_id = (options.schedule.bulk_id if options and options.schedule else None) or self.next_id()
            counted = bool(options and options.include_sms_count_in_response)
            if options and options.schedule and options.schedule.send_at:
                self._bulks[bulk_id] = Bulk(bulk_id=bulk_id, send_at=options.schedule.send_at)
            drafts = list(self._drafts(request, bulk_id, now))
            answers = [self._judge(message, request) for message in drafts]
            self._changed.notify_all()
        judged = list(zip(drafts, answers, strict=True))
        return Reception(
            body={"bulkId": bulk_id, "messages": [_entry(*pair, counted=counted) for pair in judged]},
            accepted=tuple(message.message_id for message, answer in judged if answer.accepted),
            reports=tuple(answer.reports for answer in answers if answer.reports),
        )

    def advance(self, message_id: str, status: Status, now: datetime) -> DueReport | None:
        """Records that a message has reached `status`; the report that is due, None if there is no such message."""
        with self._changed:
            places = self._by_id.get(message_id)
            if not places:
                return None
            message = self._entries[places[-1]]
            reached = standing(status, now)
            self._entries[places[-1]] = replace(message, history=(*message.history, reached))
            self._changed.notify_all()
            return self._report(message, reached)

    def rows(self, query: LogsQuery, now: datetime) -> LogPage:
        """The page of the logs that is asked for, newest first; without filters, of all that the account has sent."""
        with self._changed:
            asked = {place for id_ in query.message_ids for place in self._by_id.get(id_, ())}
            places = sorted(asked, reverse=True) if query.message_ids else range(len(self._entries) - 1, -1, -1)
            found = list(itertools.islice(self._found(places, query, now), query.limit + 1))
            page = found[: query.limit]
            rows = [log_row(self._entries[place], self._settings.zone) for place in page]
        return LogPage(rows=rows, next_before=page[-1] if len(found) > len(page) else None)

    def _found(self, places: Iterable[int], query: LogsQuery, now: datetime) -> Iterator[int]:
        for place in places:
            message = self._entries[place]
            later = query.before is not None and place >= query.before
            if not later and self._visible(message, now) and query.wants(message):
                yield place

    def bulk(self, bulk_id: str) -> Bulk | None:
        """The scheduled request of that id."""
        with self._changed:
            return self._bulks.get(bulk_id)

    def change_bulk(self, bulk: Bulk) -> None:
        """Keeps a changed scheduled request."""
        with self._changed:
            self._bulks[bulk.bulk_id] = bulk
            self._changed.notify_all()

    def _drafts(self, request: SendRequest, bulk_id: str, now: datetime) -> Iterator[Message]:
        for outgoing in request.messages:
            for destination in outgoing.destinations:
                yield draft(
                    request,
                    outgoing,
                    destination,
                    message_id=destination.message_id or self.next_id(),
                    bulk_id=bulk_id,
                    now=now,
                    settings=self._settings,
                    serial=self._serial,
                )

    def _judge(self, message: Message, request: SendRequest) -> _Answer:
        self._posted[message.message_id] += 1
        fault = self._faults.for_message(message.message_id, message.to)
        if fault is not None and fault.effect is Effect.REJECT:
            return self._reject(message, status_named(fault.status_name))
        if message.message_id in self._accepted_ids and self._settings.on_duplicate != "accept":
            return self._refuse_repeat(message)
        why = rejection(message, self._earlier(message.to), request, self._settings)
        if why is not None:
            return self._reject(message, why)
        return self._take(message, _ACCEPTED if fault is None else status_named(fault.status_name))

    def _earlier(self, number: str) -> list[Message]:
        # Only the flood guard needs them; without it the cost of a message must not grow with their number.
        places = self._by_number.get(number, ()) if self._settings.anti_flooding else ()
        return [self._entries[place] for place in places]

    def _reject(self, message: Message, status: Status) -> _Answer:
        self._keep(replace(message, history=(standing(status, message.accepted_at),)))
        return _Answer(answered=status)

    def _refuse_repeat(self, message: Message) -> _Answer:
        if self._settings.on_duplicate == "reject":
            return _Answer(answered=_DUPLICATE)
        report = self._report(message, standing(_DUPLICATE, message.accepted_at))
        return _Answer(answered=_ACCEPTED, reports=(report,))

    def _take(self, message: Message, answered: Status) -> _Answer:
        taken = replace(message, history=fate(message, answered, self._settings))
        place = self._keep(taken)
        self._accepted.append(place)
        self._accepted_ids.add(taken.message_id)
        self._by_number[taken.to].append(place)
        reports = tuple(self._report(taken, reached) for reached in taken.history[1:])
        return _Answer(answered=answered, accepted=True, reports=reports)

    def _keep(self, message: Message) -> int:
        self._entries.append(message)
        self._by_id[message.message_id].append(len(self._entries) - 1)
        return len(self._entries) - 1

    def _report(self, message: Message, reached: Standing) -> DueReport:
        url = message.delivery_report_url or self._settings.report_url
        result = report_result(message, reached, self._settings.zone)
        return DueReport(url=url, result=result, content_type=message.content_type)

    def _visible(self, message: Message, now: datetime) -> bool:
        return self._settings.log_lag <= now - message.accepted_at <= _KEPT_FOR

    def _counted(self, places: Iterable[int]) -> Iterator[Message]:
        for place in places:
            message = self._entries[place]
            times = self._posted[message.message_id]
            yield message if times == 1 else replace(message, times_posted=times)


def _entry(message: Message, answer: _Answer, *, counted: bool) -> dict[str, Any]:
    parts = message.parts if counted and answer.answered.group_name != "REJECTED" else None
    return sent_entry(message.message_id, message.to, answer.answered, parts=parts)
