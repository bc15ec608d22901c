"""The endpoints of the API that the sandbox answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infobip_rules.clock import Clock
from infobip_rules.sandbox.envelopes import ApiRefusal, Violation
from infobip_rules.sandbox.gate import ACCEPTED
from infobip_rules.sandbox.ledger import DueReport, Ledger
from infobip_rules.sandbox.parts import size, without_accents
from infobip_rules.sandbox.queries import read_limit, read_logs_query, read_reports_query, write_cursor
from infobip_rules.sandbox.records import Bulk, Settings
from infobip_rules.sandbox.schema import BulkRequest, BulkStatusRequest, PreviewRequest, SendRequest, read_body
from infobip_rules.sandbox.traffic import CallLog, PullQueue
from infobip_rules.sandbox.wire import inbound_body, stamp

Endpoint = Callable[[Request], Awaitable[Response]]
_SEND_SCOPES = frozenset({"sms:message:send", "sms:manage"})
_LOGS_SCOPES = frozenset({"sms:logs:read", "sms:manage"})
#: A cursor after which there is nothing.
_CURSOR = write_cursor(0)
#: Statuses of a bulk that nothing changes any more.
_ENDED = frozenset({"FINISHED", "CANCELED", "FAILED"})


class Api:
    """The endpoints over one account."""

    def __init__(
        self,
        *,
        settings: Settings,
        ledger: Ledger,
        call_log: CallLog,
        inbox: PullQueue,
        reports: PullQueue,
        clock: Clock,
        dispatch: Callable[[tuple[tuple[DueReport, ...], ...]], None],
    ) -> None:
        self._settings = settings
        self._ledger = ledger
        self._calls = call_log
        self._inbox = inbox
        self._reports = reports
        self._clock = clock
        self._dispatch = dispatch

    def routes(self) -> list[Route]:
        """The routes, each behind the key and the scopes it takes."""
        return [
            Route("/sms/3/messages", self._guarded(self.send, _SEND_SCOPES), methods=["POST"]),
            Route("/sms/3/logs", self._guarded(self.logs, _LOGS_SCOPES)),
            Route("/sms/3/reports", self._guarded(self.reports)),
            Route("/sms/1/inbox/reports", self._guarded(self.inbox)),
            Route("/sms/1/bulks", self._guarded(self.bulk)),
            Route("/sms/1/bulks", self._guarded(self.reschedule, _SEND_SCOPES), methods=["PUT"]),
            Route("/sms/1/bulks/status", self._guarded(self.bulk_status)),
            Route("/sms/1/bulks/status", self._guarded(self.change_status, _SEND_SCOPES), methods=["PUT"]),
            Route("/sms/1/preview", self._guarded(self.preview), methods=["POST"]),
            Route("/account/1/balance", self._guarded(self.balance)),
        ]

    async def send(self, request: Request) -> Response:
        """`POST /sms/3/messages`."""
        now = self._clock.now()
        body = read_body(SendRequest, await _json(request), now=now)
        reception = self._ledger.accept(body, now)
        request.scope[ACCEPTED].extend(reception.accepted)
        if reception.reports:
            self._dispatch(reception.reports)
        return JSONResponse(reception.body)

    async def logs(self, request: Request) -> Response:
        """`GET /sms/3/logs?messageId=a,b`, with every filter, a limit and a cursor."""
        now = self._clock.now()
        if not self._calls.within_limit(now, self._settings.logs_per_minute):
            raise ApiRefusal(429)
        query = read_logs_query(request.query_params)
        page = self._ledger.rows(query, now)
        if not page.rows:
            return JSONResponse({"results": []})
        following = None if page.next_before is None else write_cursor(page.next_before)
        # Without useCursor there is a cursor too, as in Infobip's own example of one row.
        cursor = {"limit": query.limit, "nextCursor": following if query.paged else following or _CURSOR}
        return JSONResponse({"results": page.rows, "cursor": cursor})

    async def reports(self, request: Request) -> Response:
        """`GET /sms/3/reports?limit=`: reports that were not posted anywhere, each once; of a message or bulk if asked."""
        query = read_reports_query(request.query_params)
        return JSONResponse({"results": self._reports.take(query.limit, self._clock.now(), query.wants)})

    async def bulk(self, request: Request) -> Response:
        """`GET /sms/1/bulks?bulkId=`: when a scheduled request is due."""
        return self._due(self._asked_bulk(request))

    async def reschedule(self, request: Request) -> Response:
        """`PUT /sms/1/bulks?bulkId=`: have it due at another time."""
        bulk = self._open_bulk(request)
        body = read_body(BulkRequest, await _json(request), now=self._clock.now())
        moved = replace(bulk, send_at=body.send_at)
        self._ledger.change_bulk(moved)
        return self._due(moved)

    async def bulk_status(self, request: Request) -> Response:
        """`GET /sms/1/bulks/status?bulkId=`."""
        return self._status(self._asked_bulk(request))

    async def change_status(self, request: Request) -> Response:
        """`PUT /sms/1/bulks/status?bulkId=`: paused, cancelled or pending again."""
        bulk = self._open_bulk(request)
        body = read_body(BulkStatusRequest, await _json(request))
        changed = replace(bulk, set_to=None if body.status == "PENDING" else body.status)
        self._ledger.change_bulk(changed)
        return self._status(changed)

    def _asked_bulk(self, request: Request) -> Bulk:
        bulk_id = request.query_params.get("bulkId")
        if not bulk_id:
            raise ApiRefusal(400, [Violation("bulkId", "must not be null")])
        bulk = self._ledger.bulk(bulk_id)
        if bulk is None:
            raise ApiRefusal(404)
        return bulk

    def _open_bulk(self, request: Request) -> Bulk:
        bulk = self._asked_bulk(request)
        if (status := bulk.status(self._clock.now())) in _ENDED:
            raise ApiRefusal(400, [Violation("bulkId", f"is {status} and can't be changed")])
        return bulk

    def _due(self, bulk: Bulk) -> Response:
        return JSONResponse({"bulkId": bulk.bulk_id, "sendAt": stamp(bulk.send_at, self._settings.zone)})

    def _status(self, bulk: Bulk) -> Response:
        return JSONResponse({"bulkId": bulk.bulk_id, "status": bulk.status(self._clock.now())})

    async def inbox(self, request: Request) -> Response:
        """`GET /sms/1/inbox/reports?limit=`: inbound messages, each once."""
        results = self._inbox.take(read_limit(request.query_params), self._clock.now())
        return JSONResponse(inbound_body(results, pending=len(self._inbox)))

    async def preview(self, request: Request) -> Response:
        """`POST /sms/1/preview`: the parts of a text as it is, and as the asked-for settings make it."""
        body = read_body(PreviewRequest, await _json(request))
        previews = [_preview(body.text, None, {})]
        if body.language_code:
            previews.append(_preview(body.text, body.language_code, {"language": {"languageCode": body.language_code}}))
        if body.transliteration:
            plain = without_accents(body.text)
            previews.append(_preview(plain, None, {"transliteration": body.transliteration}))
        return JSONResponse({"originalText": body.text, "previews": previews})

    async def balance(self, request: Request) -> Response:
        """`GET /account/1/balance`."""
        return JSONResponse({"balance": self._settings.balance, "currency": "EUR"})

    def _guarded(self, endpoint: Endpoint, scopes: frozenset[str] = frozenset()) -> Endpoint:
        async def guarded(request: Request) -> Response:
            if request.headers.get("authorization") != f"App {self._settings.api_key}":
                raise ApiRefusal(401)
            held = self._settings.scopes
            if scopes and held is not None and not scopes & held:
                raise ApiRefusal(403)
            return await endpoint(request)

        return guarded


async def _json(request: Request) -> bytes:
    # Infobip does not document its answer to another type; a client that forgets the header should notice here.
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise ApiRefusal(415)
    return await request.body()


def _preview(text: str, language: str | None, configuration: dict[str, object]) -> dict[str, object]:
    counted = size(text, language)
    return {
        "textPreview": text,
        "messageCount": counted.parts,
        "charactersRemaining": counted.remaining,
        "configuration": configuration,
    }
