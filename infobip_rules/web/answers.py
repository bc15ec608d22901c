"""The answers to webhooks and health checks, in JSON."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from infobip_rules.errors import InfobipRulesError, JournalBusyError, JournalError, WebhookError
from infobip_rules.pages.guard import ForeignPageError
from infobip_rules.receiver import Health, Receipt

#: Seconds until a full journal may have room again.
RETRY_AFTER = 5

_HEADERS: Mapping[int, Mapping[str, str]] = {
    401: {"WWW-Authenticate": "Bearer"},
    # A 413 keeps the connection: closed under a sender that still sends, it would never see the answer.
    408: {"Connection": "close"},
}


class Answer(Response):
    """An answer that may be given again: each time with a list of headers of its own, which middleware may add to."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends it."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": [*self.raw_headers]})
        await send({"type": "http.response.body", "body": self.body})


def answer(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer; values that JSON does not have are written as text."""
    body = orjson.dumps(content, default=str, option=orjson.OPT_NON_STR_KEYS)
    return Answer(body, status, headers=headers, media_type="application/json")


@functools.lru_cache  # nearly all have the same few numbers
def answer_receipt(receipt: Receipt) -> Response:
    """200 for a batch that was kept."""
    return answer({"accepted": receipt.new, "duplicates": receipt.duplicates, "setAside": receipt.set_aside})


def answer_health(health: Health) -> Response:
    """200 if webhooks can be taken in, else 503."""
    return answer({"ready": health.ready, "details": dict(health.details)}, 200 if health.ready else 503)


def answer_error(id_: str, fact: str, remedy: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    """An error, in the form that all answers share."""
    return answer({"error": {"id": id_, "fact": fact, "remedy": remedy}}, status, headers)


def refuse(problem: WebhookError | ForeignPageError) -> Response:
    """The 4xx for a request that is wrong."""
    status = status_of(problem)
    return answer_error(problem.id, problem.fact, problem.remedy, status, _HEADERS.get(status))


def answer_not_stored(problem: JournalError) -> Response:
    """503: Infobip posts it again. The journal's own error is logged, and not shown to the caller."""
    busy = isinstance(problem, JournalBusyError)
    headers = {"Retry-After": str(RETRY_AFTER)} if busy else None
    return answer_error(problem.id, "The messages could not be stored.", "Post them again later.", 503, headers)


def answer_ending() -> Response:
    """503 for a webhook that was cut off as the server ends."""
    headers = {"Retry-After": str(RETRY_AFTER), "Connection": "close"}
    return answer_error(WebhookError.id, "The host is ending.", "Post it again later.", 503, headers)


def answer_failure() -> Response:
    """500, without details."""
    return answer_error(
        InfobipRulesError.id, "Something went wrong here.", "The log says what; post it again later.", 500
    )


def status_of(problem: WebhookError | ForeignPageError) -> int:
    """The HTTP status that an error names, 400 if it names none; 403 for a page of another site."""
    if isinstance(problem, ForeignPageError):
        return 403
    status = problem.context.get("http_status")
    return status if isinstance(status, int) else 400
