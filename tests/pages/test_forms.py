"""Forms that a page posts."""

from __future__ import annotations

import gc
import sys
from collections.abc import AsyncGenerator

import pytest
from starlette.requests import Request
from starlette.types import Message

from infobip_rules.pages.forms import LONGEST, FormError, done, read_form


def request(*chunks: bytes, **headers: str) -> Request:
    pending = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]

    async def receive() -> Message:
        return pending.pop(0) if pending else {"type": "http.request", "body": b"", "more_body": False}

    listed = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "path": "/phones/send", "headers": listed}, receive)


async def test_fields_may_come_in_pieces_and_be_empty() -> None:
    assert await read_form(request(b"number=385", b"981234567&te", b"xt=")) == {"number": "385981234567", "text": ""}


async def test_the_last_of_several_fields_of_one_name_counts() -> None:
    assert await read_form(request(b"a=1&a=2")) == {"a": "2"}


@pytest.mark.parametrize(
    ("body", "fact"),
    [(b"x" * (LONGEST + 1), "is larger than"), (b"a=\xff\xfe", "can't be read"), (b"a=1&" * 100, "can't be read")],
)
async def test_a_form_that_is_too_large_or_unreadable_is_refused(body: bytes, fact: str) -> None:
    with pytest.raises(FormError, match=fact):
        await read_form(request(body))


async def test_nothing_of_a_form_that_is_too_large_is_left_to_the_event_loop() -> None:
    left: list[AsyncGenerator[object, None]] = []
    hooks = sys.get_asyncgen_hooks()
    sys.set_asyncgen_hooks(finalizer=left.append)  # it is given those that are collected amid their work
    try:
        with pytest.raises(FormError):
            await read_form(request(b"x" * (LONGEST + 1), b"x"))
        gc.collect()
    finally:
        sys.set_asyncgen_hooks(*hooks)
    assert left == []


async def test_a_form_of_the_greatest_size_is_read() -> None:
    assert len((await read_form(request(b"a=", b"x" * (LONGEST - 2))))["a"]) == LONGEST - 2


def test_a_script_gets_a_status_and_a_browser_the_page() -> None:
    assert done(request(x_requested_with="page"), "/phones").status_code == 204
    answer = done(request(), "/phones")
    assert (answer.status_code, answer.headers["location"]) == (303, "/phones")
