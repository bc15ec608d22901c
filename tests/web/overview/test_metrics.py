"""The overview's numbers in Prometheus' text format, and as OpenMetrics."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics_families
from prometheus_client.parser import text_string_to_metric_families

from infobip_rules import __version__
from infobip_rules.journal.records import Depth
from infobip_rules.journal.views import Tally
from infobip_rules.telemetry import HostTelemetry
from infobip_rules.web.overview.metrics import Figures, metrics
from infobip_rules.web.overview.reasons import REASONS, reason_label

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
#: What Prometheus 3 asks for.
PROMETHEUS = (
    "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=1.0.0;q=0.7,text/plain;version=0.0.4;q=0.5"
)


def depth(**changes: Any) -> Depth:
    empty = dict.fromkeys(("pending", "dead", "ready", "sending", "unknown", "asides"), 0)
    return Depth(**{**empty, "pending_since": None, "ready_since": None, **changes})


def tally(what: str, label: str, count: int) -> Tally:
    return Tally(what=what, label=label, since=NOW, count=count, last_at=NOW)


def figures(*totals: Tally, **changes: Any) -> Figures:
    return Figures(**{"totals": totals, "depth": depth(), "telemetry": HostTelemetry(), "now": NOW, **changes})


def families(given: Figures) -> list[Metric]:
    text, media_type = metrics(given)
    assert media_type == "text/plain; version=0.0.4; charset=utf-8"
    return list(text_string_to_metric_families(text.decode()))


def samples(given: Figures) -> dict[tuple[str, str], float]:
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in families(given)
        for sample in family.samples
    }


@given(st.text(min_size=1), st.integers(0, 10**9))
def test_any_label_is_read_back_as_it_was(label: str, count: int) -> None:
    found = samples(figures(tally("fired", label, count)))
    assert found["infobip_rules_rules_fired_total", label] == count


def test_a_counter_without_labels_begins_at_0_and_one_with_labels_has_none() -> None:
    found = samples(figures())
    assert found["infobip_rules_messages_sent_total", ""] == 0
    assert not [name for name, _ in found if name == "infobip_rules_rules_fired_total"]


@pytest.mark.parametrize(("queue", "since"), [("outbox", "ready_since"), ("inbox", "pending_since")])
def test_the_age_of_the_oldest_is_never_negative(queue: str, since: str) -> None:
    name = (f"infobip_rules_{queue}_oldest_seconds", "")
    assert samples(figures())[name] == 0
    assert samples(figures(depth=depth(**{since: NOW - timedelta(minutes=2)})))[name] == 120
    assert samples(figures(depth=depth(**{since: NOW + timedelta(minutes=2)})))[name] == 0


def test_a_refused_account_is_1() -> None:
    assert samples(figures(account_refused=True))["infobip_rules_account_refused", ""] == 1


def test_names_that_dashboards_had_before_are_there() -> None:
    names = {name for name, _ in samples(figures(*(tally(what, "a", 1) for what in ("received", "fired", "dead"))))}
    assert names >= {
        f"infobip_rules_{name}"
        for name in (
            *("signals_received_total", "rules_fired_total", "dead_letters_total", "messages_sent_total"),
            *("messages_delivered_total", "inbox_pending", "inbox_dead", "outbox_ready", "outbox_sending"),
            *("outbox_unknown", "account_refused", "outbox_oldest_seconds"),
        )
    }


def test_a_stage_is_a_histogram_of_seconds_whose_buckets_add_up() -> None:
    telemetry = HostTelemetry()
    for seconds in (0.0004, 0.0005, 0.003, 99.0):
        telemetry.evaluation.observe(seconds)

    found = samples(figures(telemetry=telemetry))

    bucket = "infobip_rules_evaluation_seconds_bucket"
    assert [found[bucket, bound] for bound in ("0.0005", "0.001", "0.005", "10", "+Inf")] == [2, 2, 3, 3, 4]
    assert found["infobip_rules_evaluation_seconds_count", ""] == 4
    assert found["infobip_rules_evaluation_seconds_sum", ""] == pytest.approx(99.0039)


def test_attempts_to_send_are_counted_by_outcome_from_0() -> None:
    telemetry = HostTelemetry()
    telemetry.attempted("accepted")
    found = samples(figures(telemetry=telemetry))
    assert found["infobip_rules_send_attempts_total", "accepted"] == 1
    assert found["infobip_rules_send_attempts_total", "unknown"] == 0


def test_what_runs_is_said_with_its_version() -> None:
    (build,) = [family for family in families(figures(journal="sqlite")) if family.name == "infobip_rules_build_info"]
    (sample,) = build.samples
    assert sample.value == 1
    assert (sample.labels["version"], sample.labels["journal"]) == (__version__, "sqlite")


@given(st.lists(st.text() | st.sampled_from(["UNDELIVERABLE: EC_X", "REJECTED_NEW", "given up", "REJECTED"])))
def test_whatever_infobip_names_the_reasons_are_a_bounded_set_and_none_is_lost(names: list[str]) -> None:
    found = samples(figures(*(tally("failed", name, 1) for name in dict.fromkeys(names))))
    reasons = {label: count for (name, label), count in found.items() if name == "infobip_rules_messages_failed_total"}
    assert reasons.keys() <= REASONS
    assert sum(reasons.values()) == len(set(names))
    assert len(REASONS) < 100


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ("given up", "given up"),
        ("REJECTED_NETWORK", "REJECTED_NETWORK"),
        ("UNDELIVERABLE: EC_ABSENT_SUBSCRIBER", "UNDELIVERABLE: EC_ABSENT_SUBSCRIBER"),
        ("UNDELIVERABLE: EC_OF_TOMORROW", "UNDELIVERABLE: other"),
        ("REJECTED_OF_TOMORROW", "REJECTED: other"),
        ("EXPIRED", "EXPIRED"),
        ("what nobody knows", "other"),
    ],
)
def test_a_known_reason_stays_and_another_one_is_called_so(said: str, label: str) -> None:
    assert reason_label(said) == label


def _names_and_labels(found: Iterable[Metric]) -> set[tuple[str, tuple[tuple[str, str], ...], float]]:
    return {
        (sample.name, tuple(sorted(sample.labels.items())), sample.value)
        for family in found
        for sample in family.samples
    }


def test_open_metrics_has_the_same_samples_if_it_is_asked_for() -> None:
    telemetry = HostTelemetry()
    telemetry.signal_wait.observe(0.2)
    given = figures(tally("fired", 'a "rule"\n', 3), tally("failed", "given up", 1), telemetry=telemetry)

    text, media_type = metrics(given, accepts=PROMETHEUS)

    assert media_type.startswith("application/openmetrics-text; version=1.0.0; charset=utf-8")
    assert _names_and_labels(open_metrics_families(text.decode())) == _names_and_labels(families(given))
