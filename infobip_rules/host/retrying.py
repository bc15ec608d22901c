"""Items that were set aside, taken in once more if somebody asks for it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from infobip_rules.background import Rounds
from infobip_rules.channels.inbound import parse_inbound
from infobip_rules.channels.registry import Channels
from infobip_rules.errors import WebhookError
from infobip_rules.infobip.inbound import BadItem, InboundBatch, Kind
from infobip_rules.infobip.phone import mask_numbers
from infobip_rules.journal.interface import Journal
from infobip_rules.journal.records import AsideRow
from infobip_rules.receiver import Receipt
from infobip_rules.settings import DELIVERY_REPORT

log = logging.getLogger("infobip_rules.retrying")

#: Items taken up in one round, and seconds between rounds.
AT_ONCE = 100
TICK = 0.5

_REPORTS = DELIVERY_REPORT.lstrip("/")


class Retrier:
    """Takes up what `infobip-rules asides retry` has marked; `receive` is the host's way in.

    An item is forgotten once what is in it is on disk. A host that is killed between the two takes it up again, and finds
    it taken: it counts once, as a webhook that is repeated does.
    """

    def __init__(
        self, *, journal: Journal, receive: Callable[[InboundBatch], Awaitable[Receipt]], channels: Channels
    ) -> None:
        self.journal = journal
        self.receive = receive
        self.channels = channels
        self._rounds = Rounds("retrying", self._round)
        self.run = self._rounds.run

    async def _round(self) -> float:
        rows = await self.journal.inbox.marked_for_retry(limit=AT_ONCE)
        for row in rows:
            await self._retry(row)
        return 0 if len(rows) == AT_ONCE else TICK

    async def _retry(self, row: AsideRow) -> None:
        batch = batch_of(row, self.channels)
        if not batch.items:
            await self.journal.inbox.unmark(row.id)
            log.warning("retrying.still_unreadable aside=%d reason=%s", row.id, why_unreadable(batch))
            return
        receipt = await self.receive(batch)
        await self.journal.inbox.forget_aside(row.id)
        log.info(
            "retrying.taken_in aside=%d new=%d duplicates=%d set_aside=%d",
            *(row.id, receipt.new, receipt.duplicates, receipt.set_aside),
        )


def batch_of(row: AsideRow, channels: Channels) -> InboundBatch:
    """What is in an item that was set aside, as it is read by now: an entry of a body, or a whole body that was pulled."""
    expected: Kind = "report" if row.path.replace("_", "-").endswith(_REPORTS) else "message"
    text = row.item.encode(errors="replace")
    unread = WebhookError("can't be read")
    for body in (text, b'{"results":[' + text + b"]}"):
        try:
            return parse_inbound(body, expected=expected, now=row.received_at, path=row.path, channels=channels)
        except WebhookError as problem:
            unread = problem
    return InboundBatch((), (BadItem(item=row.item, field="", reason=unread.fact),), path=row.path)


def why_unreadable(batch: InboundBatch) -> str:
    """What is wrong with the first thing of a batch that can't be read."""
    first = next(iter(batch.bad), None)
    if first is None:
        return "There is nothing in it."
    return mask_numbers(f"{first.field} {first.reason}".strip().rstrip(".") + ".")
