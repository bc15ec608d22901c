"""Rules as a host of durable-rules has them: names for people, and charts as durable-rules reads them."""

from __future__ import annotations

from typing import Any

import pytest
from durable import lang

from infobip_rules.durablehost.registered_rules import registered_rules
from infobip_rules.errors import ConfigurationError
from infobip_rules.signals import InfobipSmsReceivedMessage, InfobipSmsReceivedReport, InfobipSmsSentMessage
from tests.durablehost.rulesets import QuietHost, rules_of
from tests.durablehost.test_evaluation import Person, PlainSessions, say, setting_of, texts

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcfromtimestamp:DeprecationWarning")


def order(lang: Any) -> None:
    """A chart with a state inside another."""
    m = lang.m

    with lang.state("input"):

        @lang.to("work")
        @lang.when_all(m.text == "begin")
        def begun(c: Any) -> None:
            say("begun")

    with lang.state("work"):
        with lang.state("begun"):

            @lang.to("shut")
            @lang.when_all(m.text == "shut")
            def shut(c: Any) -> None:
                say("shut")

        with lang.state("shut"):

            @lang.to("sealed")
            @lang.when_all(m.text == "seal")
            def seal(c: Any) -> None:
                say("sealed")

        lang.state("sealed")

        @lang.to("over")
        @lang.when_all(m.text == "cancel")
        def cancelled(c: Any) -> None:
            say("cancelled")

    with lang.state("over"):

        @lang.to("over")
        @lang.when_all(m.text == "again")
        def again(c: Any) -> None:
            c.s.again = (c.s.again or 0) + 1
            say(f"over {c.s.again}")


def flow(lang: Any) -> None:
    """A flow with a stage that repeats."""
    m = lang.m

    with lang.stage("input"):
        lang.to("request").when_all(m.text == "begin")

    with lang.stage("request"):

        @lang.run
        def request(c: Any) -> None:
            say("request")

        lang.to("approve").when_all(m.text == "yes")
        lang.to("deny").when_all(m.text == "no")
        lang.to("request").when_all(m.text == "again")

    with lang.stage("approve"):

        @lang.run
        def approve(c: Any) -> None:
            say("approved")

    with lang.stage("deny"):

        @lang.run
        def deny(c: Any) -> None:
            say("denied")


@pytest.mark.parametrize(
    ("chart", "kind", "words"),
    [
        (order, "statechart", ["shut", "begin", "seal", "shut", "seal", "cancel", "again", "again", "begin"]),
        (order, "statechart", ["begin", "cancel", "shut", "again"]),
        (order, "statechart", ["a text that no state asks for", "begin", "shut", "seal"]),
        (flow, "flowchart", ["a text that no stage asks for", "begin", "yes"]),
        (flow, "flowchart", ["yes", "begin", "again", "again", "yes", "no"]),
        (flow, "flowchart", ["begin", "no", "again"]),
    ],
)
def test_charts_go_from_state_to_state_as_in_a_session_that_never_ends(chart: Any, kind: str, words: list[str]) -> None:
    plain = PlainSessions(chart, kind=getattr(lang, kind))
    person = Person(setting_of(chart, kind=getattr(lang, kind)))
    for place, word in enumerate(words):
        assert person.texts(word) == plain.texts(person.number, word), (place, word)


def test_a_chart_is_read_a_second_time_as_it_was_the_first_time() -> None:
    rules = rules_of(order, kind=lang.statechart)
    assert sorted(rules.conditions) == sorted(rules.actions)
    assert rules.lines["input.t_0"].id == "client/begun"


def test_rules_have_the_names_and_titles_of_their_functions() -> None:
    def declare(lang: Any) -> None:
        @lang.when_all(lang.m.type == "A")
        def first(c: Any) -> None:
            """First of all.

            With more to say.
            """

        @lang.when_all(lang.m.type == "B")
        def second(c: Any) -> None:
            pass

        lang.when_all(lang.m.type == "C")(lambda c: None)

        @lang.when_all(lang.m.type == "D")
        def first(c: Any) -> None:  # noqa: F811 - a second of the name
            pass

    rules = rules_of(declare)
    assert [line.id for line in rules.rules] == ["client/first", "client/second", "client/r_2", "client/first.r_3"]
    assert [line.title for line in rules.rules] == ["First of all.", "second", "r_2", "first"]
    assert set(rules.sources) == {"test_registered_rules.py"}


def test_types_of_signals_that_conditions_name_are_wanted() -> None:
    def declare(lang: Any) -> None:
        @lang.when_any(lang.all(lang.m.type == "InfobipSmsReceivedReport", lang.m.n == 1), lang.m.type == "Heartbeat")
        def rule(c: Any) -> None:
            pass

    rules = rules_of(declare)
    assert rules.listens_to(InfobipSmsReceivedReport)
    assert rules.wants_heartbeats
    assert not rules.listens_to(InfobipSmsSentMessage)
    assert not rules.listens_to(InfobipSmsReceivedMessage)


def test_a_ruleset_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigurationError, match="The host has no ruleset 'client'"):
        registered_rules(QuietHost(), "client")


def test_nested_states_answer_what_the_outer_one_listens_to() -> None:
    person = Person(setting_of(order, kind=lang.statechart))
    person.texts("begin")
    assert texts(person.receive("cancel")) == ["cancelled"]
