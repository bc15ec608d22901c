"""The page for those who come from durable-rules: every line of it is run, in the plugin and in the host of the package."""

from __future__ import annotations

import html
import inspect
import re
import signal
from pathlib import Path
from typing import NamedTuple

import pytest

from infobip_rules.errors import EvaluationError, RuleFileError
from infobip_rules.plugin import InfobipPlugin
from infobip_rules.sandbox import FakeInfobip
from infobip_rules.settings import Settings
from tests.docs.durable_rows import basics, bodies, conditions, flow, hosts, sequences
from tests.docs.durable_rows.hosts import HostRow
from tests.docs.durable_rows.playing import host_with, in_a_process, in_the_own_host, in_the_plugin
from tests.docs.durable_rows.row import Row
from tests.docs.pages import text_of

# durable-rules' Host calls datetime.utcfromtimestamp, which Python 3.12 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcfromtimestamp:DeprecationWarning")

ROWS = [*basics.ROWS, *conditions.ROWS, *sequences.ROWS, *bodies.ROWS, *flow.ROWS]
ENDS = "ends the process"


class Line(NamedTuple):
    """A line of the page's tables."""

    construct: str
    plugin: str
    own: str


def lines_of_the_page() -> list[Line]:
    """The lines of the tables under "Construct by construct"."""
    text = text_of("docs/from-durable-rules.md")
    section = text[text.index("## Construct by construct") : text.index("## Keep your host")]
    found = []
    for line in re.findall(r"^\| (.+) \|$", section, re.MULTILINE):
        cells = re.split(r" \| ", line)
        if cells[0] not in {"construct", "---"} and not line.startswith("---"):
            assert len(cells) == 3, line
            found.append(Line(*cells))
    return found


LINES = {plain: line for line in lines_of_the_page() if (plain := re.sub(r"</?code>|`", "", html.unescape(line[0])))}


def rows(*, having: str = "") -> pytest.MarkDecorator:
    chosen = [row for row in ROWS if not having or getattr(row, having)]
    return pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in chosen])


def codes(cell: str) -> list[str]:
    """The pieces of code in a cell."""
    found = re.findall(r"`([^`]+)`|<code>(.+?)</code>", cell)
    return [html.unescape(quoted or marked) for quoted, marked in found]


def stands_in(code: str, source: str) -> bool:
    """Whether a piece of code is part of a source, but for white space and what `...` leaves out."""

    def bare(text: str) -> str:
        return re.sub(r"\s|,(?=\s*[)\]])", "", text.replace("InfobipSmsReceivedMessage", "Message"))

    parts = [re.escape(bare(part)) for part in code.split("...")]
    return re.search(".*?".join(parts), bare(source), re.DOTALL) is not None


def test_every_line_is_tested_and_every_test_has_a_line() -> None:
    tested = [row.name for row in (*ROWS, *hosts.ROWS)]
    assert sorted(LINES) == sorted(tested)


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ROWS])
def test_a_line_shows_code_that_is_run(row: Row) -> None:
    line = LINES[row.name]
    shown = [(code, f"{row.plugin} {row.risky} {row.trap}") for code in codes(line.plugin)]
    shown += [(code, f"{row.own} {row.own_trap} {row.refused}") for code in codes(line.own)]
    assert [code for code, source in shown if not stands_in(code, source)] == []


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ROWS])
def test_a_line_says_what_the_tests_show(row: Row) -> None:
    line = LINES[row.name]
    said = "at a risk" if row.risky else "write" if row.trap else "works"
    assert line.plugin.startswith(said)
    assert line.own.startswith("write" if row.refused or row.own_trap else "works")


@rows()
async def test_a_line_in_the_plugin(row: Row, settings: Settings, fake: FakeInfobip) -> None:
    assert await in_the_plugin(row.plugin, row.texts, settings, fake) == row.answers


@rows()
def test_a_line_in_the_own_host(row: Row, tmp_path: Path) -> None:
    answers = row.answers if row.own_answers is None else row.own_answers
    assert in_the_own_host(row.own, row.texts, tmp_path) == answers


@rows(having="risky")
def test_what_is_at_a_risk_works_or_ends_the_process(row: Row, tmp_path: Path) -> None:
    came = in_a_process(row.risky, row.texts, tmp_path)
    assert came in (row.answers, signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS)


@rows(having="trap")
async def test_what_goes_wrong_in_the_plugin_does(
    row: Row, settings: Settings, fake: FakeInfobip, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    if isinstance(row.trapped, tuple):
        assert await in_the_plugin(row.trap, row.texts, settings, fake) == row.trapped
    elif isinstance(row.trapped, type):
        with pytest.raises(row.trapped):
            InfobipPlugin(settings).attach(host_with(row.trap), "rows")
    else:
        InfobipPlugin(settings).attach(host_with(row.trap), "rows")
        assert [text for text in caplog.messages if text.startswith("plugin.hazard")]
        if row.trapped == ENDS:
            assert isinstance(in_a_process(row.trap, row.texts, tmp_path), signal.Signals)


@rows(having="refused")
def test_what_the_own_host_does_not_have_is_refused(row: Row, tmp_path: Path) -> None:
    with pytest.raises((RuleFileError, EvaluationError)):
        in_the_own_host(row.refused, row.texts, tmp_path)


@rows(having="own_trap")
def test_what_goes_wrong_in_the_own_host_does(row: Row, tmp_path: Path) -> None:
    assert in_the_own_host(row.own_trap, row.texts, tmp_path) == row.own_trapped


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in hosts.ROWS])
async def test_a_line_about_the_host(row: HostRow, settings: Settings, fake: FakeInfobip, tmp_path: Path) -> None:
    await row.run(settings, fake, tmp_path)
    source = inspect.getsource(row.run)
    line = LINES[row.name]
    shown = [code for code in codes(line.plugin) if not code.startswith("infobip-rules ")]
    assert [code for code in shown if not stands_in(code, source)] == []
    assert line.own.startswith("write" if row.refused else "works")
    if row.refused:
        with pytest.raises((RuleFileError, EvaluationError)):
            in_the_own_host(row.refused, ["hello"], tmp_path)
