"""Tolerant reading: what is not as documented is left out, as an exception would hide a send that was made."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from pydantic import NaiveDatetime, TypeAdapter, ValidationError

from infobip_rules.signals import Moment, ReportError, ReportStatus

_Part = TypeVar("_Part", ReportStatus, ReportError)
# Without what a TypeAdapter sees to at each call.
_MOMENT = TypeAdapter[datetime](Moment).validator
_WITHOUT_OFFSET = TypeAdapter[datetime](NaiveDatetime).validator


def read_part(model: type[_Part], value: object) -> _Part:
    """A status or error from JSON; what can't be read in it keeps its default."""
    fields = read_object(value)
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        unreadable = {problem["loc"][0] for problem in error.errors(include_input=False) if problem["loc"]}
        return model.model_validate({name: part for name, part in fields.items() if name not in unreadable})


def read_moment(value: object) -> datetime | None:
    """A moment in UTC, which is what one without an offset is taken for; None where there is none that can be read."""
    try:
        return cast(datetime, _MOMENT.validate_python(value))
    except (ValidationError, OverflowError):  # the second where the offset leads out of the calendar
        pass
    try:
        return cast(datetime, _WITHOUT_OFFSET.validate_python(value)).replace(tzinfo=UTC)
    except ValidationError:
        return None


def read_object(value: object) -> dict[str, Any]:
    """A JSON object; empty for anything else."""
    return value if isinstance(value, dict) else {}


def read_objects(document: object, name: str) -> list[dict[str, Any]] | None:
    """The objects listed under `name`; None if there is no such list. Entries that are no objects are left out."""
    listed = read_object(document).get(name)
    return [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else None


def read_string(value: object) -> str:
    """A string; empty for anything else."""
    return value if isinstance(value, str) else ""


def read_count(value: object) -> int | None:
    """A count from 0 up; None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
