"""Requests that were answered with an error: what that means for their messages, whatever the channel."""

from __future__ import annotations

import pytest

from infobip_rules.infobip.exchange import Reply
from infobip_rules.infobip.messages import NotSent, Unknown
from infobip_rules.infobip.refusals import refused_outcomes

from .samples import message

SCOPE = "pager:send"


@pytest.mark.parametrize("status", [400, 401, 404, 413, 422, 429])
def test_a_4xx_sent_nothing(status: int) -> None:
    (outcome,) = refused_outcomes([message()], Reply(status=status), scope=SCOPE)
    assert isinstance(outcome, NotSent)
    assert (outcome.http_status, outcome.retryable) == (status, status == 429)


@pytest.mark.parametrize("status", [302, 408, 500, 503])
def test_whatever_else_says_nothing_of_the_messages(status: int) -> None:
    outcomes = refused_outcomes([message("m-1"), message("m-2")], Reply(status=status), scope=SCOPE)
    assert [(type(outcome), outcome.message_id) for outcome in outcomes] == [(Unknown, "m-1"), (Unknown, "m-2")]


def test_a_key_that_may_not_send_is_told_the_scope_that_its_channel_needs() -> None:
    (outcome,) = refused_outcomes([message()], Reply(status=403), scope=SCOPE)
    assert isinstance(outcome, NotSent)
    assert f"give it the scope {SCOPE}" in outcome.reason


def test_a_wait_that_is_asked_for_is_passed_on() -> None:
    (outcome,) = refused_outcomes([message()], Reply(status=429, headers={"Retry-After": "7"}), scope=SCOPE)
    assert isinstance(outcome, NotSent)
    assert outcome.retry_after == 7
