"""The overview's numbers in Prometheus' text format."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from infobip_rules.journal.records import Depth
from infobip_rules.journal.views import Tally
from infobip_rules.web.overview.metrics import metrics

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def depth(**changes: Any) -> Depth:
    empty = dict.fromkeys(("pending", "dead", "ready", "sending", "unknown", "asides"), 0)
    return Depth(**{**empty, "pending_since": None, "ready_since": None, **changes})


def tally(what: str, label: str, count: int) -> Tally:
    return Tally(what=what, label=label, since=NOW, count=count, last_at=NOW)


def samples(text: str) -> dict[tuple[str, str], float]:
    families = text_string_to_metric_families(text)
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in families
        for sample in family.samples
    }


@given(st.text(min_size=1), st.integers(0, 10**9))
def test_any_label_is_read_back_as_it_was(label: str, count: int) -> None:
    found = samples(metrics([tally("fired", label, count)], depth(), NOW))
    assert found["infobip_rules_rules_fired_total", label] == count


def test_a_counter_without_labels_begins_at_0_and_one_with_labels_has_none() -> None:
    found = samples(metrics([], depth(), NOW))
    assert found["infobip_rules_messages_sent_total", ""] == 0
    assert not [name for name, _ in found if name == "infobip_rules_rules_fired_total"]


def test_the_age_of_the_oldest_message_is_never_negative() -> None:
    name = ("infobip_rules_outbox_oldest_seconds", "")
    assert samples(metrics([], depth(), NOW))[name] == 0
    assert samples(metrics([], depth(ready_since=NOW - timedelta(minutes=2)), NOW))[name] == 120
    assert samples(metrics([], depth(ready_since=NOW + timedelta(minutes=2)), NOW))[name] == 0


def test_a_refused_account_is_1() -> None:
    assert samples(metrics([], depth(), NOW, account_refused=True))["infobip_rules_account_refused", ""] == 1
