"""The overview's paths: `/dashboard` for people, `/metrics` for Prometheus."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from infobip_rules.errors import InfobipRulesError
from infobip_rules.host import Host
from infobip_rules.pages.forms import done, read_form
from infobip_rules.pages.guard import ForeignPageError, check_same_origin
from infobip_rules.pages.headers import HEADERS, page, plain
from infobip_rules.pages.rendering import Templates
from infobip_rules.web.overview.entrance import Entrance, NoEntranceError
from infobip_rules.web.overview.view import SPANS, overview_of
from infobip_rules.web.token import WebhookTokenError, plain_token

HOME = "/dashboard"
_ASSETS = f"{HOME}/assets"
_PACKAGES: list[str | tuple[str, str]] = [
    ("infobip_rules.pages", "static"),
    ("infobip_rules.web.overview", "static"),
]
_REFUSALS = {WebhookTokenError: 401, NoEntranceError: 403, ForeignPageError: 403}

_Endpoint = Callable[[Request], Awaitable[Response]]


class OverviewPages:
    """The overview of one host, to be given to `create_app` as `pages=OverviewPages(...).routes()`.

    `token` is that of the webhooks. Without one the overview is shown only if the host is `local`: only this machine
    reaches it, also through a web server in front. Phone numbers are masked if `masked`.
    """

    def __init__(self, host: Host, *, token: SecretStr | str | None, local: bool, masked: bool = True) -> None:
        self._host = host
        self._entrance = Entrance(plain_token(token), local=local)
        self._masked = masked
        self._templates = Templates(Path(__file__).parent / "templates")

    def routes(self) -> list[BaseRoute]:
        """The routes; the assets need no token."""
        return [
            Route(HOME, self._guarded(self._page)),
            Route(f"{HOME}/retry", self._guarded(self._retry), methods=["POST"]),
            Route("/metrics", self._guarded(self._metrics)),
            Mount(_ASSETS, StaticFiles(packages=_PACKAGES)),
        ]

    async def _page(self, request: Request) -> Response:
        if (admitted := self._entrance.admit(request, HOME)) is not None:
            return admitted
        chosen = request.query_params.get("span", "day")
        span = SPANS.get(chosen, SPANS["day"])
        host = self._host
        seen = await overview_of(
            host.journal,
            telemetry=host.telemetry,
            rules=host.rulebook.rules,
            span=span,
            now=host.clock.now(),
            masked=self._masked,
        )
        html = self._templates.render(
            "dashboard.html", seen=seen, span=span, spans=SPANS, assets=_ASSETS, sandbox=not self._masked
        )
        return page(html)

    async def _retry(self, request: Request) -> Response:
        """A dead letter is pending again."""
        check_same_origin(request)
        signal = (await read_form(request)).get("signal", "")
        if not (signal.isascii() and signal.isdecimal() and len(signal) < 18):
            return plain("Which signal is meant can't be read. Load the page again.", 400)
        replayed = await self._host.journal.admin.replay([int(signal)])
        if any(change.changed for change in replayed):
            self._host.wake()
        return done(request, HOME)

    async def _metrics(self, request: Request) -> Response:
        # Imported when it is asked for: prometheus_client takes longer than the rest of a start.
        from infobip_rules.web.overview.metrics import Figures, metrics

        host = self._host
        figures = Figures(
            totals=await host.journal.overview.totals(),
            depth=await host.journal.overview.depth(),
            telemetry=host.telemetry,
            now=host.clock.now(),
            journal=host.settings.journal_url.partition(":")[0],
            account_refused=host.dispatcher.account.refused is not None,
        )
        text, media_type = metrics(figures, accepts=request.headers.get("accept", ""))
        return Response(text, headers=HEADERS, media_type=media_type)

    def _guarded(self, endpoint: _Endpoint) -> _Endpoint:
        async def guarded(request: Request) -> Response:
            try:
                self._entrance.check(request)
                return await endpoint(request)
            except InfobipRulesError as problem:
                return plain(str(problem), _REFUSALS.get(type(problem), 400))

        return guarded
