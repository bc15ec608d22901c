"""The delivery policy: a message to a quiet number is refused."""

from __future__ import annotations

from datetime import datetime

from infobip_rules.delivery.policies import Objection, Policy, Refuse, Traffic
from infobip_rules.journal.records import OutboxRow
from infobip_rules.signals import ReportStatus

STATUS = ReportStatus(
    groupName="REJECTED", name="REJECTED_QUIET_NUMBER", description="The number is one of QUIET_NUMBERS: not sent."
)


def refuse_quiet(numbers: frozenset[str]) -> Policy:
    """Refuses what is addressed to one of these numbers."""

    def quiet_numbers(row: OutboxRow, traffic: Traffic, at: datetime) -> Objection | None:
        if row.recipient not in numbers:
            return None
        return Refuse(status=STATUS, reason="Not sent: the number is one of QUIET_NUMBERS.")

    return quiet_numbers
