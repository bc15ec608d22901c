"""One evaluation: a state and a signal go in, effects come out, or an error that says whose fault it was."""

from __future__ import annotations

import gc
import tracemalloc
from datetime import timedelta
from pathlib import Path

import orjson
import pytest

from infobip_rules.channels.adapter_api import InfobipAdapterAPI
from infobip_rules.engine.session.evaluation import MOST_FRAMES, MOST_MESSAGES, evaluate
from infobip_rules.errors import EvaluationError, OutsideRuleError, PhoneNumberError
from infobip_rules.facts import ClientAgent
from infobip_rules.infobip.phone import to_e164
from infobip_rules.rulefiles.loader import load_rules
from tests.channels.composing import Numbered, sms_of
from tests.engine.sessions import (
    AGENT,
    ANA,
    FIRST_LINE,
    NOON,
    Session,
    acting,
    failure,
    fired,
    load,
    received,
    texts,
)

RULES = Path(__file__).parents[3] / "rules"


class TestTheDocumentedRule:
    def test_it_answers_a_message_once_and_deletes_the_signal(self) -> None:
        rulebook = load_rules([RULES / "reply_to_sms.py"])
        effects = evaluate(rulebook, None, [received()], now=NOON, compose=Numbered().compose, opening=[AGENT])
        ((message, rule),) = effects.messages
        assert (message.to, sms_of(message).shorten_url, rule) == (ANA, False, "client/reply_to_received_sms")
        assert sms_of(message).text.startswith("This is a text message with a test link!! https://")
        assert effects.fired[0].rule == "client/reply_to_received_sms"
        assert effects.fired[0].elements == ("InfobipSmsReceivedMessage", "ClientAgent#1")

    def test_it_answers_every_message_of_a_session(self) -> None:
        rulebook = load_rules([RULES])
        state = None
        for _ in range(3):
            effects = evaluate(rulebook, state, [received()], now=NOON, compose=Numbered().compose, opening=[AGENT])
            state = effects.state
            assert len(effects.messages) == 1
        assert [fact[1] for fact in orjson.loads(state or b"")["facts"]] == ["ClientAgent"]

    def test_it_stays_silent_for_a_session_without_agent(self) -> None:
        effects = evaluate(load_rules([RULES]), None, [received()], now=NOON, compose=Numbered().compose)
        assert effects.messages == ()


class TestEffects:
    def test_messages_are_told_in_order_with_the_rule_that_wanted_them(self, tmp_path: Path) -> None:
        rules = """
            with ruleset("t"):
                @when_all(signal(Tick))
                def twice(c):
                    c_id = InfobipAdapterAPI.send_sms_text_message("1", "one")
                    InfobipAdapterAPI.sendSmsTextMessage("2", c_id, True)
            """
        session = Session(tmp_path, rules)
        effects = session.tell(session.make("Tick"))
        assert [(one.to, *sms_of(one), rule) for one, rule in effects.messages] == [
            ("1", "one", False, "t/twice"),
            ("2", "m1", True, "t/twice"),
        ]

    def test_the_state_of_two_equal_evaluations_is_equal(self, tmp_path: Path) -> None:
        session = acting(tmp_path, "c.insert(Note(n=1))")
        one = session.make("Tick")
        first = evaluate(session.rulebook, session.state, [one], now=NOON, compose=Numbered().compose)
        second = evaluate(session.rulebook, session.state, [one], now=NOON, compose=Numbered().compose)
        assert first == second

    def test_now_is_the_moment_that_was_passed_in(self, tmp_path: Path) -> None:
        session = acting(tmp_path, "c.insert(Order(placed=c.now))")
        later = NOON + timedelta(days=1)
        session.tell(session.make("Tick"), now=later)
        assert session.facts[-1] == ("Order", {"placed": later})

    def test_an_action_outside_a_rule_says_so(self, tmp_path: Path) -> None:
        session = Session(tmp_path, "def send():\n    InfobipAdapterAPI.send_sms_text_message('1', 'x')\n")
        assert session.tell().messages == ()
        with pytest.raises(OutsideRuleError, match="outside a rule"):
            InfobipAdapterAPI.send_sms_text_message("1", "x")

    def test_two_rules_that_answer_one_signal_are_warned_of(self, tmp_path: Path) -> None:
        rules = """
            with ruleset("t"):
                @when_all(signal(InfobipSmsReceivedMessage))
                def first(c): InfobipAdapterAPI.send_sms_text_message("1", "a")

                @when_all(signal(InfobipSmsReceivedMessage))
                def second(c): InfobipAdapterAPI.send_sms_text_message("1", "b")
            """
        (warning,) = Session(tmp_path, rules).tell(received()).warnings
        assert warning.startswith("2 rules answered one signal: t/first, t/second.")
        assert "Set a salience and delete the signal in the first" in warning

    def test_one_rule_that_answers_twice_is_not_warned_of(self, tmp_path: Path) -> None:
        session = acting(tmp_path, 'for n in "ab": InfobipAdapterAPI.send_sms_text_message("1", n)')
        effects = session.tell(session.make("Tick"))
        assert (texts(effects), effects.warnings) == (["a", "b"], ())


