"""Policies between the outbox and the wire: whether a message that is due may go out now. Pure.

A policy is a function of a message, the traffic to people so far, and the moment in question. It answers None (no
objection), `Hold` or `Refuse`. Those here are built in; `outside_policies` has those of plugins and of a host's maker.

What is addressed to no phone number, such as the name that an operator writes from, is refused whatever the settings say.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from infobip_rules.channels.asking import ChannelFailedError, asking, wrong_answer
from infobip_rules.channels.interface import ContentError
from infobip_rules.channels.registry import Channels
from infobip_rules.journal.records import OutboxRow, Passage
from infobip_rules.limits import Limits
from infobip_rules.plugins.markers import hookimpl
from infobip_rules.signals import ReportStatus

log = logging.getLogger("infobip_rules.delivery")

#: An hour, as Infobip counts, and a little: it counts from when it took a message, which is later than we sent it.
FLOOD_SPAN = timedelta(minutes=61)
#: Not a name of Infobip's: the message never left this program.
FLOOD_STATUS = ReportStatus(
    groupName="REJECTED",
    name="REJECTED_BY_FLOOD_GUARD",
    description="Too many messages to this recipient within an hour: not sent, by infobip-rules itself.",
)
#: How long a message waits for its channel, before that is looked for, or asked, again.
CHANNEL_WAIT = timedelta(minutes=1)
#: No message is held for longer at once, nor waits so for one that is: there are moments that nothing can be added to.
LONGEST_HOLD = timedelta(days=366)
#: Nor is this.
UNREACHABLE_NAME = "REJECTED_NO_PHONE_NUMBER"
#: Not a name of Infobip's: the message never left this program.
TOO_LATE_STATUS = ReportStatus(
    groupName="REJECTED",
    name="REJECTED_TOO_LATE",
    description="It could not go out while its text was worth sending: not sent, by infobip-rules itself.",
)
_IN_TURN = "Held: an earlier message to this recipient is."


@dataclass(frozen=True, kw_only=True, slots=True)
class Hold:
    """The message waits, at no cost of attempts, and is judged anew then."""

    until: datetime
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Refuse:
    """The message is rejected; rules see `status` in an `InfobipSmsSentMessage`."""

    status: ReportStatus
    reason: str


Objection = Hold | Refuse
_TOO_LATE = Refuse(
    status=TOO_LATE_STATUS, reason="It can't go out in the time for which its text is worth sending: it is not sent."
)


class Traffic:
    """When people were sent messages, or are to be: what went out, what is held back, and what this batch adds.

    Messages are counted for each channel by itself, but keep their order over all.
    """

    def __init__(self, channels: Channels, passages: Iterable[Passage] = ()) -> None:
        """From passages in the order of their moments; `channels` say which contents are alike."""
        self._channels = channels
        self._all: defaultdict[tuple[str, str], list[datetime]] = defaultdict(list)
        self._same: defaultdict[tuple[str, str, str], list[datetime]] = defaultdict(list)
        #: Messages that are not in `_same` yet: their channel is asked what they are like once that matters.
        self._unsorted: defaultdict[tuple[str, str], list[tuple[OutboxRow | Passage, datetime]]] = defaultdict(list)
        self._held: dict[str, datetime] = {}
        for passage in passages:
            self.add(passage, passage.at, held=passage.held)

    def add(self, message: OutboxRow | Passage, at: datetime, *, held: bool) -> None:
        """Notes a message that goes out at `at`, which is not before any other of its recipient."""
        self._all[message.channel, message.recipient].append(at)
        self._unsorted[message.channel, message.recipient].append((message, at))
        if held:
            self._held[message.recipient] = at

    def turn_of(self, recipient: str, now: datetime) -> datetime:
        """The first moment from `now` on that is not before a message held back for this recipient, within a year."""
        return max(now, min(self._held.get(recipient, now), now + LONGEST_HOLD))

    def sent_to(self, message: OutboxRow) -> Sequence[datetime]:
        """When the recipient was or is to be sent messages by the channel of this one, in order."""
        return self._all[message.channel, message.recipient]

    def sent_alike(self, message: OutboxRow) -> Sequence[datetime]:
        """When the recipient was or is to be sent what is like this very message, in order. Raises ChannelFailedError."""
        alike = self._alike(message)
        for other, at in self._unsorted.pop((message.channel, message.recipient), ()):
            self._same[self._noted_as(other)].append(at)
        return self._same[alike]

    def _alike(self, message: OutboxRow | Passage) -> tuple[str, str, str]:
        return message.channel, message.recipient, self._likeness(message)

    def _noted_as(self, message: OutboxRow | Passage) -> tuple[str, str, str]:
        """The same; one whose channel fails counts for its content, as it must not stop others."""
        try:
            return self._alike(message)
        except ChannelFailedError:
            return message.channel, message.recipient, message.content

    def _likeness(self, message: OutboxRow | Passage) -> str:
        channel = self._channels.find(message.channel)
        if channel is None:
            return message.content
        with asking(channel, "likeness"):
            try:
                likeness: object = channel.likeness(message.content)
            except ContentError:  # it is like no other, and fails when it is to go out
                return message.content
        if not isinstance(likeness, str):
            raise wrong_answer(channel, "likeness", "what is no text")
        return likeness


#: Whether a message may go out at a moment; the traffic is that before it.
Policy = Callable[[OutboxRow, Traffic, datetime], Objection | None]


@hookimpl(specname="delivery_policies")
def policies_of(limits: Limits, channels: Channels) -> tuple[Policy, ...]:
    """The built-in policies that the settings ask for; the first that objects to a message decides."""
    always: tuple[Policy, ...] = (registered(channels), reachable(channels), too_late)
    return always if limits.flood_guard == "off" else (*always, flood_guard(limits))


def registered(channels: Channels) -> Policy:
    """Holds what goes out by a channel that is not there, such as one whose package was taken away."""

    def known(row: OutboxRow, _: Traffic, at: datetime) -> Objection | None:
        if row.channel in channels:
            return None
        reason = f"Held: no channel is called {row.channel!r}; install the package that brings it, and start again."
        return Hold(until=at + CHANNEL_WAIT, reason=reason)

    return known


def reachable(channels: Channels) -> Policy:
    """Refuses what is addressed to where its channel reaches nobody: names and short codes can't be answered."""

    def reaches(row: OutboxRow, _: Traffic, at: datetime) -> Objection | None:
        channel = channels[row.channel]
        with asking(channel, "why_unreachable"):
            why = channel.why_unreachable(row.recipient, like=row.sender)
        if why is None:
            return None
        status = ReportStatus(groupName="REJECTED", name=UNREACHABLE_NAME, description=f"{why} Not sent.")
        return Refuse(status=status, reason=f"Dropped: {why}")

    return reaches


