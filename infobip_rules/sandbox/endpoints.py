"""The paths of the API that the sandbox answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infobip_rules.clock import Clock
from infobip_rules.sandbox.envelopes import Refusal, Violation
from infobip_rules.sandbox.gate import ACCEPTED
from infobip_rules.sandbox.ledger import Ledger, Report
from infobip_rules.sandbox.parts import size, without_accents
from infobip_rules.sandbox.records import Settings
from infobip_rules.sandbox.schema import PreviewRequest, SendRequest, read_body
from infobip_rules.sandbox.traffic import PullQueue, Traffic
from infobip_rules.sandbox.wire import inbound_body

Endpoint = Callable[[Request], Awaitable[Response]]
_MOST_IDS = 50
_SEND_SCOPES = frozenset({"sms:message:send", "sms:manage"})
_LOGS_SCOPES = frozenset({"sms:logs:read", "sms:manage"})
_CURSOR = {"limit": 50, "nextCursor": "eyJvIjo1MH0="}


class Api:
    """The endpoints over one account."""

    def __init__(
        self,
        *,
        settings: Settings,
        ledger: Ledger,
        traffic: Traffic,
        inbox: PullQueue,
        reports: PullQueue,
        clock: Clock,
        dispatch: Callable[[tuple[tuple[Report, ...], ...]], None],
    ) -> None:
        self._settings = settings
        self._ledger = ledger
        self._traffic = traffic
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
        """`GET /sms/3/logs?messageId=a,b`."""
        now = self._clock.now()
        if not self._traffic.within_limit(now, self._settings.logs_per_minute):
            raise Refusal(429)
        asked = ",".join(request.query_params.getlist("messageId"))
        ids = [id_.strip() for id_ in asked.split(",") if id_.strip()]
        if len(ids) > _MOST_IDS:
            raise Refusal(400, [Violation("messageId", f"size must be between 0 and {_MOST_IDS}")])
        rows = self._ledger.rows(ids, now)
        return JSONResponse({"results": rows, "cursor": _CURSOR} if rows else {"results": rows})

    async def reports(self, request: Request) -> Response:
        """`GET /sms/3/reports?limit=`: reports that were not posted anywhere, each once."""
        return JSONResponse({"results": self._reports.take(_limit(request), self._clock.now())})

    async def inbox(self, request: Request) -> Response:
        """`GET /sms/1/inbox/reports?limit=`: inbound messages, each once."""
        results = self._inbox.take(_limit(request), self._clock.now())
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
                raise Refusal(401)
            held = self._settings.scopes
            if scopes and held is not None and not scopes & held:
                raise Refusal(403)
            return await endpoint(request)

        return guarded


async def _json(request: Request) -> bytes:
    # What Infobip answers to another type is documented nowhere; a client that forgets it should hear of it here.
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refusal(415)
    return await request.body()


def _limit(request: Request, *, usual: int = 50, most: int = 1000) -> int:
    asked = request.query_params.get("limit")
    if asked is None:
        return usual
    if not (asked.isascii() and asked.isdigit() and len(asked) <= len(str(most)) and 1 <= int(asked) <= most):
        raise Refusal(400, [Violation("limit", f"must be between 1 and {most}")])
    return int(asked)


def _preview(text: str, language: str | None, configuration: dict[str, object]) -> dict[str, object]:
    counted = size(text, language)
    return {
        "textPreview": text,
        "messageCount": counted.parts,
        "charactersRemaining": counted.remaining,
        "configuration": configuration,
    }