class TestFailures:
    def test_a_body_that_raises_drops_every_effect(self, tmp_path: Path) -> None:
        rules = """
            with ruleset("t"):
                @when_all(signal(Tick), salience(1))
                def first(c):
                    c.insert(Note(n=1))
                    InfobipAdapterAPI.send_sms_text_message("1", "a")

                @when_all(signal(Tick))
                def second(c): 1 / 0
            """
        session = Session(tmp_path, rules)
        session.tell()
        before = session.state
        error = failure(session, session.make("Tick"))
        assert error.rule == "t/second"
        assert session.state == before
        assert "ZeroDivisionError: division by zero" in str(error)
        assert (
            "Nothing of this evaluation was kept. Mend the rule, restart the host, then run `infobip-rules replay ID`."
            in str(error)
        )

    def test_the_error_names_the_rules_line_and_shows_the_users_frames_only(self, tmp_path: Path) -> None:
        session = acting(tmp_path, "InfobipAdapterAPI.send_sms_text_message(boom(c), 'x')")
        file = tmp_path / "rules_under_test.py"
        source = file.read_text(encoding="utf-8").replace(
            "with ruleset", "def boom(c):\n    return c.modify(c.it, m=5)\n\n\nwith ruleset", 1
        )
        file.write_text(source, encoding="utf-8")
        session.rulebook = load_rules([file])
        error = failure(session, session.make("Tick"))
        assert f"({file}:{FIRST_LINE + 5})" in str(error)
        assert "in act" in error.traceback
        assert "in boom" in error.traceback
        assert error.traceback.count('File "') == 2
        assert error.traceback.endswith("RuleError: Tick has no field 'm'. There are: n. [RULE001]")

    @pytest.mark.parametrize(
        "problem",
        [
            *("SystemExit(3)", "RecursionError()", "MemoryError()", "Exception()", "KeyboardInterrupt()"),
            *("GeneratorExit()", "BaseException('own')"),
        ],
    )
    def test_no_way_of_giving_up_ends_the_program(self, tmp_path: Path, problem: str) -> None:
        session = acting(tmp_path, f"raise {problem}")
        assert problem.split("(", 1)[0] in str(failure(session, session.make("Tick")))

    def test_an_exception_that_can_not_be_put_into_words_is_told_by_its_type(self, tmp_path: Path) -> None:
        session = acting(tmp_path, "raise type('Mute', (Exception,), {'__str__': lambda self: 1 / 0})()")
        assert "failed: Mute: (its own words can't be had: ZeroDivisionError)." in str(
            failure(session, session.make("Tick"))
        )

    def test_what_it_says_at_length_is_cut_short(self, tmp_path: Path) -> None:
        error = failure(session := acting(tmp_path, "raise ValueError('x' * 100_000)"), session.make("Tick"))
        assert len(str(error)) < 2_000

    def test_of_a_recursion_the_innermost_frames_are_shown(self, tmp_path: Path) -> None:
        session = acting(tmp_path, "(ping := lambda: pong(), pong := lambda: ping())[0]()")
        assert 0 < failure(session, session.make("Tick")).traceback.count('File "') <= MOST_FRAMES

    def test_a_message_that_can_not_be_sent_fails_the_rule(self, tmp_path: Path) -> None:
        session = acting(tmp_path, 'InfobipAdapterAPI.send_sms_text_message("098", "x")')
        sms = Numbered()
        with pytest.raises(EvaluationError, match="The rule t/act") as failed:
            evaluate(
                session.rulebook,
                session.state,
                [session.make("Tick")],
                now=NOON,
                compose=lambda command: sms.compose(command._replace(phone=to_e164(command.phone))),
            )
        assert isinstance(failed.value.__cause__, PhoneNumberError)

    def test_rules_that_run_in_circles_are_stopped_and_named(self, tmp_path: Path) -> None:
        rules = """
            with ruleset("t"):
                @when_all(c.note << fact(Note, m.n == 0))
                def A(c): c.modify(c.note, n=1)

                @when_all(c.note << fact(Note, m.n == 1))
                def B(c): c.modify(c.note, n=0)
            """
        session = Session(tmp_path, rules)
        error = failure(session, opening=(session.make("Note"),))
        assert "Stopped after 100 firings: t/B > t/A > t/B; what changed last: Note#1." in str(error)
        assert "no_loop()" in str(error)

    def test_a_firing_that_sends_without_end_is_given_up(self, tmp_path: Path) -> None:
        body = f'while True:\n    InfobipAdapterAPI.send_sms_text_message("{ANA}", "again")'
        session = acting(tmp_path, body)
        error = failure(session, session.make("Tick"))
        assert f"at most {MOST_MESSAGES} messages at once" in str(error)

    def test_a_hundred_firings_are_not_too_many(self, tmp_path: Path) -> None:
        rules = """
            with ruleset("t"):
                @when_all(c.note << fact(Note, m.n < 100))
                def count(c): c.modify(c.note, n=c.note.n + 1)
            """
        session = Session(tmp_path, rules)
        assert len(session.tell(opening=(session.make("Note"),)).fired) == 100

    def test_rules_that_insert_signals_for_ever_are_stopped(self, tmp_path: Path) -> None:
        rules = """
            with ruleset("t"):
                @when_all(none(signal(Tick)))
                def again(c): c.insert(Tick())
            """
        assert "again > t/again" in str(failure(Session(tmp_path, rules)))


