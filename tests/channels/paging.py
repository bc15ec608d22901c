"""A channel of the tests' own: pagers, which are sent numbers. All there is of it is here: no module of the package knows it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from infobip_rules.actions import send
from infobip_rules.channels.interface import Channel, ContentError, Cost, Draft, Shown
from infobip_rules.errors import TextError
from infobip_rules.infobip.exchange import Reply, Request
from infobip_rules.infobip.fields import read_fields, read_signal, readers
from infobip_rules.infobip.inbound import Kind, ReceivedItem, json_of
from infobip_rules.infobip.messages import Accepted, NotSent, Outcome, Outgoing, Unknown
from infobip_rules.infobip.tolerant import read_part
from infobip_rules.signals import DeliveryReport, Moment, ReportStatus, Signal


class PageReceived(Signal):
    """Somebody has paged us."""

    messageId: str
    from_: str
    code: int
    receivedAt: Moment


class PageSent(Signal):
    """A page of ours was taken, or refused."""

    messageId: str
    to: str
    code: int
    status: ReportStatus


class PageReported(Signal, DeliveryReport):
    """What became of a page of ours."""


class PageCommand(NamedTuple):
    to: str
    code: object


def page(to: str, code: int, callback_data: str | None = None) -> str:
    """The action of rules."""
    return send(PageCommand(to, code), callback_data=callback_data)


class Paging(Channel):
    name = "paging"
    commands = (PageCommand,)
    received = PageReceived
    sent = PageSent
    reported = PageReported

    def draft(self, command: PageCommand) -> Draft:
        if not isinstance(command.code, int):
            raise TextError("A pager shows numbers only.", "Give it a number.")
        return Draft(command.to, json.dumps(command.code))

    def check(self, content: str) -> None:
        if not content.isdecimal():
            raise ContentError("It is no number.")

    def recognise(self, entry: Mapping[str, Any]) -> Kind | None:
        return "message" if "beep" in entry else None  # its reports name no channel

    def read_item(self, entry: Mapping[str, Any], kind: Kind, *, now: datetime) -> ReceivedItem:
        fields = read_fields(entry, readers("messageId", "from", "to", "beep", "doneAt", "status"))
        if kind == "report":
            report = read_signal(PageReported, fields)
            key = f"r:{report.messageId}:{report.status.groupName}"
            return ReceivedItem(PageReported, report.model_dump_json(), report.to, json_of(entry), key, self.name)
        fields |= {"from_": fields.pop("from", None), "code": fields.pop("beep"), "receivedAt": now}
        signal = read_signal(PageReceived, fields)
        payload = signal.model_dump_json()
        return ReceivedItem(PageReceived, payload, signal.from_, json_of(entry), f"m:{signal.messageId}", self.name)

    def sent_signal(self, message: Outgoing, status: ReportStatus, *, sent_at: datetime) -> Signal:
        return PageSent(messageId=message.message_id, to=message.to, code=json.loads(message.content), status=status)

    def report_signal(
        self, message: Outgoing, status: ReportStatus, *, sent_at: datetime | None, done_at: datetime
    ) -> Signal:
        return PageReported(messageId=message.message_id, to=message.to, status=status, doneAt=done_at)

    def show(self, content: str) -> Shown:
        return Shown(f"beep {content}", {"digits": len(content)})

    def show_received(self, signal: PageReceived) -> Shown:
        return Shown(f"beep {signal.code}")

    def cost(self, content: str) -> Cost:
        return Cost(2, "long numbers cost double") if len(content) > 3 else Cost(1)

    def group(self, messages: Iterable[Outgoing]) -> list[list[Outgoing]]:
        return [[message] for message in messages]

    def request(self, messages: Sequence[Outgoing], delivery_report_url: str | None) -> Request:
        (message,) = messages
        body = {"from": message.sender, "to": message.to, "messageId": message.message_id}
        body |= {"beep": json.loads(message.content), "notifyUrl": delivery_report_url}
        return Request(method="POST", path="/pager/1/message", json=body)

    def outcomes(self, messages: Sequence[Outgoing], reply: Reply) -> list[Outcome]:
        (message,) = messages
        if reply.status >= 500:
            return [Unknown(message_id=message.message_id, reason="The pager service failed.")]
        if reply.status != 200:
            return [NotSent(message_id=message.message_id, reason="Refused.", retryable=False)]
        status = read_part(ReportStatus, reply.document().get("status"))
        return [Accepted(message_id=message.message_id, status=status)]
