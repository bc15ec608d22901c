"""The documentation is built without a warning, needs nothing from elsewhere, and names all there is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from infobip_rules import facts
from infobip_rules.checks.catalogue import catalogue
from infobip_rules.cli import explaining
from infobip_rules.facts import Fact
from infobip_rules.settings import Settings
from infobip_rules.signals import SIGNAL_TYPES
from tests.docs.commands import PROGRAM, names
from tests.docs.pages import DOCS, ROOT

NAMES = list(names(PROGRAM))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built pages."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        # A proxy that is not there: whatever would be fetched fails.
        env={
            **os.environ,
            "https_proxy": "http://127.0.0.1:9",
            "http_proxy": "http://127.0.0.1:9",
            "NO_MKDOCS_2_WARNING": "1",
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def html(site: Path, page: str) -> str:
    return (site / page).read_text(encoding="utf-8")


def test_every_page_is_built(site: Path) -> None:
    written = {str(path.relative_to(DOCS).with_suffix(".html")) for path in DOCS.rglob("*.md")}
    assert written <= {str(path.relative_to(site)) for path in site.rglob("*.html")}


def test_a_browser_fetches_nothing_from_elsewhere(site: Path) -> None:
    fetched = re.compile(r"<(?:script|link|img|iframe)\b[^>]*?(?:src|href)=\"?(https?:)?//")
    assert [path.name for path in site.rglob("*.html") if fetched.search(path.read_text(encoding="utf-8"))] == []


def test_nothing_is_left_of_the_marks_for_what_is_generated(site: Path) -> None:
    assert [path.name for path in site.rglob("*.html") if "generated:" in path.read_text(encoding="utf-8")] == []


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_in_the_reference_with_its_meaning(name: str, site: Path) -> None:
    row = re.search(
        rf"INFOBIP_{name.upper()}</code></td>\s*<td>.+?</td>\s*<td>(.+?)</td>",
        html(site, "reference/settings.html"),
        re.DOTALL,
    )
    assert row
    assert row[1].strip()


@pytest.mark.parametrize("name", NAMES)
def test_every_command_is_in_the_reference(name: str, site: Path) -> None:
    assert f"<code>infobip-rules {name}</code>" in html(site, "reference/commands.html")


KINDS = [
    *SIGNAL_TYPES.values(),
    *(kind for kind in vars(facts).values() if isinstance(kind, type) and issubclass(kind, Fact) and kind is not Fact),
]


@pytest.mark.parametrize("kind", KINDS)
def test_every_signal_and_fact_is_in_the_reference_with_its_fields(kind: type[Fact], site: Path) -> None:
    page = html(site, "reference/signals.html")
    assert kind.__name__ in page
    assert [name for name in kind.model_fields if f"<code>{name}</code>" not in page] == []


def test_every_error_and_finding_is_in_the_reference(site: Path) -> None:
    page = html(site, "reference/errors.html")
    ids = {kind.id for kind in explaining.errors()} | set(catalogue()) | set(explaining.answers())
    assert {id_ for id_ in ids if id_ not in page} == set()


def test_an_id_is_that_of_one_error_and_those_derived_from_it() -> None:
    own = [kind for kind in explaining.errors() if "id" in vars(kind)]
    ids = sorted(kind.id for kind in own)
    assert ids == sorted(set(ids))


def test_every_decision_is_in_the_list_of_decisions(site: Path) -> None:
    page = html(site, "decisions/index.html")
    assert [path.name for path in (DOCS / "decisions").glob("0*.md") if f'href="{path.stem}.html"' not in page] == []


def test_every_event_of_the_log_is_in_the_guide(site: Path) -> None:
    page = html(site, "how-to/logs.html")
    assert [event for event in ("turns.evaluated", "web.set_aside", "rules.printed") if event not in page] == []
