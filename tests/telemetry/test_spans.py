"""Spans: one trace for each signal, through all processes and restarts, and none where nobody collects them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, Sampler
from opentelemetry.trace import StatusCode

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.channels.inbound import parse_inbound
from infobip_rules.clock import SystemClock
from infobip_rules.errors import JournalError
from infobip_rules.evaluators.pool import WorkerPool
from infobip_rules.host import Host
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.sandbox import Effect, FakeInfobip, Fault
from infobip_rules.settings import Settings
from infobip_rules.telemetry import spans as spans_module
from infobip_rules.telemetry.spans import Spans, open_spans, trace_of

ANA = "385916242493"
RULES = """
from infobip_rules import InfobipAdapterAPI, InfobipSmsReceivedMessage
from infobip_rules.lang import c, m, ruleset, signal, when_all

with ruleset("client"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text != "boom"))
    def reply(c):
        InfobipAdapterAPI.send_sms_text_message(c.signal.from_, "You wrote: " + c.signal.text)

    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text == "boom"))
    def fail(c):
        raise ValueError(c.signal.text)
"""

Run = Callable[..., AbstractAsyncContextManager[Host]]


class Collected:
    """What is collected; each part of a program has one of its own."""

    def __init__(self, sampler: Sampler | None = None) -> None:
        self._exporter = InMemorySpanExporter()
        self.provider = TracerProvider(**({} if sampler is None else {"sampler": sampler}))
        self.provider.add_span_processor(SimpleSpanProcessor(self._exporter))

    @property
    def spans(self) -> Sequence[ReadableSpan]:
        return self._exporter.get_finished_spans()

    def one(self, name: str) -> ReadableSpan:
        (found,) = (span for span in self.spans if span.name == name)
        return found

    async def wait(self, count: int) -> None:
        async with asyncio.timeout(60):
            while len(self.spans) < count:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)


@pytest.fixture
def collect(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Collected]:
    """Begins to collect: a program sets its provider once, so that a test asks for another one instead."""

    def begin(sampler: Sampler | None = None) -> Collected:
        collected = Collected(sampler)
        monkeypatch.setattr(trace, "get_tracer_provider", lambda: collected.provider)
        return collected

    return begin


@pytest.fixture
def run(settings: Settings, tmp_path: Path) -> Run:
    """`async with run() as host`: a host on the test's journal, again and again; with worker processes if asked."""
    file = tmp_path / "client.py"
    file.write_text(RULES)

    @asynccontextmanager
    async def running(*, workers: int = 0) -> AsyncIterator[Host]:
        pool = WorkerPool([str(file)], channels=BUILT_IN, size=workers) if workers else None
        if pool is not None:
            await pool.start()
        with FileJournal.open(settings.journal_url, clock=SystemClock()) as journal:
            async with Host(load_rules([file]), settings=settings, journal=journal, evaluator=pool) as host:
                yield host

    return running


async def post(host: Host, text: str) -> str:
    """A webhook with one message; the key of its signal."""
    item = {"messageId": f"in-{text}", "from": ANA, "to": "447491163443", "text": text}
    batch = parse_inbound(orjson.dumps({"results": [item]}), expected=None, now=datetime.now(UTC))
    await host.receive(batch._replace(began=time.monotonic()))
    return batch.items[0].dedup_key


def parents(*spans: ReadableSpan) -> list[int]:
    return [span.parent.span_id for span in spans if span.parent is not None]


def traces(*spans: ReadableSpan) -> set[int]:
    return {span.context.trace_id for span in spans if span.context is not None}


@pytest.mark.parametrize("workers", [0, 1])
async def test_a_message_is_a_line_of_spans_from_its_webhook_to_the_reply(
    run: Run, collect: Callable[..., Collected], workers: int
) -> None:
    collected = collect()
    async with run(workers=workers) as host:
        key = await post(host, "hello")
        await collected.wait(3)

    received, evaluated, sent = (
        collected.one(name)
        for name in ("receive InfobipSmsReceivedMessage", "evaluate InfobipSmsReceivedMessage", "send message")
    )
    assert traces(received, evaluated, sent) == {trace_of(key).trace_id}
    assert parents(evaluated, sent) == [received.context.span_id, evaluated.context.span_id]
    assert received.start_time <= evaluated.start_time <= evaluated.end_time <= sent.end_time
    assert evaluated.attributes["infobip_rules.rules_fired"] == ("client/reply",)
    assert sent.attributes["infobip_rules.outcome"] == "accepted"
    assert {span.status.status_code for span in collected.spans} == {StatusCode.UNSET}


async def test_no_span_holds_a_number_or_a_text(run: Run, collect: Callable[..., Collected]) -> None:
    collected = collect()
    async with run() as host:
        await post(host, "hello")
        await post(host, "boom")
        await collected.wait(5)
    written = "".join(span.to_json() for span in collected.spans)
    assert ANA not in written
    assert "hello" not in written
    assert "boom" not in written


