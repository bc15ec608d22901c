"""The check of who may post webhooks: by token or signature; if neither is set, everybody but pages in a browser."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import Scope

from infobip_rules.errors import WebhookError
from infobip_rules.infobip.security import WebhookSignature
from infobip_rules.pages.guard import check_loopback_name, check_same_origin
from infobip_rules.web.body import check_content_type, require_content_type
from infobip_rules.web.token import WebhookToken, WebhookTokenError

#: Headers that every browser sends with a POST, and no page can leave out; neither Infobip nor tools send them.
_OF_BROWSERS = frozenset({b"origin", b"sec-fetch-site"})


class WebhookSignatureError(WebhookError):
    """A webhook came without a signature, or with one that is not that of its body."""

    id = "IR606"

    def __init__(self, header: str) -> None:
        super().__init__(
            f"The signature in {header} is missing, or not that of the body.",
            "Compare INFOBIP_WEBHOOK_HMAC_SECRET and INFOBIP_WEBHOOK_HMAC_ALGORITHM with the subscription's settings.",
            http_status=401,
        )


class WebhookGuard:
    """Admits webhooks by a token or by a signature, whichever are set; without either, all but those of pages.

    One is enough: what a subscription forwards is signed, while delivery reports come to a URL with the token.
    Without them, a page of any site in a browser at this machine could post: to 127.0.0.1, or to a name of its own that
    leads there. A body must then have the content type of JSON, which no page may send to another site, and a browser
    must show a page of this program, under a name of this machine. Infobip, and a tunnel under whatever name, is no browser.
    Raises ConfigurationError for an empty token.
    """

    def __init__(self, token: str | None, signature: WebhookSignature | None = None) -> None:
        self._token = WebhookToken(token)
        self._signature = signature

    def admit(self, scope: Scope) -> bytes | None:
        """The signature that the body has yet to match (`check`); None if the request is admitted without.

        Raises WebhookTokenError or WebhookSignatureError for one that brings neither, ForeignPageError for that of a page,
        and WebhookError (415) for a body that is not JSON.
        """
        given = self._check_sender(scope)
        check_content_type(scope)
        return given

    def _check_sender(self, scope: Scope) -> bytes | None:
        if self._signature is None:
            if not self._token.is_set:
                _check_page(scope)
                require_content_type(scope)
            self._token.check(scope)
            return None
        if self._token.is_set and self._token.is_brought_by(scope):
            return None
        given = _brought(scope, self._signature.header)
        if given is None:
            raise WebhookTokenError if self._token.is_set else WebhookSignatureError(self._signature.header)
        return given

    def check(self, given: bytes, body: bytes) -> None:
        """Raises WebhookSignatureError unless `given` is the signature of the body."""
        if self._signature is not None and not self._signature.is_right(given, body):
            raise WebhookSignatureError(self._signature.header)


def _check_page(scope: Scope) -> None:
    if any(name in _OF_BROWSERS for name, _ in scope["headers"]):
        request = Request(scope)
        check_same_origin(request)
        check_loopback_name(request)


def _brought(scope: Scope, header: str) -> bytes | None:
    wanted = header.lower().encode()
    return next((value for name, value in scope["headers"] if name == wanted), None)