def too_late(row: OutboxRow, _: Traffic, at: datetime) -> Objection | None:
    """Refuses a message whose text is not worth sending any more, by what the rule said that sent it.

    What would be held until then is refused at once.
    """
    if row.expires_at is None or at < row.expires_at:
        return None
    return _TOO_LATE


def flood_guard(limits: Limits) -> Policy:
    """Keeps within so many messages, and so many of one text, to a recipient in an hour: what is beyond, Infobip rejects.

    A message beyond waits until there is room, or is refused.
    """

    def guard(row: OutboxRow, traffic: Traffic, at: datetime) -> Objection | None:
        sent = traffic.sent_to(row)
        room = _room(sent, limits.flood_varied, at)
        if len(sent) >= limits.flood_identical:
            room = max(room, _room(traffic.sent_alike(row), limits.flood_identical, at))
        if room <= at:
            return None
        beyond = f"{limits.flood_varied} messages, or {limits.flood_identical} of one text, went to this recipient"
        if limits.flood_guard == "refuse":
            return Refuse(status=FLOOD_STATUS, reason=f"Rejected by the flood guard: {beyond} within an hour.")
        return Hold(until=room, reason=f"Held by the flood guard: {beyond} within an hour.")

    return guard


def judge(
    rows: Sequence[OutboxRow], policies: Sequence[Policy], traffic: Traffic, now: datetime
) -> Iterator[tuple[OutboxRow, Objection | None]]:
    """Each message that is due with the objection to it, in the order given; None: it goes out now.

    A recipient's messages keep their order: behind one that is held, those after it are held too. One whose channel
    fails is held.
    """
    for row in rows:
        objection = _objection(row, policies, traffic, now)
        if not isinstance(objection, Refuse):
            at = now if objection is None else objection.until
            traffic.add(row, at, held=objection is not None)
        yield row, objection


def _objection(row: OutboxRow, policies: Sequence[Policy], traffic: Traffic, now: datetime) -> Objection | None:
    turn = traffic.turn_of(row.recipient, now)
    found = (policy(row, traffic, turn) for policy in policies)
    try:
        objection = next((answer for answer in found if answer is not None), None)
    except ChannelFailedError as problem:
        log.error("delivery.channel_failed message_id=%s reason=%s", row.message_id, problem.logged)  # noqa: TRY400 - it may quote the text
        reason = f"Held: {problem.fact} It is asked again in a minute. {problem.remedy}"
        objection = Hold(until=turn + CHANNEL_WAIT, reason=reason)
    if turn > now and not isinstance(objection, Hold):
        # Its turn is yet to come: whatever is to be said then, is said then.
        objection = Hold(until=turn, reason=_IN_TURN)
    if isinstance(objection, Hold) and row.expires_at is not None and row.expires_at <= objection.until:
        return _TOO_LATE  # by then; so it need not wait
    return objection


def _room(sent: Sequence[datetime], most: int, at: datetime) -> datetime:
    """The first moment from `at` on that has fewer than `most` of `sent` in its span before.

    None of these is later, but what is held for longer than `at` can wait for it; that counts as sent at `at`.
    """
    return at if len(sent) < most else max(at, min(sent[-most], at) + FLOOD_SPAN)
