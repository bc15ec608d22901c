"""The bodies that the API takes, checked as strictly as Infobip's schema words them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from infobip_rules.sandbox.envelopes import Refusal, Violation

_LONGEST_VALIDITY = timedelta(hours=48)
_FARTHEST_SCHEDULE = timedelta(days=180)
_SECONDS = {"SECONDS": 1, "MINUTES": 60, "HOURS": 3600}


class _Body(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, strict=True, frozen=True, extra="ignore")


class Destination(_Body):
    """Whom one message goes to, and the id its client chose for it."""

    to: str = Field(max_length=64)
    message_id: str | None = Field(default=None, max_length=200)


class Language(_Body):
    """The national table asked for."""

    language_code: str | None = None
    single_shift: bool | None = None
    locking_shift: bool | None = None


class Content(_Body):
    """What is sent."""

    text: str = Field(min_length=1)
    transliteration: str | None = None
    language: Language | None = None


class Platform(_Body):
    """The tenant and application a message is booked to."""

    entity_id: str | None = None
    application_id: str | None = None


class ValidityPeriod(_Body):
    """How long delivery is tried: at most 48 hours."""

    amount: int = Field(ge=1)
    time_unit: Literal["SECONDS", "MINUTES", "HOURS"] = "MINUTES"

    @model_validator(mode="after")
    def _not_too_long(self) -> ValidityPeriod:
        if self.amount * _SECONDS[self.time_unit] > _LONGEST_VALIDITY.total_seconds():
            raise ValueError("must not exceed 48 hours")
        return self


class TimeOfDay(_Body):
    """A time of day in UTC."""

    hour: int = Field(ge=0, le=23)
    minute: int = Field(ge=0, le=59)


class DeliveryTimeWindow(_Body):
    """The days and hours in which a message may be delivered."""

    days: list[Literal["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]] = Field(
        min_length=1
    )
    from_: TimeOfDay | None = Field(default=None, alias="from")
    to: TimeOfDay | None = None


class IndiaDlt(_Body):
    """What Indian law asks for."""

    principal_entity_id: str
    content_template_id: str | None = None
    telemarketer_id: str | None = None


class TurkeyIys(_Body):
    """What Turkish law asks for."""

    recipient_type: str
    brand_code: int | None = None


class Regional(_Body):
    """The regional blocks that have required fields."""

    india_dlt: IndiaDlt | None = None
    turkey_iys: TurkeyIys | None = None


class MessageOptions(_Body):
    """Options of one message."""

    platform: Platform | None = None
    validity_period: ValidityPeriod | None = None
    delivery_time_window: DeliveryTimeWindow | None = None
    campaign_reference_id: str | None = Field(default=None, max_length=255)
    regional: Regional | None = None
    flash: bool | None = None


class DeliveryWebhook(_Body):
    """Where delivery reports go."""

    url: str | None = None
    intermediate_report: bool | None = None
    notify: bool | None = None


class Webhooks(_Body):
    """What is posted back about a message."""

    delivery: DeliveryWebhook | None = None
    content_type: str | None = None
    callback_data: str | None = Field(default=None, max_length=4000)


class OutgoingMessage(_Body):
    """One content for one or more destinations."""

    sender: str | None = None
    destinations: list[Destination] = Field(min_length=1)
    content: Content
    options: MessageOptions | None = None
    webhooks: Webhooks | None = None


class SpeedLimit(_Body):
    """How fast a bulk goes out."""

    amount: int = Field(ge=1)
    time_unit: str | None = None


class Schedule(_Body):
    """When a bulk goes out: kept, not waited for."""

    bulk_id: str | None = Field(default=None, max_length=100)
    send_at: AwareDatetime | None = None
    sending_speed_limit: SpeedLimit | None = None

    @field_validator("send_at")
    @classmethod
    def _not_too_far(cls, moment: datetime | None, info: ValidationInfo) -> datetime | None:
        now = (info.context or {}).get("now")
        if moment is not None and now is not None and moment - now > _FARTHEST_SCHEDULE:
            raise ValueError("must not be more than 180 days ahead")
        return moment


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

    messages: list[OutgoingMessage] = Field(min_length=1)
    options: RequestOptions | None = None


class PreviewRequest(_Body):
    """The body of `POST /sms/1/preview`."""

    text: str
    language_code: str | None = None
    transliteration: str | None = None


_B = TypeVar("_B", bound=BaseModel)


def read_body(model: type[_B], body: bytes, *, now: datetime | None = None) -> _B:
    """Parse `body` as `model`; a body that does not fit is refused with 400 and everything wrong with it."""
    try:
        return model.model_validate_json(body, context={"now": now})
    except ValidationError as error:
        raise Refusal(400, _violations(error.errors(include_url=False))) from None


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
