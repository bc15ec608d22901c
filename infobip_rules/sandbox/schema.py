"""The bodies of requests, checked as strictly as Infobip's schema has it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from infobip_rules.sandbox.envelopes import ApiRefusal, Violation

_LONGEST_VALIDITY = timedelta(hours=48)
_SHORTEST_WINDOW = timedelta(hours=1)
_FARTHEST_SCHEDULE = timedelta(days=180)
#: Before it, some moments have no date in another zone.
_FIRST_YEAR = 1970
_SECONDS = {"SECONDS": 1, "MINUTES": 60, "HOURS": 3600}


_DATE = re.compile(r"\d{4}-\d\d-\d\dT")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2} ?)+")

Transliteration: TypeAlias = Literal[
    "NONE",
    "TURKISH",
    "GREEK",
    "CYRILLIC",
    "SERBIAN_CYRILLIC",
    "CENTRAL_EUROPEAN",
    "BALTIC",
    "NON_UNICODE",
    "PORTUGUESE",
    "COLOMBIAN",
    "BULGARIAN_CYRILLIC",
    "ALL",
]


def _written(asked: object) -> object:
    if not isinstance(asked, str) or not _DATE.match(asked):  # a number would be taken for seconds since 1970
        raise ValueError("must be a date of the form yyyy-MM-dd'T'HH:mm:ss.SSSZ")
    return asked


#: A moment as it is written in bodies and queries.
Moment: TypeAlias = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_written)]


def _within_reach(moment: datetime, info: ValidationInfo) -> datetime:
    if moment.year < _FIRST_YEAR:
        raise ValueError(f"must not be before {_FIRST_YEAR}")
    now = (info.context or {}).get("now")
    if now is not None and moment - now > _FARTHEST_SCHEDULE:
        raise ValueError("must not be more than 180 days ahead")
    return moment


class _Body(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, strict=True, frozen=True, extra="ignore")


class Destination(_Body):
    """The destination of a message, and the id that its client chose."""

    to: str = Field(max_length=64)
    message_id: str | None = Field(default=None, max_length=200)
    network_id: int | None = None


class Language(_Body):
    """The national table asked for."""

    language_code: Literal["NONE", "TR", "ES", "PT", "AUTODETECT"] | None = None
    single_shift: bool | None = None
    locking_shift: bool | None = None


class Content(_Body):
    """The content of a message: a text, or bytes."""

    #: Two hexadecimal digits a byte, parted by spaces or not.
    hex: str | None = Field(default=None, min_length=1)
    data_coding: int = 0
    esm_class: int = 0
    text: str | None = Field(default=None, min_length=1, validate_default=True)
    transliteration: Transliteration | None = None
    language: Language | None = None

    @field_validator("hex")
    @classmethod
    def _of_bytes(cls, digits: str | None) -> str | None:
        if digits is not None and not _HEX.fullmatch(digits):
            raise ValueError("must be pairs of hexadecimal digits")
        return digits

    @field_validator("text")
    @classmethod
    def _there(cls, text: str | None, info: ValidationInfo) -> str | None:
        if text is None and info.data.get("hex") is None:
            raise ValueError("must not be null")
        return text


class Platform(_Body):
    """The tenant and application a message is booked to."""

    entity_id: str | None = Field(default=None, max_length=255)
    application_id: str | None = Field(default=None, max_length=255)


class ValidityPeriod(_Body):
    """The time that delivery is tried: 48 hours at most."""

    amount: int = Field(ge=1)
    time_unit: Literal["SECONDS", "MINUTES", "HOURS"] = "MINUTES"

    @property
    def span(self) -> timedelta:
        """The period as it counts."""
        longest = int(_LONGEST_VALIDITY.total_seconds())
        return timedelta(seconds=min(self.amount * _SECONDS[self.time_unit], longest))


class TimeOfDay(_Body):
    """A time of day in UTC."""

    hour: int = Field(ge=0, le=23)
    minute: int = Field(ge=0, le=59)

    def until(self, other: TimeOfDay) -> timedelta:
        """The time from this one to the next `other`: of the same day, or over midnight."""
        minutes = (other.hour - self.hour) * 60 + other.minute - self.minute
        return timedelta(minutes=minutes % (24 * 60))


class DeliveryTimeWindow(_Body):
    """The days and hours in which a message may be delivered."""

    days: list[Literal["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]] = Field(
        min_length=1
    )
    from_: TimeOfDay | None = Field(default=None, alias="from")
    to: TimeOfDay | None = None

    @model_validator(mode="after")
    def _wide_enough(self) -> DeliveryTimeWindow:
        if (self.from_ is None) != (self.to is None):
            raise ValueError("from and to go together")
        if self.from_ is not None and self.to is not None and self.from_.until(self.to) < _SHORTEST_WINDOW:
            raise ValueError("from and to must be at least one hour apart")
        return self


class IndiaDlt(_Body):
    """The fields of Indian law."""

    principal_entity_id: str
    content_template_id: str | None = None
    telemarketer_id: str | None = None


class TurkeyIys(_Body):
    """The fields of Turkish law."""

    recipient_type: Literal["BIREYSEL", "TACIR"]
    brand_code: int | None = None


class SouthKorea(_Body):
    """The fields of Korean law."""

    title: str | None = Field(default=None, max_length=66)
    reseller_code: int | None = None


class Regional(_Body):
    """The fields that the law of some countries requires."""

    india_dlt: IndiaDlt | None = None
    turkey_iys: TurkeyIys | None = None
    south_korea: SouthKorea | None = None


class MessageOptions(_Body):
    """Options of one message."""

    platform: Platform | None = None
    validity_period: ValidityPeriod | None = None
    delivery_time_window: DeliveryTimeWindow | None = None
    campaign_reference_id: str | None = Field(default=None, max_length=255)
    regional: Regional | None = None
    flash: bool | None = None


class DeliveryWebhook(_Body):
    """The webhook of delivery reports."""

    url: str | None = None
    intermediate_report: bool | None = None
    notify: bool | None = None


class MessageWebhooks(_Body):
    """The webhooks about a message."""

    delivery: DeliveryWebhook | None = None
    content_type: Literal["application/json", "application/xml"] | None = None
    callback_data: str | None = Field(default=None, max_length=4000)


class MessageRequest(_Body):
    """One content for one or more destinations."""

    sender: str | None = None
    destinations: list[Destination] = Field(min_length=1)
    content: Content
    options: MessageOptions | None = None
    webhooks: MessageWebhooks | None = None


class SpeedLimit(_Body):
    """The speed at which a bulk is sent."""

    amount: int = Field(ge=1)
    time_unit: Literal["MINUTE", "HOUR", "DAY"] | None = None


class Schedule(_Body):
    """When a bulk goes out: kept, not waited for."""

    bulk_id: str | None = Field(default=None, max_length=100)
    send_at: Moment | None = None
    sending_speed_limit: SpeedLimit | None = None

    @field_validator("send_at")
    @classmethod
    def _not_too_far(cls, moment: datetime | None, info: ValidationInfo) -> datetime | None:
        return None if moment is None else _within_reach(moment, info)


class Tracking(_Body):
    """Shortening and click tracking; `shorten_url` is on wherever this object is present at all."""

    shorten_url: bool | None = True
    track_clicks: bool | None = True
    tracking_url: str | None = None
    remove_protocol: bool | None = False
    custom_domain: str | None = None


class RequestOptions(_Body):
    """Options of the whole request."""

    schedule: Schedule | None = None
    tracking: Tracking | None = None
    include_sms_count_in_response: bool | None = False


class SendRequest(_Body):
    """The body of `POST /sms/3/messages`."""

    messages: list[MessageRequest] = Field(min_length=1)
    options: RequestOptions | None = None

    @model_validator(mode="after")
    def _counts_texts_only(self) -> SendRequest:
        counted = self.options is not None and self.options.include_sms_count_in_response
        if counted and any(message.content.hex is not None for message in self.messages):
            raise ValueError("includeSmsCountInResponse does not go with binary content")
        return self


class BulkRequest(_Body):
    """The body of `PUT /sms/1/bulks`."""

    send_at: Moment

    @field_validator("send_at")
    @classmethod
    def _not_too_far(cls, moment: datetime, info: ValidationInfo) -> datetime:
        return _within_reach(moment, info)


class BulkStatusRequest(_Body):
    """The body of `PUT /sms/1/bulks/status`."""

    status: Literal["PENDING", "PAUSED", "PROCESSING", "CANCELED", "FINISHED", "FAILED"]


class PreviewRequest(_Body):
    """The body of `POST /sms/1/preview`."""

    text: str
    language_code: Literal["TR", "ES", "PT", "AUTODETECT"] | None = None
    transliteration: Transliteration | None = None


_B = TypeVar("_B", bound=BaseModel)


def read_body(model: type[_B], body: bytes, *, now: datetime | None = None) -> _B:
    """Parses `body` as `model`; a body that does not fit is refused with 400 and all its violations."""
    try:
        return model.model_validate_json(body, context={"now": now})
    except ValidationError as error:
        raise ApiRefusal(400, _violations(error.errors(include_url=False))) from None


def _violations(errors: Sequence[ErrorDetails]) -> list[Violation]:
    return [Violation(_property(error["loc"]), _wording(error)) for error in errors if error["type"] != "json_invalid"]


def _property(location: Sequence[int | str]) -> str:
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
    return path.removeprefix(".")


def _wording(error: ErrorDetails) -> str:
    if error["type"] == "missing" or error["input"] is None:
        return "must not be null"
    if error["type"] in {"too_short", "string_too_short"}:
        return "must not be empty"
    if error["type"] == "string_too_long":
        return f"size must be between 0 and {_context(error)['max_length']}"
    return error["msg"].removeprefix("Value error, ")


def _context(error: ErrorDetails) -> dict[str, Any]:
    return error.get("ctx", {})
