"""A provider on loopback that answers each request with exactly the bytes it was given, and then hangs up."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Received:
    method: str
    path: str
    query: dict[str, list[str]]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Provider:
    base_url: str
    answers: list[bytes | Iterable[bytes] | None] = field(default_factory=list)
    requests: list[Received] = field(default_factory=list)
    asked: threading.Event = field(default_factory=threading.Event)
    closing: threading.Event = field(default_factory=threading.Event)

    def answers_with(self, status: int, body: bytes = b"", **headers: str) -> None:
        lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.answers.append("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def hangs_up_after(self, answer: bytes) -> None:
        self.answers.append(answer)

    def never_finishes(self, head: bytes, bit: bytes, *, every: float = 0.02) -> None:
        """After `head` comes `bit` again and again, until whoever asked has had enough."""

        def bits() -> Iterator[bytes]:
            yield head
            while not self.closing.wait(every):
                yield bit

        self.answers.append(bits())

    def never_answers(self) -> None:
        self.answers.append(None)


class _Handler(socketserver.StreamRequestHandler):
    provider: Provider

    def handle(self) -> None:
        self.provider.requests.append(self._read())
        self.provider.asked.set()
        answer = self.provider.answers.pop(0)
        if answer is None:
            self.provider.closing.wait(30)
        elif isinstance(answer, bytes):
            self.wfile.write(answer)
        else:
            with suppress(OSError):
                for bit in answer:
                    self.wfile.write(bit)

    def _read(self) -> Received:
        method, target, _ = self.rfile.readline().decode().split(" ", 2)
        headers = {}
        while line := self.rfile.readline().decode().strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = self.rfile.read(int(headers.get("content-length", "0")))
        url = urlsplit(target)
        return Received(method=method, path=url.path, query=parse_qs(url.query), headers=headers, body=body)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = False
    block_on_close = True


@contextmanager
def running_provider() -> Iterator[Provider]:
    class Handler(_Handler):
        pass

    with _Server(("127.0.0.1", 0), Handler) as server:
        provider = Handler.provider = Provider(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield provider
        finally:
            provider.closing.set()
            server.shutdown()
            thread.join()
