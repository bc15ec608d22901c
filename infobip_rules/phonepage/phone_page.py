"""The paths of the page of phones: the page, its events, and the forms that it posts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from infobip_rules.errors import InfobipRulesError, WebhookError
from infobip_rules.pages.forms import done, read_form
from infobip_rules.pages.guard import ForeignPageError, Guard, check_same_origin
from infobip_rules.pages.headers import HEADERS, back_to, download, page, plain
from infobip_rules.phonepage.board import Board
from infobip_rules.phonepage.form_values import read_moment
from infobip_rules.phonepage.provider import arm_fault, configure_account

HOME = "/phones"
ASSETS = f"{HOME}/assets"

_Form = Mapping[str, str]
_Endpoint = Callable[[Request], Awaitable[Response]]
_STEPS = {"1h": timedelta(hours=1), "1d": timedelta(days=1)}
_PACKAGES: list[str | tuple[str, str]] = [
    ("infobip_rules.pages", "static"),
    ("infobip_rules.phonepage", "static"),
]


class NotTakenError(InfobipRulesError, RuntimeError):
    """The host did not take a webhook of the fake Infobip."""

    id = "IR706"


class PhonePage:
    """The paths of one board, behind `guard`; `saved` gives the conversation of a number as a file of tests."""

    def __init__(self, board: Board, *, guard: Guard, saved: Callable[[str], Awaitable[str]]) -> None:
        self.board = board
        self._saved = saved
        self._guard = guard

    def routes(self) -> list[BaseRoute]:
        """The routes, for the application that also takes the webhooks."""
        posts: dict[str, Callable[[_Form], Awaitable[None]]] = {
            "send": self._send,
            "report": self._report,
            "clock": self._clock,
            "account": self._account,
            "faults": self._fault,
            "faults/clear": self._clear_faults,
            "open": self._open,
            "rename": self._rename,
            "close": self._close,
        }
        return [
            Route("/", self._guarded(self._to_page)),
            Route(HOME, self._guarded(self._page)),
            Route(f"{HOME}/events", self._guarded(self._events)),
            Route(f"{HOME}/parts", self._guarded(self._parts)),
            Route(f"{HOME}/story/{{signal:int}}", self._guarded(self._story)),
            Route(f"{HOME}/{{number:str}}.sms.txt", self._guarded(self._save)),
            *(Route(f"{HOME}/{path}", self._guarded(self._posted(do)), methods=["POST"]) for path, do in posts.items()),
            Mount(ASSETS, StaticFiles(packages=_PACKAGES)),
        ]

    async def _to_page(self, request: Request) -> Response:
        return self._guard.admit(request, HOME) or back_to(HOME)

    async def _page(self, request: Request) -> Response:
        if (admitted := self._guard.admit(request, HOME)) is not None:
            return admitted
        signal = request.query_params.get("signal", "")
        return page(await self.board.html(int(signal) if signal.isdecimal() and len(signal) < 18 else 0))

    async def _events(self, request: Request) -> Response:
        seen = request.headers.get("last-event-id") or request.query_params.get("seen", "")
        return StreamingResponse(self.board.feed.lines(seen), headers=HEADERS, media_type="text/event-stream")

    async def _parts(self, request: Request) -> Response:
        # Messages typed on a phone arrive by the channel that takes what nobody recognises.
        cost = self.board.host.channels.first.cost_of_text(request.query_params.get("text", ""))
        return JSONResponse({"text": cost.line, "forced": bool(cost.because)}, headers=HEADERS)

    async def _story(self, request: Request) -> Response:
        return page(await self.board.story(request.path_params["signal"]))

    async def _save(self, request: Request) -> Response:
        number = self.board.phones.check(request.path_params["number"])
        return download(await self._saved(number), f"conversation-{number}.sms.txt")

    async def _send(self, form: _Form) -> None:
        number, text = self.board.phones.check(form.get("number", "")), form.get("text", "")
        callback = await self.board.fake.receive(number, text)
        if not callback.delivered:
            raise NotTakenError(
                f"The host did not take the message: {callback.error or f'it answered {callback.status}'}.",
                "The terminal says why.",
            )

    async def _report(self, form: _Form) -> None:
        callback = await self.board.fake.report(form.get("message_id", ""), form.get("status", ""))
        if not callback.delivered:
            raise NotTakenError("The host did not take the report.", "The terminal says why.")

    async def _clock(self, form: _Form) -> None:
        clock = self.board.clock
        if (step := _STEPS.get(form.get("by", ""))) is not None:
            clock.advance(step)
        else:
            clock.set(read_moment(form.get("until", "")))
        self.board.host.wake()

    async def _account(self, form: _Form) -> None:
        configure_account(self.board.fake, outcome=form.get("outcome", ""), keywords=form.get("keywords", ""))

    async def _fault(self, form: _Form) -> None:
        arm_fault(self.board.fake, effect=form.get("effect", ""), often=form.get("often", ""))

    async def _clear_faults(self, _: _Form) -> None:
        self.board.fake.faults.clear()

    async def _open(self, _: _Form) -> None:
        self.board.phones.open()

    async def _rename(self, form: _Form) -> None:
        self.board.phones.rename(form.get("old", ""), form.get("number", ""))

    async def _close(self, form: _Form) -> None:
        self.board.phones.close(form.get("number", ""))

    def _posted(self, do: Callable[[_Form], Awaitable[None]]) -> _Endpoint:
        async def posted(request: Request) -> Response:
            check_same_origin(request)
            await do(await read_form(request))
            self.board.note_change()
            return done(request, HOME)

        return posted

    def _guarded(self, endpoint: _Endpoint) -> _Endpoint:
        async def guarded(request: Request) -> Response:
            try:
                self._guard.check(request)
                return await endpoint(request)
            except WebhookError as problem:  # of the token
                return plain(f"{problem.fact} Open the address that the terminal shows.", 401)
            except ForeignPageError as problem:
                return plain(str(problem), 403)
            except InfobipRulesError as problem:
                return plain(str(problem), 400)

        return guarded
