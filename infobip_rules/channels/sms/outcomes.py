"""Answers to requests that send text messages: one outcome for each message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from infobip_rules.infobip.exchange import Reply
from infobip_rules.infobip.messages import Accepted, Outcome, Outgoing, Rejected, Unknown
from infobip_rules.infobip.refusals import refused_outcomes
from infobip_rules.infobip.statuses import Verdict, explain, verdict
from infobip_rules.infobip.tolerant import read_objects, read_part, read_string
from infobip_rules.signals import ReportStatus

#: What a key needs to send text messages.
SCOPE = "sms:message:send (or sms:manage)"


def send_outcomes(messages: Sequence[Outgoing], reply: Reply) -> list[Outcome]:
    """What became of each message, in the order given. Never raises, whatever the reply is.

    A 200 that does not mention a message, or can't be read, says nothing of it.
    """
    if 200 <= reply.status < 300:
        return _judge_all(messages, reply)
    return refused_outcomes(messages, reply, scope=SCOPE)


def _judge_all(messages: Sequence[Outgoing], reply: Reply) -> list[Outcome]:
    entries = read_objects(reply.document(), "messages")
    if entries is None:
        reason = f"Infobip answered {reply.status} with a body that can't be read."
        return [Unknown(message_id=message.message_id, reason=reason) for message in messages]
    return [_judge(message, entry) for message, entry in zip(messages, _matched(messages, entries), strict=True)]


def _judge(message: Outgoing, entry: dict[str, Any] | None) -> Outcome:
    if entry is None:
        return Unknown(message_id=message.message_id, reason="Infobip's answer does not mention the message.")
    status = read_part(ReportStatus, entry.get("status"))
    match verdict(status):
        case Verdict.UNREADABLE:
            return Unknown(message_id=message.message_id, reason="Infobip's answer gives the message no status.")
        case Verdict.REJECTED:
            return Rejected(message_id=message.message_id, status=status, reason=explain(status))
        case _:
            return Accepted(message_id=message.message_id, status=status)


def _matched(messages: Sequence[Outgoing], entries: list[dict[str, Any]]) -> list[dict[str, Any] | None]:
    """The entry of each message: by messageId, else by position or by a destination that only one of each has."""
    by_id = {read_string(entry.get("messageId")): entry for entry in entries}
    ours = {message.message_id for message in messages}
    spare = [entry for entry in entries if read_string(entry.get("messageId")) not in ours]
    lost = [message for message in messages if message.message_id not in by_id]
    return [by_id.get(message.message_id) or _spare_entry(message, lost, spare) for message in messages]


def _spare_entry(message: Outgoing, lost: list[Outgoing], spare: list[dict[str, Any]]) -> dict[str, Any] | None:
    if len(lost) == len(spare):
        entry = spare[lost.index(message)]
        return entry if read_string(entry.get("destination")) in {"", message.to} else None
    to_same = [other for other in lost if other.to == message.to]
    fitting = [entry for entry in spare if entry.get("destination") == message.to]
    return fitting[0] if len(to_same) == len(fitting) == 1 else None
