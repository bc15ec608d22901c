"""Log lines about evaluations: one for each signal, with nobody's number or text."""

from __future__ import annotations

import logging

import pytest

from infobip_rules.actions import Message
from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.channels.registry import Channels
from infobip_rules.engine.session.evaluation import Effects, Firing
from infobip_rules.errors import EvaluationError
from infobip_rules.evaluators.jobs import Verdict
from infobip_rules.host.evaluation_log import log_verdicts
from tests.channels.failing import FailingPager
from tests.journal.make import ANA, IVO


def said(caplog: pytest.LogCaptureFixture, *verdicts: Verdict) -> list[tuple[str, str]]:
    with caplog.at_level(logging.INFO):
        log_verdicts(ANA, verdicts, BUILT_IN)
    return [(record.levelname, record.getMessage()) for record in caplog.records]


def test_what_no_rule_answered_says_so(caplog: pytest.LogCaptureFixture) -> None:
    ((level, line),) = said(caplog, Verdict(signal=7, effects=Effects(state=b"{}", fired=())))
    assert level == "INFO"
    assert line.startswith("turns.evaluated signal=7")
    assert line.endswith("fired=none sends=0")
    assert ANA not in line


def test_a_dead_letter_is_an_error(caplog: pytest.LogCaptureFixture) -> None:
    ((level, line),) = said(caplog, Verdict(signal=7, error=EvaluationError(f"{ANA} failed.")))
    assert level == "ERROR"
    assert line.startswith("turns.dead_letter signal=7")
    assert ANA not in line


def test_a_moved_signal_says_where_it_went(caplog: pytest.LogCaptureFixture) -> None:
    ((_, line),) = said(caplog, Verdict(signal=7, moved=IVO))
    assert line.startswith("turns.routed signal=7")
    assert IVO not in line


def test_warnings_of_an_evaluation_stand_behind_it(caplog: pytest.LogCaptureFixture) -> None:
    lines = said(caplog, Verdict(signal=7, effects=Effects(state=b"{}", fired=(), warnings=("A fact is kept aside.",))))
    assert [(level, line.split()[0]) for level, line in lines] == [
        ("INFO", "turns.evaluated"),
        ("WARNING", "turns.warning"),
    ]


def test_a_channel_that_has_no_hint_to_give_costs_no_line(caplog: pytest.LogCaptureFixture) -> None:
    fired = Firing("r/r", (), (Message("m", "paging", ANA, "7"),))
    verdicts = [Verdict(signal=7, effects=Effects(b"{}", (fired,))), Verdict(signal=8, moved=IVO)]
    with caplog.at_level(logging.INFO):
        log_verdicts(ANA, verdicts, Channels([FailingPager({"7": ["hint"]})]))
    assert [record.getMessage().split()[0] for record in caplog.records] == [
        "turns.evaluated",
        "turns.no_hint",
        "turns.routed",
    ]
    assert ANA not in caplog.text
