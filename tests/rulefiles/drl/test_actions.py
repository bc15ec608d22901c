"""Actions of bodies: what is sent, and what Drools' helpers reach."""

from __future__ import annotations

import pytest

from infobip_rules import ClientAgent, InfobipSmsReceivedMessage
from infobip_rules.actions import SendOptions
from infobip_rules.engine.rules.moment import MOMENT
from infobip_rules.rulefiles.drl.java.failures import BodyError
from tests.rulefiles.drl.order_bodies import NOON, Keyed, done, said


def test_the_documented_body_sends_and_deletes() -> None:
    agent = ClientAgent(connections={"phone": "385981234567"})
    message = InfobipSmsReceivedMessage.model_validate({"from": "385981234567", "receivedAt": NOON.isoformat()})
    outcome = done(
        """String text = "This is a text message with a test link!! " + "https://...";
        InfobipAdapterAPI.sendSmsTextMessage(client.getConnection("phone"), text);
        delete(signal);""",
        client=agent,
        signal=message,
    )
    assert outcome.sent == [("385981234567", "This is a text message with a test link!! https://...", False)]
    assert outcome.told == [("delete", message)]


def test_a_message_to_null_is_for_delivery_to_drop() -> None:
    agent = ClientAgent(connections={"phone": "385981234567"})
    outcome = done('InfobipAdapterAPI.sendSmsTextMessage(agent.getConnection("fax"), "x"); say("on");', agent=agent)
    assert outcome.sent[0] == (None, "x", False)
    assert outcome.texts == ["x", "on"]


def test_the_third_argument_asks_for_short_urls() -> None:
    assert done('InfobipAdapterAPI.sendSmsTextMessage("1", "x", true);').sent == [("1", "x", True)]


def test_the_fourth_and_fifth_argument_are_callback_data_and_how_long_it_is_worth_sending() -> None:
    body = 'InfobipAdapterAPI.sendSmsTextMessage("1", "x", false, "order 7", "10m");'
    assert done(body).options == [SendOptions("order 7", 600.0)]
    assert done('InfobipAdapterAPI.sendSmsTextMessage("1", "x", true, null, null);').options == [SendOptions()]
    assert done('InfobipAdapterAPI.sendSmsTextMessage("1", "x");').options == [SendOptions()]


@pytest.mark.parametrize(("more", "said"), [("data, null", "4001 characters"), ('"", "49h"', "worth sending")])
def test_what_can_not_be_sent_with_a_message_fails_where_the_rule_calls(more: str, said: str) -> None:
    data = 'String data = ""; for (int i = 0; i < 4001; i++) { data += "x"; }'
    with pytest.raises(BodyError, match=said) as raised:
        done(f'{data} InfobipAdapterAPI.sendSmsTextMessage("1", "x", false, {more});')
    assert raised.value.where.startswith("rules.drl:")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("drools.halt();", ("halt",)),
        ('drools.setFocus("g");', ("set_focus", "g")),
        ('drools.getKnowledgeRuntime().getAgenda().getAgendaGroup("g").setFocus();', ("set_focus", "g")),
        ('kcontext.getKieRuntime().getAgenda().getAgendaGroup("g").setFocus();', ("set_focus", "g")),
        ("kcontext.getKieRuntime().halt();", ("halt",)),
        ('drools.insert(new Keyed("a"));', ("insert", Keyed(code="a"))),
        ('cancel("name");', ("cancel", "name")),
    ],
)
def test_drools_helpers_reach_the_session(body: str, told: tuple[object, ...]) -> None:
    assert done(body).told == [told]


def test_moments_are_those_of_the_evaluation() -> None:
    before = MOMENT.set(NOON)
    try:
        texts = said("say(LocalDate.now()); say(Instant.now()); say(new Date().getTime());")
    finally:
        MOMENT.reset(before)
    assert texts == ["2026-11-09", "2026-11-09T12:00Z", "1794225600000"]


def test_lines_for_the_log_go_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", logger="infobip_rules.rules"):
        done('Log.info("total {}", 5); System.out.println("x" + 1);')
    assert caplog.messages == ["total 5", "x1"]
