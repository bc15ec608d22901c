"""Signals, what the outside world tells a session, and the data models of Infobip's webhook bodies behind them.

Field names are spelt as Infobip documents them; `from` is a Python keyword, so the attribute is `from_`. Infobip's
schema requires no field and adds new ones at will: what may be absent has a default, unknown fields are ignored (the raw
body is kept in the journal), and names of groups, statuses and errors are open strings.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    AliasChoices,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    model_validator,
)


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


#: A moment with its offset, kept in UTC. Infobip writes `2026-10-06T09:28:39.220+0000`, the offset varies by account.
Moment = Annotated[AwareDatetime, AfterValidator(_utc)]


_CONFIG = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


def _without_nulls(data: Any) -> Any:
    if isinstance(data, dict) and None in data.values():
        return {name: value for name, value in data.items() if value is not None}
    return data


class _Documented(BaseModel):
    """What Infobip documents: a field that it sends as null counts as left out."""

    model_config = _CONFIG

    @model_validator(mode="before")
    @classmethod
    def _tolerate(cls, data: Any) -> Any:
        return _without_nulls(data)


class ReportStatus(_Documented):
    """Where a message stands: decide on `groupName` (PENDING, UNDELIVERABLE, DELIVERED, EXPIRED, REJECTED, or a new one)."""

    groupId: int | None = None
    groupName: str = ""
    id: int | None = None
    name: str = ""
    description: str = ""
    action: str = ""


class ReportError(_Documented):
    """Why a message was not delivered; `permanent` is Infobip's own word on whether trying again is of any use."""

    groupId: int | None = None
    groupName: str = ""
    id: int | None = None
    name: str = ""
    description: str = ""
    permanent: bool | None = None


class MessageMedia(_Documented):
    """A picture, sound or other file of an MMS, and where it can be fetched."""

    #: What it is, such as `image/jpeg`.
    contentType: str = ""
    url: str = ""


class _Inbound(_Documented):
    messageId: str = ""
    from_: str = Field(alias="from", min_length=1)
    to: str = ""
    text: str = ""
    cleanText: str = ""
    keyword: str = ""
    receivedAt: Moment
    callbackData: str = ""
    #: What came with an MMS besides its text; empty for an SMS.
    media: tuple[MessageMedia, ...] = ()
    pairedMessageId: str = ""
    userAgent: str = ""

    @model_validator(mode="before")
    @classmethod
    def _tolerate(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        if None in data.values():
            data = _without_nulls(data)
        # Without a keyword Infobip leaves cleanText out; rules may then rely on it being the whole text.
        return data if "cleanText" in data else {**data, "cleanText": data.get("text", "")}


class SmsReceivedMessage(_Inbound):
    """One entry of `results` in the body that Infobip posts for received messages."""

    smsCount: int | None = None
    price: dict[str, Any] | None = None


class DeliveryReport(_Documented):
    """What became of a message of ours, by any channel: the fields that all reports have."""

    messageId: str = Field(min_length=1)
    to: str = ""
    from_: str = Field(default="", validation_alias=AliasChoices("from", "sender"), serialization_alias="from")
    sentAt: Moment | None = None
    doneAt: Moment | None = None
    status: ReportStatus
    error: ReportError = ReportError()
    callbackData: str = ""
    bulkId: str = ""


class SmsReceivedReport(DeliveryReport):
    """One entry of `results` in the body that Infobip posts for delivery reports (v3, and v2 with `from` and `smsCount`)."""

    messageCount: int | None = Field(default=None, validation_alias=AliasChoices("messageCount", "smsCount"))
    mccMnc: str = ""
    price: dict[str, Any] | None = None


class Signal(BaseModel):
    """What the outside world tells a session: matched by rules through an entry point, gone when its cycle ends.

    Subclass it for signals of your own; fields are declared as in any pydantic model.
    """

    model_config = _CONFIG

    #: The entry point through which signals of this type arrive.
    entry_point: ClassVar[str] = "signals"


class InfobipSmsReceivedMessage(Signal, _Inbound):
    """A text message that somebody sent to our number."""


class InfobipSmsSentMessage(Signal, _Documented):
    """A text message of ours that Infobip has accepted (or rejected: look at `status.groupName`)."""

    messageId: str
    to: str
    from_: str = Field(default="", alias="from")
    text: str = ""
    sentAt: Moment
    status: ReportStatus = ReportStatus()
    callbackData: str | None = None


class InfobipSmsReceivedReport(Signal, DeliveryReport):
    """A delivery report: what became of a message that we sent (`messageId` ties it to its `InfobipSmsSentMessage`)."""


class Heartbeat(Signal):
    """Comes to every session at a steady pace (`INFOBIP_HEARTBEAT_CYCLE` seconds), where some rule listens to it.

    A session gets them from its first signal of another kind on. After a time in which the host was down there is one,
    not one for each that was missed: compare moments with `c.now` rather than count heartbeats.
    """

    #: The moment at which it was due; it may be evaluated later.
    timestamp: Moment


class MomentCame(Signal):
    """A moment at which rules with timers are due, or facts go; no rule sees it."""

    moment: Moment


#: The signal types this package brings, by the name that journals keep, as rules may name them.
SIGNAL_TYPES: dict[str, type[Signal]] = {
    kind.__name__: kind
    for kind in (InfobipSmsReceivedMessage, InfobipSmsSentMessage, InfobipSmsReceivedReport, Heartbeat)
}
