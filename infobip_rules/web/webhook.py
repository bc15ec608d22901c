"""A webhook: its request is checked, read, parsed, handed to the receiver, and answered 200 once it is kept."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.channels.inbound import parse_inbound
from infobip_rules.channels.registry import Channels
from infobip_rules.clock import Clock
from infobip_rules.errors import JournalError, WebhookError
from infobip_rules.infobip.inbound import InboundBatch, Kind
from infobip_rules.infobip.phone import mask_numbers
from infobip_rules.pages.guard import ForeignPageError
from infobip_rules.receiver import BatchReceiver
from infobip_rules.web.answers import (
    answer_ending,
    answer_error,
    answer_failure,
    answer_not_stored,
    answer_receipt,
    refuse,
    status_of,
)
from infobip_rules.web.body import read_body
from infobip_rules.web.guard import WebhookGuard

log = logging.getLogger("infobip_rules.web")

#: The paths of each webhook: the first is entered in Infobip's portal, the second is documented too.
PATHS: Mapping[Kind, tuple[str, str]] = {
    "message": ("/sms-received-message", "/sms_received_message"),
    "report": ("/sms-delivery-report", "/sms_delivery_report"),
}
_OTHER: Mapping[Kind, Kind] = {"message": "report", "report": "message"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Webhook:
    """Takes the POSTs to the paths of one kind; a plain ASGI app, as Starlette's wrapping takes longer than the work."""

    kind: Kind
    receiver: BatchReceiver
    guard: WebhookGuard
    clock: Clock
    #: Bytes that a body may have.
    max_body: int
    #: Seconds that a body may take to come.
    read_timeout: float
    #: The channels whose items a body may hold.
    channels: Channels = BUILT_IN

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        answer = await self.receive(scope, receive)
        await answer(scope, receive, send)

    async def receive(self, scope: Scope, receive: Receive) -> Response:
        """The answer to one request; never raises."""
        prefix = scope.get("root_path", "")
        path = prefix + PATHS[self.kind][0]
        began = time.monotonic()
        try:
            signature = self.guard.admit(scope)
            body = await read_body(scope, receive, limit=self.max_body, seconds=self.read_timeout)
            if signature is not None:
                self.guard.check(signature, body)
            return await self._keep(body, path, prefix, began)
        except (WebhookError, ForeignPageError) as problem:
            log.warning("web.refused path=%s status=%d reason=%s", path, status_of(problem), mask_numbers(problem.fact))
            return refuse(problem)
        except ClientDisconnect:
            log.info("web.disconnected path=%s", path)
            return answer_error(WebhookError.id, "The body was not complete.", "Post it again.", 400)
        except asyncio.CancelledError:
            # The server ends. Infobip posts again what was not kept; what was kept counts once.
            log.info("web.cut_off path=%s", path)
            return answer_ending()
        except JournalError as problem:
            log.error("web.not_stored path=%s reason=%s", path, problem)  # noqa: TRY400 - its sentence is enough
            return answer_not_stored(problem)
        except Exception:
            log.exception("web.failed path=%s", path)
            return answer_failure()

    async def _keep(self, body: bytes, path: str, prefix: str, began: float) -> Response:
        batch = parse_inbound(
            body, expected=self.kind, now=self.clock.now(), path=path, channels=self.channels, began=began
        )
        self._log_oddities(batch, prefix)
        receipt = await self.receiver.receive(batch)
        if receipt.duplicates:
            log.debug(
                "web.duplicate path=%s count=%d first=%s reason=%s",
                path,
                receipt.duplicates,
                batch.items[0].dedup_key,
                "Infobip has posted them before: they count once.",
            )
        return answer_receipt(receipt)

    def _log_oddities(self, batch: InboundBatch, prefix: str) -> None:
        if batch.misdirected:
            right = _OTHER[self.kind]
            log.warning(
                "web.misdirected path=%s count=%d reason=%s",
                batch.path,
                batch.misdirected,
                f"These are {right}s, whose URL is {prefix + PATHS[right][0]}. They are handled all the same.",
            )
        if batch.without_offset:
            log.warning(
                "web.date_without_offset path=%s count=%d fields=%s reason=%s",
                batch.path,
                len(batch.without_offset),
                ",".join(dict.fromkeys(batch.without_offset)),
                "These dates say no offset from UTC: they are taken as UTC.",
            )
        for bad in batch.bad:
            log.warning(
                "web.set_aside path=%s message_id=%s field=%s reason=%s",
                batch.path,
                bad.message_id or "none",
                bad.field,
                mask_numbers(bad.reason),
            )


class Webhooks:
    """The webhooks of both kinds, by path."""

    def __init__(
        self,
        *,
        receiver: BatchReceiver,
        guard: WebhookGuard,
        clock: Clock,
        max_body: int,
        read_timeout: float,
        channels: Channels = BUILT_IN,
    ) -> None:
        self.by_path = {
            path: Webhook(
                kind=kind,
                receiver=receiver,
                guard=guard,
                clock=clock,
                max_body=max_body,
                read_timeout=read_timeout,
                channels=channels,
            )
            for kind, paths in PATHS.items()
            for path in paths
        }

    def at(self, scope: Scope) -> Webhook | None:
        """The webhook that a request is for, if it is for one."""
        if scope["type"] != "http" or scope["method"] != "POST":
            return None
        return self.by_path.get(scope["path"].removeprefix(scope.get("root_path", "")))
