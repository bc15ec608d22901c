"""The rulebook: what is known of all rules together."""

from __future__ import annotations

import pytest

from infobip_rules.engine.network.rulebook import Rulebook, open_session
from infobip_rules.engine.rules.model import Window
from infobip_rules.errors import RuleError
from infobip_rules.facts import ClientAgent, Fact
from infobip_rules.signals import Heartbeat, InfobipSmsReceivedMessage, Signal
from tests.engine.parts import Brief, Payment, Tick, none, pattern, rule


def test_types_that_rules_use_are_known_besides_those_given_and_built_in() -> None:
    book = Rulebook([rule(pattern(), none(pattern(Payment, "b")), pattern(Tick, "t"))], fact_types=[Brief])
    assert {"ClientAgent", "Order", "Payment", "Brief"} <= book.fact_types.keys()
    assert {"InfobipSmsReceivedMessage", "MomentCame", "Tick"} <= book.signal_types.keys()
    assert book.listens_to(Tick)
    assert not book.listens_to(InfobipSmsReceivedMessage)


def test_two_types_of_one_name_are_refused() -> None:
    other = type("Order", (Fact,), {"__module__": "elsewhere"})
    with pytest.raises(RuleError, match="Two fact types are called Order"):
        Rulebook([rule(pattern())], fact_types=[other])


def test_what_may_leave_work_open_is_known_from_the_rules() -> None:
    plain = Rulebook([rule(pattern())])
    assert (plain.open_ended, plain.expiring, plain.standing) == (False, False, True)
    assert Rulebook([rule(pattern(window=Window(kind="length", size=1)))]).open_ended
    assert Rulebook([rule(pattern(Brief))]).expiring
    assert Rulebook([rule(pattern(), none(pattern(Payment, "b")), no_loop=True)]).open_ended
    assert not Rulebook([rule(pattern(Tick))]).standing


def test_only_a_rule_that_names_heartbeats_asks_for_them() -> None:
    assert Rulebook([rule(pattern(Heartbeat))]).wants_heartbeats
    assert not Rulebook([rule(pattern(Signal))]).wants_heartbeats


def test_a_session_starts_with_the_agent_of_the_person() -> None:
    assert open_session("385981234567") == (ClientAgent(connections={"phone": "385981234567"}),)
