"""The steps of a message: which histogram counts what, and what a worker says that can't be so."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime, timedelta

import pytest

from infobip_rules.telemetry import HostTelemetry
from infobip_rules.telemetry.stages import OUTCOMES

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def telemetry() -> HostTelemetry:
    return HostTelemetry()


def test_a_wait_lasts_until_the_evaluation_of_the_very_signal_begins(telemetry: HostTelemetry) -> None:
    handed = time.monotonic() - 50.0
    telemetry.evaluated(3.0, handed, (handed + 2.0, 0.25))
    assert telemetry.signal_wait.total == pytest.approx(5.0)
    assert telemetry.evaluation.total == 0.25


@pytest.mark.parametrize(
    "timings",
    [(math.inf, 0.0), (math.nan, 0.1), (0.0, math.nan), (-math.inf, 0.1), (1e300, 1.0), (0.0, -1.0), (0.0, 1e9)],
)
def test_what_a_worker_says_that_cant_be_so_is_no_evaluation(
    telemetry: HostTelemetry, timings: tuple[float, float]
) -> None:
    handed = time.monotonic() - 5.0
    telemetry.evaluated(3.0, handed, (handed + timings[0], timings[1]))
    assert telemetry.evaluation.count == 0
    assert telemetry.signal_wait.total == 3.0


def test_each_message_is_counted_by_its_own_moments(telemetry: HostTelemetry) -> None:
    telemetry.accepted(NOW - timedelta(seconds=2), NOW)
    telemetry.delivered([NOW - timedelta(seconds=7), NOW - timedelta(seconds=9)], NOW)
    telemetry.webhook_kept(time.monotonic() - 4.0)
    assert (telemetry.acceptance.total, telemetry.delivery.total, telemetry.delivery.count) == (2.0, 16.0, 2)
    assert telemetry.webhook_commit.total >= 4.0


def test_attempts_begin_at_0_for_each_outcome(telemetry: HostTelemetry) -> None:
    assert list(telemetry.attempts) == list(OUTCOMES)
    telemetry.attempted("unknown")
    assert [telemetry.attempts[outcome] for outcome in OUTCOMES] == [0, 0, 0, 1, 0]
