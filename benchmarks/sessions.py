"""Many sessions in one host, webhook body in to reply accepted at the fake Infobip."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from benchmarks.measure import Report
from infobip_rules.channels.inbound import parse_inbound
from infobip_rules.clock import SystemClock
from infobip_rules.host import Host
from infobip_rules.journal.sqlite import listings
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.sandbox import FakeInfobip, serve
from infobip_rules.settings import Settings

DOCUMENTED = Path(__file__).parent.parent / "rules" / "reply_to_sms.py"


def many_sessions(report: Report, *, count: int) -> None:
    """Opens `count` sessions, then lets each have a second message, and compares the two halves."""
    fake = FakeInfobip()
    with serve(fake.app) as url, TemporaryDirectory() as folder:
        seconds = asyncio.run(_run(url, Path(folder), count))
        replies = len(fake.messages)
    report.line(
        f"  {count:,} sessions opened at {count / seconds[0]:,.0f} messages/s, used at {count / seconds[1]:,.0f}/s"
    )
    report.bound("replies that arrived", replies / (2 * count), 1, unit=" of those due")


async def _run(url: str, folder: Path, count: int) -> list[float]:
    settings = Settings.load(None, base_url=url, api_key="sandbox-key", phone_number="447491163443")
    seconds = []
    with FileJournal.open(f"sqlite:///{folder / 'bench.db'}", clock=SystemClock()) as journal:
        async with Host(load_rules([DOCUMENTED]), settings=settings, journal=journal) as host:
            for turn in range(2):
                started = time.perf_counter()
                for first in range(0, count, 500):
                    body = _body(turn, first, min(500, count - first))
                    await host.receive(parse_inbound(body, expected="message", now=host.clock.now()))
                if not await host.settled(600):
                    raise RuntimeError("the host did not come to rest")
                seconds.append(time.perf_counter() - started)
            sessions = journal.read(listings.counts).sessions
    if sessions != count:
        raise RuntimeError(f"{sessions} sessions instead of {count}")
    return seconds


def _body(turn: int, first: int, size: int) -> bytes:
    return orjson.dumps(
        {
            "results": [
                {
                    "messageId": f"{turn}-{number}",
                    "from": str(385_980_000_000 + number),
                    "to": "447491163443",
                    "text": "hello",
                    "receivedAt": "2026-10-06T09:28:39.220+0000",
                }
                for number in range(first, first + size)
            ]
        }
    )
