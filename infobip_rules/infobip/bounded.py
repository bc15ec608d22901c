"""HTTP within bounds: a request ends within its time, and its answer takes no more memory than it may."""

from __future__ import annotations

import asyncio
import os
import ssl
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import httpx

from infobip_rules.errors import ConfigurationError

#: Bytes of an answer that are read, packed and unpacked: more than the largest pull of the inbox comes to.
MOST_BYTES = 16 * 1024 * 1024
#: For zlib: gzip or deflate, by the first bytes.
_EITHER = 32 + zlib.MAX_WBITS
#: Variables that name proxies, also in small letters.
_PROXIES = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY")
_LAST_PORT = 65_535
_PACKED = frozenset({"gzip", "x-gzip", "deflate"})


class UnfinishedError(Exception):
    """An answer that was not read to its end, with the reason as its text; `body` is what was read of it, unpacked."""

    def __init__(self, reason: str, body: bytes = b"") -> None:
        self.body = body
        super().__init__(reason)


def open_http(*, transport: httpx.AsyncBaseTransport | None = None, **options: Any) -> httpx.AsyncClient:
    """A client with httpx's `options`. Raises ConfigurationError where the environment names proxies or certificates that
    can't be used.
    """
    with environment_errors():
        if options.get("trust_env", True):
            _check_proxies(os.environ)
        return httpx.AsyncClient(transport=transport, **options)


def _check_proxies(environment: Mapping[str, str]) -> None:
    """Raises ConfigurationError for a proxy without a host or with a port that there is none of, which httpx lets pass."""
    for name in _PROXIES:
        for variable in (name, name.lower()):
            value = environment.get(variable)
            if not value:
                continue
            url = httpx.URL(value if "://" in value else f"http://{value}")
            if not url.host or not 0 < (url.port or 1) <= _LAST_PORT:
                raise ConfigurationError(
                    f"The proxy that {variable} names has no host, or a port that does not exist.",
                    f"Write it as http://host:port (a port is 1 to {_LAST_PORT}), or unset it.",
                )


@contextmanager
def environment_errors() -> Iterator[None]:
    """Raises ConfigurationError for proxies and certificates of the environment that httpx can't use."""
    try:
        yield
    except ConfigurationError:
        raise
    except (ssl.SSLError, OSError):
        raise ConfigurationError(
            "The certificates that SSL_CERT_FILE or SSL_CERT_DIR names can't be read.",
            "Let it name certificates in PEM form, or unset it.",
        ) from None
    except (ValueError, httpx.InvalidURL, ImportError):  # its message repeats the URL, which may hold a password
        raise ConfigurationError(
            "A proxy that ALL_PROXY, HTTPS_PROXY, HTTP_PROXY or NO_PROXY names can't be used.",
            "Write it as http://host:port (SOCKS needs the package httpx[socks]), or unset it.",
        ) from None


async def exchange(
    http: httpx.AsyncClient, *, seconds: float, most: int = MOST_BYTES, **request: Any
) -> tuple[httpx.Response, bytes]:
    """One request and the whole body of its answer, unpacked.

    Raises httpx.HTTPError, and UnfinishedError for an answer that takes longer than `seconds` in all, is longer than
    `most` bytes, or can't be unpacked.
    """
    body: _Body | None = None
    try:
        async with asyncio.timeout(seconds), http.stream(**request) as response:
            body = _Body(response.headers.get("Content-Encoding", ""), most)
            assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 - an asynchronous client's
            chunks = aiter(response.stream)
            async for chunk in chunks:
                try:
                    body.add(chunk)
                except BaseException:
                    await _abandon(response, chunks)
                    raise
    except TimeoutError:
        raise UnfinishedError(f"it took over {seconds:g} s", bytes(body.content) if body else b"") from None
    return response, bytes(body.content)


async def _abandon(response: httpx.Response, chunks: AsyncIterator[bytes]) -> None:
    """Ends an answer amid its body, with all that reads it.

    Each layer of the HTTP libraries reads that below it by a generator. Left amid their work, they would be closed one
    after the other by the event loop, which may have ended by then. With the connection closed, the lowest of them fails
    at its next read, and so all of them end.
    """
    await response.aclose()
    with suppress(httpx.HTTPError, httpx.StreamError):
        async for _ in chunks:  # what had come before the connection was closed
            await asyncio.sleep(0)  # so that the answer's time bounds it


class _Body:
    """The body of an answer as it comes in, unpacked bit by bit, so that little can't become much."""

    def __init__(self, encoding: str, most: int) -> None:
        self.content = bytearray()
        self._encoding = encoding.strip().lower()
        self._most = most
        self._received = 0
        self._unpacking = zlib.decompressobj(_EITHER)

    def add(self, chunk: bytes) -> None:
        """Takes what has come. Raises UnfinishedError where it is too much, or can't be unpacked."""
        self._received += len(chunk)
        self.content += self._unpacked(chunk, self._most + 1 - len(self.content))
        if max(self._received, len(self.content)) > self._most:
            raise UnfinishedError(f"its answer is over {self._most:,} bytes", bytes(self.content))

    def _unpacked(self, chunk: bytes, room: int) -> bytes:
        if self._encoding in {"", "identity"}:
            return chunk[:room]
        if self._encoding not in _PACKED:
            raise UnfinishedError("its answer is packed in a way that was not asked for")
        try:
            return self._unpacking.decompress(chunk, room)
        except zlib.error:
            raise UnfinishedError("its answer can't be unpacked", bytes(self.content)) from None
