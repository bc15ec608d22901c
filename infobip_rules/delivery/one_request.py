"""The format of one request for messages that are grouped already: the channel's, kept from doing harm by what it raises."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import get_args

from infobip_rules.channels.asking import ChannelFailedError, asking, wrong_answer
from infobip_rules.channels.interface import Channel
from infobip_rules.infobip.exchange import Reply, Request
from infobip_rules.infobip.messages import Outcome, Outgoing, Unknown
from infobip_rules.infobip.provider import SendFormat

log = logging.getLogger("infobip_rules.delivery")

_OUTCOMES = get_args(Outcome)


class OneRequest(SendFormat):
    """A channel's way to send one group. What it raises before anything is sent is a ChannelFailedError."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def group(self, messages: Iterable[Outgoing]) -> list[list[Outgoing]]:
        """All messages in one list: they were grouped by the channel before."""
        return [list(messages)]

    def request(self, messages: Sequence[Outgoing], delivery_report_url: str | None) -> Request:
        """The channel's request. Raises ChannelFailedError."""
        with asking(self._channel, "request"):
            request: object = self._channel.request(messages, delivery_report_url)
            if not isinstance(request, Request):
                raise wrong_answer(self._channel, "request", "what is no request")
            _ = request.content  # raises now, and not when it is sent, if it is no JSON
            return request

    def outcomes(self, messages: Sequence[Outgoing], reply: Reply) -> list[Outcome]:
        """What the channel reads of the answer; a message of which it reads nothing may have been taken."""
        try:
            with asking(self._channel, "outcomes"):
                found = {
                    outcome.message_id: outcome
                    for outcome in self._channel.outcomes(messages, reply)
                    if isinstance(outcome, _OUTCOMES)
                }
            reason = f"The channel {self._channel.name!r} read nothing of the message in Infobip's answer."
        except ChannelFailedError as problem:
            log.error("delivery.answer_not_read messages=%d reason=%s", len(messages), problem.logged)  # noqa: TRY400 - it may quote a text
            found, reason = {}, f"Infobip's answer was not read. {problem.fact}"
        return [
            found.get(message.message_id) or Unknown(message_id=message.message_id, reason=reason)
            for message in messages
        ]
