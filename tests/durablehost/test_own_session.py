"""A session of durable-rules belongs to its person, from its beginning and whatever bodies do with `c`."""

from __future__ import annotations

import contextvars
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from durable import lang as durable_lang

from infobip_rules.errors import EvaluationError, RuleError
from tests.durablehost.test_evaluation import RECEIVED, Person, say, setting_of

BOB = "385981234567"


def test_a_context_that_was_kept_does_not_reach_the_session_of_another_person() -> None:
    kept: list[Any] = []

    def declare(lang: Any) -> None:
        @lang.when_all(lang.m.type == RECEIVED)
        def keep(c: Any) -> None:
            for old in kept:
                old.assert_fact({"type": "Secret", "text": old.m.text})
            kept.append(c)

        @lang.when_all(lang.m.type == "Secret")
        def tell(c: Any) -> None:
            say(c.m.text)

    setting = setting_of(declare)
    Person(setting).receive("of Ana")
    bob = Person(setting, BOB)
    with pytest.raises(EvaluationError, match="RuleError: The rule has ended"):
        bob.receive("of Bob")
    assert bob.state is None


def test_what_a_thread_does_after_its_rule_has_ended_is_refused_and_not_lost_in_silence() -> None:
    ended = threading.Event()
    threads: list[threading.Thread] = []
    refused: list[str] = []

    def late(c: Any) -> None:
        ended.wait(60)
        for attempt in (
            lambda: say("late"),
            lambda: c.post({"type": "Late"}),
            lambda: c.start_timer("t", 1),
            c.get_facts,
        ):
            try:
                attempt()
            except RuleError as problem:
                refused.append(str(problem))

    def declare(lang: Any) -> None:
        @lang.when_all(lang.m.type == RECEIVED)
        def spawn(c: Any) -> None:
            threads.append(threading.Thread(target=contextvars.copy_context().run, args=(late, c)))
            threads[0].start()
            say("at once")

    assert Person(setting_of(declare)).texts("hello") == ["at once"]
    ended.set()
    threads[0].join(60)
    assert len(refused) == 4
    assert {fact.startswith("The rule has ended") for fact in refused} == {True}


@pytest.mark.parametrize("name", ["sid", "id"])
def test_a_body_that_names_its_session_otherwise_keeps_what_it_remembers(name: str) -> None:
    def declare(lang: Any) -> None:
        @lang.when_all(lang.m.type == RECEIVED)
        def count(c: Any) -> None:
            c.s.count = (c.s.count or 0) + 1
            setattr(c.s, name, f"another {c.s.count}")
            say(f"message {c.s.count}")

    person = Person(setting_of(declare))
    assert [person.texts("hello") for _ in range(3)] == [["message 1"], ["message 2"], ["message 3"]]


def chart(lang: Any) -> None:
    """Two steps."""
    with lang.state("start"):

        @lang.to("asked")
        @lang.when_all(lang.m.text == "order")
        def ask(c: Any) -> None:
            say("How many?")

    with lang.state("asked"):

        @lang.to("ordered")
        @lang.when_all(lang.m.text == "two")
        def order(c: Any) -> None:
            say("Ordered.")

    lang.state("ordered")


def flow(lang: Any) -> None:
    """Two stages."""
    with lang.stage("start"):
        lang.to("asked").when_all(lang.m.text == "order")
    with lang.stage("asked"):

        @lang.run
        def ask(c: Any) -> None:
            say("How many?")

        lang.to("ordered").when_all(lang.m.text == "two")
    with lang.stage("ordered"):

        @lang.run
        def order(c: Any) -> None:
            say("Ordered.")


@pytest.mark.parametrize(("declare", "kind"), [(chart, durable_lang.statechart), (flow, durable_lang.flowchart)])
def test_a_chart_begins_although_nothing_looks_for_the_first_message(declare: Any, kind: Any) -> None:
    person = Person(setting_of(declare, kind=kind))
    assert person.texts("hello?") == []
    assert person.texts("order") == ["How many?"]
    assert person.texts("two") == ["Ordered."]


def test_events_and_timers_that_no_rule_looks_for_any_more_are_kept_for_when_one_does_again() -> None:
    def waiting(lang: Any) -> None:
        m = lang.m

        @lang.when_all(lang.count(3), (m.type == RECEIVED) & (m.text == "ping"))
        def pings(c: Any) -> None:
            say("three pings")

        @lang.when_all((m.type == RECEIVED) & (m.text == "ring"))
        def begin(c: Any) -> None:
            c.start_timer("bell", 3600)

        @lang.when_all(lang.timeout("bell"))
        def bell(c: Any) -> None:
            """Rings."""

    def without(lang: Any) -> None:
        @lang.when_all((lang.m.type == RECEIVED) & (lang.m.text == "hello"))
        def greet(c: Any) -> None:
            say("hello")

    person = Person(setting_of(waiting))
    for text in ("ping", "ping", "ring"):
        person.receive(text)
    person.setting = setting_of(without)
    assert person.texts("hello") == ["hello"]
    assert not person.receive("hello").timers
    person.setting = setting_of(waiting)
    assert person.texts("ping") == ["three pings"]
    assert b"bell" in (person.state or b"")


#: Its parent waits for what the body forks, and the output has what both of them write.
FORKING = """
import os
from tests.durablehost.test_own_session import RECEIVED, Person, setting_of

def forking(lang):
    @lang.when_all(lang.m.type == RECEIVED)
    def fork(c):
        child = os.fork()
        if child:
            os.waitpid(child, 0)
        elif c.m.text == "leave":
            raise SystemExit

person = Person(setting_of(forking))
for text in ("stay", "leave"):
    person.receive(text)
    os.write(1, b"evaluated ")
"""


def test_a_process_that_a_body_forks_ends_with_the_body() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORKING],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout == "evaluated evaluated ", done.stderr


@pytest.mark.parametrize("seconds", [1e12, float("nan"), float("inf"), "soon", None])
def test_a_timer_that_is_never_due_fails_the_rule_that_starts_it(seconds: object) -> None:
    def declare(lang: Any) -> None:
        @lang.when_all(lang.m.type == RECEIVED)
        def begin(c: Any) -> None:
            c.start_timer("bell", seconds)

        @lang.when_all(lang.timeout("bell"))
        def bell(c: Any) -> None:
            """Rings."""

    with pytest.raises(EvaluationError, match=r"The timer 'bell' can't be due in .* seconds") as raised:
        Person(setting_of(declare)).receive("hello")
    assert raised.value.rule == "client/begin"