async def test_a_host_that_goes_on_after_a_restart_continues_the_same_trace(
    run: Run, fake: FakeInfobip, collect: Callable[..., Collected]
) -> None:
    before = collect()
    fake.faults.arm(Fault(effect=Effect.RATE_LIMIT, retry_after=1))
    async with run() as host:
        await post(host, "hello")
        await before.wait(3)
    after = collect()
    async with run() as host:
        await after.wait(1)

    assert before.one("send message").attributes["infobip_rules.outcome"] == "retried"
    assert before.one("send message").status.status_code is StatusCode.ERROR
    assert after.one("send message").attributes["infobip_rules.outcome"] == "accepted"
    assert len(traces(*before.spans, *after.spans)) == 1
    # Where the trace itself begins, as the spans from before are known to the host before.
    assert parents(after.one("send message")) == parents(before.one("receive InfobipSmsReceivedMessage"))


async def test_signals_have_traces_of_their_own_and_a_dead_letter_is_an_error(
    run: Run, collect: Callable[..., Collected]
) -> None:
    collected = collect()
    async with run() as host:
        await post(host, "hello")
        await post(host, "boom")
        await collected.wait(5)
    assert len(traces(*collected.spans)) == 2
    failed = [span for span in collected.spans if span.status.status_code is StatusCode.ERROR]
    assert [(span.name, span.status.description) for span in failed] == [
        ("evaluate InfobipSmsReceivedMessage", "dead letter")
    ]


async def test_what_the_program_does_not_sample_has_no_spans(run: Run, collect: Callable[..., Collected]) -> None:
    collected = collect(ALWAYS_OFF)
    async with run() as host:
        await post(host, "hello")
        assert await host.settled()
    assert collected.spans == ()


async def test_a_collector_that_fails_is_left_alone_and_the_message_is_answered(
    run: Run, fake: FakeInfobip, collect: Callable[..., Collected], caplog: pytest.LogCaptureFixture
) -> None:
    class Failing(SpanProcessor):
        def on_end(self, span: ReadableSpan) -> None:
            raise RuntimeError("no room")

    collect().provider.add_span_processor(Failing())
    async with run() as host:
        await post(host, "hello")
        await post(host, "again")
        assert await host.settled()
    assert len(fake.messages) == 2
    assert [record.getMessage() for record in caplog.records].count("telemetry.spans_failed") == 1


async def _known(signal: int) -> str:
    return f"key-{signal}"


async def _away(signal: int) -> str:
    raise JournalError("The journal is away.", "Wait.")


async def test_a_journal_that_is_away_costs_a_span_and_nothing_more() -> None:
    collected = Collected()
    made = Spans(collected.provider.get_tracer("test"), _away)
    await made.evaluated(7, "Heartbeat", (time.monotonic(), 0.0), fired=())
    assert collected.spans == ()


@pytest.mark.parametrize("timings", [(float("inf"), 0.0), (float("nan"), 0.0), (0.0, float("nan")), (-1.0, 1e9)])
async def test_timings_that_cant_be_so_make_a_span_of_no_length(timings: tuple[float, float]) -> None:
    collected = Collected()
    await Spans(collected.provider.get_tracer("test"), _known).evaluated(7, "Heartbeat", timings, fired=())
    (span,) = collected.spans
    assert span.end_time - span.start_time < 1_000_000_000


async def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spans_module, "REMEMBERED", 3)
    made = Spans(Collected().provider.get_tracer("test"), _known)
    for signal in range(10):
        made.received(signal, "Heartbeat", f"key-{signal}", time.monotonic())
    assert list(made._last) == [7, 8, 9]


def test_the_same_key_gives_the_same_trace_in_every_process() -> None:
    code = "from infobip_rules.telemetry.spans import trace_of; print(trace_of('817790313235066447').trace_id)"
    elsewhere = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert int(elsewhere) == trace_of("817790313235066447").trace_id
    assert trace_of("817790313235066447") != trace_of("817790313235066448")
    assert trace_of("\ud83d").is_valid


def test_without_a_provider_there_are_no_spans() -> None:
    assert open_spans(_known) is None


def test_without_the_api_there_are_no_spans_and_nothing_of_it_is_imported() -> None:
    code = """
import sys
sys.modules["opentelemetry"] = None  # as if it were not installed
import infobip_rules.host, infobip_rules.telemetry.spans as spans
print(spans.open_spans(None))
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said == "None\n"


def test_importing_the_host_imports_nothing_of_the_api() -> None:
    code = "import sys, infobip_rules.host; print([name for name in sys.modules if name.startswith('opentelemetry')])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said == "[]\n"
