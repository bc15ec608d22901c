"""Infobip's registry of statuses and errors, as far as the sandbox uses them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """The status of a message, as in answers, logs and delivery reports."""

    group_id: int
    group_name: str
    id: int
    name: str
    description: str
    action: str = ""

    @property
    def final(self) -> bool:
        """Whether nothing can follow it."""
        return self.group_name not in {"ACCEPTED", "PENDING"}

    def body(self) -> dict[str, Any]:
        """The `status` object of a JSON body; `action` only where the registry has one."""
        body: dict[str, Any] = {
            "groupId": self.group_id,
            "groupName": self.group_name,
            "id": self.id,
            "name": self.name,
            "description": self.description,
        }
        return {**body, "action": self.action} if self.action else body


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryError:
    """Why a message was not delivered: the `error` object of logs and delivery reports."""

    group_id: int
    group_name: str
    id: int
    name: str
    description: str
    permanent: bool = False

    def body(self) -> dict[str, Any]:
        """The `error` object of a JSON body."""
        return {
            "groupId": self.group_id,
            "groupName": self.group_name,
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "permanent": self.permanent,
        }


_GROUPS: dict[str, tuple[int, dict[int, str]]] = {
    "PENDING": (1, {3: "WAITING_DELIVERY", 7: "ENROUTE", 26: "ACCEPTED"}),
    "UNDELIVERABLE": (2, {4: "REJECTED_OPERATOR", 9: "NOT_DELIVERED", 31: "NOT_SENT"}),
    "DELIVERED": (3, {2: "TO_OPERATOR", 5: "TO_HANDSET"}),
    "EXPIRED": (4, {15: "EXPIRED", 29: "DLR_UNKNOWN"}),
    "REJECTED": (
        5,
        {
            6: "NETWORK",
            8: "PREFIX_MISSING",
            10: "DND",
            11: "SOURCE",
            12: "NOT_ENOUGH_CREDITS",
            13: "SENDER",
            14: "DESTINATION_BLOCKLISTED",
            17: "PREPAID_PACKAGE_EXPIRED",
            18: "DESTINATION_NOT_REGISTERED",
            19: "ROUTE_NOT_AVAILABLE",
            20: "FLOODING_FILTER",
            21: "SYSTEM_ERROR",
            23: "DUPLICATE_MESSAGE_ID",
            24: "INVALID_UDH",
            25: "MESSAGE_TOO_LONG",
            51: "MISSING_TO",
            52: "DESTINATION",
            87: "SIGNALS_BLOCKED",
        },
    ),
}
_DESCRIPTIONS = {
    "PENDING_ACCEPTED": "Message sent to next instance",
    "PENDING_ENROUTE": "Message sent to next instance",
    "DELIVERED_TO_HANDSET": "Message delivered to handset",
    "UNDELIVERABLE_NOT_DELIVERED": "Message sent not delivered",
    "EXPIRED_EXPIRED": "Message expired",
    "REJECTED_NOT_ENOUGH_CREDITS": "Not enough credits",
    "REJECTED_DUPLICATE_MESSAGE_ID": "Rejected duplicate message ID",
    "REJECTED_DESTINATION": "Invalid destination address.",
}
_ACTIONS = {
    "REJECTED_NOT_ENOUGH_CREDITS": "Top up your account",
    "REJECTED_DESTINATION": "Check to parameter.",
}


def _status(group_name: str, group_id: int, id_: int, suffix: str) -> Status:
    name = f"{group_name}_{suffix}"
    description = _DESCRIPTIONS.get(name, name.replace("_", " ").capitalize())
    return Status(
        group_id=group_id,
        group_name=group_name,
        id=id_,
        name=name,
        description=description,
        action=_ACTIONS.get(name, ""),
    )


#: Every status the sandbox knows, by its full name.
STATUSES: dict[str, Status] = {
    status.name: status
    for group_name, (group_id, members) in _GROUPS.items()
    for status in (_status(group_name, group_id, id_, suffix) for id_, suffix in members.items())
}

NO_ERROR = DeliveryError(group_id=0, group_name="OK", id=0, name="NO_ERROR", description="No Error")
_ERRORS = {
    "UNDELIVERABLE": DeliveryError(
        group_id=1, group_name="HANDSET_ERRORS", id=27, name="EC_ABSENT_SUBSCRIBER", description="Absent Subscriber"
    ),
    "EXPIRED": DeliveryError(
        group_id=2,
        group_name="USER_ERRORS",
        id=4101,
        name="EC_VALIDITY_EXPIRED",
        description="Validity Expired",
        permanent=True,
    ),
}
_USUAL = {
    "PENDING": "PENDING_ENROUTE",
    "DELIVERED": "DELIVERED_TO_HANDSET",
    "UNDELIVERABLE": "UNDELIVERABLE_NOT_DELIVERED",
    "EXPIRED": "EXPIRED_EXPIRED",
    "REJECTED": "REJECTED_NOT_ENOUGH_CREDITS",
}


def status_named(name: str) -> Status:
    """The status called `name`: a full name, a group (its usual status then) or an id of the REJECTED group.

    Names are open strings in this API, so one that the registry lacks becomes a status of an unknown group.
    """
    if name.isascii() and name.isdigit():
        name = f"REJECTED_{_GROUPS['REJECTED'][1].get(int(name), name)}"
    known = STATUSES.get(_USUAL.get(name, name))
    return known or Status(group_id=42, group_name=name, id=4242, name=name, description="A status of a later day")


def error_of(status: Status) -> DeliveryError:
    """The error that usually comes with `status`."""
    return _ERRORS.get(status.group_name, NO_ERROR)
