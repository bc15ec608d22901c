"""The alert rules and the dashboard for Grafana: all that they ask for is there, and the page explains each alert."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from prometheus_client import Metric

from infobip_rules.journal.records import Depth
from infobip_rules.journal.views import Tally
from infobip_rules.telemetry import HostTelemetry
from infobip_rules.telemetry.stages import OUTCOMES
from infobip_rules.web.overview.metrics import COUNTED, Figures, families

from .pages import ROOT, text_of

FOLDER = ROOT / "examples" / "monitoring"
#: Labels that Prometheus adds to what it scrapes, and its own metric.
OWN_LABELS = {"instance", "job", "le"}


def alerts() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"]
    return list(group["rules"])


def dashboard() -> Any:
    return json.loads((FOLDER / "grafana.json").read_text())


def expressions() -> Iterator[str]:
    yield from (alert["expr"] for alert in alerts())
    yield from (target["expr"] for panel in dashboard()["panels"] for target in panel["targets"])
    yield from re.findall(r"^```promql\n(.*?)^```", text_of("docs/how-to/monitoring.md"), re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def there() -> dict[str, Metric]:
    """Every sample's family, by the sample's name."""
    now = datetime.now(UTC)
    nothing: dict[str, Any] = dict.fromkeys(("pending", "dead", "ready", "sending", "unknown", "asides"), 0)
    depth = Depth(**nothing, pending_since=None, ready_since=None)
    counted = [Tally(what=what, label="", since=now, count=1, last_at=now) for what in COUNTED]
    found = families(Figures(totals=counted, depth=depth, telemetry=HostTelemetry(), now=now))
    return {sample.name: family for family in found for sample in family.samples}


@pytest.mark.parametrize("expression", list(expressions()))
def test_what_is_asked_for_is_there_with_its_labels(expression: str, there: dict[str, Metric]) -> None:
    names = set(re.findall(r"\binfobip_rules_\w+", expression))
    assert names <= there.keys()
    labels = {label.strip() for by in re.findall(r"by \(([^)]*)\)", expression) for label in by.split(",")}
    labels |= set(re.findall(r"[{,]\s*(\w+)\s*[!=~]+\s*\"", expression))
    known = {label for name in names for sample in there[name].samples for label in sample.labels}
    assert labels <= known | OWN_LABELS


@pytest.mark.parametrize("expression", list(expressions()))
def test_brackets_of_an_expression_are_closed(expression: str) -> None:
    assert [expression.count(bracket) for bracket in "([{"] == [expression.count(bracket) for bracket in ")]}"]


@pytest.mark.parametrize("expression", [expression for expression in expressions() if "_bucket" in expression])
def test_a_quantile_is_asked_of_rates_by_bound(expression: str) -> None:
    assert re.search(r"histogram_quantile\([0-9.]+, sum by \((\w+, )?le\) \(rate\(\w+_bucket\[", expression)


def test_outcomes_that_are_asked_for_are_those_that_are_counted() -> None:
    asked = {value for expression in expressions() for value in re.findall(r"outcome!?=\"(\w+)\"", expression)}
    assert asked
    assert asked <= set(OUTCOMES)


def test_the_page_explains_each_alert_and_each_says_what_happened() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", text_of("docs/how-to/monitoring.md").partition("## Alerts")[2], re.MULTILINE)
    assert rows == [alert["alert"] for alert in alerts()]
    assert all(alert["annotations"]["summary"].endswith(".") and alert["for"] for alert in alerts())


def test_panels_of_the_dashboard_lie_beside_each_other() -> None:
    places = [tuple(panel["gridPos"][side] for side in "xy") for panel in dashboard()["panels"]]
    assert len(set(places)) == len(places) == len({panel["id"] for panel in dashboard()["panels"]})
