"""Groups of messages that one request each can hold, made by their channels: a channel that fails over one stops no other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from infobip_rules.channels.asking import ChannelFailedError, asking, wrong_answer
from infobip_rules.channels.interface import Channel
from infobip_rules.channels.registry import Channels
from infobip_rules.delivery.decisions import outgoing
from infobip_rules.infobip.messages import Outgoing
from infobip_rules.journal.records import OutboxRow


class Group(NamedTuple):
    """Messages for one request, with their rows; or a single one that its channel fails over, with the reason."""

    rows: Sequence[OutboxRow]
    messages: Sequence[Outgoing]
    problem: ChannelFailedError | None = None


def grouped(rows: Sequence[OutboxRow], channels: Channels, now: datetime) -> Iterator[Group]:
    """Yields the groups of all messages, each message in one of them."""
    by_id = {row.message_id: row for row in rows}
    of_channel: dict[str, list[Outgoing]] = {}
    for row in rows:
        of_channel.setdefault(row.channel, []).append(outgoing(row, now))
    for name, messages in of_channel.items():
        for group, problem in _groups(channels[name], messages):
            yield Group([by_id[message.message_id] for message in group], group, problem)


def _groups(
    channel: Channel, messages: Sequence[Outgoing]
) -> Iterator[tuple[Sequence[Outgoing], ChannelFailedError | None]]:
    """The groups of one channel's messages; if it fails over them all, of those that it takes alone."""
    try:
        groups = _asked(channel, messages)
    except ChannelFailedError as problem:
        if len(messages) == 1:
            yield messages, problem
            return
        alone = [group for message in messages for group in _groups(channel, [message])]
        yield from ((group, problem) for group, problem in alone if problem is not None)
        good = [message for group, problem in alone if problem is None for message in group]
        try:
            groups = _asked(channel, good)
        except ChannelFailedError:  # it is not over one of them: each goes by itself
            groups = [[message] for message in good]
    yield from ((group, None) for group in groups)


def _asked(channel: Channel, messages: Sequence[Outgoing]) -> list[list[Outgoing]]:
    """What the channel makes of messages. Raises ChannelFailedError, also if it is not just these messages."""
    with asking(channel, "group"):
        groups = [list(group) for group in channel.group(messages)]
        found = {message.message_id: message for group in groups for message in group}
    given = {message.message_id: message for message in messages}
    if found != given or sum(map(len, groups)) != len(messages):
        raise wrong_answer(channel, "group", "other messages than those that it was given")
    return [group for group in groups if group]
