"""The two error envelopes of the API: one for the v3 paths, one for all others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response


class Violation(NamedTuple):
    """One thing wrong with a request: where, and what."""

    property: str
    violation: str


class ApiRefusal(HTTPException):
    """A request that is answered with an error envelope; the path decides which."""

    def __init__(self, status_code: int, violations: Sequence[Violation] = ()) -> None:
        super().__init__(status_code)
        self.violations = tuple(violations)


class _Wording(NamedTuple):
    description: str
    action: str
    legacy_id: str
    legacy_text: str
    resources: tuple[tuple[str, str], ...] = ()


_AUTHENTICATION = ("API Authentication", "https://www.infobip.com/docs/essentials/api-authentication")
_THROTTLING = (
    "Throttling handling errors",
    "https://www.infobip.com/docs/essentials/integration-best-practices#throttling-handling-errors",
)
_WORDINGS = {
    400: _Wording(
        "Request cannot be processed.",
        "Check the syntax, violations and adjust the request.",
        "BAD_REQUEST",
        "Bad request",
    ),
    401: _Wording(
        "The request lacks valid authentication credentials for the requested resource.",
        "Check the resources and adjust authentication credentials.",
        "UNAUTHORIZED",
        "Unauthorized",
        (_AUTHENTICATION,),
    ),
    403: _Wording(
        "The server understood the request but refuses to authorize it.",
        "Check the resources and adjust authorization.",
        "FORBIDDEN",
        "Forbidden",
        (_AUTHENTICATION,),
    ),
    404: _Wording("Requested resource not found.", "Check the resource path.", "NOT_FOUND", "Not found"),
    405: _Wording("Method not allowed.", "Check the request method.", "METHOD_NOT_ALLOWED", "Method not allowed"),
    415: _Wording(
        "Unsupported media type.",
        "Set Content-Type to application/json.",
        "UNSUPPORTED_MEDIA_TYPE",
        "Unsupported media type",
    ),
    429: _Wording(
        "Too many requests sent.",
        "Check request rate limit specified in the API endpoint documentation resource.",
        "TOO_MANY_REQUESTS",
        "Too many requests",
        (_THROTTLING,),
    ),
    500: _Wording("Something went wrong.", "Contact the support.", "GENERAL_ERROR", "Something went wrong."),
}


def error_body(path: str, status: int, violations: Sequence[Violation] = ()) -> dict[str, Any]:
    """The error envelope that `path` answers `status` with."""
    wording = _WORDINGS.get(status, _WORDINGS[500])
    if path.startswith("/sms/3/"):
        return _v3(status, wording, violations)
    return _legacy(wording, violations)


def refused(request: Request, error: Exception) -> Response:
    """Starlette's exception handler: every refusal, its own 404 and 405 too, in the envelope of the path."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    violations = error.violations if isinstance(error, ApiRefusal) else ()
    headers = error.headers if isinstance(error, HTTPException) else None
    return JSONResponse(error_body(request.url.path, status, violations), status, headers=headers)


def _v3(status: int, wording: _Wording, violations: Sequence[Violation]) -> dict[str, Any]:
    return {
        "errorCode": f"E{status}",
        "description": wording.description,
        "action": wording.action,
        "violations": [violation._asdict() for violation in violations],
        "resources": [{"name": name, "url": url} for name, url in wording.resources],
    }


def _legacy(wording: _Wording, violations: Sequence[Violation]) -> dict[str, Any]:
    exception: dict[str, Any] = {"messageId": wording.legacy_id, "text": wording.legacy_text}
    if violations:
        listed: dict[str, list[str]] = {}
        for violation in violations:
            listed.setdefault(violation.property, []).append(violation.violation)
        exception["validationErrors"] = listed
    return {"requestError": {"serviceException": exception}}
