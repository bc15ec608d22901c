"""One evaluation: a state and a signal go in, effects come out, or an error that says whose fault it was."""

from __future__ import annotations

import gc
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from infobip_rules.engine.evaluation import evaluate
from infobip_rules.engine.loader import load_rules
from infobip_rules.errors import EvaluationError, OutsideRuleError, PhoneNumberError
from infobip_rules.facts import ClientAgent
from infobip_rules.infobip.phone import to_e164
from tests.engine.sessions import (
    AGENT,
    ANA,
    FIRST_LINE,
    NOON,
    Session,
    fired,
    load,
    numbered_sms,
    received,
    texts,
)

RULES = Path(__file__).parents[2] / "rules"


def failure(session: Session, *signals: object, **opening: object) -> EvaluationError:
    with pytest.raises(EvaluationError) as failed:
        session.tell(*signals, **opening)  # type: ignore[arg-type]  # handed on
    return failed.value


def acting(folder: Path, body: str, *, pattern: str = "signal(Tick)") -> Session:
    """A session with one rule, `act`, whose body this is, and one order in it."""
    lines = "\n        ".join(body.splitlines())
    session = Session(
        folder, f'with ruleset("t"):\n    @when_all(c.it << {pattern})\n    def act(c):\n        {lines}\n'
    )
    session.tell(opening=(session.make("Order", number="7"),))
    return session


