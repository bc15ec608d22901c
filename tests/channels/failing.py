"""A channel whose methods raise for some of its contents: what the package of somebody else may do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from infobip_rules.infobip.exchange import Reply, Request
from infobip_rules.infobip.messages import Outcome, Outgoing
from infobip_rules.signals import ReportStatus, Signal
from tests.channels.paging import Paging


class FailingPager(Paging):
    """Pagers; `failing` names by content the methods that raise, and `problem` what."""

    def __init__(self, failing: Mapping[str, Iterable[str]], problem: BaseException | None = None) -> None:
        self.failing = {content: frozenset(methods) for content, methods in failing.items()}
        self.problem = problem or KeyError("385981234567")

    def _may(self, method: str, *contents: str) -> None:
        if any(method in self.failing.get(content, ()) for content in contents):
            raise self.problem

    def check(self, content: str) -> None:
        self._may("check", content)
        super().check(content)

    def likeness(self, content: str) -> str:
        self._may("likeness", content)
        return super().likeness(content)

    def why_unreachable(self, to: str, *, like: str | None = None) -> str | None:
        self._may("why_unreachable", to)
        return super().why_unreachable(to, like=like)

    def sent_signal(self, message: Outgoing, status: ReportStatus, *, sent_at: datetime) -> Signal:
        self._may("sent_signal", message.content)
        return super().sent_signal(message, status, sent_at=sent_at)

    def report_signal(
        self, message: Outgoing, status: ReportStatus, *, sent_at: datetime | None, done_at: datetime
    ) -> Signal:
        self._may("report_signal", message.content)
        return super().report_signal(message, status, sent_at=sent_at, done_at=done_at)

    def hint(self, content: str) -> Any:
        self._may("hint", content)
        return super().hint(content)

    def group(self, messages: Iterable[Outgoing]) -> list[list[Outgoing]]:
        messages = list(messages)
        self._may("group", *(message.content for message in messages))
        return [messages]

    def request(self, messages: Sequence[Outgoing], delivery_report_url: str | None) -> Request:
        self._may("request", *(message.content for message in messages))
        pages = [{"to": message.to, "messageId": message.message_id} for message in messages]
        return Request(method="POST", path="/pager/1/messages", json={"pages": pages})

    def outcomes(self, messages: Sequence[Outgoing], reply: Reply) -> list[Outcome]:
        self._may("outcomes", *(message.content for message in messages))
        return [outcome for message in messages for outcome in super(FailingPager, self).outcomes([message], reply)]
