"""The session that a signal belongs to, by what plugins say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.errors import EvaluationError
from infobip_rules.evaluators.routes import routed
from infobip_rules.plugins.manager import Plugins
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.signals import InfobipSmsReceivedMessage, Signal

from .test_manager import plugin

OWN = """
from infobip_rules.lang import route

@route
def by_keyword(signal):
    return signal.keyword or None
"""


def rulebook(folder: Path, source: str, **routes: Any) -> Rulebook:
    file = folder / "rules.py"
    file.write_text(source)
    return load_rules([file], plugins=Plugins.of(**{name: plugin(route=route) for name, route in routes.items()}))


def message(text: str = "hello", keyword: str = "") -> Signal:
    return InfobipSmsReceivedMessage.model_validate(
        {"from": "385981234567", "receivedAt": "2026-01-01T12:00:00Z", "text": text, "keyword": keyword}
    )


def test_without_a_route_signals_are_not_routed(tmp_path: Path) -> None:
    assert not rulebook(tmp_path, "").routes


def test_a_plugin_says_the_session(tmp_path: Path) -> None:
    rules = rulebook(tmp_path, "", acme=lambda signal: f"by-{signal.text}")

    assert rules.routes
    assert routed(rules, message(), "385981234567") == "by-hello"


def test_the_first_that_answers_decides_the_rule_files_own_before_all(tmp_path: Path) -> None:
    rules = rulebook(tmp_path, OWN, a=lambda signal: None, b=lambda signal: "second", c=lambda signal: "third")

    assert routed(rules, message(keyword="own"), "385981234567") == "own"
    assert routed(rules, message(), "385981234567") == "second"


def test_where_none_answers_it_is_the_persons_session(tmp_path: Path) -> None:
    assert routed(rulebook(tmp_path, "", acme=lambda signal: None), message(), "385981234567") == "385981234567"


@pytest.mark.parametrize(
    ("route", "said"),
    [
        (lambda signal: signal.nothing, "raised AttributeError"),
        (lambda signal: 1, "returned a int."),
        (lambda signal: "k" * 5_000_000, "its hook route gave a session key of 5,000,000 characters; 200 is most."),
        (lambda signal: "a\0b", "its hook route gave a session key with characters that can't be shown."),
        (lambda signal: "\ud800", "its hook route gave a session key with characters that can't be shown."),
    ],
)
def test_a_route_that_fails_is_named_with_its_plugin(tmp_path: Path, route: Any, said: str) -> None:
    with pytest.raises(EvaluationError) as raised:
        routed(rulebook(tmp_path, "", acme=route), message(), "385981234567")

    assert "The plugin acme" in raised.value.fact
    assert said in raised.value.fact
    assert "replay ID" in raised.value.remedy
