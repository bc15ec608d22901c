"""The HTTP client for Infobip, synchronous and asynchronous, over the same pure reading of requests and replies."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import httpx
from pydantic import SecretStr

from infobip_rules.errors import ConfigurationError, ProviderError
from infobip_rules.infobip.account import is_loopback, read_api_key, read_base_url
from infobip_rules.infobip.exchange import Reply, Request, http_date
from infobip_rules.infobip.lookups import (
    Balance,
    Inbox,
    LogRow,
    Preview,
    balance_request,
    inbox_request,
    logs_request,
    preview_request,
    read_balance,
    read_inbox,
    read_logs,
    read_preview,
)
from infobip_rules.infobip.messages import NotSent, Outcome, OutgoingSms, Unknown
from infobip_rules.infobip.wire import group_messages, send_outcomes, send_request
from infobip_rules.settings import Settings

#: Failures before a byte of the request left this machine; after any other the message may have been taken.
_NOTHING_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
#: Shorter keys exist only in tests; replacing them in a reply would tear it apart.
_SHORTEST_KEY = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Timeouts:
    """Seconds that each step of a request may take."""

    connect: float = 5.0
    read: float = 20.0
    write: float = 10.0
    #: Waiting for a free connection.
    pool: float = 5.0


class _Connection:
    """What both clients share: where to, with which key, and how httpx's answers and failures are told."""

    def __init__(self, base_url: str, api_key: str | SecretStr, timeout: Timeouts) -> None:
        key = api_key.get_secret_value() if isinstance(api_key, SecretStr) else api_key
        try:
            self.base_url = read_base_url(base_url)
        except ValueError as problem:
            raise ConfigurationError(f"Infobip's base URL {problem}") from None
        try:
            self._key = SecretStr(read_api_key(key))
        except ValueError as problem:
            raise ConfigurationError(f"Infobip's API key {problem}") from None
        #: The `Date` of the latest answer, as it came.
        self.date = ""
        self.timeout = httpx.Timeout(connect=timeout.connect, read=timeout.read, write=timeout.write, pool=timeout.pool)

    def options(self) -> dict[str, Any]:
        # Companies' networks need the environment's proxies (HTTPS_PROXY, NO_PROXY); this machine never does.
        return {
            "base_url": self.base_url,
            "timeout": self.timeout,
            "follow_redirects": False,
            "trust_env": not is_loopback(httpx.URL(self.base_url).host),
            "headers": {
                "Authorization": f"App {self._key.get_secret_value()}",
                "Accept": "application/json",
                "User-Agent": "infobip-rules",
            },
        }

    def reply(self, response: httpx.Response) -> Reply:
        body = response.content
        key = self._key.get_secret_value()
        if not response.is_success and len(key) >= _SHORTEST_KEY:
            body = body.replace(key.encode(), b"***")  # some gateways' error pages repeat the request's headers
        reply = Reply(status=response.status_code, headers=dict(response.headers), body=body)
        self.date = response.headers.get("Date", self.date)
        return reply


def _arguments(request: Request) -> dict[str, Any]:
    content = request.content
    return {
        "method": request.method,
        "url": request.path,
        "params": dict(request.params) or None,
        "content": content,
        "headers": {"Content-Type": "application/json"} if content is not None else None,
    }


def failure_outcomes(messages: Sequence[OutgoingSms], failure: httpx.HTTPError) -> list[Outcome]:
    """What became of messages whose request ended in a failure of the network: not sent, or unknown."""
    name = type(failure).__name__
    if isinstance(failure, _NOTHING_SENT):
        reason = f"Infobip could not be reached ({name}): nothing was sent (temporary)."
        return [NotSent(message_id=message.message_id, reason=reason, retryable=True) for message in messages]
    reason = f"The connection to Infobip failed before the whole answer was there ({name}). The logs are asked first."
    return [Unknown(message_id=message.message_id, reason=reason) for message in messages]


def _provider_error(failure: httpx.HTTPError) -> ProviderError:
    return ProviderError(
        f"Infobip did not answer ({type(failure).__name__}).",
        "Check the network, proxies and INFOBIP_BASE_URL, then try again.",
        http_status=None,
        retryable=True,
        retry_after=None,
    )


def _in_order(messages: Sequence[OutgoingSms], outcomes: Sequence[Outcome]) -> list[Outcome]:
    by_id = {outcome.message_id: outcome for outcome in outcomes}
    return [by_id[message.message_id] for message in messages]


