"""Answers that are not read to their end."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import AsyncGenerator

import pytest

from infobip_rules.infobip.bounded import UnfinishedError, exchange, open_http

from .provider import Provider

OK = b"HTTP/1.1 200 OK\r\n"
#: An answer's start and what follows without end, and what it is given up for.
ABANDONED = {
    "too long": (OK + b"\r\n", bytes(4096), 0.0, "over 1,000 bytes"),
    "too long, in chunks": (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n", 0.0, "over 1,000 bytes"),
    "too long, with its end in sight": (OK + b"Content-Length: 4096\r\n\r\n", bytes(4096), 0.0, "over 1,000 bytes"),
    "packed in another way": (OK + b"Content-Encoding: br\r\n\r\n", b"x", 0.0, "not asked for"),
    "not packed": (OK + b"Content-Encoding: gzip\r\n\r\n", b"x", 0.0, "unpacked"),
    "too slow": (OK + b"Content-Length: 100000\r\n\r\n", b" ", 0.02, "took over"),
}


@pytest.mark.parametrize("kind", ABANDONED)
def test_nothing_of_an_answer_that_is_abandoned_is_left_to_the_event_loop(provider: Provider, kind: str) -> None:
    head, bit, pause, reason = ABANDONED[kind]
    provider.never_finishes(head, bit, every=pause)
    left: list[AsyncGenerator[object, None]] = []

    async def ask() -> None:
        sys.set_asyncgen_hooks(finalizer=left.append)  # it is given those that are collected amid their work
        async with open_http(trust_env=False) as http:
            seconds = 0.5 if kind == "too slow" else 60
            with pytest.raises(UnfinishedError, match=reason):
                await exchange(http, seconds=seconds, most=1000, method="GET", url=provider.base_url)
        gc.collect()

    asyncio.run(ask())
    assert left == []
