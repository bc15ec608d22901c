"""Spans of OpenTelemetry: a signal's webhook, its evaluation, and each attempt to send what it led to, in one trace.

A trace's id is made from the key by which the journal knows a signal, so that whichever process or host goes on with it
continues the same trace, also after a restart: nothing is stored for it. All spans are made in the host's process, from
the moments that web workers and evaluation workers send along.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from infobip_rules.errors import JournalError

if TYPE_CHECKING:  # an extra: it is imported where there is one who collects spans
    from collections.abc import Iterator

    from opentelemetry.trace import SpanContext, Tracer

log = logging.getLogger("infobip_rules.telemetry")

#: Signals of which it is remembered which span comes before the next; those that are forgotten continue the trace itself.
REMEMBERED = 10_000

#: Gives the key of a signal by its id, and an empty one if it is gone. Raises JournalError.
KeyOf = Callable[[int], Awaitable[str]]
#: What a span can say.
Value = str | int | bool | Sequence[str]


class SpanMaker(Protocol):
    """What makes spans of a message's steps."""

    def received(self, signal: int, kind: str, key: str, began: float) -> None:
        """A signal that is on disk now; its webhook came at `began`, by the clock of `time.monotonic`."""
        ...

    async def evaluated(
        self, signal: int, kind: str, timings: tuple[float, float], *, fired: Sequence[str] | None
    ) -> None:
        """A signal whose evaluation is committed, with the rules that fired; None for one that was given up."""
        ...

    async def attempted(
        self, signal: int, message: Mapping[str, Value], outcome: str, *, began: datetime, ended: datetime
    ) -> None:
        """An attempt to send a message that a signal led to."""
        ...


def open_spans(key_of: KeyOf) -> SpanMaker | None:
    """What makes spans, or None: OpenTelemetry's API is not installed, or the program has nobody who collects them."""
    try:
        from opentelemetry import trace
    except ImportError:
        return None
    provider = trace.get_tracer_provider()
    if isinstance(provider, trace.ProxyTracerProvider | trace.NoOpTracerProvider):
        return None
    return Spans(provider.get_tracer("infobip_rules"), key_of)


class Spans:
    """Makes spans by a tracer, until that fails."""

    def __init__(self, tracer: Tracer, key_of: KeyOf) -> None:
        self._tracer = tracer
        self._key_of = key_of
        self._failed = False
        #: The last span of each signal.
        self._last: OrderedDict[int, SpanContext] = OrderedDict()

    def received(self, signal: int, kind: str, key: str, began: float) -> None:
        """A signal that is on disk now."""
        with self._guarded():
            if not (self._failed or signal in self._last):
                self._last[signal] = trace_of(key)
                attributes = _of_signal(signal, kind)
                self._span(signal, f"receive {kind}", _wall(began), time.time_ns(), attributes, goes_on=True)

    async def evaluated(
        self, signal: int, kind: str, timings: tuple[float, float], *, fired: Sequence[str] | None
    ) -> None:
        """A signal whose evaluation is committed, with the rules that fired."""
        with self._guarded():
            began, took = timings
            now = time.monotonic()
            if not (0.0 <= began <= now and 0.0 <= took <= now - began):  # a worker's word, or it was not evaluated
                began, took = now, 0.0
            attributes = {**_of_signal(signal, kind), "infobip_rules.rules_fired": list(fired or ())}
            if await self._is_known(signal):
                self._span(
                    *(signal, f"evaluate {kind}", _wall(began), _wall(began + took), attributes),
                    problem="dead letter" if fired is None else "",
                    goes_on=True,
                )

    async def attempted(
        self, signal: int, message: Mapping[str, Value], outcome: str, *, began: datetime, ended: datetime
    ) -> None:
        """An attempt to send a message that a signal led to."""
        with self._guarded():
            attributes = {**message, "infobip_rules.signal.id": signal, "infobip_rules.outcome": outcome}
            if await self._is_known(signal):
                self._span(
                    *(signal, "send message", _nanoseconds(began), _nanoseconds(max(began, ended)), attributes),
                    problem="" if outcome == "accepted" else outcome,
                )

    async def _is_known(self, signal: int) -> bool:
        """Whether it is known to which trace a signal belongs; the journal is asked about what came before the start."""
        if self._failed:
            return False
        if signal not in self._last:
            try:
                key = await self._key_of(signal)
            except JournalError:  # which says so itself
                return False
            if not key:
                return False
            self._last[signal] = trace_of(key)
        return True

    def _span(
        self,
        signal: int,
        name: str,
        began: int,
        ended: int,
        attributes: Mapping[str, Value],
        *,
        problem: str = "",
        goes_on: bool = False,
    ) -> None:
        from opentelemetry.trace import NonRecordingSpan, SpanKind, Status, StatusCode, set_span_in_context

        before = set_span_in_context(NonRecordingSpan(self._last[signal]))
        kind = {"receive": SpanKind.SERVER, "send": SpanKind.CLIENT}.get(name.partition(" ")[0], SpanKind.INTERNAL)
        span = self._tracer.start_span(name, before, kind, dict(attributes), start_time=began)
        if problem:
            span.set_status(Status(StatusCode.ERROR, problem))
        span.end(ended)
        if goes_on:
            self._last[signal] = span.get_span_context()
        self._last.move_to_end(signal)
        if len(self._last) > REMEMBERED:
            self._last.popitem(last=False)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Keeps what collects spans from doing harm: after the first failure there are none."""
        try:
            yield
        except Exception:
            self._failed = True
            log.exception("telemetry.spans_failed")


def trace_of(key: str) -> SpanContext:
    """Where the trace of a signal begins: the same for the same key, wherever it is asked."""
    from opentelemetry.trace import SpanContext, TraceFlags

    digest = hashlib.sha256(f"infobip-rules {key}".encode(errors="backslashreplace")).digest()
    return SpanContext(
        trace_id=int.from_bytes(digest[:16]) or 1,
        span_id=int.from_bytes(digest[16:24]) or 1,
        is_remote=True,
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
    )


def _of_signal(signal: int, kind: str) -> dict[str, Value]:
    return {"messaging.system": "infobip", "infobip_rules.signal.id": signal, "infobip_rules.signal.type": kind}


def _wall(moment: float) -> int:
    """A moment by the clock of `time.monotonic`, in nanoseconds since 1970."""
    return time.time_ns() - int((time.monotonic() - moment) * 1e9)


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1e9)
