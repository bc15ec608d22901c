"""Groups of messages: a channel that fails over one, or gives back others than it was given, stops no other."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import pytest

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.channels.registry import Channels
from infobip_rules.delivery.grouping import grouped
from infobip_rules.infobip.messages import Outgoing
from tests.channels.composing import sms
from tests.channels.failing import FailingPager

from .test_decisions import NOON, ROW


def test_one_that_cant_be_grouped_leaves_the_others_in_one_request() -> None:
    channels = Channels([*BUILT_IN, FailingPager({"1": ["group"]})])
    rows = [ROW._replace(message_id=content, channel="paging", content=content) for content in "0123"]

    found = list(grouped(rows, channels, NOON))

    assert [[row.message_id for row in group.rows] for group in found] == [["1"], ["0", "2", "3"]]
    assert [group.problem is None for group in found] == [False, True]


@pytest.mark.parametrize("change", ["drops", "duplicates", "invents", "alters"])
def test_a_channel_that_gives_back_other_messages_than_it_was_given_is_refused(change: str) -> None:
    class Liar(FailingPager):
        def group(self, messages: Iterable[Outgoing]) -> list[list[Outgoing]]:
            first, *others = messages
            stranger = Outgoing(message_id="x", channel="paging", content="1", to="1", sender="2")
            altered = Outgoing(message_id=first.message_id, channel="paging", content="1", to="1", sender="2")
            return {
                "drops": [others],
                "duplicates": [[first, first, *others]],
                "invents": [[first, *others], [stranger]],
                "alters": [[altered, *others]],
            }[change]

    rows = [ROW._replace(message_id=f"m{content}", channel="paging", content=content) for content in "01"]

    found = list(grouped(rows, Channels([Liar({})]), NOON + timedelta(hours=1)))

    assert [[row.message_id for row in group.rows] for group in found] == [["m0"], ["m1"]]
    assert all("answered group() with other messages" in str(group.problem) for group in found)


@pytest.mark.parametrize("content", ['{"text":"broken \\ud83d"}', "oops"])
def test_a_content_that_can_not_be_read_does_not_keep_a_batch_from_being_sent(content: str) -> None:
    rows = [
        ROW._replace(message_id=str(place), content=content)
        for place, content in enumerate([sms("a"), content, sms("b")])
    ]
    found = list(grouped(rows, BUILT_IN, NOON))
    assert [[row.message_id for row in group.rows] for group in found] == [["1"], ["0", "2"]]
    assert "raised ContentError in group()" in str(found[0].problem)
