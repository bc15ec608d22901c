"""Renderers of log events."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from infobip_rules.cli.log_rendering import json_line, one_event, renderer, text_line

EVENT = {"time": "now", "level": "INFO", "event": "a.b", "key": "a\nb", "number": 7}


@given(st.text())
def test_no_text_in_an_event_begins_a_line_of_its_own_or_steers_a_terminal(text: str) -> None:
    first, *rest = one_event(text).split("\n")
    assert all(line.startswith("    ") for line in rest)
    assert all(character.isprintable() or character == "\t" for line in (first, *rest) for character in line)


def test_a_line_of_text_has_its_keys_and_its_traceback_below() -> None:
    assert text_line(EVENT) == "now INFO a.b key=a\n    b number=7"
    assert text_line({**EVENT, "key": "x", "traceback": "File\n  line"}) == (
        "now INFO a.b key=x number=7\n    File\n      line"
    )


@given(st.dictionaries(st.text(), st.text()))
def test_json_is_one_line_of_ascii(more: dict[str, str]) -> None:
    line = json_line({**more, **EVENT})
    assert line.isascii()
    assert "\n" not in line
    assert json.loads(line) == {**more, **EVENT}


def test_lines_for_a_pipe_are_the_same_with_and_without_structlog() -> None:
    assert renderer(as_json=False, terminal=False) is text_line
    assert json.loads(renderer(as_json=True, terminal=True)(EVENT)) == EVENT
