"""Log lines: one event each, whatever strangers wrote."""

from __future__ import annotations

import logging

import pytest

from infobip_rules.cli.logs import configure_logging


def test_what_strangers_write_can_neither_forge_a_line_nor_steer_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before = list(root.handlers), root.level
    try:
        configure_logging(logging.INFO)
        logging.getLogger("infobip_rules.test").info("web.test from=%s", "385\n2026-11-01 INFO forged\x1b[2J")
    finally:
        root.handlers[:], root.level = before
        logging.getLogger("infobip_rules").setLevel(logging.NOTSET)
    first, second = capsys.readouterr().err.splitlines()
    assert first.endswith("INFO web.test from=385")
    assert second == "    2026-11-01 INFO forged\\x1b[2J"
