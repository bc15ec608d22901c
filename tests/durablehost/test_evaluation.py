"""Evaluation in sessions of durable-rules: as in a session that never ended, and nothing of it harms the process."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from durable import engine
from hypothesis import given
from hypothesis import strategies as st

from infobip_rules import InfobipAdapterAPI
from infobip_rules.actions import sending_through
from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.durablehost.evaluation import Evaluation, PostedSignal, Setting
from infobip_rules.durablehost.private_engine import PrivateEngine
from infobip_rules.durablehost.session_state import read_state
from infobip_rules.engine.session.evaluation import Effects
from infobip_rules.errors import EvaluationError
from tests.durablehost.rulesets import QuietHost, declared, host_of, rules_of

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcfromtimestamp:DeprecationWarning")

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
ANA = "385916242493"
RECEIVED = "InfobipSmsReceivedMessage"
Declare = Callable[[Any], object]


def setting_of(declare: Declare, **options: Any) -> Setting:
    """A ruleset that is ready to be evaluated."""
    host = host_of(declare, **options)
    rules = rules_of(declare, **options)
    engine_ = PrivateEngine(rules.name, rules.conditions)
    return Setting(engine=engine_, rules=rules, host=host, channels=BUILT_IN, most_firings=100)


class Person:
    """A session that is kept as bytes between its signals."""

    def __init__(self, setting: Setting, number: str = ANA) -> None:
        self.setting = setting
        self.number = number
        self.state: bytes | None = None
        self.signals = 0

    def receive(self, text: str, **fields: Any) -> Effects:
        """What a message comes to."""
        return self.post(RECEIVED, **{"from": self.number, "text": text, **fields})

    def post(self, kind: str, **fields: Any) -> Effects:
        """What an event comes to."""
        self.signals += 1
        signal = PostedSignal(id=self.signals, kind=kind, fields=fields, person=self.number, origin=f"{self.signals}")
        effects = Evaluation(self.setting, signal, NOW).run(self.state)
        self.state = effects.state
        return effects

    def texts(self, text: str, **fields: Any) -> list[str]:
        """The texts that a message is answered with."""
        return texts(self.receive(text, **fields))


def texts(effects: Effects) -> list[str]:
    return [BUILT_IN.show(message.channel, message.content).text for message, _ in effects.messages]


def say(text: str) -> None:
    InfobipAdapterAPI.send_sms_text_message(ANA, text)


def shop(lang: Any) -> None:
    """A bit of everything that durable-rules can do with facts, events and `c.s`."""
    m, c = lang.m, lang.c

    @lang.when_all((m.type == RECEIVED) & (m.text == "add"))
    def add(c: Any) -> None:
        c.s.count = (c.s.count or 0) + 1
        c.assert_fact({"type": "Item", "n": c.s.count, "half": c.s.count // 2, "open": True})
        say(f"item {c.s.count}")

    @lang.when_all((m.type == RECEIVED) & (m.text == "drop"), c.item << (m.type == "Item") & (m.open == True))  # noqa: E712 - a condition
    def drop(c: Any) -> None:
        c.retract_fact(c.item)
        say(f"dropped {c.item.n}")

    @lang.when_all((m.type == RECEIVED) & (m.text == "shut"), c.item << (m.type == "Item") & (m.open == True))  # noqa: E712
    def shut(c: Any) -> None:
        c.retract_fact(c.item)
        c.assert_fact({"type": "Item", "n": c.item.n, "half": c.item.half, "open": False})
        say(f"shut {c.item.n}")

    @lang.when_all((m.type == "Item") & (m.n == 3))
    def third(c: Any) -> None:
        say("the third item")

    @lang.when_all(c.one << m.type == "Item", c.two << m.half == c.one.n)
    def pair(c: Any) -> None:
        say(f"{c.two.n} is about twice {c.one.n}")

    @lang.when_all(lang.count(3), (m.type == RECEIVED) & (m.text == "ping"))
    def pings(c: Any) -> None:
        say(f"{len(c.m)} pings")

    @lang.when_all(
        c.left << (m.type == RECEIVED) & (m.text == "left"), c.right << (m.type == RECEIVED) & (m.text == "right")
    )
    def both(c: Any) -> None:
        say("left and right")

    @lang.when_all((m.type == RECEIVED) & (m.text == "chain"))
    def chain(c: Any) -> None:
        c.post({"type": "Link", "from_signal": c.m.id})
        say("chain")

    @lang.when_all(c.link << m.type == "Link", c.client << m.type == "ClientAgent")
    def link(c: Any) -> None:
        say(f"linked for {c.client.phone}")

    @lang.when_all(lang.s.count == 5)
    def five(c: Any) -> None:
        c.s.count = 6
        say("skipped the fifth")


WORDS = ["add", "add", "drop", "shut", "ping", "left", "right", "chain", "unknown"]


class PlainSessions:
    """Sessions of a host of durable-rules that never end, each with its own name."""

    def __init__(self, declare: Declare, **options: Any) -> None:
        self.host: QuietHost = host_of(declare, **options)
        self.known: set[str] = set()
        self.number = 0

    def texts(self, person: str, text: str) -> list[str]:
        """The texts that a message is answered with."""
        commands: list[Any] = []

        def send(command: Any, _: object) -> str:
            commands.append(command)
            return "id"

        with sending_through(send):
            if person not in self.known:
                self.known.add(person)
                self._give(
                    self.host.assert_fact, {"type": "ClientAgent", "id": "agent", "phone": person, "sid": person}
                )
            self.number += 1
            event = {"type": RECEIVED, "id": f"signal-{self.number}", "from": person, "text": text, "sid": person}
            self._give(self.host.post, event)
        return [BUILT_IN.show(m.channel, m.content).text for m in map(BUILT_IN.compose, commands)]

    def _give(self, give: Any, message: dict[str, Any]) -> None:
        try:
            result = give("client", message)
        except engine.MessageNotHandledException:
            return
        assert "exception" not in (result or {}), result


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(WORDS), st.booleans()), max_size=40))
def test_sessions_that_are_let_go_at_each_signal_answer_as_those_that_never_end(
    steps: Sequence[tuple[int, str, bool]],
) -> None:
    plain, setting = PlainSessions(shop), setting_of(shop)
    people = [Person(setting, f"38591624249{number}") for number in range(3)]
    for place, word, restarted in steps:
        if restarted:
            setting.engine.close()
            setting = setting_of(shop)
        person = people[place]
        person.setting = setting
        assert person.texts(word) == plain.texts(person.number, word), (place, word)
    setting.engine.close()


def test_two_thousand_people_are_served_one_after_the_other_and_interleaved() -> None:
    setting = setting_of(shop)
    people = [Person(setting, f"3859{number:08}") for number in range(2_000)]
    for person in people:
        assert person.texts("add") == ["item 1"]
    for count in (2, 3):
        answers = {tuple(person.texts("add")) for person in people}
        assert len(answers) == 1, count
    assert people[0].texts("drop") == ["dropped 3"]
    assert people[1_999].texts("chain") == ["chain", "linked for 385900001999"]


def test_what_a_body_raises_names_the_rule_and_leaves_the_session_as_it_was() -> None:
    def declare(lang: Any) -> None:
        @lang.when_all(lang.m.type == RECEIVED)
        def reply(c: Any) -> None:
            c.s.count = (c.s.count or 0) + 1
            c.assert_fact({"type": "Seen", "n": c.s.count})
            if c.m.text == "bad":
                raise SystemExit(3)
            say(f"message {c.s.count}")

        @lang.when_all(lang.m.type == "Seen")
        def seen(c: Any) -> None:
            """Remembers."""

    person = Person(setting_of(declare))
    assert person.texts("good") == ["message 1"]
    before = person.state
    with pytest.raises(
        EvaluationError, match=r"The rule client/reply \(test_evaluation.py:\d+\) failed: SystemExit: 3"
    ):
        person.receive("bad")
    assert person.state == before
    assert person.texts("good") == ["message 2"]


def test_a_fact_that_no_rule_looks_for_fails_the_rule_that_asserts_it() -> None:
    def declare(lang: Any) -> None:
        @lang.when_all(lang.m.type == RECEIVED)
        def reply(c: Any) -> None:
            c.assert_fact({"type": "Unknown"})

    with pytest.raises(EvaluationError, match="MessageNotHandledException: it asserts, posts or retracts a message"):
        Person(setting_of(declare)).receive("hello")


def test_a_body_that_takes_long_runs_once(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = []

    def declare(lang: Any) -> None:
        @lang.when_all(lang.m.type == RECEIVED)
        def slow(c: Any) -> None:
            runs.append(c.m.text)
            # What eleven seconds are to durable-rules, which begins such a body again.
            monkeypatch.setattr(engine, "_unix_now", lambda: 4e9)

    person = Person(setting_of(declare))
    person.receive("one")
    person.receive("two")
    assert runs == ["one", "two"]


def test_an_error_of_the_engine_fails_its_signal_and_no_other() -> None:
    def declare(lang: Any) -> None:
        m, c = lang.m, lang.c

        @lang.when_all(c.first << (m.type == RECEIVED), c.second << m.x == c.first.x)
        def compare(c: Any) -> None:
            """Compares."""

        @lang.when_all((m.type == "Ask") & (m.x == 1))
        def answer(c: Any) -> None:
            say("answered")

    person = Person(setting_of(declare))
    person.receive("first", x=1)
    with pytest.raises(EvaluationError, match="durable-rules gave the evaluation up") as raised:
        person.receive("no x")
    assert "m.x != None" in raised.value.remedy
    fresh = Person(person.setting, "385981234567")
    assert texts(fresh.post("Ask", x=1)) == ["answered"]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"text": "x" * 70_000}, "a text of more than 60000 bytes"),
        ({"text": "\ud83d"}, "half a character"),
        ({"text": {str(n): n for n in range(300)}}, "more than 240 properties"),
        ({"text": float("inf")}, "a number that durable-rules can't read"),
        ({"text": 1e22}, "a number that durable-rules can't read"),
        ({"text": 2**64}, "an integer beyond 64 bits"),
        ({"$s": 1}, "a property of durable-rules' own"),
    ],
)
def test_a_signal_that_would_harm_the_engine_is_not_posted(fields: dict[str, Any], why: str) -> None:
    person = Person(setting_of(shop))
    with pytest.raises(EvaluationError, match=why):
        person.post(RECEIVED, **fields)
    assert person.texts("add") == ["item 1"]


def test_what_is_nested_deep_is_not_posted() -> None:
    nested: Any = 1
    for _ in range(5_000):
        nested = [nested]
    with pytest.raises(EvaluationError, match="nested more than 30 deep"):
        Person(setting_of(shop)).post(RECEIVED, text=nested)


def test_state_that_json_has_no_form_for_fails_the_rule_and_is_not_run_again() -> None:
    runs = []

    def declare(lang: Any) -> None:
        @lang.when_all(lang.m.type == RECEIVED)
        def keep(c: Any) -> None:
            runs.append(1)
            c.s.when = NOW

    person = Person(setting_of(declare))
    for _ in range(2):
        with pytest.raises(EvaluationError, match=r"durable-rules can't keep `c\.s`: it has a value of type datetime"):
            person.receive("hello")
    assert len(runs) == 2


def test_facts_that_no_rule_refers_to_any_more_are_kept_for_when_one_does_again() -> None:
    def remembering(lang: Any) -> None:
        @lang.when_all(lang.m.type == RECEIVED)
        def keep(c: Any) -> None:
            c.assert_fact({"type": "Note", "text": c.m.text})

        @lang.when_all(lang.c.ask << (lang.m.type == "Ask"), lang.c.note << (lang.m.type == "Note"))
        def tell(c: Any) -> None:
            say(c.note.text)

    def forgetful(lang: Any) -> None:
        @lang.when_all(lang.m.type == RECEIVED)
        def ignore(c: Any) -> None:
            """Does nothing."""

    person = Person(setting_of(remembering))
    person.receive("remember me")
    person.setting = setting_of(forgetful)
    person.receive("hello")
    person.setting = setting_of(remembering)
    assert texts(person.post("Ask")) == ["remember me"]


def test_the_fact_that_holds_the_state_of_a_session_is_not_kept_among_its_facts() -> None:
    def declare(lang: Any) -> None:
        @lang.when_all(lang.m.text == "count")
        def count(c: Any) -> None:
            c.s.count = (c.s.count or 0) + 1
            say(f"{c.s.count}, {len(c.get_facts())} facts")

        @lang.when_all(lang.m.text == "new?", -lang.s.count)
        def new(c: Any) -> None:
            """Has durable-rules remember that `c.s` matches."""

    person = Person(setting_of(declare))
    assert person.texts("a text that no rule asks for") == []
    assert [person.texts("count"), person.texts("count")] == [["1, 0 facts"], ["2, 0 facts"]]
    kept = read_state(person.state)
    assert [fact["type"] for fact in kept.facts] == ["ClientAgent"]
    assert kept.own == {"count": 2}


def test_a_timer_fires_when_its_moment_comes_though_the_clock_was_set_back_since() -> None:
    def declare(lang: Any) -> None:
        @lang.when_all(lang.m.text == "begin")
        def begin(c: Any) -> None:
            c.start_timer("nudge", 3600)

        @lang.when_all(lang.timeout("nudge"))
        def nudge(c: Any) -> None:
            say("nudge")

    person = Person(setting_of(declare))
    (timer,) = person.receive("begin").timers
    assert timer.payload is not None
    assert person.texts("still here?") == []
    assert texts(person.post("MomentCame", **json.loads(timer.payload))) == ["nudge"]


def test_another_sessions_messages_are_out_of_reach() -> None:
    def declare(lang: Any) -> None:
        @lang.when_all(lang.m.type == RECEIVED)
        def reach(c: Any) -> None:
            c.post({"type": RECEIVED, "sid": "someone else"})

    with pytest.raises(EvaluationError, match="`sid` of another session"):
        Person(setting_of(declare)).receive("hello")


def test_an_action_that_says_later_that_it_is_done_is_waited_for() -> None:
    def declare(lang: Any) -> None:
        @lang.when_all((lang.m.type == RECEIVED) & (lang.m.text == "fine"))
        def later(c: Any, complete: Any) -> int:
            c.s.later = True
            threading.Timer(0.01, complete, (None,)).start()
            return 60

        @lang.when_all((lang.m.type == RECEIVED) & (lang.m.text == "bad"))
        def broken(c: Any, complete: Any) -> int:
            complete("out of paper")
            return 60

    person = Person(setting_of(declare))
    assert [firing.rule for firing in person.receive("fine").fired] == ["client/later"]
    with pytest.raises(EvaluationError, match="ActionError: out of paper"):
        person.receive("bad")


def test_a_body_reaches_its_own_ruleset_by_name_and_others_of_the_application() -> None:
    told: list[str] = []

    def declare(lang: Any) -> None:
        @lang.when_all(lang.m.type == RECEIVED)
        def reach(c: Any) -> None:
            c.post("client", {"type": "Own"})
            c.post("machine", {"type": "Other", "text": c.m.text})
            c.assert_fact("machine", {"type": "Other", "text": "fact"})

        @lang.when_all(lang.m.type == "Own")
        def own(c: Any) -> None:
            say("own")

    def machine(lang: Any) -> None:
        @lang.when_all(lang.m.type == "Other")
        def other(c: Any) -> None:
            told.append(c.m.text)

    setting = setting_of(declare)
    setting.host.register_rulesets(declared(machine, "machine"))  # type: ignore[attr-defined]  # it is a QuietHost
    assert Person(setting).texts("hello") == ["own"]
    assert told == ["hello", "fact"]
