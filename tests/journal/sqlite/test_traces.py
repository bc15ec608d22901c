"""Traces in the journal: written with the evaluation they tell of, the last ones kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Connection

from infobip_rules.journal.records import KeptTrace
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.limits import TraceLimits
from tests.journal import store
from tests.journal.make import ANA, IVO, NOON


def a_trace(inbox_id: int, session_key: str = ANA, *, document: bytes = b"{}", days: int = 0) -> KeptTrace:
    return KeptTrace(inbox_id=inbox_id, session_key=session_key, at=NOON + timedelta(days=days), document=document)


def keep(journal: FileJournal, *traces: KeptTrace, limits: TraceLimits) -> None:
    journal.submit(lambda connection: store.keep_traces(connection, traces, limits)).result(60)


def kept(journal: FileJournal, session_key: str | None = None) -> list[int]:
    return [one.inbox_id for one in journal.read(lambda one: store.list_traces(one, session_key=session_key))]


def test_a_trace_is_found_by_its_signal(journal: FileJournal) -> None:
    trace = a_trace(7, document=b'{"a": "\xc3\xa4"}')
    keep(journal, trace, limits=TraceLimits())
    assert journal.read(lambda connection: store.get_trace(connection, 7)) == trace
    assert journal.read(lambda connection: store.get_trace(connection, 8)) is None


def test_traces_are_listed_newest_first_also_of_one_session(journal: FileJournal) -> None:
    keep(journal, a_trace(1), a_trace(2, IVO), a_trace(3), limits=TraceLimits())
    assert kept(journal) == [3, 2, 1]
    assert kept(journal, ANA) == [3, 1]


def test_a_signal_that_is_evaluated_again_has_its_last_trace_as_the_newest(journal: FileJournal) -> None:
    keep(journal, a_trace(1), a_trace(2), limits=TraceLimits())
    keep(journal, a_trace(1, document=b"[]"), limits=TraceLimits())
    assert kept(journal) == [1, 2]


@pytest.mark.parametrize("at_once", [1, 7, 40])
def test_the_last_of_all_are_kept(journal: FileJournal, at_once: int) -> None:
    limits = TraceLimits(per_session=1000, in_all=4)
    for start in range(0, 40, at_once):
        keep(journal, *(a_trace(number) for number in range(start, min(start + at_once, 40))), limits=limits)
    assert kept(journal) == [39, 38, 37, 36]


def test_a_busy_session_does_not_push_out_the_others(journal: FileJournal) -> None:
    limits = TraceLimits(per_session=2, in_all=4)
    keep(journal, a_trace(1, IVO), limits=limits)
    for number in range(2, 30):
        keep(journal, a_trace(number), limits=limits)
    assert kept(journal, IVO) == [1]
    assert kept(journal, ANA) == [29, 28]


def test_between_two_clearings_no_more_than_a_quarter_too_many_are_there(journal: FileJournal) -> None:
    limits = TraceLimits(per_session=1000, in_all=40)
    for number in range(200):
        keep(journal, a_trace(number), limits=limits)
        assert len(kept(journal)) <= 50


@pytest.mark.parametrize("limits", [TraceLimits(per_session=0), TraceLimits(in_all=0)])
def test_none_are_kept_where_they_are_switched_off(journal: FileJournal, limits: TraceLimits) -> None:
    keep(journal, a_trace(1), limits=limits)
    assert kept(journal) == []


def test_those_of_before_go_when_they_are_switched_off(journal: FileJournal) -> None:
    keep(journal, a_trace(1), limits=TraceLimits())
    gone = journal.submit(lambda connection: store.prune_traces(connection, TraceLimits(in_all=0))).result(60)
    assert (gone, kept(journal)) == (1, [])


def test_old_ones_go(journal: FileJournal) -> None:
    keep(journal, a_trace(1), a_trace(2, days=1), limits=TraceLimits())
    before = NOON + timedelta(hours=1)
    gone = journal.submit(lambda one: store.prune_traces(one, TraceLimits(), before=before)).result(60)
    assert (gone, kept(journal)) == (1, [2])


def test_what_is_beyond_the_limits_is_found_without_reading_documents(journal: FileJournal) -> None:
    def plan(connection: Connection) -> str:
        nth = "SELECT seq, row_number() OVER (PARTITION BY session_key ORDER BY seq DESC) FROM trace"
        return str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {nth}").fetchall())

    assert "COVERING INDEX trace_by_session" in journal.read(plan)


def test_a_trace_shows_nobody_in_its_repr() -> None:
    assert ANA not in repr(a_trace(1, document=ANA.encode()))
