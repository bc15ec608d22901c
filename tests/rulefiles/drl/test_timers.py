"""Rules with timers, and facts that expire: against what Drools 8.31 did, and where signals are part of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.engine.explain.story import find_missed
from infobip_rules.engine.explain.trace_builder import Occasion, make_trace
from infobip_rules.engine.session.evaluation import Effects, evaluate
from infobip_rules.engine.session.recorder import Recorder
from infobip_rules.errors import EvaluationError
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.signals import MomentCame, Signal
from tests.channels.composing import Numbered, sms_of
from tests.engine.sessions import ANA, NOON, received
from tests.rulefiles.drl.evaluating import refused
from tests.rulefiles.drl.playing import DrlPlayback

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Scenarios with the answers of Drools: id, drl, steps, mode, drools.
CASES = [json.loads(line) for line in Path(__file__).with_name("timed.jsonl").read_text("utf-8").splitlines()]
#: Scenarios in which something else happens, and what.
OTHERWISE = {
    "group": "the time of a match begins when it comes about, and not when its group first has the focus",
    "lazy": "a rule that halts does not keep the time of other rules from beginning",
    "undone_nofire": "a match that is undone and made again begins anew, also if nothing fires in between",
    "two_jump": "of one rule what is due first fires first",
}


@pytest.mark.parametrize("case", [case for case in CASES if case["id"] not in OTHERWISE], ids=lambda case: case["id"])
def test_a_timed_rule_does_what_drools_did(case: dict[str, Any], tmp_path: Path) -> None:
    assert DrlPlayback(case["drl"], tmp_path, now=EPOCH).play(case["steps"]) == case["drools"]


@pytest.mark.parametrize("case", [case for case in CASES if case["id"] in OTHERWISE], ids=lambda case: case["id"])
def test_a_listed_difference_is_still_one(case: dict[str, Any], tmp_path: Path) -> None:
    assert DrlPlayback(case["drl"], tmp_path, now=EPOCH).play(case["steps"]) != case["drools"]


class Session:
    """One session and its timers: `write` at a moment, `pass_time` to another."""

    def __init__(self, folder: Path, text: str) -> None:
        self.folder = folder
        self.state: bytes | None = None
        self.now = NOON
        self.timers: dict[str, datetime] = {}
        self.trace = Recorder()
        self.deploy(text)

    def deploy(self, text: str) -> None:
        """Other rules from here on."""
        file = self.folder / "timed.drl"
        file.write_text(f"package t;\n{text}", "utf-8")
        self.rulebook = load_rules([file])

    def tell(self, signal: Signal) -> list[str]:
        """What fires."""
        self.trace = Recorder()
        effects: Effects = evaluate(
            self.rulebook, self.state, [signal], now=self.now, compose=Numbered().compose, trace=self.trace
        )
        self.state = effects.state
        for change in effects.timers:
            if change.due_at is None:
                del self.timers[change.name]
            else:
                self.timers[change.name] = change.due_at
        return [firing.rule.split("/")[1] for firing in effects.fired]

    def write(self, text: str) -> list[str]:
        """What fires at a message."""
        return self.tell(received(text))

    def pass_time(self, seconds: float) -> list[str]:
        """What fires while time passes."""
        end, fired = self.now + timedelta(seconds=seconds), []
        while due := [(moment, name) for name, moment in self.timers.items() if moment <= end]:
            moment, name = min(due)
            del self.timers[name]
            self.now = max(self.now, moment)
            fired += self.tell(MomentCame(moment=moment))
        self.now = end
        return fired

    @property
    def left(self) -> dict[str, Any]:
        """What the state keeps besides facts."""
        return orjson.loads(self.state or b"{}").get("left", {})


ANY = '$m: InfobipSmsReceivedMessage() from entry-point "signals"'


def message(text: str) -> str:
    """The pattern of a message with this text."""
    return ANY.replace("()", f'(text == "{text}")')


FACTS = f"""
declare Reply text: String end
rule reply salience 10 when $r: {message("reply")[4:]} then insert(new Reply("x")); end
rule unreply salience 10 when {message("unreply")} $r: Reply() then delete($r); end
"""
LATER = f"rule later timer(int: 10m) when {message('hi')} not Reply() then end"


def test_a_reply_comes_ten_minutes_after_its_message(tmp_path: Path) -> None:
    text = (
        f'rule later timer(int: 10m) when {ANY} then InfobipAdapterAPI.sendSmsTextMessage("{ANA}", $m.getText()); end'
    )
    session = Session(tmp_path, text)
    assert session.write("hello") == []
    assert session.pass_time(599) == []
    effects = evaluate(
        session.rulebook,
        session.state,
        [MomentCame(moment=NOON + timedelta(minutes=10))],
        now=NOON + timedelta(minutes=10),
        compose=Numbered().compose,
    )
    assert [sms_of(message).text for message, _ in effects.messages] == ["hello"]
    assert session.pass_time(1) == ["later"]
    assert (session.left, session.timers) == ({}, {})


def test_each_message_has_its_own_time(tmp_path: Path) -> None:
    session = Session(tmp_path, f"rule later timer(int: 10m) when {ANY} then end")
    session.write("one")
    session.pass_time(60)
    session.write("two")
    assert session.pass_time(539) == []
    assert session.pass_time(1) == ["later"]
    assert session.pass_time(60) == ["later"]


def test_what_no_longer_holds_when_it_is_due_does_not_fire(tmp_path: Path) -> None:
    session = Session(tmp_path, FACTS + LATER)
    session.write("hi")
    session.pass_time(60)
    assert session.write("reply") == ["reply"]
    assert session.timers == {}
    session.write("unreply")
    assert session.pass_time(3600) == []


def test_a_message_that_a_rule_deletes_makes_nothing_wait(tmp_path: Path) -> None:
    session = Session(tmp_path, f"rule later timer(10s) when {ANY} then end rule take when {ANY} then delete($m); end")
    assert session.write("hi") == ["take"]
    assert session.timers == {}


def test_a_message_that_waits_is_seen_by_no_other_rule(tmp_path: Path) -> None:
    seen = 'rule pair when InfobipSmsReceivedMessage() from entry-point "signals" Reply() then end'
    session = Session(tmp_path, FACTS + f"rule later timer(10s) when {ANY} then end {seen}")
    session.write("hi")
    assert session.write("reply") == ["reply", "pair"]
    assert session.pass_time(10) == ["later", "later"]


def test_facts_that_come_later_do_not_meet_a_message_that_waits(tmp_path: Path) -> None:
    session = Session(tmp_path, FACTS + f"rule later timer(10s) when {message('hi')} Reply() then end")
    session.write("reply")
    session.write("hi")
    session.write("reply")
    assert session.pass_time(10) == ["later"]


def test_a_message_is_repeated_until_a_rule_deletes_it(tmp_path: Path) -> None:
    text = f"rule nag timer(int: 0 1m) when {message('hi')} not Reply() then end"
    session = Session(tmp_path, FACTS + text)
    assert session.write("hi") == ["nag"]
    assert session.pass_time(150) == ["nag", "nag"]
    session.write("reply")
    assert session.pass_time(600) == []
    assert session.timers == {}


def test_missed_moments_of_a_repeated_timer_come_to_one(tmp_path: Path) -> None:
    session = Session(tmp_path, f"rule nag timer(int: 1m 1m) when {ANY} then end")
    session.write("hi")
    session.now += timedelta(minutes=10, seconds=30)
    assert session.pass_time(0) == ["nag"]
    assert session.pass_time(29) == []
    assert session.pass_time(1) == ["nag"]


def test_silence_for_a_day_is_noticed(tmp_path: Path) -> None:
    quiet = 'rule quiet timer(1d) when not InfobipSmsReceivedMessage() from entry-point "signals" then end'
    session = Session(tmp_path, quiet)
    session.write("one")
    session.pass_time(80_000)
    session.write("two")
    assert session.pass_time(86_399) == []
    assert session.pass_time(1) == ["quiet"]


def test_a_timer_of_a_rule_that_is_gone_is_cancelled(tmp_path: Path) -> None:
    session = Session(tmp_path, f"rule later timer(10s) when {ANY} then end")
    session.write("hi")
    session.deploy("declare Other x: int end")
    assert session.write("again") == []
    assert (session.left, session.timers) == ({}, {})


def test_a_rule_that_loses_its_timer_fires_what_waited(tmp_path: Path) -> None:
    session = Session(tmp_path, f"rule later timer(10s) when {message('hi')} then end")
    session.write("hi")
    session.deploy(f"rule later when {message('hi')} then end")
    assert session.write("other") == ["later"]
    assert session.timers == {}


def test_a_rule_that_fails_when_it_is_due_leaves_the_others_their_moments(tmp_path: Path) -> None:
    bad = f"rule bad timer(5s) when {ANY} then int x = 1 / ($m.getText().length() - 2); end"
    session = Session(tmp_path, f"{bad} rule good timer(9s) when {ANY} then end")
    session.write("hi")
    with pytest.raises(EvaluationError):
        session.pass_time(5)
    assert session.pass_time(9) == ["good"]


def test_a_trace_says_until_when_a_rule_waits(tmp_path: Path) -> None:
    session = Session(tmp_path, f'rule "Later" timer(10s) when {ANY} then end')
    for _ in range(2):
        session.write("hi")
        occasion = Occasion(signal=1, type="x", received_at=None, session=ANA, now=session.now)
        missed = find_missed(make_trace(occasion, session.trace, session.rulebook, channels=BUILT_IN), "Later")
        assert missed is not None
        assert (missed.kind, missed.why) == ("held back", "it waits until 2026-11-09T12:00:10+00:00")


EXPIRING = f"""
declare Offer @expires(1h) text: String end
rule make salience 10 when {message("make")} not Offer() then insert(new Offer("x")); end
rule over when not Offer() then end
"""


def test_a_fact_goes_when_its_time_is_over_and_rules_that_wait_for_that_fire(tmp_path: Path) -> None:
    session = Session(tmp_path, EXPIRING)
    assert session.write("make") == ["make"]
    assert session.pass_time(3599) == []
    assert session.pass_time(1) == ["over"]
    assert (session.left, session.timers) == ({}, {})


def test_the_time_of_a_fact_begins_at_the_moment_it_names(tmp_path: Path) -> None:
    text = EXPIRING.replace("@expires(1h) text: String", "@expires(1h) @timestamp(since) since: long").replace(
        '"x"', "1794225600000L - 1800000L"
    )
    session = Session(tmp_path, text)
    session.write("make")
    assert session.pass_time(1800) == ["over"]


def test_a_fact_that_was_deleted_sets_its_timer_free(tmp_path: Path) -> None:
    drop = f"rule drop when {message('drop')} $o: Offer() then delete($o); end"
    session = Session(tmp_path, EXPIRING + drop)
    session.write("make")
    assert session.write("drop") == ["drop", "over"]
    assert session.timers == {}


@pytest.mark.parametrize(
    ("timer", "said"),
    [
        ("timer(expr: $x)", "times that are computed are not supported"),
        ("timer(int: 5s 100ms)", "it repeats more often than each second"),
        ("timer(int: soon)", "it is not understood"),
        ("timer(cron: 0 0 12 * * *)", "one of day and weekday is to be ?"),
        ("timer(cron: 0 61 12 * * ?)", "61 is no minute"),
        ("timer(5s; until=1-JAN-2030)", "there is no 'until'"),
        ("timer(5s; start=soon)", "'soon' is no date"),
        ("timer(5s; repeat-limit=x)", "'x' is no number"),
    ],
)
def test_what_is_no_timer_is_refused_with_its_place(timer: str, said: str, tmp_path: Path) -> None:
    (only,) = refused(f"rule r {timer} when then end", tmp_path)
    assert said in only
    assert ":1:8: timer(" in only
