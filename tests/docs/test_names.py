"""Whatever the pages call by a name of the program's own is there: settings, ids, log events, metrics, paths, files."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from infobip_rules.checks.catalogue import catalogue
from infobip_rules.cli import explaining
from infobip_rules.journal.records import Depth
from infobip_rules.settings import Settings
from infobip_rules.telemetry import HostTelemetry
from infobip_rules.web.overview.metrics import Figures, metrics
from tests.docs.pages import ROOT, pages, reference, text_of

PAGES = pytest.mark.parametrize("page", pages())
SETTINGS = {f"INFOBIP_{name.upper()}" for name in Settings.model_fields}
IDS = {kind.id for kind in explaining.errors()} | set(catalogue()) | set(explaining.answers())
EVENTS = set(re.findall(r"`([a-z]+\.[a-z_]+)`", reference.events()))
LOGGERS = {event.partition(".")[0] for event in EVENTS}


def named(pattern: str, page: str) -> set[str]:
    return set(re.findall(pattern, text_of(page)))


@PAGES
def test_settings(page: str) -> None:
    assert named(r"\bINFOBIP_[A-Z_]+[A-Z]\b", page) <= SETTINGS


@PAGES
def test_ids_of_errors_and_findings(page: str) -> None:
    assert named(r"\b(?:IR|RULE|DOC)\d{2,3}\b", page) <= IDS


@PAGES
def test_log_events(page: str) -> None:
    dotted = named(r"`([a-z]+\.[a-z_]+)`", page)
    assert {name for name in dotted if name.partition(".")[0] in LOGGERS - {"rules", "web"}} <= EVENTS
    assert {name for name in dotted if name.startswith("web.")} <= EVENTS


def test_metrics() -> None:
    nothing: dict[str, Any] = dict.fromkeys(("pending", "dead", "ready", "sending", "unknown", "asides"), 0)
    depth = Depth(**nothing, pending_since=None, ready_since=None)
    text, _ = metrics(Figures(totals=[], depth=depth, telemetry=HostTelemetry(), now=datetime.now(UTC)))
    families = set(re.findall(r"# TYPE (\w+)", text.decode()))
    samples = {name.partition("{")[0].partition(" ")[0] for name in text.decode().splitlines()}
    called = {name for page in pages() for name in named(r"\b(infobip_rules_[a-z_]+_[a-z]+)\b", page)}
    assert called <= families | samples


@pytest.mark.parametrize("page", [page for page in pages() if page not in ("CONTRIBUTING.md", "docs/code-map.md")])
def test_files_of_the_repository(page: str) -> None:
    files = named(r"`((?:examples|tests/\w+|scripts|infobip_rules)/[\w/.]+\.\w+)`", page)
    assert [file for file in files if not (ROOT / file).exists()] == []


@PAGES
def test_modules_and_folders_of_the_package(page: str) -> None:
    """A path may leave out the package: `delivery/policies.py`, `rulefiles/drl/java/library`."""
    package = ROOT / "infobip_rules"
    parts = {path.name for path in package.iterdir() if path.is_dir()} | {"drl"}
    paths = named(r"`(?:infobip_rules/)?(\w+(?:/\w+)+(?:\.py)?)`", page)
    ours = sorted(path for path in paths if path.partition("/")[0] in parts)
    assert [path for path in ours if not (package / path).exists()] == []
