"""The requests and callbacks of the fake account, and its queues for pulling."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from infobip_rules.sandbox.records import Call, Callback

_KEPT_FOR = timedelta(hours=48)


class CallLog:
    """Requests and callbacks, in order; thread-safe, and to wait on."""

    def __init__(self, changed: threading.Condition) -> None:
        self._changed = changed
        self._calls: list[Call] = []
        self._callbacks: list[Callback] = []
        self._log_requests: deque[datetime] = deque()

    def calls(self) -> tuple[Call, ...]:
        """Requests to the API, in order."""
        with self._changed:
            return tuple(self._calls)

    def callbacks(self) -> tuple[Callback, ...]:
        """Attempts to post a webhook, in order."""
        with self._changed:
            return tuple(self._callbacks)

    def record_call(self, call: Call) -> None:
        """Records a request."""
        with self._changed:
            self._calls.append(call)
            self._changed.notify_all()

    def record_callback(self, callback: Callback) -> None:
        """Records an attempt to post a webhook."""
        with self._changed:
            self._callbacks.append(callback)
            self._changed.notify_all()

    def within_limit(self, now: datetime, per_minute: int | None) -> bool:
        """Whether the logs answer one more request this minute."""
        with self._changed:
            while self._log_requests and now - self._log_requests[0] >= timedelta(minutes=1):
                self._log_requests.popleft()
            if per_minute is not None and len(self._log_requests) >= per_minute:
                return False
            self._log_requests.append(now)
            return True

    def notify(self) -> None:
        """Wakes all that wait, to check again."""
        with self._changed:
            self._changed.notify_all()

    def wait_for(self, predicate: Callable[[], bool], seconds: float) -> bool:
        """Blocks until `predicate` holds, at most `seconds`; whether it does."""
        with self._changed:
            return self._changed.wait_for(predicate, seconds)


class PullQueue:
    """Results that are handed out once each, and dropped after 48 hours."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[datetime, Mapping[str, Any]]] = deque()

    def put(self, results: Sequence[Mapping[str, Any]], now: datetime) -> None:
        """Queues `results`."""
        self._waiting.extend((now, result) for result in results)

    def take(
        self, limit: int, now: datetime, wanted: Callable[[Mapping[str, Any]], bool] = lambda _: True
    ) -> list[Mapping[str, Any]]:
        """Hands out up to `limit` of those that are wanted, the oldest first."""
        while self._waiting and now - self._waiting[0][0] > _KEPT_FOR:
            self._waiting.popleft()
        taken: list[Mapping[str, Any]] = []
        left: deque[tuple[datetime, Mapping[str, Any]]] = deque()
        for since, result in self._waiting:
            if len(taken) < limit and wanted(result):
                taken.append(result)
            else:
                left.append((since, result))
        self._waiting = left
        return taken

    def __len__(self) -> int:
        return len(self._waiting)
