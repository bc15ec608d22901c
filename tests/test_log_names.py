"""Names in the log: an event begins with the name of its logger, as programs filter by the one and read the other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_architecture import PACKAGE

#: What the beginning of a line of ours looks like: `turns.evaluated signal=%d`.
EVENT = re.compile(r"([a-z]+)\.[a-z_%]+(?= [a-z_]+=|$)")
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
#: Events of the host's process that are logged from where logging is set up, and are known by these names.
OTHERWISE = {("infobip_rules.cli", "host.thread_failed"), ("infobip_rules.cli", "host.printed")}

MODULES = {
    file: tree
    for file in sorted(PACKAGE.rglob("*.py"))
    if "logging.getLogger(" in (source := file.read_text("utf-8")) and (tree := ast.parse(source))
}


def loggers(tree: ast.Module) -> dict[str, str]:
    """The loggers of a module, by the names that it has for them."""
    made = [node for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)]
    return {
        ast.unparse(node.targets[0]): ast.literal_eval(node.value.args[0])
        for node in made
        if isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "logging.getLogger"
    }


def events(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The name of the logger and what is logged, of each call that logs; a line that has a name is looked up."""
    known = loggers(tree)
    lines: dict[str, list[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            lines.setdefault(ast.unparse(node.targets[0]), []).append(node.value.value)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS:
            logger = known.get(ast.unparse(node.func.value))
            if logger is not None:
                line = node.args[0]
                written = [line.value] if isinstance(line, ast.Constant) else lines.get(ast.unparse(line), [])
                yield from ((logger, str(text)) for text in written)


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_an_event_begins_with_the_name_of_its_logger(file: Path) -> None:
    found = [(logger, event) for logger, line in events(MODULES[file]) if (event := EVENT.match(line))]
    misnamed = {
        (logger, event[0])
        for logger, event in found
        if event[1] != logger.rpartition(".")[2] and (logger, event[0]) not in OTHERWISE
    }
    assert misnamed == set()


def test_events_are_found_where_they_are_logged() -> None:
    found = {line.split()[0] for tree in MODULES.values() for _, line in events(tree)}
    assert {"turns.not_written", "turns.failed", "delivery.held", "host.recovered", "pulling.lost"} <= found
