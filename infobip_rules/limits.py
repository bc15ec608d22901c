"""The settings that are limits: of numbers, sizes and times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode

#: Infobip's logs go back this far: a later lookup finds nothing.
_LOGS_REACH = timedelta(hours=48)
#: Infobip repeats a webhook for 41 h 30 min. A repetition of a signal that was pruned sooner would count as new.
_SHORTEST_RETENTION_DAYS = 49 / 24

#: How often, and for how many hours, a message may be tried whose outcome is never known, unless it is set otherwise.
UNKNOWN_ATTEMPTS = 20
UNKNOWN_HOURS: float = 24

#: A greater limit is taken for a mistake.
_MOST = 1_000_000

_NO_DELAYS = "is not a list of seconds that grow, up to 48 hours."


def _separated(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return [float(part) for part in value.split(",")]
    except ValueError:  # its own message repeats the value
        raise ValueError(_NO_DELAYS) from None


def _in_order(delays: tuple[timedelta, ...]) -> tuple[timedelta, ...]:
    if not delays or list(delays) != sorted(delays) or delays[0] < timedelta() or delays[-1] > _LOGS_REACH:
        raise ValueError(_NO_DELAYS)
    return delays


#: Seconds in a row, separated by commas.
Delays = Annotated[
    tuple[timedelta, ...],
    NoDecode,
    BeforeValidator(_separated),
    AfterValidator(_in_order),
]

#: What happens to a message that Infobip would refuse as flooding.
FloodGuard = Literal["hold", "refuse", "off"]
#: What becomes of a session's later signals when one of them became a dead letter.
OnRuleError = Literal["go-on", "hold"]


@dataclass(frozen=True, kw_only=True, slots=True)
class TraceLimits:
    """The number of traces of evaluations that are kept, the last ones."""

    per_session: int = 50
    in_all: int = 1000

    @property
    def wanted(self) -> bool:
        """Whether traces are kept: 0 of either switches them off."""
        return self.per_session > 0 and self.in_all > 0


#: The values of each setting, for error messages.
EXPLAINED = {
    "lookup_delays": "Write seconds such as 5,30,120.",
    "unknown_attempts": "Write a whole number from 1 to 1000.",
    "unknown_hours": "Write hours, from 0.01 to 8760 (a year).",
    "flood_guard": "Write hold, refuse or off.",
    "flood_varied": "Write a whole number from 1 to 1000000; Infobip's own limit is 20.",
    "flood_identical": "Write a whole number from 1 to 1000000; Infobip's own limit is 6.",
    "retention_days": "Write days, from 2.05 (Infobip may repeat a webhook for nearly two) to 36500.",
    "worker_memory_mb": "Write megabytes, from 128 to 1048576, or 0 for no limit.",
    "evaluation_deadline": "Write seconds, from 0.01 to 3600.",
    "firing_limit": "Write a whole number from 1 to 1000000.",
    "on_rule_error": "Write go-on or hold.",
    "traces_per_session": "Write a whole number from 0 (none) to 100000.",
    "traces": "Write a whole number from 0 (none) to 1000000.",
    "connection_limit": "Write a whole number from 8 to 100000.",
    "shutdown_seconds": "Write seconds, from 1 to 86400 (a day).",
}


def _none_or_enough(megabytes: int) -> int:
    if 0 < megabytes < 128:  # Python and the rules' own libraries need some
        raise ValueError("is too small for a worker to start.")
    return megabytes


class Limits(BaseSettings):
    """The limits; `infobip_rules.settings.Settings` reads these with the rest."""

    #: How long after an attempt of unknown outcome Infobip's logs are asked, each time. How soon a message shows up in
    #: them is documented nowhere.
    lookup_delays: Delays = Field(default="5,30,120", validate_default=True)
    #: Attempts of unknown outcome after which a message is given up: it may have arrived.
    unknown_attempts: int = Field(default=UNKNOWN_ATTEMPTS, ge=1, le=1_000)
    #: Hours after a rule wanted it at which a message of unknown outcome is given up.
    unknown_hours: float = Field(default=UNKNOWN_HOURS, ge=0.01, le=8_760)
    #: What happens to a message beyond the next two limits: it waits, is rejected here, or is sent all the same.
    flood_guard: FloodGuard = "hold"
    #: Messages to one recipient in an hour.
    flood_varied: int = Field(default=20, ge=1, le=_MOST)
    #: Messages of one text to one recipient in an hour.
    flood_identical: int = Field(default=6, ge=1, le=_MOST)
    #: Days after which what is done is forgotten.
    retention_days: float = Field(default=7, ge=_SHORTEST_RETENTION_DAYS, le=36_500)
    #: Address space of a worker process in megabytes; 0 for no limit.
    worker_memory_mb: Annotated[int, AfterValidator(_none_or_enough)] = Field(default=1024, ge=0, le=1_048_576)
    #: Seconds that a worker may take to evaluate one signal.
    evaluation_deadline: float = Field(default=2, ge=0.01, le=3_600)
    #: Firings in one evaluation beyond which rules are taken to run in circles.
    firing_limit: int = Field(default=100, ge=1, le=_MOST)
    #: Whether a session goes on after a dead letter, or waits until that is replayed or discarded.
    on_rule_error: OnRuleError = "go-on"
    #: Evaluations of one session whose traces are kept, for `infobip-rules trace`; 0 for none at all.
    traces_per_session: int = Field(default=50, ge=0, le=100_000)
    #: Evaluations of all sessions whose traces are kept; 0 for none at all.
    traces: int = Field(default=1000, ge=0, le=1_000_000)
    #: Connections that a process which takes webhooks holds at once; beyond them, those that are idle are closed.
    connection_limit: int = Field(default=512, ge=8, le=100_000)
    #: Seconds within which the program ends when it is asked to.
    shutdown_seconds: float = Field(default=20, ge=1, le=86_400)

    @property
    def unknown_age(self) -> timedelta:
        """The time from the action of a rule after which a message of unknown outcome is given up."""
        return timedelta(hours=self.unknown_hours)

    @property
    def retention(self) -> timedelta:
        """The time that finished items are kept."""
        return timedelta(days=self.retention_days)

    @property
    def trace_limits(self) -> TraceLimits:
        """The number of traces that are kept."""
        return TraceLimits(per_session=self.traces_per_session, in_all=self.traces)
