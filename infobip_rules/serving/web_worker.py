"""The process of a web worker: it reads webhooks and answers them when the host has kept their batches."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import Receive, Scope, Send

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.channels.registry import Channels
from infobip_rules.clock import SystemClock
from infobip_rules.evaluators.limits import keep_out_others
from infobip_rules.garbage_collection import collect_rarely
from infobip_rules.infobip.security import WebhookSignature
from infobip_rules.redaction import conceal
from infobip_rules.serving.event_loop import run_loop
from infobip_rules.serving.frames import End, Ready
from infobip_rules.serving.object_stream import ObjectStream
from infobip_rules.serving.remote import RemoteHost
from infobip_rules.serving.server import serve
from infobip_rules.web.guard import WebhookGuard
from infobip_rules.web.webhook import Webhooks
from infobip_rules.web.webhook_app import MAX_BODY, READ_TIMEOUT


@dataclass(frozen=True, kw_only=True, slots=True)
class WebPlan:
    """The settings of a web worker; pickled on the way to its process."""

    token: str | None
    signature: WebhookSignature | None = None
    #: Seconds that requests under way get at the end.
    grace: float
    #: Connections that the worker holds at once.
    most_connections: int
    #: Called in the worker's process, so that it logs as the host does.
    configure_logging: Callable[[], None]
    channels: Channels = BUILT_IN


def work(listener: socket.socket, end: socket.socket, plan: WebPlan) -> None:
    """Serves until the host sends `End`, or is gone."""
    for number in (signal.SIGINT, signal.SIGTERM):  # the host handles them, and says when to end
        signal.signal(number, signal.SIG_IGN)
    keep_out_others()
    conceal(plan.token, plan.signature.secret if plan.signature else None)
    plan.configure_logging()
    collect_rarely()
    run_loop(_serve(listener, end, plan))


async def _serve(listener: socket.socket, end: socket.socket, plan: WebPlan) -> None:
    enough, host = asyncio.Event(), RemoteHost()

    def handle(frame: object) -> None:
        if isinstance(frame, End):
            enough.set()
        else:
            host.handle(frame)

    def lost() -> None:
        host.lost()
        enough.set()

    host.stream = stream = await ObjectStream.open(end, on_object=handle, on_closed=lost)
    webhooks = Webhooks(
        receiver=host,
        guard=WebhookGuard(plan.token, plan.signature),
        clock=SystemClock(),
        max_body=MAX_BODY,
        read_timeout=READ_TIMEOUT,
        channels=plan.channels,
    )

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await (webhooks.at(scope) or host)(scope, receive, send)

    await serve(
        app,
        listener,
        started=lambda: stream.send(Ready()),
        end=enough,
        grace=plan.grace,
        most_connections=plan.most_connections,
    )
    stream.close()
