"""Sessions: handed out in order, committed behind a fence, all turns together or nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from infobip_rules.errors import JournalRefusalError
from infobip_rules.journal.interface import Journal
from infobip_rules.journal.records import InboxState, OutboxState, SessionWork
from infobip_rules.journal.requests import ClaimOrder, CommitResult, HeldBack, Moved, Result, Turn
from infobip_rules.limits import TraceLimits
from tests.journal.contract import asking as ask
from tests.journal.make import (
    ANA,
    IVO,
    NOON,
    SECOND,
    a_dead_letter,
    a_message,
    a_signal,
    a_timer,
    evaluated,
    heartbeats,
)

#: What no journal stores in the place of a text.
NO_TEXT: Any = None


async def pending(
    journal: Journal, *, sessions: int = 10, each: int = 10, exclude: tuple[str, ...] = ()
) -> list[SessionWork]:
    return await ask.pending(journal, sessions=sessions, each=each, exclude=exclude)


async def accept_one(journal: Journal, dedup_key: str = "m1") -> int:
    return (await ask.accept(journal, [a_signal(dedup_key)])).ids[0]


async def test_a_new_session_is_handed_out_with_version_0_and_no_state(journal: Journal) -> None:
    await accept_one(journal)
    (work,) = await pending(journal)
    assert (work.key, work.version, work.state) == (ANA, 0, None)


async def test_a_known_session_is_handed_out_with_its_state_and_version(journal: Journal) -> None:
    await ask.commit(journal, evaluated(await accept_one(journal), state='{"n": 1}'))
    await accept_one(journal, "m2")
    (work,) = await pending(journal)
    assert (work.version, work.state) == (1, '{"n": 1}')


async def test_signals_of_a_session_come_in_the_order_of_arrival(journal: Journal) -> None:
    await ask.accept(journal, [a_signal("1"), a_signal("2", IVO), a_signal("3")])
    assert [[signal.id for signal in work.signals] for work in await pending(journal)] == [[1, 3], [2]]


async def test_the_session_that_waits_longest_comes_first(journal: Journal) -> None:
    await ask.accept(journal, [a_signal("1", IVO), a_signal("2", ANA), a_signal("3", IVO)])
    assert [work.key for work in await pending(journal, sessions=1)] == [IVO]


async def test_a_session_that_is_being_evaluated_is_left_out(journal: Journal) -> None:
    await ask.accept(journal, [a_signal("1"), a_signal("2", IVO)])
    assert [work.key for work in await pending(journal, exclude=(ANA,))] == [IVO]


async def test_one_session_alone_can_be_asked_for(journal: Journal) -> None:
    await ask.accept(journal, [a_signal("1"), a_signal("2", IVO), a_signal("3", IVO)])

    async def signals(only: str, besides: tuple[str, ...] = ()) -> list[tuple[str, list[int]]]:
        works = await journal.sessions.take(sessions=9, each=1, besides=besides, only=only)
        return [(work.key, [signal.id for signal in work.signals]) for work in works]

    assert await signals(IVO) == [(IVO, [2])]
    assert await signals(IVO, besides=(ANA,)) == [(IVO, [2])]
    assert await signals(IVO, besides=(IVO,)) == []
    assert await signals("385900000000") == []


async def test_at_most_so_many_signals_of_each_session_are_handed_out(journal: Journal) -> None:
    await ask.accept(journal, [a_signal(str(number)) for number in range(5)])
    (work,) = await pending(journal, each=2)
    assert [signal.id for signal in work.signals] == [1, 2]


async def test_committing_writes_all_effects(journal: Journal) -> None:
    inbox_id = await accept_one(journal)
    assert await ask.commit(journal, evaluated(inbox_id, a_message("a"), a_message("b"), state='{"n": 1}'))
    session = await journal.history.find_session(ANA)
    assert session is not None
    assert (session.state, session.version) == ('{"n": 1}', 1)
    signal = await journal.history.find_signal(inbox_id)
    assert signal is not None
    assert (signal.state, signal.fired, signal.done_at) == (InboxState.DONE, ("Join",), NOON)
    assert [row.message_id for row in await journal.history.messages(states=[OutboxState.READY])] == ["b", "a"]


async def test_a_second_commit_makes_the_version_one_higher(journal: Journal) -> None:
    await ask.commit(journal, evaluated(await accept_one(journal)))
    second = evaluated(await accept_one(journal, "m2"), base_version=1, at=NOON + SECOND)
    assert await ask.commit(journal, second)
    session = await journal.history.find_session(ANA)
    assert session is not None
    assert (session.version, session.created_at, session.updated_at) == (2, NOON, NOON + SECOND)


@pytest.mark.parametrize("base_version", [0, 2])
async def test_a_commit_on_another_version_writes_nothing(journal: Journal, base_version: int) -> None:
    await ask.commit(journal, evaluated(await accept_one(journal), state="first"))
    late = await accept_one(journal, "m2")
    assert not await ask.commit(journal, evaluated(late, a_message(), base_version=base_version, state="late"))
    session = await journal.history.find_session(ANA)
    assert session is not None
    assert (session.state, session.version) == ("first", 1)
    assert await journal.history.messages() == []
    assert [signal.id for work in await pending(journal) for signal in work.signals] == [late]


@pytest.mark.parametrize("base_version", [0, 1])
async def test_a_signal_takes_effect_once(journal: Journal, base_version: int) -> None:
    inbox_id = await accept_one(journal)
    await ask.commit(journal, evaluated(inbox_id, a_message("a")))
    assert not await ask.commit(journal, evaluated(inbox_id, a_message("b"), base_version=base_version))
    assert [row.message_id for row in await journal.history.messages()] == ["a"]


async def test_a_signal_of_another_session_is_not_committed(journal: Journal) -> None:
    inbox_id = await accept_one(journal)
    assert not await ask.commit(journal, evaluated(inbox_id, session_key=IVO))
    assert await journal.history.sessions() == []


async def test_a_buried_signal_is_out_of_the_way_with_its_reason(journal: Journal) -> None:
    inbox_id = await accept_one(journal)
    assert await ask.bury(journal, a_dead_letter(inbox_id))
    (row,) = await journal.history.signals(state=InboxState.DEAD)
    assert (row.reason, row.rule, row.traceback, row.done_at) == ("it raised ValueError", "Join", "line 1", NOON)
    assert await pending(journal) == []


async def test_a_signal_that_is_done_is_not_buried(journal: Journal) -> None:
    inbox_id = await accept_one(journal)
    await ask.commit(journal, evaluated(inbox_id))
    assert not await ask.bury(journal, a_dead_letter(inbox_id))


async def test_a_dead_signal_can_be_replayed(journal: Journal) -> None:
    inbox_id = await accept_one(journal)
    await ask.count_attempt(journal, [inbox_id])
    await ask.bury(journal, a_dead_letter(inbox_id))
    assert await ask.replay(journal, inbox_id)
    (work,) = await pending(journal)
    assert (work.signals[0].id, work.signals[0].attempts) == (inbox_id, 0)


async def test_only_a_dead_signal_can_be_replayed(journal: Journal) -> None:
    inbox_id = await accept_one(journal)
    assert not await ask.replay(journal, inbox_id)
    await ask.commit(journal, evaluated(inbox_id))
    assert not await ask.replay(journal, inbox_id)


async def test_attempts_are_counted(journal: Journal) -> None:
    ids = (await ask.accept(journal, [a_signal("1"), a_signal("2")])).ids
    await ask.count_attempt(journal, ids)
    await ask.count_attempt(journal, ids[:1])
    await ask.count_attempt(journal, [])
    (work,) = await pending(journal)
    assert [signal.attempts for signal in work.signals] == [2, 1]


# Whatever a session's key is, and whatever its rows hold

AWKWARD = ("38591\x001234567", "\x00", "", "%", "'", '"', "\\", "[1]", "\U0001f600", "a" * 100_000)


@pytest.mark.parametrize("key", AWKWARD)
async def test_a_session_is_found_by_any_key(journal: Journal, key: str) -> None:
    await ask.accept(journal, [a_signal("m1", key), a_signal("m2", key)])
    (work,) = await pending(journal)
    assert (work.key, [signal.id for signal in work.signals], work.fault) == (key, [1, 2], "")
    assert await ask.commit(journal, evaluated(1, session_key=key))
    assert [signal.id for signal in (await pending(journal))[0].signals] == [2]


@pytest.mark.parametrize("key", AWKWARD)
async def test_a_session_is_left_out_by_any_key(journal: Journal, key: str) -> None:
    await ask.accept(journal, [a_signal("m1", key), a_signal("m2", IVO)])
    assert [work.key for work in await pending(journal, exclude=(key,))] == [IVO]


async def test_keys_that_begin_alike_up_to_a_nul_are_different_sessions(journal: Journal) -> None:
    await ask.accept(journal, [a_signal("m1", "A\x00B"), a_signal("m2", "A\x00C"), a_signal("m3", "A")])
    assert [work.key for work in await pending(journal)] == ["A\x00B", "A\x00C", "A"]


async def test_many_sessions_are_left_out_at_once(journal: Journal) -> None:
    keys = tuple(str(number) for number in range(200))
    await ask.accept(journal, [a_signal(f"m{key}", key) for key in keys])
    assert [work.key for work in await pending(journal, exclude=keys[:-1])] == ["199"]


# What is atomic


async def two_sessions(journal: Journal) -> tuple[int, int]:
    """Signals of Ana and of Ivo that wait."""
    first, second = (await ask.accept(journal, [a_signal("a", ANA), a_signal("i", IVO)])).ids
    return first, second


def turn(*results: Result) -> Turn:
    return Turn(session_key=results[0].session_key, results=results)


async def commit(journal: Journal, *turns: Turn, claim: ClaimOrder | None = None) -> CommitResult:
    return await journal.sessions.commit(turns, traces=TraceLimits(), claim=claim)


async def test_all_effects_of_a_commit_are_there_together(journal: Journal) -> None:
    ana, ivo = await two_sessions(journal)
    effects = evaluated(ana, a_message("out-a"), timers=(a_timer(),), recurring=heartbeats())
    result = await commit(
        journal,
        turn(replace(effects, trace=b"{}")),
        turn(replace(a_dead_letter(ivo), session_key=IVO, trace=b"[]")),
    )
    assert (result.written, result.lost) == ([{ana}, {ivo}], [])
    view = await journal.history.session_view(ANA)
    assert view is not None
    assert view.session is not None
    assert [row.message_id for row in view.messages] == ["out-a"]
    assert [timer.name for timer in view.timers] == ["reminder", "@heartbeat"]
    assert [row.state for row in view.signals] == [InboxState.DONE]
    assert [kept.inbox_id for kept in await journal.traces.latest()] == [ivo, ana]
    assert await journal.history.dead_signals() == [ivo]


async def test_a_commit_that_is_refused_leaves_nothing_of_any_turn(journal: Journal) -> None:
    ana, ivo = await two_sessions(journal)
    good = replace(evaluated(ana, a_message("taken"), timers=(a_timer(),)), trace=b"{}")
    bad = evaluated(ivo, a_message("taken"), session_key=IVO)
    with pytest.raises(JournalRefusalError):
        await commit(journal, turn(good), turn(bad), claim=ClaimOrder(now=NOON, limit=9))
    assert await journal.history.sessions() == []
    assert await journal.history.messages() == []
    assert await journal.history.timers() == []
    assert await journal.traces.latest() == []
    assert [work.key for work in await pending(journal)] == [ANA, IVO]


async def test_a_commit_that_is_refused_does_not_fail_others_of_the_same_moment(journal: Journal) -> None:
    ana, ivo = await two_sessions(journal)
    bad = replace(evaluated(ana), state=NO_TEXT)
    results = await asyncio.gather(
        commit(journal, turn(bad)), commit(journal, turn(evaluated(ivo, session_key=IVO))), return_exceptions=True
    )
    assert [type(result) for result in results] == [JournalRefusalError, CommitResult]
    assert [row.key for row in await journal.history.sessions()] == [IVO]


async def test_the_loser_of_the_fence_writes_nothing_and_the_other_turns_are_written(journal: Journal) -> None:
    ana, ivo = await two_sessions(journal)
    await commit(journal, turn(evaluated(ana, state="first")))
    later, last = (await ask.accept(journal, [a_signal("later"), a_signal("last")])).ids
    stale = (
        replace(evaluated(later, a_message("lost"), timers=(a_timer(),), state="stale"), trace=b"{}"),
        replace(evaluated(last, a_message("lost too"), base_version=1), trace=b"{}"),
    )
    result = await commit(journal, turn(*stale), turn(evaluated(ivo, a_message("kept"), session_key=IVO)))
    assert (result.written, result.lost) == ([frozenset(), {ivo}], [later])
    session = await journal.history.find_session(ANA)
    assert session is not None
    assert (session.state, session.version) == ("first", 1)
    assert [row.message_id for row in await journal.history.messages()] == ["kept"]
    assert await journal.history.timers() == []
    assert await journal.traces.latest() == []
    assert [[signal.id for signal in work.signals] for work in await pending(journal)] == [[later, last]]


async def test_of_two_who_evaluated_the_same_one_has_written(journal: Journal) -> None:
    ana, _ = await two_sessions(journal)
    turns = [turn(evaluated(ana, a_message(f"by {name}"), state=name)) for name in ("one", "the other")]
    results = await asyncio.gather(*(commit(journal, one) for one in turns))
    assert sorted(len(result.written[0]) for result in results) == [0, 1]
    assert sum(len(result.lost) for result in results) == 1
    assert len(await journal.history.messages()) == 1


async def test_what_comes_before_a_lost_fence_in_its_turn_is_written(journal: Journal) -> None:
    first, second = (await ask.accept(journal, [a_signal("1"), a_signal("2")])).ids
    result = await commit(journal, turn(evaluated(first), evaluated(second, base_version=7)))
    assert (result.written, result.lost) == ([{first}], [second])


async def test_signals_that_are_done_already_are_passed_over_and_those_after_them_written(journal: Journal) -> None:
    first, second = (await ask.accept(journal, [a_signal("1"), a_signal("2")])).ids
    await ask.bury(journal, a_dead_letter(first))
    moved = Moved(session_key=ANA, inbox_id=first, into=IVO)
    result = await commit(journal, turn(a_dead_letter(first), moved, evaluated(second)))
    assert (result.written, result.lost) == ([{second}], [])


async def test_a_moved_signal_waits_in_the_other_session_at_its_place(journal: Journal) -> None:
    ids = (await ask.accept(journal, [a_signal("1", IVO), a_signal("2", ANA), a_signal("3", IVO)])).ids
    await commit(journal, turn(Moved(session_key=ANA, inbox_id=ids[1], into=IVO)))
    (work,) = await pending(journal)
    assert (work.key, [signal.id for signal in work.signals]) == (IVO, list(ids))


async def test_a_signal_that_arrives_during_an_evaluation_is_not_missed(journal: Journal) -> None:
    ana, _ = await two_sessions(journal)
    works = await pending(journal)
    (later,) = (await ask.accept(journal, [a_signal("later")])).ids
    await commit(journal, turn(evaluated(ana)))
    assert works[0].key == ANA
    assert [[signal.id for signal in work.signals] for work in await pending(journal, exclude=[IVO])] == [[later]]


async def test_what_is_given_back_is_handed_out_again(journal: Journal) -> None:
    await two_sessions(journal)
    works = await pending(journal)
    await journal.sessions.give_back(works)
    assert await pending(journal) == works


async def test_a_turn_that_wrote_nothing_lets_go_of_its_session(journal: Journal) -> None:
    await two_sessions(journal)
    works = await pending(journal)
    await commit(journal, *(Turn(session_key=work.key, results=()) for work in works))
    assert await pending(journal) == works


async def test_attempts_are_counted_and_the_last_one_allowed_makes_a_dead_letter(journal: Journal) -> None:
    ana, ivo = await two_sessions(journal)
    counted = [
        await journal.sessions.count_attempts([ana, 99], most=2, reason="It ended the host.", now=NOON)
        for _ in range(2)
    ]
    assert [[(row.id, row.attempts, row.state) for row in rows] for rows in counted] == [
        [(ana, 1, InboxState.PENDING)],
        [(ana, 2, InboxState.PENDING)],
    ]
    row = await journal.history.find_signal(ana)
    assert row is not None
    assert (row.state, row.reason) == (InboxState.DEAD, "It ended the host.")
    assert [work.first for work in await pending(journal)] == [ivo]


# A commit that claims what it brings


async def test_a_commit_claims_the_messages_that_it_brings(journal: Journal) -> None:
    ana, _ = await two_sessions(journal)
    result = await commit(
        journal, turn(evaluated(ana, a_message("a"), a_message("b"))), claim=ClaimOrder(now=NOON, limit=9)
    )
    assert [row.message_id for row in result.claim.rows] == ["a", "b"]
    assert {row.state for row in await journal.history.messages()} == {OutboxState.SENDING}


async def test_messages_that_are_due_before_them_come_first(journal: Journal) -> None:
    ana, ivo = await two_sessions(journal)
    await commit(journal, turn(evaluated(ana, a_message("earlier"))))
    own = evaluated(ivo, a_message("own"), session_key=IVO, at=NOON + SECOND)
    result = await commit(journal, turn(own), claim=ClaimOrder(now=NOON + SECOND, limit=1))
    assert [row.message_id for row in result.claim.rows] == ["earlier"]


async def test_a_commit_that_brings_no_message_claims_none(journal: Journal) -> None:
    ana, ivo = await two_sessions(journal)
    await commit(journal, turn(evaluated(ana, a_message("earlier"))))
    result = await commit(journal, turn(evaluated(ivo, session_key=IVO)), claim=ClaimOrder(now=NOON, limit=9))
    assert not result.claim
    assert [row.state for row in await journal.history.messages()] == [OutboxState.READY]


async def test_what_a_claim_holds_back_is_in_the_same_commit(journal: Journal) -> None:
    ana, _ = await two_sessions(journal)
    until = NOON + 60 * SECOND
    order = ClaimOrder(
        now=NOON, limit=9, judge=lambda rows, lately: [HeldBack(until=until, reason="later") for _ in rows]
    )
    result = await commit(journal, turn(evaluated(ana, a_message("a"))), claim=order)
    assert ([row.message_id for row, _ in result.claim.held], result.claim.rows) == (["a"], [])
    (row,) = await journal.history.messages()
    assert (row.state, row.due_at, row.reason) == (OutboxState.READY, until, "later")


async def test_a_claim_that_fails_leaves_nothing_of_its_commit(journal: Journal) -> None:
    def fail(rows: object, lately: object) -> list[None]:
        raise KeyError("of its own")

    ana, _ = await two_sessions(journal)
    with pytest.raises(KeyError):
        await commit(journal, turn(evaluated(ana, a_message("a"))), claim=ClaimOrder(now=NOON, limit=9, judge=fail))
    assert await journal.history.sessions() == []
    assert await journal.history.messages() == []
