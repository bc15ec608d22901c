"""Requests that fail or are cut off: an answer if none has begun, and one line of log."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from infobip_rules.web.answers import answer_ending, answer_failure

log = logging.getLogger("infobip_rules.web")


class FaultBoundary:
    """An app whose errors are answered and logged here; the server that runs it sees none."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request by the app."""
        try:
            await self._app(scope, receive, send)
        except ClientDisconnect:
            log.info("web.disconnected path=%s", scope["path"])
        except asyncio.CancelledError:  # the server ends
            log.info("web.cut_off path=%s", scope["path"])
            await _answer(answer_ending(), scope, receive, send)
        except Exception:
            log.exception("web.failed path=%s", scope["path"])
            await _answer(answer_failure(), scope, receive, send)


async def _answer(answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
    with suppress(RuntimeError):  # one has begun
        await answer(scope, receive, send)
