"""Reasons for which messages fail, as a label of metrics: of Infobip's open names a bounded number, the rest as `other`."""

from __future__ import annotations

#: What this product itself says.
_OWN = {"given up"}
#: Names of statuses that Infobip documents for messages that it refuses, without their group.
_REFUSALS = """
    NETWORK PREFIX_MISSING DND SOURCE NOT_ENOUGH_CREDITS SENDER DESTINATION_BLOCKLISTED DESTINATION
    PREPAID_PACKAGE_EXPIRED DESTINATION_NOT_REGISTERED ROUTE_NOT_AVAILABLE FLOODING_FILTER SYSTEM_ERROR
    DUPLICATE_MESSAGE_ID INVALID_UDH MESSAGE_TOO_LONG MISSING_TO SIGNALS_BLOCKED OPERATOR
"""
#: Names of the errors that reports have most often.
_ERRORS = """
    UNKNOWN_SUBSCRIBER ABSENT_SUBSCRIBER ILLEGAL_SUBSCRIBER CALL_BARRED BUSY MEMORY_CAPACITY_EXCEEDED CONTENT_BLOCKED SPAM
    TIME_OUT BLACKLISTED VALIDITY_EXPIRED FLOODING DUPLICATE_MESSAGE
"""
_GROUPS = ("UNDELIVERABLE", "EXPIRED", "REJECTED")
_KNOWN = frozenset(
    {
        *_OWN,
        *_GROUPS,
        *(f"REJECTED_{name}" for name in _REFUSALS.split()),
        *(f"{group}: EC_{name}" for group in _GROUPS for name in _ERRORS.split()),
    }
)
#: All values that the label can have.
REASONS = _KNOWN | {"other"} | {f"{group}: other" for group in _GROUPS}


def reason_label(reason: str) -> str:
    """The label of a reason: itself if it is a known one, else `other`, behind its group if it has one.

    >>> reason_label("UNDELIVERABLE: EC_ABSENT_SUBSCRIBER"), reason_label("UNDELIVERABLE: EC_NEW"), reason_label("?")
    ('UNDELIVERABLE: EC_ABSENT_SUBSCRIBER', 'UNDELIVERABLE: other', 'other')
    """
    if reason in _KNOWN:
        return reason
    group = reason.partition(":")[0].partition("_")[0]
    return f"{group}: other" if group in _GROUPS else "other"
