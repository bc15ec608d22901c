"""The settings that are limits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from infobip_rules.errors import ConfigurationError
from infobip_rules.limits import EXPLAINED, Limits
from infobip_rules.settings import Settings

GIVEN = {"base_url": "https://x.api.infobip.com", "api_key": "a-secret-key", "phone_number": "447491163443"}


def test_every_limit_has_an_explanation_for_errors() -> None:
    assert set(EXPLAINED) == set(Limits.model_fields)


@pytest.mark.parametrize("delays", ["", "5,", "30,5", "-1,5", "5,172801", "a,b"])
def test_delays_of_lookups_are_seconds_that_grow_up_to_48_hours(delays: str) -> None:
    with pytest.raises(ConfigurationError, match="INFOBIP_LOOKUP_DELAYS"):
        Settings.load(None, **GIVEN, lookup_delays=delays or " ")


def test_delays_are_read_as_times() -> None:
    assert Settings.load(None, **GIVEN, lookup_delays="1,1,172800").lookup_delays[-1] == timedelta(hours=48)


@pytest.mark.parametrize(("megabytes", "right"), [(0, True), (1, False), (127, False), (128, True)])
def test_a_worker_has_enough_memory_or_no_limit(megabytes: int, right: bool) -> None:
    if right:
        assert Settings.load(None, **GIVEN, worker_memory_mb=megabytes).worker_memory_mb == megabytes
    else:
        with pytest.raises(ConfigurationError, match="too small for a worker"):
            Settings.load(None, **GIVEN, worker_memory_mb=megabytes)


@pytest.mark.parametrize(("traces", "per_session", "wanted"), [(1, 1, True), (0, 50, False), (1000, 0, False)])
def test_no_traces_of_either_kind_switch_them_off(traces: int, per_session: int, wanted: bool) -> None:
    assert Settings.load(None, **GIVEN, traces=traces, traces_per_session=per_session).trace_limits.wanted is wanted


def test_times_are_derived_from_hours_and_days() -> None:
    settings = Settings.load(None, **GIVEN, unknown_hours=1.5, retention_days=3)
    assert (settings.unknown_age, settings.retention) == (timedelta(minutes=90), timedelta(days=3))
