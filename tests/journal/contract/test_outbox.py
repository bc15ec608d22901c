"""Messages: claimed once, recorded once, looked up after an unknown outcome, joined by their reports."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from infobip_rules.errors import JournalRefusalError
from infobip_rules.journal.interface import Journal
from infobip_rules.journal.records import OutboxRow, OutboxState, Passage, ReportUpdate
from infobip_rules.journal.requests import Claim, ClaimOrder, HeldBack, Judgement
from tests.channels.composing import sms
from tests.journal.contract import asking as ask
from tests.journal.make import ANA, NOON, SECOND, a_message, a_signal, evaluated, outcome

#: What no journal stores in the place of a text.
NO_TEXT: Any = None
Judge = Callable[[Sequence[OutboxRow], Sequence[Passage]], Sequence[Judgement]]


@pytest.fixture
async def written(journal: Journal) -> Journal:
    """A journal with the messages a, b and c, in this order, that one signal had sent at noon."""
    (inbox_id,) = (await ask.accept(journal, [a_signal()])).ids
    await ask.commit(journal, evaluated(inbox_id, a_message("b"), a_message("c"), a_message("a")))
    return journal


async def claim(journal: Journal, *, now: datetime = NOON, limit: int = 10) -> list[str]:
    return [row.message_id for row in await ask.claim(journal, now=now, limit=limit)]


async def looked_up(journal: Journal, now: datetime) -> list[str]:
    return [row.message_id for row in await journal.outbox.lookups_due(now=now, limit=10)]


async def found(journal: Journal, message_id: str = "a") -> OutboxRow:
    row = await journal.history.find_message(message_id)
    assert row is not None
    return row


def report(group: str) -> ReportUpdate:
    return ReportUpdate(message_id="a", group=group, report=f'"{group}"')


async def test_messages_are_claimed_in_the_order_in_which_they_were_sent(written: Journal) -> None:
    assert await claim(written, limit=2) == ["b", "c"]
    assert await claim(written) == ["a"]


async def test_a_message_is_claimed_once(written: Journal) -> None:
    await claim(written)
    assert await claim(written) == []


async def test_a_claimed_message_counts_its_attempt(written: Journal) -> None:
    row = (await ask.claim(written, now=NOON + SECOND, limit=1))[0]
    assert (row.state, row.attempts, row.sent_at) == (OutboxState.SENDING, 1, NOON + SECOND)
    assert (row.channel, row.content) == ("sms", sms("Welcome"))
    assert await found(written, "b") == row


async def test_a_message_is_not_claimed_before_it_is_due(written: Journal) -> None:
    assert await claim(written, now=NOON - SECOND) == []


async def test_a_message_to_be_tried_again_waits_until_it_is_due(written: Journal) -> None:
    await claim(written)
    await written.outbox.record([outcome("a", OutboxState.READY, due_at=NOON + 5 * SECOND)])
    assert await claim(written, now=NOON + 4 * SECOND) == []
    assert await claim(written, now=NOON + 5 * SECOND) == ["a"]
    assert (await found(written)).attempts == 2


@pytest.mark.parametrize("state", [OutboxState.ACCEPTED, OutboxState.REJECTED, OutboxState.FAILED])
async def test_a_settled_message_is_left_alone(written: Journal, state: OutboxState) -> None:
    await claim(written)
    assert await written.outbox.record([outcome("a", state)]) == 1
    again = outcome("a", OutboxState.READY, due_at=NOON, signal=a_signal("sent"))
    assert await written.outbox.record([again]) == 0
    assert (await found(written)).state is state
    assert await claim(written) == []
    assert len(await written.history.signals()) == 1


async def test_an_outcome_of_a_message_that_is_not_ours_is_passed_over(written: Journal) -> None:
    assert await written.outbox.record([outcome("nobody's", signal=a_signal("sent"))]) == 0
    assert await written.outbox.record([]) == 0


async def test_recording_keeps_the_status_and_takes_the_signal_in(written: Journal) -> None:
    await claim(written)
    await written.outbox.record([outcome("a", status='{"groupName": "PENDING"}', signal=a_signal("sent a"))])
    assert (await found(written)).status == '{"groupName": "PENDING"}'
    assert (await written.history.signals(limit=1))[0].dedup_key == "sent a"


async def test_signals_of_outcomes_come_in_the_order_in_which_messages_were_sent(written: Journal) -> None:
    await claim(written)
    await written.outbox.record([outcome(name, signal=a_signal(name)) for name in ("a", "b", "c")])
    assert [row.dedup_key for row in await written.history.signals(limit=3)] == ["a", "c", "b"]


async def test_an_unknown_outcome_is_looked_up_when_due(written: Journal) -> None:
    await claim(written)
    await written.outbox.record([outcome("a", OutboxState.UNKNOWN, due_at=NOON + 5 * SECOND)])
    assert await looked_up(written, NOON + 4 * SECOND) == []
    assert await looked_up(written, NOON + 5 * SECOND) == ["a"]
    assert await claim(written, now=NOON + 60 * SECOND) == []


async def test_look_ups_that_the_logs_answered_are_counted_until_it_is_sent_again(written: Journal) -> None:
    await claim(written)
    unknown = outcome("a", OutboxState.UNKNOWN, due_at=NOON)
    lookups = []
    looked = replace(unknown, looked_up=True)
    for state in (unknown, looked, unknown, looked, outcome("a", OutboxState.READY, due_at=NOON)):
        await written.outbox.record([state])
        lookups.append((await found(written)).lookups)
    await claim(written)
    await written.outbox.record([unknown])
    assert [*lookups, (await found(written)).lookups] == [0, 1, 1, 2, 2, 0]


async def test_what_a_dead_run_was_sending_is_looked_up_and_not_sent(written: Journal) -> None:
    await claim(written, limit=2)
    assert await written.outbox.recover(due_at=NOON + 65 * SECOND) == 2
    assert await looked_up(written, NOON + 64 * SECOND) == []
    assert await looked_up(written, NOON + 65 * SECOND) == ["b", "c"]
    assert await claim(written, now=NOON + timedelta(hours=1)) == ["a"]


async def test_what_is_really_being_sent_is_not_recovered(written: Journal) -> None:
    await claim(written)
    assert await written.outbox.recover(due_at=NOON, besides=["a", "c"]) == 1
    assert await looked_up(written, NOON) == ["b"]


async def test_a_report_is_kept_with_its_message_whose_state_stays(written: Journal) -> None:
    await claim(written)
    row = await ask.apply_report(written, report("DELIVERED"))
    assert row == await found(written)
    assert (row.delivery_group, row.report, row.state) == ("DELIVERED", '"DELIVERED"', OutboxState.SENDING)


async def test_a_report_for_a_message_that_is_not_ours_finds_nothing(written: Journal) -> None:
    assert await ask.apply_report(written, ReportUpdate(message_id="x", group="DELIVERED", report="{}")) is None


@pytest.mark.parametrize("final", ["DELIVERED", "EXPIRED", "REJECTED", "UNDELIVERABLE"])
async def test_a_final_report_is_not_undone_by_a_late_one(written: Journal, final: str) -> None:
    await ask.apply_report(written, report(final))
    await ask.apply_report(written, report("PENDING"))
    assert ((await found(written)).delivery_group, (await found(written)).report) == (final, f'"{final}"')


async def test_a_report_that_is_not_final_gives_way(written: Journal) -> None:
    groups = []
    for group in ("PENDING", "SOMETHING_NEW", "EXPIRED", "DELIVERED"):
        await ask.apply_report(written, report(group))
        groups.append((await found(written)).delivery_group)
    assert groups == ["PENDING", "SOMETHING_NEW", "EXPIRED", "DELIVERED"]


async def test_a_reported_message_can_be_recorded_before_it_is_sent_again(written: Journal) -> None:
    await ask.apply_report(written, report("DELIVERED"))
    await written.outbox.record([outcome("a", OutboxState.ACCEPTED)])
    assert await claim(written) == ["b", "c"]


async def test_a_message_that_was_given_up_is_sent_again_as_if_never_tried(written: Journal) -> None:
    await claim(written)
    await written.outbox.record([outcome("a", OutboxState.FAILED)])
    assert await written.history.failed_messages() == ["a"]

    assert await ask.resend(written, "a", now=NOON + SECOND)

    assert (await found(written)).attempts == 0
    assert await claim(written, now=NOON) == []
    assert await claim(written, now=NOON + SECOND) == ["a"]


@pytest.mark.parametrize("state", [state for state in OutboxState if state is not OutboxState.FAILED])
async def test_only_what_was_given_up_is_sent_again(written: Journal, state: OutboxState) -> None:
    await claim(written)
    await written.outbox.record([outcome("a", state, due_at=NOON)])
    before = await found(written)

    assert not await ask.resend(written, "a", now=NOON + SECOND)
    assert await found(written) == before


async def test_a_message_nobody_knows_is_not_found(written: Journal) -> None:
    assert await written.history.find_message("x") is None


async def test_messages_dated_by_a_clock_that_has_gone_back_are_due_at_once(written: Journal) -> None:
    await claim(written, limit=1)
    await written.outbox.record([outcome("b", OutboxState.UNKNOWN, due_at=NOON + 5 * SECOND)])
    before = NOON - timedelta(days=1)
    assert await written.outbox.bring_forward(now=before) == 3
    assert await claim(written, now=before) == ["c", "a"]
    assert await looked_up(written, before) == ["b"]


async def test_messages_that_wait_for_their_time_go_on_waiting_where_the_clock_is_right(written: Journal) -> None:
    await claim(written, limit=1)
    await written.outbox.record([outcome("b", OutboxState.READY, due_at=NOON + timedelta(hours=1))])
    assert await written.outbox.bring_forward(now=NOON + SECOND) == 0
    assert await claim(written, now=NOON + SECOND) == ["c", "a"]


async def test_an_attempt_that_was_not_about_the_message_does_not_count(written: Journal) -> None:
    await claim(written)
    await written.outbox.record([replace(outcome("a", OutboxState.READY), uncounted=True)])
    assert ((await found(written)).attempts, (await found(written)).due_at) == (0, NOON)


async def test_attempts_of_unknown_outcome_are_counted_also_those_that_a_dead_run_left(written: Journal) -> None:
    await claim(written)
    unknown = outcome("a", OutboxState.UNKNOWN, due_at=NOON)
    for record in (unknown, replace(unknown, looked_up=True), outcome("a", OutboxState.READY, due_at=NOON)):
        await written.outbox.record([record])
        assert (await found(written)).unknowns == 1
    await claim(written)
    await written.outbox.recover(due_at=NOON)
    assert (await found(written)).unknowns == 2
    await written.outbox.record([outcome("a", OutboxState.FAILED)])
    await ask.resend(written, "a", now=NOON)
    assert (await found(written)).unknowns == 0


@pytest.mark.parametrize("state", [OutboxState.ACCEPTED, OutboxState.REJECTED])
async def test_what_was_given_up_can_still_be_decided(written: Journal, state: OutboxState) -> None:
    await claim(written)
    await written.outbox.record([outcome("a", OutboxState.FAILED)])
    assert await written.outbox.record([outcome("a", state, signal=a_signal("sent"))]) == 1
    assert (await found(written)).state is state
    assert (await written.history.signals(limit=1))[0].dedup_key == "sent"


async def test_a_message_keeps_what_came_with_it(journal: Journal) -> None:
    (inbox_id,) = (await ask.accept(journal, [a_signal()])).ids
    given = replace(a_message("a"), callback_data="order 7", expires_at=NOON + SECOND)
    await ask.commit(journal, evaluated(inbox_id, given))
    assert ((await found(journal)).callback_data, (await found(journal)).expires_at) == ("order 7", NOON + SECOND)
    (row,) = await ask.claim(journal, now=NOON, limit=1)
    assert row == await found(journal)


async def test_what_is_sent_again_by_hand_is_worth_sending(journal: Journal) -> None:
    (inbox_id,) = (await ask.accept(journal, [a_signal()])).ids
    await ask.commit(journal, evaluated(inbox_id, replace(a_message("a"), expires_at=NOON)))
    await journal.outbox.record([outcome("a", OutboxState.FAILED)])
    await ask.resend(journal, "a", now=NOON)
    assert (await found(journal)).expires_at is None


# What is judged while it is claimed


async def order(journal: Journal, judge: Judge, *, limit: int = 10) -> Claim:
    return await journal.outbox.claim(ClaimOrder(now=NOON, limit=limit, judge=judge, span=timedelta(hours=1)))


async def test_what_is_objected_to_waits_or_is_settled_and_the_rest_goes_out(written: Journal) -> None:
    held_back = HeldBack(until=NOON + SECOND, reason="later")
    refusal = outcome("c", OutboxState.REJECTED, signal=a_signal("refused c"))
    judgements: dict[str, Judgement] = {"b": held_back, "c": refusal}
    made = await order(written, lambda rows, lately: [judgements.get(row.message_id) for row in rows])

    assert [row.message_id for row in made.rows] == ["a"]
    assert [(row.message_id, why) for row, why in made.held] == [("b", held_back)]
    assert [(row.message_id, why) for row, why in made.refused] == [("c", refusal)]
    held = await found(written, "b")
    assert (held.state, held.due_at, held.reason, held.attempts) == (OutboxState.READY, NOON + SECOND, "later", 0)
    assert (await found(written, "c")).state is OutboxState.REJECTED
    assert "refused c" in [row.dedup_key for row in await written.history.signals()]


async def test_they_are_judged_oldest_first_with_what_their_recipients_were_sent_lately(written: Journal) -> None:
    seen: list[tuple[list[str], list[tuple[str, bool]]]] = []

    def note(rows: Sequence[OutboxRow], lately: Sequence[Passage]) -> list[Judgement]:
        seen.append(([row.message_id for row in rows], [(passage.recipient, passage.held) for passage in lately]))
        return [HeldBack(until=NOON + SECOND, reason="") if row.message_id == "c" else None for row in rows]

    await order(written, note, limit=2)
    await order(written, note)
    assert seen == [(["b", "c"], []), (["a"], [(ANA, False), (ANA, True)])]


async def test_no_two_claims_of_one_moment_count_the_same_room(written: Journal) -> None:
    def one_of_each(rows: Sequence[OutboxRow], lately: Sequence[Passage]) -> list[Judgement]:
        later = HeldBack(until=NOON + SECOND, reason="")
        return [None if not lately and place == 0 else later for place, _ in enumerate(rows)]

    claims = await asyncio.gather(*(order(written, one_of_each) for _ in range(5)))
    assert sum(len(made.rows) for made in claims) == 1


async def test_a_claim_whose_messages_can_not_be_judged_claims_nothing_and_others_their_own(written: Journal) -> None:
    def fail(rows: object, lately: object) -> list[Judgement]:
        raise KeyError("of its own")

    failed, made = await asyncio.gather(
        order(written, fail), order(written, lambda rows, lately: [None for _ in rows]), return_exceptions=True
    )
    assert isinstance(failed, KeyError)
    assert isinstance(made, Claim)
    assert [row.message_id for row in made.rows] == ["b", "c", "a"]
    assert {row.attempts for row in await written.history.messages()} == {1}


async def test_a_message_is_claimed_by_one_of_many_who_ask_at_once(written: Journal) -> None:
    claims = await asyncio.gather(*(written.outbox.claim(ClaimOrder(now=NOON, limit=2)) for _ in range(5)))
    ids = [row.message_id for made in claims for row in made.rows]
    assert sorted(ids) == ["a", "b", "c"]


async def test_an_outcome_that_is_refused_with_its_signal_is_not_recorded(written: Journal) -> None:
    await claim(written)
    with pytest.raises(JournalRefusalError):
        await written.outbox.record([outcome("a"), outcome("b", signal=replace(a_signal("s"), kind=NO_TEXT))])
    assert {row.state for row in await written.history.messages()} == {OutboxState.SENDING}
