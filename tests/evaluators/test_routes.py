"""Routes of rules: the key that a signal's session has, and keys that none can have."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from infobip_rules import InfobipSmsReceivedMessage
from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.errors import EvaluationError
from infobip_rules.evaluators.routes import routed
from infobip_rules.plugins.routing import LONGEST_KEY
from infobip_rules.signals import Signal

MESSAGE = InfobipSmsReceivedMessage.model_validate(
    {"messageId": "1", "from": "385981234567", "to": "38598", "receivedAt": "2026-11-09T12:00:00Z"}
)


def rulebook(route: Callable[[Signal], object] | None) -> Rulebook:
    return Rulebook([], route=route)  # type: ignore[arg-type]  # a route may return anything


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_route_that_says_nothing_leaves_the_signal_where_it_is(nothing: object) -> None:
    assert routed(rulebook(lambda signal: nothing), MESSAGE, "385981234567") == "385981234567"
    assert routed(rulebook(None), MESSAGE, "385981234567") == "385981234567"


def test_what_a_route_says_is_the_key_as_text() -> None:
    assert routed(rulebook(lambda signal: 12), MESSAGE, "385981234567") == "12"
    assert routed(rulebook(lambda signal: "x" * LONGEST_KEY), MESSAGE, "") == "x" * LONGEST_KEY


@pytest.mark.parametrize(
    ("said", "key", "why"),
    [
        (None, "", "names nobody"),
        ("x" * (LONGEST_KEY + 1), "a", "201 characters"),
        ("a\nb", "a", "can't be shown"),
    ],
)
def test_a_key_that_no_session_can_have_is_refused(said: str | None, key: str, why: str) -> None:
    with pytest.raises(EvaluationError, match=why):
        routed(rulebook(lambda signal: said), MESSAGE, key)


def test_a_route_that_raises_is_blamed_with_its_own_frames() -> None:
    def route(signal: Signal) -> str:
        raise KeyError("order")

    with pytest.raises(EvaluationError, match="@route failed") as refused:
        routed(rulebook(route), MESSAGE, "a")
    assert "in route" in refused.value.traceback
    assert refused.value.rule == "@route"
