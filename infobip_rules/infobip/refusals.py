"""Requests that were answered with an error: what that means for the messages in them, whatever their channel."""

from __future__ import annotations

from collections.abc import Sequence

from infobip_rules.infobip.exchange import Reply, longer_than_waited, read_fault, remedy_for, retry_after
from infobip_rules.infobip.messages import NotSent, Outcome, Outgoing, Unknown


def refused_outcomes(messages: Sequence[Outgoing], reply: Reply, *, scope: str) -> list[Outcome]:
    """What became of messages whose request was answered with anything but 2xx; `scope` is what a key needs to send them.

    A 4xx says that nothing was sent. A 3xx and a 5xx say nothing at all; nor does a 408, which a gateway may answer after
    the request went on.
    """
    fault = read_fault(reply)
    reason = " ".join(part for part in (fault.sentence, remedy_for(reply.status, scope=scope) or fault.action) if part)
    if reply.status == 408 or not 400 <= reply.status < 500:
        return [Unknown(message_id=message.message_id, reason=reason) for message in messages]
    wait = retry_after(reply) if reply.status == 429 else None
    if wait is not None and (said := longer_than_waited(reply)):
        reason = f"{reason} {said}"
    return [
        NotSent(
            message_id=message.message_id,
            reason=reason,
            retryable=reply.status == 429,
            retry_after=wait,
            http_status=reply.status,
        )
        for message in messages
    ]
