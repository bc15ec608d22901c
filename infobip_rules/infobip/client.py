"""The HTTP client for Infobip, asynchronous, and synchronous around that: each request has its bounds of time and bytes."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Collection, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
from pydantic import SecretStr

from infobip_rules.errors import ConfigurationError, ProviderError
from infobip_rules.infobip.account import is_loopback, read_api_key, read_base_url
from infobip_rules.infobip.bounded import UnfinishedError, exchange, open_http
from infobip_rules.infobip.exchange import Reply, Request, http_date
from infobip_rules.infobip.lookups import Balance, Inbox, LogRow, balance_request, read_balance
from infobip_rules.infobip.messages import NotSent, Outcome, Outgoing, Unknown
from infobip_rules.infobip.provider import InboxFormat, LogsFormat, SendFormat
from infobip_rules.settings import Settings

#: Failures before a byte of the request left this machine; after any other the message may have been taken.
_NOTHING_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
T = TypeVar("T")
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
    #: The request as a whole, until the last byte of its answer: the others only bound the pauses in it.
    total: float = 60.0


class _Connection:
    """Where to, with which key; httpx's options and answers."""

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
        self.total = timeout.total

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
                # What can be unpacked within bounds.
                "Accept-Encoding": "gzip",
                "User-Agent": "infobip-rules",
            },
        }

    def reply(self, response: httpx.Response, body: bytes) -> Reply:
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


def failure_outcomes(messages: Sequence[Outgoing], failure: httpx.HTTPError | UnfinishedError) -> list[Outcome]:
    """What became of messages whose request ended in a failure of the network: not sent, or unknown."""
    name = type(failure).__name__
    if isinstance(failure, _NOTHING_SENT):
        reason = f"Infobip could not be reached ({name}): nothing was sent (temporary)."
        return [NotSent(message_id=message.message_id, reason=reason, retryable=True) for message in messages]
    if isinstance(failure, UnfinishedError):
        name = str(failure)
    reason = f"The connection to Infobip failed before the whole answer was there ({name}). The logs are asked first."
    return [Unknown(message_id=message.message_id, reason=reason) for message in messages]


def _provider_error(failure: httpx.HTTPError | UnfinishedError, *, keep: bool) -> ProviderError:
    """What to raise; with `keep` it has what was read of the answer in its context, as that comes only once."""
    unfinished = isinstance(failure, UnfinishedError)
    context = {"body": failure.body} if isinstance(failure, UnfinishedError) and keep and failure.body else {}
    return ProviderError(
        f"Infobip did not answer ({failure if unfinished else type(failure).__name__}).",
        "Check the network, proxies and INFOBIP_BASE_URL, then try again.",
        http_status=None,
        retryable=True,
        retry_after=None,
        **context,
    )


def _in_order(messages: Sequence[Outgoing], outcomes: Sequence[Outcome]) -> list[Outcome]:
    by_id = {outcome.message_id: outcome for outcome in outcomes}
    return [by_id[message.message_id] for message in messages]


class AsyncInfobipClient:
    """Sends messages and asks Infobip questions; use it as an asynchronous context manager, or close it.

    Connections are pooled; `transport` replaces httpx's own. A bad base URL or key, or a proxy or certificates in the
    environment that can't be used, raise ConfigurationError; the key shows in no repr, log or error. Every request ends
    within `timeout.total` seconds, and no answer takes more than 16 MB.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str | SecretStr,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        timeout: Timeouts | None = None,
    ) -> None:
        self._connection = _Connection(base_url, api_key, timeout or Timeouts())
        self._http = open_http(transport=transport, **self._connection.options())

    @classmethod
    def from_settings(
        cls, settings: Settings, *, transport: httpx.AsyncBaseTransport | None = None, timeout: Timeouts | None = None
    ) -> Self:
        """A client for the account that the settings name."""
        return cls(settings.base_url, settings.api_key, transport=transport, timeout=timeout)

    async def send(
        self, messages: Sequence[Outgoing], form: SendFormat, delivery_report_url: str | None = None
    ) -> list[Outcome]:
        """Sends messages of one channel, many in a request; what became of each, in the order given.

        `form` is the channel. Each message is tried once. Never raises for anything that Infobip or the network does;
        cancelled, what became of the messages is unknown.
        """
        outcomes: list[Outcome] = []
        for group in form.group(messages):
            outcomes += await self._send(group, form, delivery_report_url)
        return _in_order(messages, outcomes)

    async def logs(self, ids: Collection[str], form: LogsFormat) -> dict[str, LogRow]:
        """What the logs hold about messages of one channel, by messageId. Raises ProviderError, or ValueError for the ids."""
        return form.read_logs(ids, await self.ask(form.logs_request(ids)))

    async def pull_inbox(self, form: InboxFormat, limit: int = 50) -> Inbox:
        """Received messages of a number set to PULL, each handed out once. Raises ProviderError."""
        return form.read_inbox(await self.ask(form.inbox_request(limit), keep=True))

    async def balance(self) -> Balance:
        """The account's credit; a cheap check of the key. Raises ProviderError."""
        return read_balance(await self.ask(balance_request()))

    @property
    def provider_time(self) -> datetime | None:
        """The moment of Infobip's latest answer by its own clock, to the second; None before any answer that has one."""
        return http_date(self._connection.date)

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

    async def ask(self, request: Request, *, keep: bool = False) -> Reply:
        """The answer to any request, whatever its status. Raises ProviderError where there is none.

        With `keep` the error has what was read of an unfinished answer in its context, as that comes only once.
        """
        try:
            return await self._exchange(request)
        except (httpx.HTTPError, UnfinishedError) as failure:
            raise _provider_error(failure, keep=keep) from failure

    async def _send(
        self, messages: Sequence[Outgoing], form: SendFormat, delivery_report_url: str | None
    ) -> list[Outcome]:
        try:
            reply = await self._exchange(form.request(messages, delivery_report_url))
        except (httpx.HTTPError, UnfinishedError) as failure:
            return failure_outcomes(messages, failure)
        return form.outcomes(messages, reply)

    async def _exchange(self, request: Request) -> Reply:
        arguments = _arguments(request)
        response, body = await exchange(self._http, seconds=self._connection.total, **arguments)
        return self._connection.reply(response, body)


