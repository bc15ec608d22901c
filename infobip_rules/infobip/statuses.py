"""Infobip's statuses and errors, and their meaning: mapping tables over open strings, and the decisions taken on them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto

from infobip_rules.infobip.phone import mask_numbers
from infobip_rules.signals import ReportError, ReportStatus

#: Status id of a message whose messageId was taken before.
DUPLICATE_MESSAGE_ID = 23


class Group(StrEnum):
    """The groups Infobip documents; a group is an open string, so compare with these and never convert to them."""

    ACCEPTED = "ACCEPTED"
    PENDING = "PENDING"
    UNDELIVERABLE = "UNDELIVERABLE"
    DELIVERED = "DELIVERED"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"


class Verdict(StrEnum):
    """What a status says about whether Infobip has taken a message."""

    #: Taken: it is on its way, or was; a group nobody has heard of counts as taken, as the other mistake sends twice.
    TAKEN = auto()
    #: This answer is a rejection, but only because an earlier attempt was taken.
    TAKEN_EARLIER = auto()
    #: Not taken, and it never will be.
    REJECTED = auto()
    #: The status says nothing at all.
    UNREADABLE = auto()


@dataclass(frozen=True, kw_only=True, slots=True)
class Meaning:
    """What one status or error means."""

    sentence: str
    #: Whether it is the end of the message; None where it is not a failure. Of what is rejected it is always: the message
    #: is not tried again, and its messageId can't be used again.
    permanent: bool | None = None


#: In place of id 23, which would read as a rejection.
_ACCEPTED_EARLIER = ReportStatus(
    groupId=1, groupName="PENDING", id=26, name="PENDING_ACCEPTED", description="An earlier attempt was accepted."
)
#: Groups by `groupId`, for an answer that leaves the name out.
GROUPS: dict[int, Group] = dict(enumerate(Group))
FINAL_GROUPS = frozenset({Group.UNDELIVERABLE, Group.DELIVERED, Group.EXPIRED, Group.REJECTED})


def _failure(sentence: str) -> Meaning:
    return Meaning(sentence=sentence, permanent=True)


def _passing(sentence: str) -> Meaning:
    return Meaning(sentence=sentence, permanent=False)


#: Statuses by group and id, as ids repeat across groups (87).
STATUSES: dict[tuple[str, int], Meaning] = {
    (Group.ACCEPTED, 0): Meaning(sentence="Infobip has accepted the message"),
    (Group.PENDING, 3): Meaning(sentence="the message waits for the operator's delivery report"),
    (Group.PENDING, 7): Meaning(sentence="the message is on its way to the operator"),
    (Group.PENDING, 26): Meaning(sentence="Infobip has accepted the message and will process it"),
    (Group.UNDELIVERABLE, 4): _failure("the operator rejected the message"),
    (Group.UNDELIVERABLE, 9): _passing("the message was sent but not delivered"),
    (Group.UNDELIVERABLE, 31): _passing("the message was not sent to the operator"),
    (Group.DELIVERED, 2): Meaning(sentence="the operator has the message"),
    (Group.DELIVERED, 5): Meaning(sentence="the message is on the phone"),
    (Group.EXPIRED, 15): _failure("the message was not delivered within its validity period"),
    (Group.EXPIRED, 29): _passing("no delivery report came in time; the message may have been delivered"),
    (Group.EXPIRED, 87): _passing("the operator blocked the message; it may have been delivered"),
    (Group.REJECTED, 6): _failure("the recipient's network is unknown or not open to this account"),
    (Group.REJECTED, 8): _failure("the number's prefix is not one that exists"),
    (Group.REJECTED, 10): _failure("the recipient is on a do-not-disturb register"),
    (Group.REJECTED, 11): _failure("this sender may not send through this account"),
    (Group.REJECTED, 12): _failure("the account has not enough credit: top it up"),
    (Group.REJECTED, 13): _failure("the sender is blocked or not registered for the recipient's network"),
    (Group.REJECTED, 14): _failure("the recipient is on the account's blocklist"),
    (Group.REJECTED, 17): _failure("the prepaid package has expired: renew it"),
    (Group.REJECTED, 18): _failure("the recipient is not registered, as a trial account requires"),
    (Group.REJECTED, 19): _failure("no route leads to the recipient's network"),
    (Group.REJECTED, 20): _failure("the recipient got too many or too similar messages within the hour"),
    (Group.REJECTED, 21): _failure("Infobip had an error of its own"),
    (Group.REJECTED, DUPLICATE_MESSAGE_ID): Meaning(sentence="an earlier attempt with this messageId was accepted"),
    (Group.REJECTED, 24): _failure("the message's user data header is not valid"),
    (Group.REJECTED, 25): _failure("the message is over 25 parts or 4000 bytes"),
    (Group.REJECTED, 51): _failure("the message has no recipient"),
    (Group.REJECTED, 52): _failure("the recipient's number is not valid"),
    (Group.REJECTED, 87): _failure("the operator's firewall blocked the message"),
}

#: The errors met most often, by id; a report's own `permanent` goes before the one given here.
ERRORS: dict[int, Meaning] = {
    1: _failure("the number is not in use"),
    6: _passing("the phone was off or out of reach"),
    9: _failure("the subscriber may not receive messages"),
    13: _passing("the subscriber's service is barred"),
    27: _passing("the phone was off or out of reach"),
    31: _passing("the phone was busy"),
    256: _passing("the phone's memory was full"),
    500: _passing("the operator had an error"),
    502: _passing("the operator had an error"),
    603: _failure("the recipient has opted out (sent STOP)"),
    607: _failure("the operator took the message for spam"),
    2048: _passing("the operator did not answer in time"),
    2052: _failure("the recipient is on a blocklist"),
    2053: _failure("the recipient is on a blocklist"),
    4101: _failure("the validity period ended before delivery"),
    4103: _passing("the recipient got too many messages"),
    4104: _passing("the recipient got too many messages"),
    5492: _passing("the same message was sent shortly before"),
}


def group_of(status: ReportStatus) -> str:
    """The group a status belongs to, in capitals; from `groupId` or the name where `groupName` is absent, or empty."""
    if status.groupName.strip():
        return status.groupName.strip().upper()
    if status.groupId in GROUPS:
        return GROUPS[status.groupId]
    prefix = status.name.strip().upper().partition("_")[0]
    return prefix if prefix in GROUPS.values() else ""


def is_final(group: str) -> bool:
    """Whether nothing more is to be expected of a message in this group; an unknown group is not final."""
    return group.strip().upper() in FINAL_GROUPS


def advance(old_group: str, new_group: str) -> str:
    """The group of a message after a report: reports come out of order, so a final group stays, unless it turns out
    that the message was delivered after all; then nothing changes it any more.
    """
    if not new_group.strip() or (is_final(old_group) and new_group.strip().upper() != Group.DELIVERED):
        return old_group
    return new_group


def verdict(status: ReportStatus) -> Verdict:
    """Whether a status says that Infobip has taken the message, from an answer to a send or from the logs."""
    group = group_of(status)
    if group != Group.REJECTED:
        return Verdict.TAKEN if group or status.name or status.id is not None else Verdict.UNREADABLE
    duplicate = status.id == DUPLICATE_MESSAGE_ID or status.name == "REJECTED_DUPLICATE_MESSAGE_ID"
    return Verdict.TAKEN_EARLIER if duplicate else Verdict.REJECTED


def status_of_message(status: ReportStatus) -> ReportStatus:
    """The status of a message, given one from an answer, a report or the logs: the same, but for id 23.

    That one is about an attempt, and says that an earlier one was accepted.
    """
    return _ACCEPTED_EARLIER if verdict(status) is Verdict.TAKEN_EARLIER else status


def accepted(status: ReportStatus) -> bool:
    """Whether the message is Infobip's by now: taken with this attempt or an earlier one."""
    return verdict(status) in {Verdict.TAKEN, Verdict.TAKEN_EARLIER}