class TestTheDocumentedRule:
    def test_it_answers_a_message_once_and_deletes_the_signal(self) -> None:
        rulebook = load_rules([RULES / "reply_to_sms.py"])
        effects = evaluate(rulebook, None, [received()], now=NOON, make_sms=numbered_sms(), opening=[AGENT])
        ((message, rule),) = effects.messages
        assert (message.to, message.shorten_url, rule) == (ANA, False, "client/reply_to_received_sms")
        assert message.text.startswith("This is a text message with a test link!! https://")
        assert effects.fired[0].rule == "client/reply_to_received_sms"
        assert effects.fired[0].elements == ("InfobipSmsReceivedMessage", "ClientAgent#1")

    def test_it_answers_every_message_of_a_session(self) -> None:
        rulebook = load_rules([RULES])
        state = None
        for _ in range(3):
            effects = evaluate(rulebook, state, [received()], now=NOON, make_sms=numbered_sms(), opening=[AGENT])
            state = effects.state
            assert len(effects.messages) == 1
        assert [fact[1] for fact in orjson.loads(state or b"")["facts"]] == ["ClientAgent"]

    def test_it_stays_silent_for_a_session_without_agent(self) -> None:
        effects = evaluate(load_rules([RULES]), None, [received()], now=NOON, make_sms=numbered_sms())
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
        assert [(one.to, one.text, one.shorten_url, rule) for one, rule in effects.messages] == [
            ("1", "one", False, "t/twice"),
            ("2", "m1", True, "t/twice"),
        ]

    def test_the_state_of_two_equal_evaluations_is_equal(self, tmp_path: Path) -> None:
        session = acting(tmp_path, "c.insert(Note(n=1))")
        one = session.make("Tick")
        first = evaluate(session.rulebook, session.state, [one], now=NOON, make_sms=numbered_sms())
        second = evaluate(session.rulebook, session.state, [one], now=NOON, make_sms=numbered_sms())
        assert first == second

    def test_now_is_the_moment_that_was_passed_in(self, tmp_path: Path) -> None:
        session = acting(tmp_path, "c.insert(Order(placed=c.now))")
        later = NOON + timedelta(days=1)
        session.tell(session.make("Tick"), now=later)
        assert session.facts[-1] == ("Order", {"placed": later})

    def test_an_action_outside_a_rule_says_so(self, tmp_path: Path) -> None:
        session = Session(tmp_path, "def send():\n    InfobipAdapterAPI.send_sms_text_message('1', 'x')\n")
        assert session.tell().messages == ()
        from infobip_rules import InfobipAdapterAPI

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
        assert "Nothing of this evaluation was kept. Mend the rule and replay the signal." in str(error)

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
        assert error.traceback.endswith("RuleError: Tick has no field 'm'. There are: n. [IR200]")

    @pytest.mark.parametrize("problem", ["SystemExit(3)", "RecursionError()", "MemoryError()", "Exception()"])
    def test_no_way_of_giving_up_ends_the_program(self, tmp_path: Path, problem: str) -> None:
        session = acting(tmp_path, f"raise {problem}")
        assert problem.split("(", 1)[0] in str(failure(session, session.make("Tick")))

    def test_an_interrupt_by_the_user_is_not_held_up(self, tmp_path: Path) -> None:
        session = acting(tmp_path, "raise KeyboardInterrupt")
        with pytest.raises(KeyboardInterrupt):
            session.tell(session.make("Tick"))

    def test_a_message_that_can_not_be_sent_fails_the_rule(self, tmp_path: Path) -> None:
        session = acting(tmp_path, 'InfobipAdapterAPI.send_sms_text_message("098", "x")')
        sms = numbered_sms()
        with pytest.raises(EvaluationError, match="The rule t/act") as failed:
            evaluate(
                session.rulebook,
                session.state,
                [session.make("Tick")],
                now=NOON,
                make_sms=lambda phone, text, shorten: sms(to_e164(phone), text, shorten),
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


class TestChanges:
    @pytest.mark.parametrize(
        ("body", "facts"),
        [
            ("c.insert(Note(n=1))", [("Order", {"number": "7"}), ("Note", {"n": 1})]),
            ("note = Note(n=1); c.insert(note); c.insert(note)", [("Order", {"number": "7"}), ("Note", {"n": 1})]),
            ("c.insert(c.insert(Note(n=1)))", [("Order", {"number": "7"}), ("Note", {"n": 1})]),
            ("c.insert(Note()); c.insert(Note())", [("Order", {"number": "7"}), ("Note", {}), ("Note", {})]),
            ('c.assert_fact(Note(n=1))', [("Order", {"number": "7"}), ("Note", {"n": 1})]),
            ('c.assert_fact({"type": "Note", "n": 1})', [("Order", {"number": "7"}), ("Note", {"n": 1})]),
            ("c.modify(c.order, total=5)", [("Order", {"number": "7", "total": 5})]),
            ("c.modify(c.order, total=5, paid=True)", [("Order", {"number": "7", "total": 5, "paid": True})]),
            ("c.modify(c.modify(c.order, total=5), paid=True)", [("Order", {"number": "7", "total": 5, "paid": True})]),
            ("old = c.order; c.modify(old, total=5); c.modify(old, paid=True)",
             [("Order", {"number": "7", "total": 5, "paid": True})]),
            ("c.modify(c.order)", [("Order", {"number": "7"})]),
            ("c.modify(c.insert(Note()), n=2)", [("Order", {"number": "7"}), ("Note", {"n": 2})]),
            ("c.delete(c.order)", []),
            ("c.delete(c.order); c.delete(c.order)", []),
            ("c.retract_fact(c.order)", []),
            ("c.modify(c.order, total=5); c.delete(c.order)", []),
            ("note = c.insert(Note()); c.delete(note)", [("Order", {"number": "7"})]),
            ("c.insert(Tick(n=5))", [("Order", {"number": "7"})]),
        ],
    )  # fmt: skip
    def test_what_a_body_does_is_what_is_kept(self, tmp_path: Path, body: str, facts: list[tuple[str, object]]) -> None:
        session = acting(tmp_path, body, pattern="signal(Tick, m.n == 0), c.order << fact(Order)")
        session.tell(session.make("Tick"))
        assert session.facts == facts

    def test_the_element_is_seen_as_it_has_become(self, tmp_path: Path) -> None:
        body = "c.modify(c.order, total=5)\nassert c.order.total == 5"
        session = acting(tmp_path, body, pattern="signal(Tick), c.order << fact(Order)")
        assert len(session.tell(session.make("Tick")).fired) == 1

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            ("c.ordr", "The rule has no element c.ordr. Did you mean 'order'?"),
            ('c.insert("x")', "str is neither a fact nor a signal. Make it a subclass of Fact."),
            ("class Odd(Fact): pass\nc.insert(Odd())", "The type Odd is not known to the rules"),
            ("c.modify(c.order, totl=5)", "Order has no field 'totl'. Did you mean 'total'?"),
            ('c.modify(c.order, total="x")', "Order.total: Input should be a valid integer"),
            ("c.modify(Order(), total=1)", "This Order is not in working memory (it was deleted, or never inserted)."),
            ("c.delete(Order())", "This Order is not in working memory"),
            ("c.delete(c.order); c.modify(c.order, total=1)", "This Order is not in working memory"),
            ('c.assert_fact({"type": "Ordr"})', "'Ordr' is no fact type. Did you mean 'Order'? Give it under 'type'."),
            ('c.assert_fact({"total": 1})', "'' is no fact type."),
            ('c.assert_fact({"type": "Order", "total": "x"})', "Order.total: Input should be a valid integer"),
            ('c.assert_fact({"type": "Order", "totl": 1})', "Order.totl: Extra inputs are not permitted"),
            ("c.order.total = 5", "Instance is frozen"),
            ("c.total = 5", "AttributeError"),
        ],
    )
    def test_what_can_not_be_done_is_refused(self, tmp_path: Path, body: str, said: str) -> None:
        session = acting(tmp_path, body, pattern="signal(Tick), c.order << fact(Order)")
        assert said in str(failure(session, session.make("Tick")))

    def test_a_signal_can_be_changed_and_the_sender_kept(self, tmp_path: Path) -> None:
        rules = """
            with ruleset("t"):
                @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.keyword == ""))
                def find_keyword(c): c.modify(c.signal, keyword=c.signal.text.upper())

                @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.keyword == "JOIN"))
                def join(c): c.insert(Note(text=c.signal.from_))
            """
        session = Session(tmp_path, rules)
        session.tell(received("join"))
        assert session.facts == [("Note", {"text": ANA})]

    def test_a_fact_with_an_alias_is_changed_and_read_back(self, tmp_path: Path) -> None:
        rules = """
            from pydantic import Field

            class Letter(Fact):
                from_: str = Field(alias="from")
                n: int = 0

            with ruleset("t"):
                @when_all(signal(Tick), c.letter << fact(Letter, m["from"] == "Ana"))
                def read(c): c.modify(c.letter, n=c.letter.n + 1)
            """
        session = Session(tmp_path, rules)
        session.tell(opening=(session.make("Letter", **{"from": "Ana"}),))
        for _ in range(2):
            session.tell(session.make("Tick"))
        assert session.facts == [("Letter", {"from_": "Ana", "n": 2})]

    @pytest.mark.parametrize(
        "value", ["2**70", 'float("nan")', 'float("inf")', '"\\ud800"', "{1, 2}", "datetime(2026, 1, 1)", "object()"]
    )
    def test_a_fact_that_would_not_be_read_back_as_it_is_is_refused(self, tmp_path: Path, value: str) -> None:
        session = acting(tmp_path, f"c.insert(Order(anything={value}))")
        before = session.state
        assert "A fact of type Order can't be kept" in str(failure(session, session.make("Tick")))
        assert session.state == before

    @pytest.mark.parametrize(
        "value", ["1e22", "1e-7", "2**63 - 1", "-2**63", '"č😀\\x00\\n"', "None", '[1, {"a": "b"}]']
    )
    def test_unusual_values_are_read_back_as_they_are(self, tmp_path: Path, value: str) -> None:
        rules = f"""
            with ruleset("t"):
                @when_all(signal(Tick, m.n == 1))
                def keep(c): c.insert(Order(anything={value}))

                @when_all(signal(Tick, m.n == 2), c.order << fact(Order))
                def look(c): c.modify(c.order, number=str(c.order.anything == {value}))
            """
        session = Session(tmp_path, rules)
        session.tell(session.make("Tick", n=1))
        session.tell(session.make("Tick", n=2))
        assert session.facts[0][1]["number"] == "True"


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


