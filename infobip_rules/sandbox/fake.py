"""A stateful fake of Infobip, which has neither test keys nor a sandbox of its own."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
from collections import Counter
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Coroutine,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from datetime import timedelta
from typing import Any, Literal

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from infobip_rules.clock import Clock, SystemClock
from infobip_rules.errors import InfobipRulesError
from infobip_rules.sandbox.callbacks import Poster
from infobip_rules.sandbox.control import Control, bad_order
from infobip_rules.sandbox.endpoints import Api
from infobip_rules.sandbox.envelopes import refused
from infobip_rules.sandbox.faults import Faults
from infobip_rules.sandbox.gate import Gate
from infobip_rules.sandbox.ledger import DueReport, Ledger
from infobip_rules.sandbox.records import Call, Callback, Message, Settings
from infobip_rules.sandbox.statuses import status_named
from infobip_rules.sandbox.traffic import CallLog, PullQueue
from infobip_rules.sandbox.wire import click_body, inbound_body, inbound_result, keyword_of, stamp

_SEND_PATH = "/sms/3/messages"


class NothingToSimulateError(InfobipRulesError, LookupError):
    """The sandbox was asked to report on an unknown message, or to click a link that it does not have."""

    id = "IR702"
    exit_code = 2


class FakeInfobip:
    """An Infobip account with an HTTP API (`app`), faults (`faults`), settings (`settings`), and a record of all that happened.

    Schedules and delivery windows are checked but not waited for: the outcome of a message is decided when it is
    accepted. Lists and counts may be read from any thread. No callback leaves this machine unless
    `settings.remote_callbacks` is set.

    Example::

        fake = FakeInfobip(api_key="key", inbound_url="http://127.0.0.1:8000/sms-received-message")
        with serve(fake.app) as url:
            await fake.receive("385981234567", "JOIN")
            assert fake.wait_for(lambda: len(fake.sent_to("385981234567")) == 1)
    """

    def __init__(
        self,
        *,
        api_key: str = "sandbox-key",
        clock: Clock | None = None,
        inbound_url: str | None = None,
        report_url: str | None = None,
        keywords: Collection[str] = (),
        scopes: frozenset[str] | None = None,
        on_duplicate: Literal["reject", "report", "accept"] = "reject",
        outcome: str = "DELIVERED",
        log_lag: timedelta = timedelta(),
        seed: int = 0,
    ) -> None:
        self.settings = Settings(
            api_key=api_key,
            inbound_url=inbound_url,
            report_url=report_url,
            keywords=frozenset(keywords),
            scopes=scopes,
            on_duplicate=on_duplicate,
            outcome=outcome,
            log_lag=log_lag,
        )
        self.faults = Faults(seed=seed)
        self._clock = clock or SystemClock()
        changed = threading.Condition()
        self._ledger = Ledger(self.settings, self.faults, changed)
        self._calls = CallLog(changed)
        self._inbox = PullQueue()
        self._unread = PullQueue()
        self._poster = Poster(self.settings, self._clock, self._calls.record_callback)
        self._tasks: set[asyncio.Task[None]] = set()
        self.app: ASGIApp = self._build()

    @property
    def messages(self) -> tuple[Message, ...]:
        """Accepted messages in order, one for each acceptance."""
        return self._ledger.messages()

    @property
    def rejected(self) -> tuple[Message, ...]:
        """Messages rejected in the answer itself; refused repeats of a messageId are not among them."""
        return self._ledger.rejected()

    @property
    def accepted_ids(self) -> tuple[str, ...]:
        """The messageId of each acceptance, in order: one accepted twice is there twice."""
        return tuple(message.message_id for message in self.messages)

    @property
    def doubled(self) -> dict[str, int]:
        """Each messageId that was accepted more than once, with the number of times; it should be empty."""
        return {id_: times for id_, times in Counter(self.accepted_ids).items() if times > 1}

    @property
    def requests(self) -> tuple[Call, ...]:
        """Every request to the API, in order."""
        return self._calls.calls()

    @property
    def posts(self) -> tuple[Call, ...]:
        """Every POST to /sms/3/messages and its outcome."""
        return tuple(call for call in self.requests if (call.method, call.path) == ("POST", _SEND_PATH))

    @property
    def callbacks(self) -> tuple[Callback, ...]:
        """Every attempt to post a webhook, in order."""
        return self._calls.callbacks()

    def sent_to(self, number: str) -> tuple[Message, ...]:
        """Accepted messages to `number`, in order."""
        return self._ledger.sent_to(number)

    def latest(self, message_id: str) -> Message | None:
        """The message of that id as it stands now, rejected ones too; None if it was never posted."""
        return self._ledger.latest(message_id)

    def wait_for(self, predicate: Callable[[], bool], seconds: float = 10.0) -> bool:
        """Blocks this thread until `predicate` holds, checked at each event of the fake; whether it does."""
        return self._calls.wait_for(predicate, seconds)

    async def settled(self, seconds: float = 10.0) -> bool:
        """Waits until every callback under way has ended; whether that was so within `seconds`."""
        return await asyncio.to_thread(self.wait_for, lambda: not self._tasks, seconds)

    def inbound(
        self,
        from_: str,
        text: str,
        *,
        to: str | None = None,
        keyword: str | None = None,
        message_id: str | None = None,
        callback_data: str | None = None,
    ) -> dict[str, Any]:
        """One entry of an inbound body; its keyword is the first word of `text` if the account has that keyword."""
        return inbound_result(
            message_id=message_id or self._ledger.next_id(),
            from_=from_,
            to=to or self.settings.number,
            text=text,
            keyword=keyword or keyword_of(text, self.settings.keywords),
            callback_data=callback_data,
            received_at=stamp(self._clock.now(), self.settings.zone),
        )

    async def receive(
        self,
        from_: str,
        text: str,
        *,
        to: str | None = None,
        keyword: str | None = None,
        message_id: str | None = None,
        callback_data: str | None = None,
    ) -> Callback:
        """Somebody writes to our number: posted to `inbound_url`, or queued for pulling if there is none."""
        result = self.inbound(from_, text, to=to, keyword=keyword, message_id=message_id, callback_data=callback_data)
        return await self.post_inbound([result])

    async def post_inbound(
        self,
        results: Sequence[Mapping[str, Any]],
        *,
        attempts: int | None = None,
        sleep: Callable[[float], Awaitable[object]] | None = None,
    ) -> Callback:
        """Posts entries made by `inbound` in one body, as Infobip batches them.

        One attempt unless `attempts` says more; they follow each other at once, or on Infobip's schedule if there is a
        `sleep`.
        """
        body = inbound_body(results)
        if self.settings.inbound_url is not None:
            return await self._poster.post("inbound", self.settings.inbound_url, body, attempts=attempts, sleep=sleep)
        self._inbox.put(results, self._clock.now())
        callback = Callback(at=self._clock.now(), kind="inbound", url="", body=body)
        self._calls.record_callback(callback)
        return callback

    async def report(self, message_id: str, status: str) -> Callback:
        """Makes a message reach `status` (a group, a status name, or a new one), and posts the report."""
        due = self._ledger.advance(message_id, status_named(status), self._clock.now())
        if due is None:
            raise NothingToSimulateError(f"No message {message_id!r} was taken in.", "Send it first.")
        return await self._post_results([due])

    async def click(self, message_id: str) -> Callback:
        """Somebody follows the first short URL of a message: posted to the tracking URL of its request."""
        message = self._ledger.latest(message_id)
        if message is None or not message.links or not message.tracking_url:
            raise NothingToSimulateError(
                f"Message {message_id!r} has no tracked link.", "Send it with shortenUrl and a trackingUrl."
            )
        original = next(iter(message.links.values()))
        body = click_body(message, original, self._clock.now())
        return await self._poster.post("click", message.tracking_url, body)

    def _build(self) -> ASGIApp:
        api = Api(
            settings=self.settings,
            ledger=self._ledger,
            call_log=self._calls,
            inbox=self._inbox,
            reports=self._unread,
            clock=self._clock,
            dispatch=lambda due: self._background(self._post_reports(due)),
        )
        inner = Starlette(
            routes=[*api.routes(), *Control(self).routes()],
            exception_handlers={
                HTTPException: refused,
                ValidationError: bad_order,
                NothingToSimulateError: bad_order,
            },
            lifespan=self._lifespan,
        )
        inner.router.redirect_slashes = False
        return Gate(inner, settings=self.settings, faults=self.faults, call_log=self._calls, clock=self._clock)

    @contextlib.asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        yield
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._calls.notify()

    async def _post_reports(self, due: Iterable[Sequence[DueReport]]) -> None:
        reports = [report for of_message in due for report in self._as_posted(of_message)]
        for batch in _batches(reports, max(1, self.settings.reports_per_post)):
            await self._post_results(batch)

    def _as_posted(self, of_message: Sequence[DueReport]) -> Iterator[DueReport]:
        times = 2 if self.settings.duplicate_reports else 1
        for report in reversed(of_message) if self.settings.reorder_reports else of_message:
            yield from itertools.repeat(report, times)

    async def _post_results(self, reports: Sequence[DueReport]) -> Callback:
        """Posts reports that go to one URL in one form, or keeps them for pulling."""
        url, body = reports[0].url, {"results": [report.result for report in reports]}
        if url is None:
            self._unread.put(body["results"], self._clock.now())
            return Callback(at=self._clock.now(), kind="report", url="", body=body)
        if reports[0].content_type != "application/json":
            error = "Not posted: what a report in XML looks like is not known here."
            callback = Callback(at=self._clock.now(), kind="report", url=url, body=body, error=error)
            self._calls.record_callback(callback)
            return callback
        return await self._poster.post("report", url, body)


def _batches(reports: Sequence[DueReport], most: int) -> Iterator[Sequence[DueReport]]:
    for _, same in itertools.groupby(reports, lambda report: (report.url, report.content_type)):
        alike = list(same)
        for start in range(0, len(alike), most):
            yield alike[start : start + most]
