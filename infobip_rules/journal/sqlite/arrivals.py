"""Arrivals: signals, delivery reports and items set aside, taken in together however many webhooks brought them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Self

from sqlalchemy import Connection

from infobip_rules.journal.records import Accepted, NewSignal
from infobip_rules.journal.requests import Arrival, NewReport
from infobip_rules.journal.sqlite.execution import JointOperation
from infobip_rules.journal.sqlite.inbox import accept
from infobip_rules.journal.sqlite.outbox import apply_report, find_message, record


class Accepting(JointOperation):
    """Takes one arrival in; one statement does for those of one commit."""

    def __init__(self, arrival: Arrival) -> None:
        self.arrival = arrival

    @classmethod
    def together(cls, connection: Connection, operations: Sequence[Self]) -> Sequence[Accepted]:
        """What became of each arrival."""
        return accept_all(connection, [operation.arrival for operation in operations])


def accept_all(connection: Connection, arrivals: Sequence[Arrival]) -> list[Accepted]:
    """Takes arrivals in: signals once each, reports also beside their message, items aside; what became of each."""
    signals = [_signal(connection, given) for arrival in arrivals for given in arrival.signals]
    asides = [item for arrival in arrivals for item in arrival.asides]
    return _shared_out(accept(connection, signals, asides), [len(arrival.signals) for arrival in arrivals])


def _signal(connection: Connection, given: NewSignal | NewReport) -> NewSignal:
    if isinstance(given, NewSignal):
        return given
    kept = given.update
    row = find_message(connection, given.message_id) if kept is None else apply_report(connection, kept)
    outcome = given.outcome(row)
    if outcome.record is not None:
        record(connection, [outcome.record])
    return outcome.signal


def _shared_out(accepted: Accepted, sizes: Sequence[int]) -> list[Accepted]:
    """What of a joint result belongs to each arrival; what stands twice is new to the first that brought it."""
    ids, shares = iter(accepted.ids), []
    new = set(accepted.new_ids)
    for size in sizes:
        own = tuple(itertools.islice(ids, size))
        fresh = new.intersection(own)
        new -= fresh
        shares.append(Accepted(new=len(fresh), duplicates=size - len(fresh), ids=own, new_ids=tuple(fresh)))
    return shares