class InfobipClient:
    """Sends messages and asks Infobip questions, one at a time; use it as a context manager, or close it.

    Connections are pooled and may be used by several threads. `transport` replaces httpx's own. A bad base URL or key
    raises ConfigurationError; the key shows in no repr, log or error.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str | SecretStr,
        *,
        transport: httpx.BaseTransport | None = None,
        timeout: Timeouts | None = None,
    ) -> None:
        self._connection = _Connection(base_url, api_key, timeout or Timeouts())
        self._http = httpx.Client(transport=transport, **self._connection.options())

    @classmethod
    def from_settings(
        cls, settings: Settings, *, transport: httpx.BaseTransport | None = None, timeout: Timeouts | None = None
    ) -> Self:
        """A client for the account that the settings name."""
        return cls(settings.base_url, settings.api_key, transport=transport, timeout=timeout)

    def send(self, messages: Sequence[OutgoingSms], delivery_report_url: str | None = None) -> list[Outcome]:
        """Sends messages, many in a request, and tells what became of each, in the order given.

        Each message is tried once: trying again, and asking the logs before, is the caller's. Never raises for anything
        that Infobip or the network does.
        """
        outcomes: list[Outcome] = []
        for group in group_messages(messages):
            outcomes += self._send(group, delivery_report_url)
        return _in_order(messages, outcomes)

    def logs(self, ids: Collection[str]) -> dict[str, LogRow]:
        """What the logs hold about 1 to 50 messages, by messageId. Raises ProviderError, or ValueError for the ids."""
        return read_logs(ids, self._ask(logs_request(ids)))

    def pull_inbox(self, limit: int = 50) -> Inbox:
        """Received messages of a number set to PULL, each handed out once. Raises ProviderError."""
        return read_inbox(self._ask(inbox_request(limit)))

    def preview(self, text: str, *, language_code: str = "", transliteration: str = "") -> tuple[Preview, ...]:
        """How Infobip would split a text. Raises ProviderError."""
        request = preview_request(text, language_code=language_code, transliteration=transliteration)
        return read_preview(self._ask(request))

    def balance(self) -> Balance:
        """The account's credit; a cheap check of the key. Raises ProviderError."""
        return read_balance(self._ask(balance_request()))

    @property
    def provider_time(self) -> datetime | None:
        """The moment of Infobip's latest answer by its own clock, to the second; None before any answer that has one."""
        return http_date(self._connection.date)

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self._connection.base_url!r})"

    def _send(self, messages: Sequence[OutgoingSms], delivery_report_url: str | None) -> list[Outcome]:
        request = send_request(messages, delivery_report_url=delivery_report_url)
        try:
            reply = self._connection.reply(self._http.request(**_arguments(request)))
        except httpx.HTTPError as failure:
            return failure_outcomes(messages, failure)
        return send_outcomes(messages, reply)

    def _ask(self, request: Request) -> Reply:
        try:
            return self._connection.reply(self._http.request(**_arguments(request)))
        except httpx.HTTPError as failure:
            raise _provider_error(failure) from failure


class AsyncInfobipClient:
    """The same as InfobipClient for asyncio; `transport` may be any asynchronous one of httpx."""

    def __init__(
        self,
        base_url: str,
        api_key: str | SecretStr,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        timeout: Timeouts | None = None,
    ) -> None:
        self._connection = _Connection(base_url, api_key, timeout or Timeouts())
        self._http = httpx.AsyncClient(transport=transport, **self._connection.options())

    @classmethod
    def from_settings(
        cls, settings: Settings, *, transport: httpx.AsyncBaseTransport | None = None, timeout: Timeouts | None = None
    ) -> Self:
        """A client for the account that the settings name."""
        return cls(settings.base_url, settings.api_key, transport=transport, timeout=timeout)

    async def send(self, messages: Sequence[OutgoingSms], delivery_report_url: str | None = None) -> list[Outcome]:
        """Sends messages, many in a request, and tells what became of each, in the order given.

        Each message is tried once. Never raises for anything that Infobip or the network does; cancelled, what became
        of the messages is unknown.
        """
        outcomes: list[Outcome] = []
        for group in group_messages(messages):
            outcomes += await self._send(group, delivery_report_url)
        return _in_order(messages, outcomes)

    async def logs(self, ids: Collection[str]) -> dict[str, LogRow]:
        """What the logs hold about 1 to 50 messages, by messageId. Raises ProviderError, or ValueError for the ids."""
        return read_logs(ids, await self._ask(logs_request(ids)))

    async def pull_inbox(self, limit: int = 50) -> Inbox:
        """Received messages of a number set to PULL, each handed out once. Raises ProviderError."""
        return read_inbox(await self._ask(inbox_request(limit)))

    async def preview(self, text: str, *, language_code: str = "", transliteration: str = "") -> tuple[Preview, ...]:
        """How Infobip would split a text. Raises ProviderError."""
        request = preview_request(text, language_code=language_code, transliteration=transliteration)
        return read_preview(await self._ask(request))

    async def balance(self) -> Balance:
        """The account's credit; a cheap check of the key. Raises ProviderError."""
        return read_balance(await self._ask(balance_request()))

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self._connection.base_url!r})"

    async def _send(self, messages: Sequence[OutgoingSms], delivery_report_url: str | None) -> list[Outcome]:
        request = send_request(messages, delivery_report_url=delivery_report_url)
        try:
            reply = self._connection.reply(await self._http.request(**_arguments(request)))
        except httpx.HTTPError as failure:
            return failure_outcomes(messages, failure)
        return send_outcomes(messages, reply)

    async def _ask(self, request: Request) -> Reply:
        try:
            return self._connection.reply(await self._http.request(**_arguments(request)))
        except httpx.HTTPError as failure:
            raise _provider_error(failure) from failure
