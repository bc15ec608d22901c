"""The stories of signals on the page of phones."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from markupsafe import escape

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.engine.explain.story import seen_text
from infobip_rules.engine.explain.trace import Trace
from infobip_rules.errors import TraceError
from infobip_rules.journal.records import InboxRow, InboxState
from infobip_rules.pages.rendering import Templates
from infobip_rules.phonepage.board import FOLDER
from infobip_rules.phonepage.stories import recent_signal, story_html

ROW = InboxRow(
    id=7,
    dedup_key="m-7",
    raw="{}",
    session_key="385981234567",
    kind="InfobipSmsReceivedMessage",
    payload="{}",
    received_at=datetime(2026, 1, 1, 12, tzinfo=UTC),
    state=InboxState.DONE,
    attempts=1,
    done_at=None,
    fired=(),
    rule="",
    reason="No rule matched.",
    traceback="",
)
TEMPLATES = Templates(FOLDER / "templates", saw=seen_text)


@pytest.mark.parametrize(
    ("changes", "outcome", "dead", "evaluated"),
    [
        ({}, "no rule", False, True),
        ({"fired": ("a/b",)}, "1 rule", False, True),
        ({"fired": ("a/b", "a/c")}, "2 rules", False, True),
        ({"state": InboxState.PENDING}, "waiting", False, False),
        ({"state": InboxState.DEAD}, "dead letter", True, True),
    ],
)
def test_a_line_says_how_far_a_signal_is(changes: dict[str, object], outcome: str, dead: bool, evaluated: bool) -> None:
    line = recent_signal(replace(ROW, **changes), BUILT_IN)  # type: ignore[arg-type]  # fields of a row
    assert (line.outcome, line.dead, line.evaluated) == (outcome, dead, evaluated)


@pytest.mark.parametrize(
    ("kind", "key", "title", "leading"),
    [
        ("InfobipSmsReceivedMessage", "385981234567", "message, 385981234567", True),
        ("InfobipSmsReceivedReport", "385981234567", "delivery report, 385981234567", False),
        ("InfobipSmsSentMessage", "", "message sent", False),
        ("Reminder", "order-7", "Reminder, order-7", True),
    ],
)
def test_a_signal_of_the_person_leads(kind: str, key: str, title: str, leading: bool) -> None:
    line = recent_signal(replace(ROW, kind=kind, session_key=key), BUILT_IN)
    assert (line.title, line.leading) == (title, leading)


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (None, "Write something on a phone"),
        (replace(ROW, state=InboxState.PENDING), "Signal 7 waits for its turn."),
        (replace(ROW, fired=("a/b", "a/c")), "Signal 7: a/b, a/c fired. No trace of it is kept."),
        (ROW, "Signal 7: No rule matched. No trace of it is kept."),
        (replace(ROW, reason=""), "Signal 7: no rule fired. No trace of it is kept."),
    ],
)
def test_without_a_trace_the_row_of_the_inbox_is_told(row: InboxRow | None, text: str) -> None:
    assert text in story_html(TEMPLATES, row, None)


def test_a_trace_that_can_not_be_read_is_said() -> None:
    with pytest.raises(TraceError) as problem:
        Trace.from_json(b"{}")
    assert str(escape(problem.value)) in story_html(TEMPLATES, ROW, b"{}")
