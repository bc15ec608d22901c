"""What the flood guard lets go out, holds and refuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.channels.registry import Channels
from infobip_rules.channels.sms.channel import SmsChannel
from infobip_rules.delivery.policies import (
    CHANNEL_WAIT,
    FLOOD_SPAN,
    LONGEST_HOLD,
    Hold,
    Objection,
    Policy,
    Refuse,
    Traffic,
    judge,
    policies_of,
)
from infobip_rules.journal.records import OutboxRow, Passage
from infobip_rules.limits import FloodGuard, Limits
from infobip_rules.signals import ReportStatus
from tests.channels.composing import sms
from tests.channels.failing import FailingPager
from tests.channels.paging import Paging

from .test_decisions import NOON, ROW

ANA, IVO = "385981234567", "385987654321"
MINUTE = timedelta(minutes=1)


def limits(flood_guard: FloodGuard = "hold", *, varied: int = 20, identical: int = 6) -> Limits:
    return Limits(flood_guard=flood_guard, flood_varied=varied, flood_identical=identical)


def messages(*texts: str, to: str = ANA) -> list[OutboxRow]:
    return [ROW._replace(message_id=f"{to}-{n}", content=sms(text), recipient=to) for n, text in enumerate(texts)]


def sent(*minutes: float, text: str = "hello", to: str = ANA) -> list[Passage]:
    """Messages that went out so many minutes before noon."""
    return [
        Passage(recipient=to, channel="sms", content=sms(text), at=NOON - minute * MINUTE, held=False)
        for minute in minutes
    ]


def objections(
    rows: Sequence[OutboxRow], settings: Limits, passages: Sequence[Passage] = (), now: datetime = NOON
) -> list[Objection | None]:
    return [
        objection for _, objection in judge(rows, policies_of(settings, BUILT_IN), Traffic(BUILT_IN, passages), now)
    ]


def waits(found: Sequence[Objection | None]) -> list[timedelta | None]:
    """How long after noon each is held."""
    return [one.until - NOON if isinstance(one, Hold) else None for one in found]


def test_twenty_varied_messages_an_hour_go_out_and_the_next_waits_until_there_is_room() -> None:
    found = objections(messages(*map(str, range(22))), limits())
    assert waits(found) == [None] * 20 + [FLOOD_SPAN] * 2


def test_six_identical_messages_an_hour_go_out_and_the_next_waits() -> None:
    found = objections(messages(*["hello"] * 7), limits())
    assert waits(found) == [None] * 6 + [FLOOD_SPAN]
    assert isinstance(found[6], Hold)
    assert "6 of one text" in found[6].reason


def test_what_was_sent_before_counts_until_its_hour_is_over() -> None:
    found = objections(messages("a", "b"), limits(varied=3), sent(60, 30, 10))
    assert waits(found) == [FLOOD_SPAN - 60 * MINUTE, FLOOD_SPAN - 30 * MINUTE]
    assert waits(objections(messages("a"), limits(varied=3), sent(61, 30, 10))) == [None]


def test_people_do_not_count_for_each_other() -> None:
    rows = [*messages("a", "a"), *messages("a", "a", to=IVO)]
    assert waits(objections(rows, limits(identical=2))) == [None] * 4


def test_what_is_held_takes_the_place_of_what_comes_later() -> None:
    found = objections(messages("a", "b", "c", "d", "e"), limits(varied=2))
    assert waits(found) == [None, None, FLOOD_SPAN, FLOOD_SPAN, 2 * FLOOD_SPAN]


def test_messages_behind_one_that_is_held_keep_their_order() -> None:
    found = objections(messages("a", "a", "b"), limits(identical=1))
    assert waits(found) == [None, FLOOD_SPAN, FLOOD_SPAN]


def test_a_message_waits_behind_those_that_were_held_before() -> None:
    held = Passage(recipient=ANA, channel="sms", content=sms("a"), at=NOON + 9 * MINUTE, held=True)
    assert waits(objections(messages("b"), limits(), [held])) == [9 * MINUTE]
    assert waits(objections(messages("b", to=IVO), limits(), [held])) == [None]


def test_one_that_is_held_until_the_end_of_time_is_waited_for_for_a_year_at_once() -> None:
    end = datetime.max.replace(tzinfo=UTC)
    earlier = [Passage(recipient=ANA, channel="sms", content=sms("hello"), at=end, held=True)]

    found = waits(objections(messages(*["hello"] * 27), limits(), earlier))

    assert found == [LONGEST_HOLD] * 5 + [LONGEST_HOLD + FLOOD_SPAN] * 22


def test_a_message_whose_turn_has_come_waits_no_more() -> None:
    held = Passage(recipient=ANA, channel="sms", content=sms("a"), at=NOON - MINUTE, held=True)
    assert waits(objections(messages("b"), limits(), [held])) == [None]


def test_refused_is_what_is_beyond_and_nothing_else() -> None:
    found = objections(messages("a", "a", "b"), limits("refuse", identical=1))
    assert [type(one).__name__ for one in found] == ["NoneType", "Refuse", "NoneType"]
    assert isinstance(found[1], Refuse)
    assert (found[1].status.groupName, found[1].status.name) == ("REJECTED", "REJECTED_BY_FLOOD_GUARD")


def test_nothing_is_refused_before_its_turn() -> None:
    held = Passage(recipient=ANA, channel="sms", content=sms("a"), at=NOON + MINUTE, held=True)
    assert waits(objections(messages("a"), limits("refuse", identical=1), [held])) == [MINUTE]


def test_the_guard_can_be_switched_off() -> None:
    assert objections(messages(*["hello"] * 100), limits("off")) == [None] * 100


@pytest.mark.parametrize("flood_guard", ["off", "hold", "refuse"])
@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("MTN", "M** is not E.164 (8 to 15 digits, the country code first)."),
        ("12345", "1**** is not E.164 (8 to 15 digits, the country code first)."),
        ("", "There is no phone number."),
    ],
)
def test_what_goes_to_no_phone_number_is_refused_whatever_the_guard(
    flood_guard: FloodGuard, address: str, why: str
) -> None:
    (found,) = objections(messages("hello", to=address), limits(flood_guard))
    assert isinstance(found, Refuse)
    assert (found.status.groupName, found.status.name) == ("REJECTED", "REJECTED_NO_PHONE_NUMBER")
    assert found.reason == f"Dropped: {why}"


def test_a_local_number_is_refused_with_what_was_probably_meant() -> None:
    row = ROW._replace(recipient="0981234567", sender="385921004026")
    ((_, found),) = judge([row], policies_of(limits(), BUILT_IN), Traffic(BUILT_IN), NOON)
    assert isinstance(found, Refuse)
    assert "did you mean 385981234567?" in found.reason


def test_a_text_that_is_not_worth_sending_any_more_is_refused() -> None:
    (row,) = messages("Your code is 4711.")
    found = [objections([row._replace(expires_at=NOON + left * MINUTE)], limits("off"))[0] for left in (1, 0, -1)]
    assert [isinstance(one, Refuse) and one.status.name for one in found] == [
        False,
        "REJECTED_TOO_LATE",
        "REJECTED_TOO_LATE",
    ]


def test_what_would_be_held_beyond_its_time_is_refused_at_once() -> None:
    rows = [row._replace(expires_at=NOON + 10 * MINUTE) for row in messages(*["Your code is 4711."] * 3)]
    found = objections([*rows, *messages("hello")], limits(identical=1))
    assert [type(one) for one in found] == [type(None), Refuse, Refuse, type(None)]


def test_further_policies_are_further_functions() -> None:
    def quiet_hour(row: OutboxRow, traffic: Traffic, at: datetime) -> Objection | None:
        return Hold(until=NOON + 60 * MINUTE, reason="Quiet hour.") if at < NOON + 60 * MINUTE else None

    def only_ana(row: OutboxRow, traffic: Traffic, at: datetime) -> Objection | None:
        status = ReportStatus(groupName="REJECTED", name="REJECTED_BY_ALLOW_LIST")
        return None if row.recipient == ANA else Refuse(status=status, reason="Not on the list.")

    policies: list[Policy] = [only_ana, quiet_hour]
    rows = [*messages("a", "b"), *messages("c", to=IVO)]
    found = [objection for _, objection in judge(rows, policies, Traffic(BUILT_IN), NOON)]
    assert waits(found) == [60 * MINUTE, 60 * MINUTE, None]
    assert isinstance(found[2], Refuse)


@pytest.mark.parametrize("wanted", [1, 2, 5])
@given(
    texts=st.lists(st.sampled_from("abc"), max_size=30),
    earlier=st.lists(st.integers(0, 60), max_size=5),
    varied=st.integers(1, 6),
)
def test_no_hour_ever_has_more_than_the_limits(wanted: int, texts: list[str], earlier: list[int], varied: int) -> None:
    settings = limits(varied=varied, identical=wanted)
    before = sorted(NOON - minute * MINUTE for minute in earlier[: min(varied, wanted)])
    passages = [Passage(recipient=ANA, channel="sms", content=sms("a"), at=at, held=False) for at in before]
    found = objections(messages(*texts), settings, passages)
    times = [one.until if isinstance(one, Hold) else NOON for one in found]
    assert times == sorted(times), "in order"
    everything = [*(("a", at) for at in before), *zip(texts, times, strict=True)]
    for _, at in everything:
        hour = [(text, other) for text, other in everything if at - FLOOD_SPAN < other <= at]
        assert len(hour) <= varied
        assert all(sum(text == one for text, _ in hour) <= wanted for one in "abc")


def test_a_message_of_a_channel_that_is_not_there_is_held() -> None:
    (found,) = objections([ROW._replace(channel="pigeon")], limits("off"))
    assert isinstance(found, Hold)
    assert found.until > NOON
    assert "no channel is called 'pigeon'" in found.reason


def test_channels_do_not_count_for_each_other() -> None:
    both = Channels([SmsChannel(), Paging()])
    passages = sent(30, 20, 10)
    (text, beep) = [*messages("a"), ROW._replace(message_id="p", channel="paging", content="7", recipient=ANA)]
    policies = policies_of(limits(varied=3), both)
    assert isinstance(next(judge([text], policies, Traffic(both, passages), NOON))[1], Hold)
    assert next(judge([beep], policies, Traffic(both, passages), NOON))[1] is None


def test_texts_are_alike_whether_their_urls_are_shortened_or_not() -> None:
    rows = [ROW._replace(message_id=str(n), content=sms("hello", shorten_url=n > 0)) for n in range(2)]
    assert waits(objections(rows, limits(identical=1))) == [None, FLOOD_SPAN]


# A channel that fails.


def pages(*contents: str, to: str = ANA) -> list[OutboxRow]:
    return [ROW._replace(message_id=f"p{n}", channel="paging", content=n, recipient=to) for n in contents]


#: So many pages before that the guard asks what the next is like.
BEFORE = [Passage(recipient=ANA, channel="paging", content="0", at=NOON - MINUTE, held=False)] * 6


@pytest.mark.parametrize("problem", [KeyError(ANA), SystemExit()])
@pytest.mark.parametrize(("content", "method"), [("1", "likeness"), (ANA, "why_unreachable")])
def test_a_message_whose_channel_fails_is_held_and_says_of_whom(
    content: str, method: str, problem: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    channels = Channels([*BUILT_IN, FailingPager({content: [method]}, problem)])
    rows = [*pages("1"), *messages("hello", to=IVO)]

    (_, held), (_, other) = judge(rows, policies_of(limits(), channels), Traffic(channels, BEFORE), NOON)

    assert isinstance(held, Hold)
    assert held.until == NOON + CHANNEL_WAIT
    assert held.reason.startswith(f"Held: The channel 'paging' raised {type(problem).__name__} in {method}().")
    assert other is None
    assert "delivery.channel_failed" in caplog.text
    assert "failing.py:" in caplog.text
    assert ANA not in held.reason + caplog.text


def test_what_is_no_likeness_holds_its_message_only() -> None:
    class Listing(FailingPager):
        def likeness(self, content: str) -> Any:
            return [content]

    channels = Channels([*BUILT_IN, Listing({})])
    traffic = Traffic(channels, BEFORE)
    found = list(judge([*pages("1"), *messages("a", to=IVO)], policies_of(limits(), channels), traffic, NOON))

    assert [type(objection) for _, objection in found] == [Hold, type(None)]


def test_a_message_sent_before_whose_channel_fails_now_holds_nobody() -> None:
    channels = Channels([*BUILT_IN, FailingPager({"1": ["likeness"]})])
    failing = replace(BEFORE[0], content="1")

    traffic = Traffic(channels, [*BEFORE, failing])
    ((_, objection),) = judge(pages("2"), policies_of(limits(), channels), traffic, NOON)

    assert objection is None
