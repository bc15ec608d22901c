"""Traces: kept by the commit of the evaluation they are of, the last ones only."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from infobip_rules.journal.interface import Journal
from infobip_rules.journal.requests import Turn
from infobip_rules.limits import TraceLimits
from tests.journal.contract import asking as ask
from tests.journal.make import ANA, IVO, NOON, a_signal, evaluated

HOUR = timedelta(hours=1)


async def evaluate(journal: Journal, *keys: str, session: str = ANA, limits: TraceLimits | None = None) -> None:
    """Commits evaluations of new signals, each with a trace that names it."""
    known = await journal.history.find_session(session)
    version = known.version if known is not None else 0
    for number, key in enumerate(keys):
        (signal,) = (await ask.accept(journal, [a_signal(key, session)])).ids
        effects = evaluated(signal, session_key=session, base_version=version + number)
        turn = Turn(session_key=session, results=[replace(effects, trace=key.encode())])
        await journal.sessions.commit([turn], traces=limits or TraceLimits())


async def kept(journal: Journal, session: str | None = None) -> list[bytes]:
    return [trace.document for trace in await journal.traces.latest(session_key=session)]


async def test_a_trace_is_found_by_its_signal_and_by_its_session(journal: Journal) -> None:
    await evaluate(journal, "a", "b")
    await evaluate(journal, "c", session=IVO)
    trace = await journal.traces.get(2)
    assert trace is not None
    assert (trace.inbox_id, trace.session_key, trace.at, trace.document) == (2, ANA, NOON, b"b")
    assert await journal.traces.get(99) is None
    assert await kept(journal) == [b"c", b"b", b"a"]
    assert await kept(journal, ANA) == [b"b", b"a"]


async def test_the_last_ones_are_kept_of_a_session_and_in_all(journal: Journal) -> None:
    limits = TraceLimits(per_session=2, in_all=4)
    await evaluate(journal, "x", session=IVO, limits=limits)
    await evaluate(journal, *map(str, range(20)), limits=limits)
    assert await kept(journal, IVO) == [b"x"]
    assert await kept(journal, ANA) == [b"19", b"18"]


async def test_none_are_kept_if_none_are_wanted(journal: Journal) -> None:
    await evaluate(journal, "a", limits=TraceLimits(per_session=0))
    assert await kept(journal) == []


async def test_old_ones_and_those_beyond_other_limits_go(journal: Journal) -> None:
    await evaluate(journal, "a", "b")
    assert await journal.retention.prune_traces(TraceLimits(per_session=1), before=NOON - HOUR) == 1
    assert await kept(journal) == [b"b"]
    assert await journal.retention.prune_traces(TraceLimits(), before=NOON + HOUR) == 1
    assert await kept(journal) == []
