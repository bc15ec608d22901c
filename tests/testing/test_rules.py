"""Rules under test: what a test can make happen, what it can look at, and what it is told when it is wrong."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infobip_rules import ClientAgent, Fact
from infobip_rules.errors import EvaluationError, RuleFileError, TrialError
from infobip_rules.testing import PERSON, Rules

QUESTION = "What is 6 x 7?\nAnswer by SMS: https://example.com"
IVO = "385987654321"


class Prize(Fact):
    what: str


class Unheard(Fact):
    pass


@pytest.fixture
def rules(quiz: Path) -> Iterator[Rules]:
    under_test = Rules(quiz)
    yield under_test
    under_test.close()


def texts(rules: Rules) -> list[str]:
    return [message.text for message in rules.sent]


class TestWhatHappens:
    def test_a_message_is_answered(self, rules: Rules) -> None:
        (sent,) = rules.receive("go", keyword="QUIZ")
        assert (sent.to, sent.text, sent.shorten_url, sent.rule) == (PERSON, QUESTION, False, "quiz/ask")
        assert rules.sent == (sent,)

    def test_a_keyword_is_there_only_where_it_is_given(self, rules: Rules) -> None:
        assert rules.receive("QUIZ") == ()
        assert json.loads(rules.evaluated[0].signal.payload)["keyword"] == ""

    def test_without_a_keyword_the_clean_text_is_the_text(self, rules: Rules) -> None:
        rules.receive("a b")
        rules.receive("a b", keyword="A")
        rules.receive("a b", clean_text="c")
        clean = [json.loads(evaluated.signal.payload)["cleanText"] for evaluated in rules.evaluated]
        assert clean == ["a b", "b", "c"]

    def test_everybody_has_a_session_of_their_own(self, rules: Rules) -> None:
        rules.receive("go", keyword="QUIZ")
        assert rules.receive("42", from_=IVO) == ()
        assert [message.to for message in rules.receive("42", from_=f"+{PERSON}")] == [PERSON, PERSON]

    def test_who_writes_next_is_who_wrote_last(self, rules: Rules) -> None:
        rules.receive("go", keyword="QUIZ", from_=IVO)
        assert [message.to for message in rules.receive("42")] == [IVO, IVO]

    def test_the_same_message_twice_counts_once(self, rules: Rules) -> None:
        rules.receive("go", keyword="QUIZ", message_id="a")
        assert rules.receive("go", keyword="QUIZ", message_id="a") == ()
        assert [firing.rule for firing in rules.fired] == ["quiz/ask"]

    def test_a_timer_rings_at_its_own_moment(self, rules: Rules) -> None:
        rules.receive("go", keyword="QUIZ")
        assert rules.advance("23h 59m") == ()
        (late,) = rules.advance(timedelta(days=7))
        assert late.text == "Too late, it is 12:00."
        assert late.at == datetime(2026, 1, 2, 12, tzinfo=UTC)
        assert rules.now == datetime(2026, 1, 9, 11, 59, tzinfo=UTC)

    def test_a_cancelled_timer_does_not(self, rules: Rules) -> None:
        rules.receive("go", keyword="QUIZ")
        rules.receive("42")
        assert rules.advance("30d") == ()

    def test_the_clock_is_set_to_a_moment(self, rules: Rules) -> None:
        rules.at(datetime(2026, 11, 22, 10, tzinfo=UTC))
        rules.receive("go", keyword="QUIZ")
        rules.at(datetime(2026, 11, 23, 10, tzinfo=UTC))
        assert texts(rules)[1:] == ["Too late, it is 10:00."]

    def test_a_moment_without_time_zone_is_refused(self, rules: Rules) -> None:
        with pytest.raises(TrialError, match="has no time zone"):
            rules.at(datetime(2026, 11, 22))  # noqa: DTZ001 - that it has no zone is the point

    def test_a_report_is_on_a_message_or_its_id(self, rules: Rules) -> None:
        (question,) = rules.receive("go", keyword="QUIZ")
        (sorry,) = rules.deliver_report(question, "UNDELIVERABLE")
        assert sorry.text == "Sorry: EC_ABSENT_SUBSCRIBER False"
        assert rules.deliver_report(question.message_id, "DELIVERED") == ()

    def test_the_error_of_a_report_can_be_given(self, rules: Rules) -> None:
        (question,) = rules.receive("go", keyword="QUIZ")
        (named,) = rules.deliver_report(question, "UNDELIVERABLE", error="EC_UNKNOWN_SUBSCRIBER", permanent=True)
        rules.advance("1s")
        (whole,) = rules.deliver_report(question, "UNDELIVERABLE", error={"name": "EC_X", "permanent": None})
        assert named.text == "Sorry: EC_UNKNOWN_SUBSCRIBER True"
        assert whole.text == "Sorry: EC_X None"

    def test_a_fact_is_inserted_as_a_rule_would(self, rules: Rules) -> None:
        prize = rules.type_named("Prize")
        (sent,) = rules.insert(prize(what="a cup"), session=IVO)
        assert (sent.to, sent.text) == (IVO, "You get a cup.")
        assert rules.facts(prize) == [prize(what="a cup")]
        assert rules.receive("hello", from_=IVO) == ()

    def test_a_fact_goes_by_the_name_of_its_type(self, rules: Rules) -> None:
        rules.insert(Prize(what="a cup"))
        assert [message.text for message in rules.sent] == ["You get a cup."]

    def test_a_fact_that_no_rule_knows_is_refused(self, rules: Rules) -> None:
        with pytest.raises(TrialError, match=r"know no facts of type Unheard. There are: Asked, ClientAgent, Prize"):
            rules.insert(Unheard())

    def test_a_signal_of_ones_own_comes_at_once(self, rules: Rules) -> None:
        rules.receive("go", keyword="QUIZ")
        late = rules.type_named("TooLate")
        assert [message.text for message in rules.signal(late(phone=PERSON))] == ["Too late, it is 12:00."]

    def test_heartbeats_come_in_order_at_their_own_moments(self, tmp_path: Path) -> None:
        file = tmp_path / "beats.py"
        file.write_text(
            "from infobip_rules import Heartbeat, InfobipAdapterAPI\n"
            "from infobip_rules.lang import c, ruleset, signal, when_all\n\n"
            "with ruleset('beats'):\n\n"
            "    @when_all(c.beat << signal(Heartbeat))\n"
            "    def beat(c):\n"
            f"        InfobipAdapterAPI.send_sms_text_message('{PERSON}', f'{{c.now:%H:%M}} {{c.beat.timestamp:%H:%M}}')\n"
        )
        under_test = Rules().load(file, heartbeat_cycle=3600)
        under_test.receive("hello")
        assert [message.text for message in under_test.advance("3h")] == ["13:00 13:00", "14:00 14:00", "15:00 15:00"]

    def test_a_message_that_the_flood_guard_holds_goes_out_when_there_is_room(self, rules: Rules) -> None:
        prize = rules.type_named("Prize")
        for _ in range(7):
            rules.insert(prize(what="a pen"))
        assert len(rules.sent) == 6
        assert [message.at.hour for message in rules.advance("2h")] == [13]

    def test_settings_are_the_hosts_and_not_this_machines(self, quiz: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("INFOBIP_FLOOD_GUARD", "nonsense")
        under_test = Rules().load(quiz, flood_guard="off")
        for _ in range(7):
            under_test.insert(under_test.type_named("Prize")(what="a pen"))
        assert len(under_test.sent) == 7

    def test_a_rule_that_fails_fails_the_test(self, rules: Rules) -> None:
        with pytest.raises(EvaluationError, match=r"quiz/crash \(.*quiz.py:\d+\) failed: ValueError: no such thing"):
            rules.receive("crash")
        assert texts(rules) == []

    def test_rules_that_go_on_for_ever_are_stopped(self, tmp_path: Path) -> None:
        file = tmp_path / "endless.py"
        file.write_text(
            "from infobip_rules import InfobipSmsReceivedMessage, Signal\n"
            "from infobip_rules.lang import c, ruleset, signal, when_all\n\n"
            "class Again(Signal):\n    pass\n\n"
            "with ruleset('endless'):\n\n"
            "    @when_all(signal(Signal))\n"
            "    def again(c):\n"
            "        c.schedule(Again(), after=0)\n"
        )
        with pytest.raises(TrialError, match=r"After 1000 steps rules still go on .* last fired: endless/again"):
            Rules(file).receive("hello")

    async def test_it_works_inside_an_event_loop(self, rules: Rules) -> None:
        assert asyncio.get_running_loop().is_running()
        assert len(rules.receive("go", keyword="QUIZ")) == 1


def test_a_test_takes_milliseconds(quiz: Path) -> None:
    def seconds() -> float:
        begun = time.process_time()
        under_test = Rules(quiz)
        under_test.receive("go", keyword="QUIZ")
        under_test.close()
        return time.process_time() - begun

    # It is 3 to 5 on a machine with nothing else to do.
    assert min(seconds() for _ in range(50)) < 0.02


class TestWhatIsLoaded:
    def test_a_file_that_changed_is_loaded_anew(self, quiz: Path) -> None:
        assert Rules(quiz).receive("go", keyword="QUIZ")[0].text == QUESTION
        quiz.write_text(quiz.read_text().replace("6 x 7", "2 x 21"))
        assert "2 x 21" in Rules(quiz).receive("go", keyword="QUIZ")[0].text

    def test_loading_begins_anew(self, rules: Rules, quiz: Path) -> None:
        rules.receive("go", keyword="QUIZ")
        rules.load(quiz)
        assert rules.sent == ()
        assert rules.facts("Asked") == []

    def test_what_is_wrong_with_rules_is_said(self, tmp_path: Path) -> None:
        with pytest.raises(RuleFileError, match=r"nowhere.py does not exist"):
            Rules(root=tmp_path).load("nowhere.py")

    def test_without_a_path_it_is_said_how_to_name_one(self) -> None:
        with pytest.raises(TrialError, match=r"Call rules.load\(\"rules/quiz.py\"\)"):
            Rules().receive("hello")


class TestWhatIsLookedAt:
    def test_firings_are_in_order_with_what_caused_them(self, rules: Rules) -> None:
        rules.receive("go", keyword="QUIZ")
        rules.receive("42")
        assert [(firing.rule, firing.signal) for firing in rules.fired] == [
            ("quiz/ask", "InfobipSmsReceivedMessage"),
            ("quiz/right", "InfobipSmsReceivedMessage"),
            ("quiz/hand_over", "InfobipSmsReceivedMessage"),
        ]

    def test_the_insertion_by_a_test_is_no_rule_that_fired(self, rules: Rules) -> None:
        rules.insert(rules.type_named("Prize")(what="a cup"))
        assert [firing.rule for firing in rules.fired] == ["quiz/hand_over"]

    def test_facts_are_of_one_session_or_of_all(self, rules: Rules) -> None:
        rules.receive("a")
        rules.receive("a", from_=IVO)
        assert len(rules.facts(ClientAgent)) == 2
        assert [agent.get_connection("phone") for agent in rules.facts(ClientAgent, session=IVO)] == [IVO]
        assert rules.facts("Asked", session="385911111111") == []

    def test_facts_of_a_type_that_is_not_there_are_told_from_none(self, rules: Rules) -> None:
        with pytest.raises(TrialError, match=r"no type Aksed. Did you mean 'Asked'?"):
            rules.facts("Aksed")

    def test_what_is_forgotten_no_longer_counts(self, rules: Rules) -> None:
        rules.receive("go", keyword="QUIZ")
        rules.forget()
        rules.assert_nothing_sent()
        rules.assert_not_fired("ask")
        assert rules.facts("Asked") != []


class TestExpectations:
    @pytest.mark.parametrize("name", ["quiz/ask", "ask", "Asks the question.", "Asks the question"])
    def test_a_rule_goes_by_id_name_or_title(self, rules: Rules, name: str) -> None:
        rules.assert_not_fired(name)
        rules.receive("go", keyword="QUIZ")
        rules.assert_fired(name)

    def test_a_rule_that_is_not_there_is_told_from_one_that_did_not_fire(self, rules: Rules) -> None:
        for expect in (rules.assert_fired, rules.assert_not_fired):
            with pytest.raises(TrialError, match=r"No rule is called 'rigth'. Did you mean 'right' \(quiz/right\)?"):
                expect("rigth")

    def test_a_rule_that_did_not_fire_fails(self, rules: Rules) -> None:
        rules.receive("go", keyword="QUIZ")
        rules.receive("41")
        with pytest.raises(AssertionError) as failed:
            rules.assert_fired("right")
        assert str(failed.value).startswith("quiz/right did not fire.\n")
        assert "  InfobipSmsReceivedMessage of 385981234567: text was 41\n" in str(failed.value)
        assert re.search(r"came nearest \(.*quiz.py:\d+\):\n  holds +signal: Infobip", str(failed.value))
        assert re.search(r"\n  fails +m.text == .42.   \(text was 41\)\n", str(failed.value))

    def test_before_any_signal_no_rule_has_fired(self, rules: Rules) -> None:
        with pytest.raises(AssertionError, match="quiz/right did not fire: no signal was evaluated"):
            rules.assert_fired("right")

    def test_a_missing_message_tells_the_story_of_the_signals(self, rules: Rules) -> None:
        rules.receive("41")
        with pytest.raises(AssertionError, match=r"None of 6 rules matched InfobipSmsReceivedMessage; nearest: \*"):
            rules.assert_sent()

    def test_the_tests_own_insertion_is_no_part_of_the_story(self, rules: Rules) -> None:
        rules.insert(rules.type_named("Asked")())
        with pytest.raises(AssertionError) as failed:
            rules.assert_sent()
        assert "@test" not in str(failed.value)

    def test_of_a_signal_that_failed_the_reason_is_told(self, rules: Rules) -> None:
        with pytest.raises(EvaluationError):
            rules.receive("crash")
        with pytest.raises(AssertionError, match=r"the evaluation failed: The rule quiz/crash"):
            rules.assert_fired("right")

    def test_a_rule_that_fired_fails_where_it_was_not_to(self, rules: Rules) -> None:
        rules.receive("go", keyword="QUIZ")
        with pytest.raises(AssertionError, match=r"quiz/ask fired"):
            rules.assert_not_fired("ask")

    def test_firings_are_counted(self, rules: Rules) -> None:
        rules.receive("go", keyword="QUIZ")
        rules.assert_fired("ask", times=1)
        rules.assert_fired("right", times=0)
        with pytest.raises(AssertionError, match=r"quiz/ask fired 1 times, not 2"):
            rules.assert_fired("ask", times=2)

    @pytest.mark.parametrize("text", [QUESTION, re.compile("6 x 7"), lambda text: len(text) > 9, None])
    def test_a_text_is_exact_a_pattern_or_a_function(
        self, rules: Rules, text: str | re.Pattern[str] | Callable[[str], object] | None
    ) -> None:
        rules.receive("go", keyword="QUIZ")
        assert rules.assert_sent(text=text).rule == "quiz/ask"

    @pytest.mark.parametrize(
        "wanted",
        [
            {"text": "What is 6 x 7?"},
            {"text": re.compile("6 x 8")},
            {"text": str.isdigit},
            {"to": IVO},
            {"shorten_url": True},
        ],
    )
    def test_a_message_that_did_not_go_out_fails(self, rules: Rules, wanted: dict[str, object]) -> None:
        rules.receive("go", keyword="QUIZ")
        with pytest.raises(AssertionError, match=r"No message went out[\s\S]*Sent:\n  385981234567 < 'What is 6"):
            rules.assert_sent(**wanted)  # type: ignore[arg-type]  # each is of the type it is to have

    def test_shortening_is_looked_at(self, rules: Rules) -> None:
        rules.receive("go", keyword="QUIZ")
        rules.receive("42")
        assert rules.assert_sent(shorten_url=True).text == "Right!"
        assert rules.assert_sent(to=f"+{PERSON}", shorten_url=False).text == QUESTION

    def test_silence_fails_where_something_went_out(self, rules: Rules) -> None:
        rules.assert_nothing_sent()
        rules.receive("go", keyword="QUIZ")
        with pytest.raises(AssertionError, match=r"385981234567 < 'What is 6 x 7"):
            rules.assert_nothing_sent()