def explain(status: ReportStatus, error: ReportError | None = None) -> str:
    """One sentence for a log or a user: what a status and its error mean, and whether sending again can be of use.

    >>> explain(ReportStatus(groupName="REJECTED", id=52, name="REJECTED_DESTINATION"))
    "REJECTED_DESTINATION: the recipient's number is not valid (permanent)."
    """
    meaning = STATUSES.get((group_of(status), -1 if status.id is None else status.id))
    clauses = [_clause(status.name or group_of(status) or "No status", meaning, status.description)]
    permanent = meaning.permanent if meaning else None
    if error is not None and _is_failure(error):
        known = ERRORS.get(error.id or 0)
        clauses.append(_clause(error.name or f"error {error.id}", known, error.description))
        permanent = _first(error.permanent, known.permanent if known else None, permanent)
    return f"{'; '.join(clauses)}{_permanence(permanent)}."


def _is_failure(error: ReportError) -> bool:
    return bool(error.id) or error.name not in {"", "NO_ERROR"}


def _clause(name: str, meaning: Meaning | None, description: str) -> str:
    said = meaning.sentence if meaning else mask_numbers(description).strip().rstrip(".")
    return f"{name}: {said}" if said else name


def _first(*answers: bool | None) -> bool | None:
    return next((answer for answer in answers if answer is not None), None)


def _permanence(permanent: bool | None) -> str:
    return {None: "", True: " (permanent)", False: " (temporary)"}[permanent]
