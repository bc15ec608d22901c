"""The format of one request: what a channel makes and reads, and what becomes of a message over which it fails."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from infobip_rules.channels.asking import ChannelFailedError
from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.delivery.one_request import OneRequest
from infobip_rules.infobip.exchange import Reply, Request
from infobip_rules.infobip.messages import Accepted, Outcome, Outgoing, Unknown
from tests.channels.failing import FailingPager
from tests.infobip.samples import message

PAGES = [Outgoing(message_id=f"p{content}", channel="paging", content=content, to="1", sender="2") for content in "12"]
REPLY = Reply(status=200, headers={}, body=b'{"status": {"groupId": 1, "groupName": "PENDING"}}')


def answering(request: Any = None, outcomes: Any = None) -> OneRequest:
    """The format of a channel that answers with these."""

    class Answering(FailingPager):
        def request(self, messages: Sequence[Outgoing], delivery_report_url: str | None) -> Request:
            return request  # type: ignore[no-any-return]  # also what is none

        def outcomes(self, messages: Sequence[Outgoing], reply: Reply) -> list[Outcome]:
            return outcomes  # type: ignore[no-any-return]  # also what is none

    return OneRequest(Answering({}))


def test_what_a_channel_makes_and_reads_is_what_counts() -> None:
    sms = BUILT_IN["sms"]
    assert OneRequest(sms).request([message()], None) == sms.request([message()], None)
    assert OneRequest(sms).outcomes([message()], REPLY) == sms.outcomes([message()], REPLY)
    assert OneRequest(FailingPager({})).group(PAGES) == [PAGES]


@pytest.mark.parametrize("problem", [KeyError("text"), SystemExit()])
def test_a_request_that_its_channel_fails_to_make_is_an_error_before_anything_is_sent(problem: BaseException) -> None:
    with pytest.raises(ChannelFailedError, match=r"raised \w+ in request\(\)"):
        OneRequest(FailingPager({"1": ["request"]}, problem)).request(PAGES, None)


@pytest.mark.parametrize("request_", [None, Request(method="POST", path="/", json={"x": object()})])
def test_what_is_no_request_is_refused(request_: Any) -> None:
    with pytest.raises(ChannelFailedError):
        answering(request=request_).request(PAGES, None)


@pytest.mark.parametrize("outcomes", [None, [], ["sent"], [Unknown(message_id="x", reason="Nobody knows.")]])
def test_a_message_of_which_a_channel_reads_nothing_may_have_been_taken(outcomes: Any) -> None:
    found = answering(outcomes=outcomes).outcomes(PAGES, REPLY)
    assert [(type(outcome), outcome.message_id) for outcome in found] == [(Unknown, "p1"), (Unknown, "p2")]


@pytest.mark.parametrize("problem", [KeyError("text"), SystemExit()])
def test_an_answer_that_its_channel_fails_to_read_leaves_the_outcome_unknown(
    problem: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    form = OneRequest(FailingPager({"1": ["outcomes"]}, problem))
    assert {type(outcome) for outcome in form.outcomes(PAGES, REPLY)} == {Unknown}
    assert "delivery.answer_not_read" in caplog.text
    assert {type(outcome) for outcome in form.outcomes(PAGES[1:], REPLY)} == {Accepted}