class TestState:
    ANY_NOTE = 'with ruleset("t"):\n    @when_all(fact(Note))\n    def noted(c): pass\n'

    def test_facts_of_a_type_that_is_gone_are_kept_and_warned_of(self, tmp_path: Path) -> None:
        session = Session(tmp_path, 'class Old(Fact):\n    n: int\n\nwith ruleset("t"):\n    pass\n')
        session.tell(opening=(session.make("Old", n=5), AGENT))
        session.deploy(self.ANY_NOTE)
        effects = session.tell(session.make("Tick"))
        assert effects.warnings == ("A stored fact of type Old is kept aside: no rule file knows that type.",)
        assert [name for name, _ in session.facts] == ["Old", "ClientAgent"]

    def test_facts_that_no_longer_fit_their_type_are_kept_and_come_back(self, tmp_path: Path) -> None:
        old = 'class Mark(Fact):\n    n: str = ""\n\nwith ruleset("t"):\n    pass\n'
        session = Session(tmp_path, old)
        session.tell(opening=(session.make("Mark", n="five"),))
        session.deploy(old.replace('str = ""', "int = 0"))
        effects = session.tell()
        assert effects.warnings == ("A stored Mark is kept aside: its field 'n' no longer fits the type.",)
        session.deploy(old)
        assert session.tell().warnings == ()
        assert session.facts == [("Mark", {"n": "five"})]

    def test_a_new_field_with_a_default_is_filled_in(self, tmp_path: Path) -> None:
        old = 'class Mark(Fact):\n    n: int = 0\n\nwith ruleset("t"):\n    pass\n'
        session = Session(tmp_path, old)
        session.tell(opening=(session.make("Mark", n=1),))
        session.deploy(
            "class Mark(Fact):\n    n: int = 0\n    p: int = 7\n\n"
            'with ruleset("t"):\n    @when_all(signal(Tick), fact(Mark, m.p == 7))\n    def seen(c): pass\n'
        )
        assert fired(session.tell(session.make("Tick"))) == ["seen(Tick, Mark#1)"]

    def test_facts_keep_their_numbers_and_their_order(self, tmp_path: Path) -> None:
        session = acting(
            tmp_path,
            "if c.order.number == '7': c.delete(c.order)\nelse: c.modify(c.order, total=1)\nc.insert(Note())",
            pattern="signal(Tick), c.order << fact(Order)",
        )
        session.tell(session.make("Tick"))
        assert orjson.loads(session.state or b"")["facts"][0][:2] == [2, "Note"]
        assert orjson.loads(session.state or b"")["next"] == 3

    def test_a_rule_added_by_a_deploy_fires_once_for_stored_facts(self, tmp_path: Path) -> None:
        session = Session(tmp_path, self.ANY_NOTE)
        session.tell(opening=(session.make("Note", n=1), session.make("Note", n=2)))
        session.deploy(self.ANY_NOTE + "\n    @when_all(fact(Note))\n    def added(c): pass\n")
        assert fired(session.tell(received())) == ["added(Note#1)", "added(Note#2)"]
        assert fired(session.tell(received())) == []

    def test_a_rule_that_needs_a_signal_does_not_fire_for_a_deploy(self, tmp_path: Path) -> None:
        session = Session(tmp_path, self.ANY_NOTE)
        session.tell(opening=(session.make("Note"),))
        session.deploy(self.ANY_NOTE + "\n    @when_all(signal(Tick), fact(Note))\n    def added(c): pass\n")
        assert fired(session.tell(received())) == []
        assert fired(session.tell(session.make("Tick"))) == ["added(Tick, Note#1)"]

    def test_a_rule_that_was_taken_away_and_put_back_fires_once_more(self, tmp_path: Path) -> None:
        session = Session(tmp_path, self.ANY_NOTE)
        session.tell(opening=(session.make("Note"),))
        session.deploy('with ruleset("t"):\n    pass\n')
        session.tell()
        session.deploy(self.ANY_NOTE)
        assert fired(session.tell()) == ["noted(Note#1)"]

    def test_the_opening_facts_are_inserted_once(self, tmp_path: Path) -> None:
        session = Session(tmp_path, self.ANY_NOTE)
        for _ in range(2):
            session.tell(opening=(session.make("Note"),))
        assert session.facts == [("Note", {})]

    def test_a_moment_is_read_back_as_it_was(self, tmp_path: Path) -> None:
        moment = datetime(2026, 11, 9, 12, 0, 0, 123456, tzinfo=UTC)
        session = acting(tmp_path, "c.insert(Order(placed=c.now))")
        session.tell(session.make("Tick"), now=moment)
        assert session.facts[-1] == ("Order", {"placed": moment})


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
    sms = numbered_sms()
    state = evaluate(
        rulebook, None, [], now=NOON, make_sms=sms, opening=[ClientAgent(connections={"phone": ANA})]
    ).state

    def talk(times: int) -> None:
        for n in range(times):
            effects = evaluate(rulebook, state, [received(f"text {n}")], now=NOON, make_sms=sms)
            assert len(effects.fired) == 2

    talk(10_000)
    tracemalloc.start()
    try:
        talk(100)
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        talk(1_000)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    talk(8_900)
    assert after - before < 50_000
