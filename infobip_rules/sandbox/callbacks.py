"""The poster of webhooks, as Infobip posts them: inbound messages, delivery reports and clicks."""

from __future__ import annotations

import functools
import ipaddress
import ssl
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, Literal

import httpx

from infobip_rules.clock import Clock
from infobip_rules.sandbox.records import Callback, Settings

_TIMEOUT = 30.0
_LAST_RETRY = 19


def retry_delay(n: int) -> timedelta | None:
    """The time that Infobip waits after failed attempt `n` (0 is the first) of an inbound message; None when it gives up.

    The last attempt comes 41 hours and 30 minutes after the first.
    """
    return timedelta(minutes=1 + n * n) if 0 <= n <= _LAST_RETRY else None


class Poster:
    """Posts callbacks and records each attempt."""

    def __init__(self, settings: Settings, clock: Clock, record: Callable[[Callback], None]) -> None:
        self._settings = settings
        self._clock = clock
        self._record = record

    async def post(
        self,
        kind: Literal["inbound", "report", "click"],
        url: str,
        body: Mapping[str, Any],
        *,
        attempts: int | None = None,
        sleep: Callable[[float], Awaitable[object]] | None = None,
    ) -> Callback:
        """Posts `body` until it is answered with 2xx, up to `attempts` times; the last attempt is returned.

        Attempts follow each other at once, or after `retry_delay` if there is a `sleep` (it takes seconds).
        """
        most = self._settings.callback_attempts if attempts is None else attempts
        for n in range(max(1, most)):
            if n and sleep is not None:
                await sleep((retry_delay(n - 1) or timedelta()).total_seconds())
            callback = await self._attempt(kind, url, body)
            self._record(callback)
            if callback.delivered:
                break
        return callback

    async def _attempt(
        self, kind: Literal["inbound", "report", "click"], url: str, body: Mapping[str, Any]
    ) -> Callback:
        status, error = None, ""
        try:
            if self._settings.remote_callbacks or _is_loopback(url):
                status = await _status_of_post(url, body)
            else:
                error = "Not posted: the sandbox calls loopback addresses only, unless remote_callbacks is set."
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as cause:
            error = f"{type(cause).__name__}: {cause}"
        return Callback(at=self._clock.now(), kind=kind, url=url, body=body, status=status, error=error)


async def _status_of_post(url: str, body: Mapping[str, Any]) -> int:
    # A client of its own for each post: callbacks come from more than one event loop. The costly part is shared.
    async with httpx.AsyncClient(verify=_trust(), trust_env=False, timeout=_TIMEOUT) as client:
        return (await client.post(url, json=body)).status_code


@functools.cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()


def _is_loopback(url: str) -> bool:
    host = httpx.URL(url).host
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
