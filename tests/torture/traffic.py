"""What people write, posted as Infobip does: until it is answered 200, and now and then once more."""

from __future__ import annotations

import itertools
import random
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import httpx

_OUR_NUMBER = "385921004026"
_MOST_IN_A_BODY = 5
_REPEATED_LATER = 0.15


class Traffic:
    """A few threads that post messages of `people` different persons to `url` while the block runs.

    With `in_turn` each person writes by one thread, so that the order of their messages is known, and all come up in turn.
    A body has up to `most` messages.
    """

    def __init__(
        self,
        url: str,
        *,
        people: int,
        threads: int,
        seed: int,
        in_turn: bool = False,
        most: int = _MOST_IN_A_BODY,
    ) -> None:
        self._url = url
        self._most = most
        self._people = [str(385_980_000_000 + number) for number in range(people)]
        self._in_turn = in_turn
        self._threads = [
            threading.Thread(target=self._work, args=(random.Random(f"{seed}-{number}"), number), daemon=True)
            for number in range(threads)
        ]
        self._enough = threading.Event()
        self._lock = threading.Lock()
        #: Whom each message comes from that was answered 200, by its messageId.
        self.acknowledged: dict[str, str] = {}
        #: Set whenever a body is answered 200.
        self.heard = threading.Event()
        #: How often a body came to each HTTP status, or to no answer.
        self.answers: Counter[str] = Counter()

    def __enter__(self) -> Traffic:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self.finish()

    def finish(self, seconds: float = 120.0) -> None:
        """Begins nothing new; returns when all that was begun is answered 200."""
        self._enough.set()
        for thread in self._threads:
            thread.join(seconds)
            assert not thread.is_alive(), "a body was never answered 200"

    def _work(self, chance: random.Random, thread: int) -> None:
        said: list[list[dict[str, Any]]] = []
        people = self._writers(chance, thread)
        with httpx.Client(base_url=self._url, timeout=10.0, trust_env=False) as client:
            for number in range(1_000_000):
                if self._enough.wait(chance.expovariate(1 / 0.03)):
                    return
                body = self._written(people, chance.randint(1, self._most), f"{thread}-{number}")
                self._post_until_heard(client, chance, body)
                said = [*said[-50:], body]
                if chance.random() < _REPEATED_LATER:
                    self._post(client, chance.choice(said))

    def _writers(self, chance: random.Random, thread: int) -> Iterator[str]:
        if self._in_turn:
            return itertools.cycle(self._people[thread :: len(self._threads)])
        return iter(lambda: chance.choice(self._people), "")

    def _written(self, people: Iterator[str], count: int, name: str) -> list[dict[str, Any]]:
        return [
            {
                "messageId": f"in-{name}-{place}",
                "from": next(people),
                "to": _OUR_NUMBER,
                "text": f"in-{name}-{place}",
                "receivedAt": "2026-10-06T09:28:39.220+0000",
            }
            for place in range(count)
        ]

    def _post_until_heard(self, client: httpx.Client, chance: random.Random, body: Sequence[dict[str, Any]]) -> None:
        while not self._post(client, body):
            threading.Event().wait(chance.uniform(0.02, 0.2))

    def _post(self, client: httpx.Client, body: Sequence[dict[str, Any]]) -> bool:
        try:
            status = client.post("/sms-received-message", json={"results": body}).status_code
        except httpx.HTTPError as failure:
            return self._count(type(failure).__name__)
        if status != 200:
            return self._count(str(status))
        with self._lock:
            self.acknowledged |= {item["messageId"]: item["from"] for item in body}
        self.heard.set()
        self._count("200")
        return True

    def _count(self, what: str) -> bool:
        with self._lock:
            self.answers[what] += 1
        return False
