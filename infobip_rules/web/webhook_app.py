"""The ASGI app: Infobip's webhooks and the health checks, to be served alone or mounted into an app of yours."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

from infobip_rules.channels.installed import installed_channels
from infobip_rules.channels.registry import Channels
from infobip_rules.clock import Clock, SystemClock
from infobip_rules.errors import WebhookError
from infobip_rules.infobip.security import WebhookSignature
from infobip_rules.receiver import Health, Receiver
from infobip_rules.settings import Settings
from infobip_rules.web.answers import answer, answer_error, answer_health
from infobip_rules.web.guard import WebhookGuard
from infobip_rules.web.token import hide_token, plain_token, token_difference_warning, webhook_exposure_warning
from infobip_rules.web.webhook import PATHS, Webhooks

__all__ = ["MAX_BODY", "READ_TIMEOUT", "create_app", "webhook_exposure_warning"]

log = logging.getLogger("infobip_rules.web")

#: Bytes; 2000 results, the most that Infobip posts at once, come to about 1 MiB.
MAX_BODY = 4 * 1024 * 1024
#: Seconds.
READ_TIMEOUT = 30.0

_LIVE = "/health/live"
_READY = "/health/ready"

_Endpoint = Callable[[Request], Awaitable[Response]] | ASGIApp


class UnknownPathError(WebhookError):
    """There is nothing at a path, or not with that method."""

    id = "IR602"


def create_app(
    receiver: Receiver,
    *,
    token: SecretStr | str | None,
    signature: WebhookSignature | None = None,
    max_body: int = MAX_BODY,
    read_timeout: float = READ_TIMEOUT,
    clock: Clock | None = None,
    lifespan: Lifespan[Starlette] | None = None,
    pages: Sequence[BaseRoute] = (),
    channels: Channels | None = None,
) -> Starlette:
    """The app that takes Infobip's webhooks and hands their items to `receiver`.

    `POST /sms-received-message` and `POST /sms-delivery-report` (underscores do as well) answer 200 with
    `{"accepted", "duplicates", "setAside"}` once the receiver has kept everything, 503 if it could not, and 4xx with
    `{"error": {"id", "fact", "remedy"}}` for a body that is not Infobip's. `GET /health/live` and `GET /health/ready`
    are for monitoring. With a `token`, a webhook must carry it as `?token=`, as `X-Webhook-Token` or as
    `Authorization: Bearer`; with a `signature`, it may be signed instead. Give the token of the receiver's
    settings, which delivery reports carry; another is warned of in the log (`web.token_differs`). `max_body` is in bytes,
    `read_timeout` in seconds.
    `pages` are further routes beside these, such as those of `infobip_rules.web.overview`; `channels` are the receiver's.

    Mount it into an app of your own, Starlette or FastAPI; Infobip is then given the URLs with the prefix::

        app.mount("/infobip", create_app(host, token=settings.webhook_token))

    A mounted app's lifespan is never run: start and stop the host in the lifespan of the outer app.
    """
    word = plain_token(token)
    guard, time = WebhookGuard(word, signature), clock or SystemClock()
    _warn_of_difference(receiver, word, signature)
    if word is not None:
        # uvicorn's access log would show the token in each URL, whichever server serves the app.
        logging.getLogger("uvicorn.access").addFilter(hide_token)
    routes = _routes("GET", _LIVE, _live) + _routes("GET", _READY, _readiness(receiver))
    webhooks = Webhooks(
        receiver=receiver,
        guard=guard,
        clock=time,
        max_body=max_body,
        read_timeout=read_timeout,
        channels=channels or installed_channels(),
    )
    for path, webhook in webhooks.by_path.items():
        routes += _routes("POST", path, webhook)
    return _App(webhooks, routes=[*routes, *pages], exception_handlers={HTTPException: _explain}, lifespan=lifespan)


def _warn_of_difference(receiver: Receiver, token: str | None, signature: WebhookSignature | None) -> None:
    # A receiver need not have settings; a host and the plugin do.
    settings = getattr(receiver, "settings", None)
    if isinstance(settings, Settings) and (warning := token_difference_warning(settings, token, signature)):
        log.warning("web.token_differs reason=%s", warning)


class _App(Starlette):
    """Calls webhooks directly: Starlette's middleware and routes take as long as all else in a request."""

    def __init__(self, webhooks: Webhooks, **options: Any) -> None:
        super().__init__(**options)
        self._webhooks = webhooks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Middleware that was added has to see webhooks too.
        webhook = None if self.user_middleware else self._webhooks.at(scope)
        await (webhook or super().__call__)(scope, receive, send)


def _routes(method: str, path: str, endpoint: _Endpoint) -> list[Route]:
    # Starlette would redirect a trailing slash, which no webhook follows.
    return [Route(spelt, endpoint, methods=[method]) for spelt in (path, f"{path}/")]


async def _live(_: Request) -> Response:
    return answer({"live": True})


def _readiness(receiver: Receiver) -> _Endpoint:
    async def ready(_: Request) -> Response:
        try:
            return answer_health(await receiver.health())
        except Exception:
            log.exception("web.health_failed")
            return answer_health(Health(ready=False, details={}))

    return ready


async def _explain(request: Request, error: Exception) -> Response:
    """The answer to a wrong path or method: the paths that there are."""
    status, headers = (error.status_code, error.headers) if isinstance(error, HTTPException) else (500, None)
    prefix = request.scope.get("root_path", "")
    webhooks = ", ".join(f"POST {prefix}{paths[0]}" for paths in PATHS.values())
    fact = "This path takes another method." if status == 405 else "There is nothing at this path."
    remedy = f"There are {webhooks}, GET {prefix}{_LIVE} and GET {prefix}{_READY}."
    return answer_error(UnknownPathError.id, fact, remedy, status, headers)
