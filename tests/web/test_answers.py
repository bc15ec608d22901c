"""The answers to webhooks and health checks."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson
import pytest
from starlette.responses import Response
from starlette.types import Message

from infobip_rules.errors import JournalBusyError, JournalError, WebhookError
from infobip_rules.pages.guard import ForeignPageError
from infobip_rules.receiver import Health, Receipt
from infobip_rules.web.answers import (
    answer,
    answer_ending,
    answer_failure,
    answer_health,
    answer_not_stored,
    answer_receipt,
    refuse,
    status_of,
)


def content(response: Response) -> Any:
    return orjson.loads(response.body)


def test_a_receipt_is_answered_with_its_counts() -> None:
    response = answer_receipt(Receipt(1, 2, 3))
    assert (response.status_code, content(response)) == (200, {"accepted": 1, "duplicates": 2, "setAside": 3})


async def test_an_answer_that_is_given_again_has_a_list_of_headers_of_its_own() -> None:
    response = answer({"live": True})
    started: list[Message] = []

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"].append((b"date", b"today"))
            started.append(message)

    for _ in range(2):
        await response({}, None, send)  # type: ignore[arg-type]  # receives nothing
    assert [len(message["headers"]) for message in started] == [3, 3]


def test_a_value_that_json_does_not_have_is_written_as_text() -> None:
    assert content(answer_health(Health(ready=True, details={"since": date(2026, 1, 1)})))["details"] == {
        "since": "2026-01-01"
    }


@pytest.mark.parametrize(("ready", "status"), [(True, 200), (False, 503)])
def test_health_is_503_when_nothing_can_be_taken_in(ready: bool, status: int) -> None:
    assert answer_health(Health(ready=ready, details={})).status_code == status


@pytest.mark.parametrize(
    ("problem", "status"),
    [
        (WebhookError("Wrong.", ""), 400),
        (WebhookError("Wrong.", "", http_status=413), 413),
        (WebhookError("Wrong.", "", http_status="413"), 400),
        (ForeignPageError("Wrong.", ""), 403),
    ],
)
def test_an_error_names_its_status_or_is_a_400(problem: WebhookError | ForeignPageError, status: int) -> None:
    assert status_of(problem) == refuse(problem).status_code == status


@pytest.mark.parametrize(("status", "header"), [(401, ("www-authenticate", "Bearer")), (408, ("connection", "close"))])
def test_some_statuses_have_headers(status: int, header: tuple[str, str]) -> None:
    assert header in refuse(WebhookError("Wrong.", "", http_status=status)).headers.items()


def test_only_a_busy_journal_says_when_to_come_back_and_none_says_why() -> None:
    busy, broken = (answer_not_stored(kind("disk /var/x failed")) for kind in (JournalBusyError, JournalError))
    assert (busy.status_code, broken.status_code) == (503, 503)
    assert ("retry-after" in busy.headers, "retry-after" in broken.headers) == (True, False)
    assert b"/var/x" not in busy.body + broken.body


def test_a_server_that_ends_or_fails_gives_no_details() -> None:
    assert (answer_ending().status_code, answer_ending().headers["connection"]) == (503, "close")
    assert (answer_failure().status_code, content(answer_failure())["error"]["id"]) == (500, "IR000")
