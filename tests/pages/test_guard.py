"""The check of who may use a page."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from infobip_rules.pages.guard import ForeignPageError, check_loopback_name, check_same_origin


def request(method: str = "POST", **headers: str) -> Request:
    listed = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": method, "path": "/", "headers": listed})


@pytest.mark.parametrize(
    "allowed",
    [
        request("GET", sec_fetch_site="cross-site"),
        request("HEAD"),
        request(sec_fetch_site="same-origin"),
        request(origin="http://127.0.0.1:8080", host="127.0.0.1:8080"),
        request(origin="http://LOCALHOST", host="localhost"),
    ],
)
def test_a_page_of_this_origin_may_change_something(allowed: Request) -> None:
    check_same_origin(allowed)


@pytest.mark.parametrize(
    "foreign",
    [
        request(host="127.0.0.1"),
        request(sec_fetch_site="cross-site", origin="http://127.0.0.1", host="127.0.0.1"),
        request(sec_fetch_site="none"),
        request(origin="http://evil.example", host="127.0.0.1"),
        request(origin="http://127.0.0.1:9", host="127.0.0.1:8080"),
        request(origin="null", host="127.0.0.1"),
        request(origin="http://[", host="127.0.0.1"),
    ],
)
def test_another_origin_may_not(foreign: Request) -> None:
    with pytest.raises(ForeignPageError):
        check_same_origin(foreign)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "127.0.0.1:8080", "[::1]:8080"])
def test_this_machine_has_its_names(name: str) -> None:
    check_loopback_name(request(host=name))


@pytest.mark.parametrize("name", ["", "evil.example", "127.0.0.1.evil.example", "[", "localhost.evil:8080"])
def test_any_other_name_is_foreign(name: str) -> None:
    with pytest.raises(ForeignPageError):
        check_loopback_name(request(host=name))
