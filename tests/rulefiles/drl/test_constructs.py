"""docs/drl.md: what its tables of constructs write down loads, in both languages."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from infobip_rules.rulefiles.loader import load_rules
from tests.rulefiles.drl.test_page import PAGE

TABLES = PAGE.split("\n## Every construct\n")[1]
DECLARED = """
declare Order
    number : String
    total : int
    paid : boolean
    tags : java.util.List<String>
    note : String
    sender : String
    at : java.time.ZonedDateTime
end
"""
PARCEL = "declare Parcel number : String end\n"
MATCHED = 'signal : InfobipSmsReceivedMessage() from entry-point "signals"'
TYPES = """from pydantic import AwareDatetime
from infobip_rules import ClientAgent, Fact, InfobipSmsReceivedMessage
from infobip_rules.lang import all, any, c, exists, fact, item, m, no_loop, none, ruleset, salience, signal, when_all

class Order(Fact):
    number: str | None = None
    total: int = 0
    paid: bool = False
    tags: list[str] = []
    note: str | None = None
    sender: str | None = None
    at: AwareDatetime | None = None

class Parcel(Fact):
    number: str | None = None

with ruleset("shop"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage), {})
    def rule(c):
        pass
"""
_CODE = r"(?:`[^`]+`|<code>[^<]+</code>)"


def rows() -> list[tuple[str, str, str, str]]:
    """Table, construct, DRL and Python of every row."""
    found = []
    for section in TABLES.split("\n### ")[1:]:
        title, *lines = section.splitlines()
        cells = [[item.strip() for item in line.strip("| ").split(" | ")] for line in lines if line.startswith("| ")]
        found += [(title, *cell) for cell in cells if len(cell) == 3]
    return found  # type: ignore[return-value]  # as was just asked


def snippets(cell: str) -> list[str]:
    """The pieces of code that a cell begins with."""
    start = re.match(rf"{_CODE}(?:, {_CODE})*", cell)
    pieces = re.findall(_CODE, start[0]) if start else []
    return [html.unescape(re.sub(r"^(?:`|<code>)|(?:`|</code>)$", "", piece)) for piece in pieces]


ROWS = rows()


def in_drl(table: str, piece: str) -> str:
    if table.startswith("Around"):
        return DECLARED + piece
    if table.startswith("Attributes"):
        return f'{DECLARED}rule "r" {piece} when {MATCHED} then end'
    if table == "Conditions":
        return f'{DECLARED}{PARCEL}rule "r" when {MATCHED} {piece} then end'
    kind = "ClientAgent" if "connections" in piece else "Order"
    return f'{DECLARED}rule "r" when {MATCHED} {kind}({piece}) then end'


@pytest.mark.parametrize(("table", "name", "drl"), [row[:3] for row in ROWS], ids=[row[1] for row in ROWS])
def test_the_drl_form_of_a_construct_loads(table: str, name: str, drl: str, tmp_path: Path) -> None:
    pieces = snippets(drl)
    assert pieces, name
    (tmp_path / "values.py").write_text("limits = []\n", encoding="utf-8")
    for number, piece in enumerate(pieces):
        file = tmp_path / f"rules{number}.drl"
        file.write_text(in_drl(table, piece), encoding="utf-8")
        load_rules([tmp_path / "values.py", file])


PYTHON = [(table, name, python) for table, name, _, python in ROWS if not table.startswith("Around")]
WITH_PYTHON = [row for row in PYTHON if snippets(row[2])]


@pytest.mark.parametrize(("table", "name", "python"), WITH_PYTHON, ids=[row[1] for row in WITH_PYTHON])
def test_the_python_form_of_a_construct_loads(table: str, name: str, python: str, tmp_path: Path) -> None:
    file = tmp_path / "rules.py"
    for piece in snippets(python):
        kind = "ClientAgent" if "connections" in piece else "Order"
        file.write_text(TYPES.format(f"fact({kind}, {piece})" if table == "Constraints" else piece), encoding="utf-8")
        assert len(load_rules([file]).rules) == 1, name


@pytest.mark.parametrize(("table", "name", "python"), [row for row in PYTHON if row not in WITH_PYTHON])
def test_where_there_is_no_python_form_it_is_said_what_to_do_instead(table: str, name: str, python: str) -> None:
    assert re.match(r"no counterpart|nothing to write", python), (table, name)


@pytest.mark.parametrize(
    "word",
    """package import global declare @role function query salience no-loop enabled agenda-group auto-focus activation-group
    lock-on-active date-effective date-expires ruleflow-group extends dialect binding entry-point from not exists forall and or
    eval count sum average min max collectList collectSet collect matches contains memberOf in str[startsWith] getters methods
    connections["phone"] !. join temporal window""".split(),  # noqa: SIM905 - fifty words in quotes would be hard to read
)
def test_every_construct_has_a_row(word: str) -> None:
    assert any(word in f"{name} {drl}" for _, name, drl, _ in ROWS)
