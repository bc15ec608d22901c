"""The faults of the API that can be switched on, for the next requests or at random."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Effect(StrEnum):
    """The effect of a fault."""

    #: 429, with `Retry-After` if the fault has `retry_after`.
    RATE_LIMIT = "rate_limit"
    #: 500 in the envelope of the path.
    SERVER_ERROR = "server_error"
    #: A gateway's 502, in HTML.
    BAD_GATEWAY = "bad_gateway"
    #: No answer for `seconds`, then a dropped connection.
    HOLD = "hold"
    #: The connection is dropped.
    DROP = "drop"
    #: One message is rejected with `status`.
    REJECT = "reject"
    #: One message is accepted with an unknown status.
    UNKNOWN_STATUS = "unknown_status"


_OF_MESSAGES = frozenset({Effect.REJECT, Effect.UNKNOWN_STATUS})


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """A fault: its effect, and the requests or messages that it strikes.

    An effect on a request strikes `before` it is processed (nothing is sent) or `after` (everything is sent, but
    the client gets no answer). An effect on messages strikes one message; `message_ids` and `destinations`, if given,
    say which.
    """

    effect: Effect
    when: Literal["before", "after"] = "before"
    #: Requests whose path starts with this.
    path: str = "/sms/3/messages"
    retry_after: int | None = None
    seconds: float = 60.0
    #: A status name, or the id of one of the REJECTED group; empty is the usual one of the effect.
    status: str = ""
    message_ids: frozenset[str] = frozenset()
    destinations: frozenset[str] = frozenset()

    @property
    def status_name(self) -> str:
        """The status of a message that it strikes."""
        return self.status or ("REJECTED_NOT_ENOUGH_CREDITS" if self.effect is Effect.REJECT else "QUEUED_SOMEWHERE")

    def strikes_request(self, path: str) -> bool:
        """Whether a request to `path` can meet it."""
        return self.effect not in _OF_MESSAGES and path.startswith(self.path)

    def strikes_message(self, message_id: str, to: str) -> bool:
        """Whether this message can meet it."""
        if self.effect not in _OF_MESSAGES:
            return False
        if not self.message_ids and not self.destinations:
            return True
        return message_id in self.message_ids or to in self.destinations


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlook:
    """A fault that is switched on, and how often it will strike: `times` is None for ever."""

    fault: Fault
    times: int | None
    probability: float


@dataclass(kw_only=True, slots=True, eq=False)
class _Armed:
    fault: Fault
    #: How often it still strikes; None is for ever.
    times: int | None
    probability: float


class Faults:
    """The faults that are switched on; at most one strikes a request, the one armed first.

    Example::

        fake.faults.arm(Fault(effect=Effect.DROP, when="after"), times=2)
        fake.faults.arm(Fault(effect=Effect.SERVER_ERROR), times=None, probability=0.05)
    """

    def __init__(self, *, seed: int = 0) -> None:
        self._armed: list[_Armed] = []
        self._random = random.Random(seed)  # noqa: S311 - random in a simulation, repeatable on purpose
        self._lock = threading.Lock()

    def arm(self, fault: Fault, *, times: int | None = 1, probability: float = 1.0) -> None:
        """Makes `fault` strike the next `times` requests (or messages), None for all, each with `probability`."""
        if times is not None and times < 1:
            return
        with self._lock:
            self._armed.append(_Armed(fault=fault, times=times, probability=probability))

    def clear(self) -> None:
        """Switches every fault off."""
        with self._lock:
            self._armed.clear()

    @property
    def armed(self) -> tuple[Fault, ...]:
        """The faults that are switched on."""
        with self._lock:
            return tuple(armed.fault for armed in self._armed)

    @property
    def outlook(self) -> tuple[Outlook, ...]:
        """The faults that are switched on, with how often they still strike."""
        with self._lock:
            return tuple(
                Outlook(fault=armed.fault, times=armed.times, probability=armed.probability) for armed in self._armed
            )

    def for_request(self, path: str) -> Fault | None:
        """The fault that strikes this request, used up by one."""
        with self._lock:
            return self._strike([armed for armed in self._armed if armed.fault.strikes_request(path)])

    def for_message(self, message_id: str, to: str) -> Fault | None:
        """The fault that strikes this message, used up by one."""
        with self._lock:
            return self._strike([armed for armed in self._armed if armed.fault.strikes_message(message_id, to)])

    def _strike(self, candidates: list[_Armed]) -> Fault | None:
        for armed in candidates:
            if armed.probability < 1.0 and self._random.random() >= armed.probability:
                continue
            self._use_up(armed)
            return armed.fault
        return None

    def _use_up(self, armed: _Armed) -> None:
        if armed.times is None:
            return
        armed.times -= 1
        if armed.times <= 0:
            self._armed.remove(armed)
