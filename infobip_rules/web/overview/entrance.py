"""The check of who may see the overview: by the webhook token, or at this machine if none is set."""

from __future__ import annotations

import hashlib
import hmac

from starlette.requests import Request
from starlette.responses import Response

from infobip_rules.errors import InfobipRulesError
from infobip_rules.pages.guard import check_loopback_name
from infobip_rules.pages.headers import back_to
from infobip_rules.web.token import WebhookToken

COOKIE = "infobip-rules"
#: Seconds that the cookie lasts.
_KEPT = 30 * 24 * 3600


class NoEntranceError(InfobipRulesError, PermissionError):
    """The overview would be open to everybody."""

    id = "IR605"


class Entrance:
    """Admits by the token: as webhooks bring it, or by a cookie that a browser gets for `?token=`."""

    def __init__(self, token: str | None, *, local: bool) -> None:
        self._token = WebhookToken(token)
        self._local = local
        # Not the token itself: the cookie does not allow posting webhooks.
        self._pass = hmac.digest(token.encode(), b"overview", hashlib.sha256).hex() if token is not None else None

    def check(self, request: Request) -> None:
        """Raises WebhookTokenError, NoEntranceError or ForeignPageError for a request that is not admitted."""
        if self._pass is None:
            if not self._local:
                raise NoEntranceError(
                    "The overview is shown to nobody: anyone could see it.",
                    "Set INFOBIP_WEBHOOK_TOKEN, then add ?token=.",
                )
            check_loopback_name(request)
        elif not hmac.compare_digest(request.cookies.get(COOKIE, "").encode(), self._pass.encode()):
            self._token.check(request.scope)

    def admit(self, request: Request, path: str) -> Response | None:
        """For a browser that came with `?token=`: the cookie, and a redirect to `path` without it; None for all others."""
        if self._pass is None or "token" not in request.query_params:
            return None
        answer = back_to(path)
        # Lax: with Strict a link from a chat would open without the cookie it has just set.
        secure = "https" in (request.url.scheme, request.headers.get("x-forwarded-proto"))
        answer.set_cookie(COOKIE, self._pass, max_age=_KEPT, httponly=True, samesite="lax", secure=secure)
        return answer
