"""The check of who may see the overview."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from infobip_rules.errors import InfobipRulesError
from infobip_rules.pages.guard import ForeignPageError
from infobip_rules.web.overview.entrance import COOKIE, Entrance, NoEntranceError
from infobip_rules.web.token import WebhookTokenError

TOKEN = "the-token-of-the-webhooks"


def request(*, query: str = "", scheme: str = "http", **headers: str) -> Request:
    listed = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": "/dashboard", "scheme": scheme, "query_string": query.encode()}
    return Request({**scope, "headers": listed, "server": ("127.0.0.1", 8080)})


@pytest.mark.parametrize(
    ("token", "local", "asking", "error"),
    [
        (None, False, request(host="127.0.0.1"), NoEntranceError),
        (None, True, request(host="evil.example"), ForeignPageError),
        (TOKEN, True, request(host="127.0.0.1"), WebhookTokenError),
        (TOKEN, True, request(host="127.0.0.1", cookie=f"{COOKIE}={TOKEN}"), WebhookTokenError),
    ],
)
def test_nobody_else_is_admitted(
    token: str | None, local: bool, asking: Request, error: type[InfobipRulesError]
) -> None:
    with pytest.raises(error):
        Entrance(token, local=local).check(asking)


def test_a_machine_without_a_token_admits_its_own_browsers() -> None:
    Entrance(None, local=True).check(request(host="localhost:8080"))
    assert Entrance(None, local=True).admit(request(query="token=x"), "/dashboard") is None


def test_the_cookie_admits_later_and_does_not_hold_the_token() -> None:
    entrance = Entrance(TOKEN, local=False)
    answer = entrance.admit(request(query=f"token={TOKEN}"), "/dashboard")
    assert answer is not None
    assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard")
    cookie = answer.headers["set-cookie"]
    assert TOKEN not in cookie
    entrance.check(request(cookie=cookie.partition(";")[0]))


@pytest.mark.parametrize(
    ("asking", "secure"),
    [
        (request(query="token=x"), False),
        (request(query="token=x", scheme="https"), True),
        (request(query="token=x", x_forwarded_proto="https"), True),
    ],
)
def test_the_cookie_is_secure_if_the_page_is(asking: Request, secure: bool) -> None:
    answer = Entrance(TOKEN, local=False).admit(asking, "/dashboard")
    assert answer is not None
    assert ("Secure" in answer.headers["set-cookie"]) is secure