class InfobipClient:
    """The same as AsyncInfobipClient, one question at a time, for programs without an event loop; close it alike.

    It may be used by several threads: a loop of its own, in a thread of its own, does the work. Closed, also while one of
    them waits for an answer, it raises RuntimeError; what became of messages under way is unknown then.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str | SecretStr,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        timeout: Timeouts | None = None,
    ) -> None:
        self._client = AsyncInfobipClient(base_url, api_key, transport=transport, timeout=timeout)
        self._loop = asyncio.new_event_loop()
        self._ending = threading.Lock()
        self._ended = False
        self._asking: set[asyncio.Task[Any]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="infobip-client", daemon=True)
        self._thread.start()

    @classmethod
    def from_settings(
        cls, settings: Settings, *, transport: httpx.AsyncBaseTransport | None = None, timeout: Timeouts | None = None
    ) -> Self:
        """A client for the account that the settings name."""
        return cls(settings.base_url, settings.api_key, transport=transport, timeout=timeout)

    def send(
        self, messages: Sequence[Outgoing], form: SendFormat, delivery_report_url: str | None = None
    ) -> list[Outcome]:
        """Sends messages of one channel, many in a request; what became of each, in the order given.

        `form` is the channel. Each message is tried once: trying again, and asking the logs before, is the caller's.
        Never raises for anything that Infobip or the network does.
        """
        return self._wait(self._client.send(messages, form, delivery_report_url))

    def logs(self, ids: Collection[str], form: LogsFormat) -> dict[str, LogRow]:
        """What the logs hold about messages of one channel, by messageId. Raises ProviderError, or ValueError for the ids."""
        return self._wait(self._client.logs(ids, form))

    def pull_inbox(self, form: InboxFormat, limit: int = 50) -> Inbox:
        """Received messages of a number set to PULL, each handed out once. Raises ProviderError."""
        return self._wait(self._client.pull_inbox(form, limit))

    def ask(self, request: Request) -> Reply:
        """The answer to any request, whatever its status. Raises ProviderError where there is none."""
        return self._wait(self._client.ask(request))

    def balance(self) -> Balance:
        """The account's credit; a cheap check of the key. Raises ProviderError."""
        return self._wait(self._client.balance())

    @property
    def provider_time(self) -> datetime | None:
        """The moment of Infobip's latest answer by its own clock, to the second; None before any answer that has one."""
        return self._client.provider_time

    def close(self) -> None:
        """Closes the connections; whoever waits for an answer waits no more."""
        with self._ending:
            if self._ended:
                return
            self._ended = True
            ending = asyncio.run_coroutine_threadsafe(self._end(), self._loop)
        try:
            ending.result()
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return repr(self._client).replace(type(self._client).__name__, type(self).__name__)

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        with self._ending:
            if self._ended:
                work.close()
                raise _closed()
            working = asyncio.run_coroutine_threadsafe(self._ask(work), self._loop)
        try:
            return working.result()
        except concurrent.futures.CancelledError:
            raise _closed() from None
        except BaseException:  # Ctrl-C: nobody waits for it any more
            working.cancel()
            raise

    async def _ask(self, work: Coroutine[Any, Any, T]) -> T:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - this runs in one
        self._asking.add(task)
        try:
            return await work
        finally:
            self._asking.discard(task)

    async def _end(self) -> None:
        # Closed amid a request, httpx would lose a connection that is just being made.
        asking = tuple(self._asking)
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        await self._client.close()


def _closed() -> RuntimeError:
    return RuntimeError("The client is closed. Make another one, or close it when nobody uses it any more.")
