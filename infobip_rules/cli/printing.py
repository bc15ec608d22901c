"""Records and other people's texts on a terminal: as JSON, as a table, or a record by itself, line by line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from infobip_rules.cli.exits import say
from infobip_rules.cli.output import put
from infobip_rules.cli.records import Record

#: Columns between two of a table.
_GAP = 2
#: Letters of a word that a table keeps together; what is longer is no name.
_LONGEST_WORD = 40


def one_line(text: str) -> str:
    """The text on one line, with whatever could move a terminal's cursor or colour it shown as `?`."""
    return "".join(character if character.isprintable() else "?" for character in " ".join(text.splitlines()))


def print_records(records: Sequence[Record], *, as_json: bool) -> None:
    """Prints records to stdout, as one JSON array or as a table."""
    if as_json:
        print_json(records)
    elif records:
        _print_table(records)
    else:
        say("Nothing.")


def print_json(document: object) -> None:
    """Prints JSON to stdout, moments in ISO 8601."""
    put(json.dumps(document, indent=2, ensure_ascii=False, default=lambda moment: moment.isoformat()))


def print_record(title: str, record: Record) -> None:
    """Prints one record to stdout, a line for each field that has a value, those of what is in it indented."""
    put("\n".join([one_line(title), *(f"  {line}" for line in _lines(record))]))


def _lines(record: Record) -> Iterator[str]:
    for name, value in record.items():
        if value in (None, "", [], {}):
            continue
        label = one_line(_label(name))
        inner = list(_inner_lines(value))
        if inner:
            yield label
            yield from (f"  {line}" for line in inner)
        else:
            yield f"{label}: {_cell(value)}"


def _inner_lines(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        return _lines(value)
    if isinstance(value, list) and isinstance(value[0], dict):
        return [_row(entry) for entry in value]
    if isinstance(value, str) and "\n" in value:
        return [one_line(line) for line in value.splitlines()]
    return []


def _row(record: Record) -> str:
    first, *rest = [(name, value) for name, value in record.items() if value not in (None, "", [], {})]
    return "  ".join([_cell(first[1]), *(f"{name.replace('_', ' ')}={_cell(value)}" for name, value in rest)])


def _print_table(records: Sequence[Record]) -> None:
    if sys.stdout is not None and sys.stdout.isatty():
        _print_for_person(records)
        return
    # A pipe has no width: a row a line, its cells parted by tabs, whole, for `cut -f` and whatever else reads it.
    rows = [[_label(name) for name in records[0]], *([_cell(value) for value in row.values()] for row in records)]
    put("\n".join("\t".join(row) for row in rows))


def _print_for_person(records: Sequence[Record]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    names = [name for name in records[0] if any(_cell(record[name]) for record in records)]
    widths = {
        name: max(map(_longest_word, [_label(name), *(_cell(record[name]) for record in records)])) for name in names
    }
    if sum(widths.values()) + _GAP * (len(names) - 1) > console.width:
        _print_one_below_the_other(records, names)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for place, name in enumerate(names):
        # The first column stays on one line: it is what other commands are given. No word of the others is cut.
        table.add_column(_label(name), no_wrap=place == 0, min_width=widths[name], overflow="fold")
    for record in records:
        table.add_row(*(Text(_cell(record[name])) for name in names))
    with console.capture() as drawn:
        console.print(table)
    put(drawn.get().rstrip("\n"))


def _print_one_below_the_other(records: Sequence[Record], names: Sequence[str]) -> None:
    """For a terminal that is too narrow for a table: the records as blocks, each with a line for what it has."""
    first, *rest = names
    for record in records:
        print_record(f"{_label(first)} {_cell(record[first])}", {name: record[name] for name in rest})


def _label(name: str) -> str:
    return name.replace("_", " ")


def _longest_word(text: str) -> int:
    return min(max(map(len, text.split()), default=0), _LONGEST_WORD)


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return one_line(", ".join(map(_cell, value)))
    if isinstance(value, dict):
        return one_line(json.dumps(value, ensure_ascii=False))
    if hasattr(value, "isoformat"):
        return str(value.isoformat(sep=" ", timespec="seconds"))
    return one_line(str(value))
