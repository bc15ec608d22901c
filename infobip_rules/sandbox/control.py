"""The control paths under `/sandbox/`, by which another process reads and drives the fake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infobip_rules.sandbox.faults import Effect, Fault, Faults
from infobip_rules.sandbox.records import Call, Callback, Message, Standing
from infobip_rules.sandbox.wire import stamp


class _Order(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ReceiveOrder(_Order):
    """The body of `POST /sandbox/receive`: somebody writes to our number."""

    from_: str = Field(alias="from", min_length=1)
    text: str
    to: str | None = None
    keyword: str | None = None
    messageId: str | None = None  # noqa: N815 - spelt as the API spells it
    callbackData: str | None = None  # noqa: N815 - spelt as the API spells it


class ReportOrder(_Order):
    """The body of `POST /sandbox/report`: a message reaches a status."""

    messageId: str  # noqa: N815 - spelt as the API spells it
    status: str


class ClickOrder(_Order):
    """The body of `POST /sandbox/click`: somebody follows the first link of a message."""

    messageId: str  # noqa: N815 - spelt as the API spells it


class FaultOrder(_Order):
    """The body of `POST /sandbox/faults`: the fields of a fault, and how often it strikes."""

    effect: Effect
    when: Literal["before", "after"] = "before"
    path: str = "/sms/3/messages"
    retry_after: int | None = None
    seconds: float = 60.0
    status: str = ""
    message_ids: frozenset[str] = frozenset()
    destinations: frozenset[str] = frozenset()
    times: int | None = 1
    probability: float = Field(default=1.0, ge=0.0, le=1.0)

    def fault(self) -> Fault:
        """The fault that is meant."""
        return Fault(**{field.name: getattr(self, field.name) for field in fields(Fault)})


class Controlled(Protocol):
    """The part of the fake that the control paths read and drive."""

    @property
    def faults(self) -> Faults:
        """The faults that are switched on."""

    @property
    def messages(self) -> Sequence[Message]:
        """Accepted messages in order."""

    @property
    def rejected(self) -> Sequence[Message]:
        """Messages rejected in the answer itself."""

    @property
    def doubled(self) -> Mapping[str, int]:
        """Each messageId that was accepted more than once, with the number of times."""

    @property
    def requests(self) -> Sequence[Call]:
        """Every request to the API, in order."""

    @property
    def callbacks(self) -> Sequence[Callback]:
        """Every attempt to post a webhook, in order."""

    async def receive(
        self,
        from_: str,
        text: str,
        *,
        to: str | None = None,
        keyword: str | None = None,
        message_id: str | None = None,
        callback_data: str | None = None,
    ) -> Callback:
        """Posts an inbound message."""

    async def report(self, message_id: str, status: str) -> Callback:
        """Posts the report that a message has reached a status."""

    async def click(self, message_id: str) -> Callback:
        """Posts the click on the first short URL of a message."""


class Control:
    """The control endpoints of one fake."""

    def __init__(self, fake: Controlled) -> None:
        self._fake = fake

    def routes(self) -> list[Route]:
        """The routes; they take no key, as the fake is on this machine only."""
        return [
            Route("/sandbox/state", self.state),
            Route("/sandbox/receive", self.receive, methods=["POST"]),
            Route("/sandbox/report", self.report, methods=["POST"]),
            Route("/sandbox/click", self.click, methods=["POST"]),
            Route("/sandbox/faults", self.arm, methods=["POST"]),
            Route("/sandbox/faults", self.clear, methods=["DELETE"]),
        ]

    async def state(self, request: Request) -> Response:
        """`GET /sandbox/state`: messages, and what else a script may count."""
        fake = self._fake
        return JSONResponse(
            {
                "messages": [_message(message) for message in fake.messages],
                "rejected": [_message(message) for message in fake.rejected],
                "doubled": fake.doubled,
                "requests": [
                    {"method": call.method, "path": call.path, "status": call.status, "outcome": call.outcome}
                    for call in fake.requests
                ],
                "callbacks": [_callback(callback) for callback in fake.callbacks],
                "faults": [fault.effect.value for fault in fake.faults.armed],
            }
        )

    async def receive(self, request: Request) -> Response:
        """`POST /sandbox/receive`: posts an inbound message; the answer of the host."""
        order = ReceiveOrder.model_validate_json(await request.body())
        callback = await self._fake.receive(
            order.from_,
            order.text,
            to=order.to,
            keyword=order.keyword,
            message_id=order.messageId,
            callback_data=order.callbackData,
        )
        return JSONResponse(_callback(callback))

    async def report(self, request: Request) -> Response:
        """`POST /sandbox/report`: makes a message reach a status, and posts the report."""
        order = ReportOrder.model_validate_json(await request.body())
        return JSONResponse(_callback(await self._fake.report(order.messageId, order.status)))

    async def click(self, request: Request) -> Response:
        """`POST /sandbox/click`: follows the first link of a message."""
        order = ClickOrder.model_validate_json(await request.body())
        return JSONResponse(_callback(await self._fake.click(order.messageId)))

    async def arm(self, request: Request) -> Response:
        """`POST /sandbox/faults`: switches a fault on."""
        order = FaultOrder.model_validate_json(await request.body())
        self._fake.faults.arm(order.fault(), times=order.times, probability=order.probability)
        return JSONResponse({"armed": len(self._fake.faults.armed)})

    async def clear(self, request: Request) -> Response:
        """`DELETE /sandbox/faults`: switches every fault off."""
        self._fake.faults.clear()
        return JSONResponse({"armed": 0})


def bad_order(request: Request, error: Exception) -> Response:
    """Starlette's exception handler for orders that can't be read or carried out: 400 and the reasons."""
    if isinstance(error, ValidationError):
        problems = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors(include_url=False)]
        return JSONResponse({"errors": problems}, 400)
    return JSONResponse({"errors": [str(error)]}, 400)


def _message(message: Message) -> dict[str, Any]:
    return {
        "messageId": message.message_id,
        "to": message.to,
        "sender": message.sender,
        "text": message.text,
        "deliveredText": message.delivered_text,
        "shortenUrl": message.shorten_url,
        "deliveryReportUrl": message.delivery_report_url,
        "callbackData": message.callback_data,
        "acceptedAt": stamp(message.accepted_at),
        "timesPosted": message.times_posted,
        "history": [_standing(standing) for standing in message.history],
    }


def _standing(standing: Standing) -> dict[str, Any]:
    return {"at": stamp(standing.at), "groupName": standing.status.group_name, "name": standing.status.name}


def _callback(callback: Callback) -> dict[str, Any]:
    return {
        "kind": callback.kind,
        "url": callback.url,
        "status": callback.status,
        "error": callback.error,
        "body": callback.body,
    }
