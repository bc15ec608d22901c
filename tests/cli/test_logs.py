"""Log lines: one event each, whatever strangers wrote, as text and as JSON, with structlog and without it."""

from __future__ import annotations

import ast
import asyncio
import builtins
import io
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import infobip_rules
from infobip_rules.cli.log_events import LogFormat, is_event
from infobip_rules.cli.log_rendering import renderer
from infobip_rules.cli.logs import configure_logging

log = logging.getLogger("infobip_rules.test")


@pytest.fixture
def configured() -> Iterator[Callable[..., None]]:
    """Configures logging, and takes it back afterwards."""
    root = logging.getLogger()
    before = list(root.handlers), root.level
    yield configure_logging
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    logging.getLogger("infobip_rules").setLevel(logging.NOTSET)


@pytest.fixture
def without_structlog(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refusing(name: str, *rest: Any) -> Any:
        if name == "structlog":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refusing)


def test_what_strangers_write_can_neither_forge_a_line_nor_steer_a_terminal(
    configured: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    configured(logging.INFO)
    log.info("web.test from=%s", "385\n2026-11-01 INFO forged\x1b[2J")
    first, second = capsys.readouterr().err.splitlines()
    assert first.endswith("INFO web.test from=385")
    assert second == "    2026-11-01 INFO forged\\x1b[2J"


class _Writes(io.StringIO):
    """Remembers each write; or refuses all of them."""

    def __init__(self, *, broken: bool = False) -> None:
        super().__init__()
        self.written: list[str] = []
        self.broken = broken

    def write(self, text: str) -> int:
        if self.broken:
            raise BrokenPipeError
        self.written.append(text)
        return len(text)


async def test_lines_of_one_turn_of_the_loop_are_written_together_and_in_order(
    configured: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = _Writes()
    monkeypatch.setattr("sys.stderr", stream)
    configured(logging.INFO)
    for number in range(3):
        log.info("one.line number=%d", number)
    assert stream.written == []
    await asyncio.sleep(0)
    (together,) = stream.written
    assert [line[-8:] for line in together.splitlines()] == ["number=0", "number=1", "number=2"]


async def test_a_warning_is_written_at_once_behind_what_came_before(
    configured: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = _Writes()
    monkeypatch.setattr("sys.stderr", stream)
    configured(logging.INFO)
    log.info("first.line")
    log.warning("second.line")
    (together,) = stream.written
    assert [line.split()[2] for line in together.splitlines()] == ["first.line", "second.line"]
    await asyncio.to_thread(log.info, "third.line")
    assert "third.line" in stream.written[1]


async def test_a_log_that_nobody_reads_any_more_stops_nothing(
    configured: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    problems: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context))
    monkeypatch.setattr("sys.stderr", _Writes(broken=True))
    configured(logging.INFO)
    log.info("one.line")
    log.error("another.line")
    await asyncio.sleep(0)
    assert problems == []


def test_a_phone_number_is_masked_whoever_forgot_it_and_an_id_is_not(
    configured: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    configured(logging.INFO)
    log.info("turns.test signal=%d message_id=%s reason=%s", 123456789012, "12345678-aaaa", "call +385981234567")
    logging.getLogger("library").warning("385981234567 is calling")
    own, foreign = capsys.readouterr().err.splitlines()
    assert own.endswith("turns.test signal=123456789012 message_id=12345678-aaaa reason=call 385*****4567")
    assert foreign.endswith("WARNING log logger=library message=385*****4567 is calling")


@pytest.mark.parametrize("structlog", ["with", "without"])
def test_json_has_the_keys_of_the_event_a_line_each(
    configured: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
    structlog: str,
) -> None:
    if structlog == "without":
        request.getfixturevalue("without_structlog")
    configured(logging.INFO, LogFormat.JSON)
    try:
        raise ValueError("385981234567\n\udcff")
    except ValueError:
        log.exception("%s.test signal=%d to=%s", "turns", 7, "Zoë\n\x1b[2J")
    (line,) = capsys.readouterr().err.splitlines()
    event = json.loads(line)
    assert list(event) == ["time", "level", "event", "signal", "to", "traceback"]
    assert (event["level"], event["event"], event["signal"]) == ("ERROR", "turns.test", 7)
    assert event["to"] == "Zoë\n\x1b[2J"
    assert event["traceback"].endswith("\nValueError")
    assert event["traceback"].startswith("Traceback (most recent call last):\n")


def test_a_log_call_that_is_wrong_costs_no_line(
    configured: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    configured(logging.INFO)
    logging.getLogger("library").handle(logging.LogRecord("library", 30, "", 0, "%d of %d", ("one",), None))
    assert "message=%d of %d ('one',)" in capsys.readouterr().err


def test_half_a_character_does_not_break_the_line(
    configured: Callable[..., None], capfd: pytest.CaptureFixture[str]
) -> None:
    configured(logging.INFO)
    log.info("web.test from=%s", "a\ud800b")
    assert "web.test from=a\\ud800b" in capfd.readouterr().err


def test_on_a_terminal_structlog_writes_in_colours_and_nobody_else_steers_it() -> None:
    event = {"time": "T", "level": "INFO", "event": "web.test", "from": "x\n\x1b[2J", "traceback": "a\nb"}
    line = renderer(as_json=False, terminal=True)(dict(event))
    assert "\x1b[" in line
    assert "\x1b[2J" not in line
    assert "web.test" in line
    assert line.endswith("\n    a\n    b")


def test_without_it_a_terminal_is_written_to_as_a_file_is(without_structlog: None) -> None:
    event = {"time": "T", "level": "INFO", "event": "web.test", "signal": 1}
    assert renderer(as_json=False, terminal=True)(dict(event)) == "T INFO web.test signal=1"


def test_a_file_is_written_to_in_the_same_way_with_structlog_and_without() -> None:
    event = {"time": "T", "level": "INFO", "event": "web.test", "signal": 1}
    assert renderer(as_json=False, terminal=False)(dict(event)) == "T INFO web.test signal=1"


def test_every_log_call_of_the_package_has_a_dotted_event_and_keys() -> None:
    loose = []
    for file in Path(infobip_rules.__file__).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and _is_log(call.func):
                place = 1 if call.func.attr == "log" else 0
                template = call.args[place]
                if isinstance(template, ast.Constant) and not is_event(str(template.value)):
                    loose.append(f"{file.name}:{call.lineno} {template.value}")
    assert loose == []


def _is_log(function: ast.Attribute) -> bool:
    name = getattr(function.value, "id", getattr(function.value, "attr", ""))
    return name in {"log", "_log"} and function.attr in {"debug", "info", "warning", "error", "exception", "log"}