class TestSignals:
    def test_a_signal_ends_with_the_evaluation(self, tmp_path: Path) -> None:
        rules = """
            with ruleset("t"):
                @when_all(signal(Tick), fact(Note))
                def both(c): pass

                @when_all(signal(InfobipSmsReceivedMessage))
                def note(c): c.insert(Note())
            """
        session = Session(tmp_path, rules)
        assert fired(session.tell(session.make("Tick"))) == []
        assert fired(session.tell(received())) == ["note(InfobipSmsReceivedMessage)"]
        assert session.facts == [("Note", {})]

    def test_what_waits_for_the_end_of_a_signal_fires_when_it_ends(self, tmp_path: Path) -> None:
        rules = """
            with ruleset("t"):
                @when_all(c.note << fact(Note), none(signal(Tick)))
                def quiet(c): pass

                @when_all(signal(Tick))
                def note(c): c.insert(Note())
            """
        session = Session(tmp_path, rules)
        assert fired(session.tell(session.make("Tick"))) == ["note(Tick)", "quiet(Note#1)"]

    def test_a_signal_inserted_when_another_has_ended_ends_too(self, tmp_path: Path) -> None:
        rules = """
            with ruleset("t"):
                @when_all(fact(Note), none(signal(Tick)))
                def quiet(c): c.insert(received("late"))

                @when_all(signal(InfobipSmsReceivedMessage), salience(1))
                def hear(c): pass

                @when_all(fact(Note), none(signal(InfobipSmsReceivedMessage)))
                def silent(c): pass

            def received(text):
                return InfobipSmsReceivedMessage(**{"from": "1", "text": text, "receivedAt": datetime.now(UTC)})
            """
        session = Session(tmp_path, rules)
        session.tell(opening=(session.make("Note"),))
        effects = session.tell(session.make("Tick"))
        assert [one.split("(")[0] for one in fired(effects)] == ["quiet", "hear", "silent"]
        assert fired(session.tell()) == []

    def test_several_signals_are_taken_in_one_evaluation(self, tmp_path: Path) -> None:
        rules = """
            with ruleset("t"):
                @when_all(c.a << signal(Tick), c.b << signal(InfobipSmsReceivedMessage))
                def both(c): pass
            """
        session = Session(tmp_path, rules)
        assert fired(session.tell(session.make("Tick"), received())) == ["both(Tick, InfobipSmsReceivedMessage)"]

    def test_a_signal_type_of_ones_own_is_matched_by_its_fields(self, tmp_path: Path) -> None:
        session = acting(tmp_path, "c.insert(Note(n=c.it.n))", pattern="signal(Tick, m.n > 3)")
        session.tell(session.make("Tick", n=3))
        session.tell(session.make("Tick", n=4))
        assert session.facts[1:] == [("Note", {"n": 4})]


def test_twenty_thousand_evaluations_leave_memory_as_it_was(tmp_path: Path) -> None:
    rules = """
        with ruleset("t"):
            @when_all(c.signal << signal(InfobipSmsReceivedMessage), c.client << fact(ClientAgent))
            def answer(c):
                InfobipAdapterAPI.send_sms_text_message(c.client.get_connection("phone"), c.signal.text)
                c.insert(Note(n=1))

            @when_all(c.signal << signal(InfobipSmsReceivedMessage), c.note << fact(Note))
            def forget(c): c.delete(c.note)
        """
    rulebook = load(tmp_path, rules)
    sms = Numbered()
    state = evaluate(
        rulebook, None, [], now=NOON, compose=sms.compose, opening=[ClientAgent(connections={"phone": ANA})]
    ).state

    def talk(times: int) -> None:
        for n in range(times):
            effects = evaluate(rulebook, state, [received(f"text {n}")], now=NOON, compose=sms.compose)
            assert len(effects.fired) == 2

    talk(15_000)
    tracemalloc.start()
    try:
        talk(100)
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        talk(4_900)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 50_000
