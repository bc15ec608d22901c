"""Working memory and agenda: which rules fire, in what order, and what makes them look again."""

from __future__ import annotations

from pathlib import Path

import pytest

from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.session.working_memory import LINGERING, WorkingMemory
from tests.engine import parts
from tests.engine.sessions import Session, fired, received


def run(folder: Path, rules: str, *facts: tuple[str, dict[str, object]]) -> list[str]:
    """What fires in a new session that starts with these facts."""
    session = Session(folder, rules)
    return fired(session.tell(opening=tuple(session.make(name, **fields) for name, fields in facts)))


def test_the_higher_salience_fires_first(tmp_path: Path) -> None:
    rules = """
        with ruleset("t"):
            @when_all(fact(Note))
            def plain(c): pass

            @when_all(fact(Note), salience(-1))
            def late(c): pass

            @when_all(fact(Note), salience(10))
            def early(c): pass
        """
    assert run(tmp_path, rules, ("Note", {})) == ["early(Note#1)", "plain(Note#1)", "late(Note#1)"]


def test_of_the_same_salience_the_earlier_declared_fires_first(tmp_path: Path) -> None:
    rules = """
        with ruleset("t"):
            @when_all(fact(Note))
            def b(c): pass

            @when_all(fact(Note))
            def a(c): pass
        """
    assert run(tmp_path, rules, ("Note", {}), ("Note", {})) == ["b(Note#1)", "b(Note#2)", "a(Note#1)", "a(Note#2)"]


def test_a_rule_inserted_for_by_a_lower_rule_still_fires_before_what_is_lower(tmp_path: Path) -> None:
    rules = """
        with ruleset("t"):
            @when_all(fact(Payment), salience(5))
            def urgent(c): pass

            @when_all(fact(Note))
            def first(c): c.insert(Payment())

            @when_all(fact(Note))
            def second(c): pass
        """
    assert run(tmp_path, rules, ("Note", {})) == ["first(Note#1)", "urgent(Payment#2)", "second(Note#1)"]


def test_a_rule_fires_once_for_each_combination(tmp_path: Path) -> None:
    rules = """
        with ruleset("t"):
            @when_all(c.a << fact(Order), c.b << fact(Payment))
            def pair(c): pass
        """
    facts = [("Order", {}), ("Order", {}), ("Payment", {}), ("Payment", {})]
    assert sorted(run(tmp_path, rules, *facts)) == [
        "pair(Order#1, Payment#3)",
        "pair(Order#1, Payment#4)",
        "pair(Order#2, Payment#3)",
        "pair(Order#2, Payment#4)",
    ]


def test_what_has_fired_does_not_fire_again(tmp_path: Path) -> None:
    rules = """
        with ruleset("t"):
            @when_all(fact(Note))
            def noted(c): c.insert(Payment())
        """
    session = Session(tmp_path, rules)
    assert fired(session.tell(opening=(session.make("Note"),))) == ["noted(Note#1)"]
    assert fired(session.tell(received())) == []
    assert fired(session.tell(received())) == []


def test_rules_chain_over_what_others_insert_modify_and_delete(tmp_path: Path) -> None:
    rules = """
        with ruleset("t"):
            @when_all(c.note << fact(Note, m.n == 0))
            def insert(c): c.insert(Order(number="7"))

            @when_all(c.order << fact(Order, m.paid == False))
            def pay(c): c.modify(c.order, paid=True)

            @when_all(c.order << fact(Order, m.paid == True))
            def ship(c): c.delete(c.order)

            @when_all(c.note << fact(Note), none(fact(Order)), salience(-1))
            def done(c): pass
        """
    assert run(tmp_path, rules, ("Note", {})) == [
        "insert(Note#1)",
        "pay(Order#2)",
        "ship(Order#2)",
        "done(Note#1)",
    ]


def test_a_deleted_signal_is_not_seen_by_later_rules(tmp_path: Path) -> None:
    rules = """
        with ruleset("t"):
            @when_all(c.signal << signal(InfobipSmsReceivedMessage))
            def first(c): c.delete(c.signal)

            @when_all(signal(InfobipSmsReceivedMessage))
            def second(c): pass
        """
    assert fired(Session(tmp_path, rules).tell(received())) == ["first(InfobipSmsReceivedMessage)"]


def test_every_matching_rule_sees_a_signal_that_nobody_deletes(tmp_path: Path) -> None:
    rules = """
        with ruleset("t"):
            @when_all(signal(InfobipSmsReceivedMessage))
            def first(c): pass

            @when_all(signal(InfobipSmsReceivedMessage))
            def second(c): pass
        """
    assert len(fired(Session(tmp_path, rules).tell(received()))) == 2


def test_a_signal_comes_through_its_entry_point_only(tmp_path: Path) -> None:
    rules = """
        from typing import ClassVar


        class Alarm(Signal):
            entry_point: ClassVar[str] = "alarms"
            n: int = 0

        with ruleset("t"):
            @when_all(signal(Alarm))
            def by_its_own(c): pass

            @when_all(signal(Alarm, entry_point="alarms"))
            def by_its_name(c): pass
        """
    session = Session(tmp_path, rules)
    assert fired(session.tell(session.make("Alarm"))) == ["by_its_own(Alarm)", "by_its_name(Alarm)"]


NONE = """
    with ruleset("t"):
        @when_all(c.note << fact(Note), none(fact(Payment, m.number == c.note.text)))
        def unpaid(c): pass

        @when_all(c.tick << signal(Tick), c.payment << fact(Payment))
        def take_back(c): c.delete(c.payment)
    """


def test_none_lets_a_rule_fire_while_nothing_of_the_kind_is_there(tmp_path: Path) -> None:
    assert run(tmp_path, NONE, ("Note", {"text": "7"}), ("Payment", {"number": "8"})) == ["unpaid(Note#1)"]


def test_none_blocks_while_one_of_the_kind_is_there(tmp_path: Path) -> None:
    assert run(tmp_path, NONE, ("Note", {"text": "7"}), ("Payment", {"number": "7"})) == []


def test_a_blocked_match_fires_when_the_last_blocker_has_gone_even_in_a_later_evaluation(tmp_path: Path) -> None:
    session = Session(tmp_path, NONE.replace("fact(Payment))\n", "fact(Payment, m.amount == c.tick.n))\n"))
    opening = [session.make("Note", text="7")]
    opening += [session.make("Payment", number="7", amount=amount) for amount in (1, 2)]
    assert fired(session.tell(opening=tuple(opening))) == []
    assert fired(session.tell(session.make("Tick", n=1))) == ["take_back(Tick, Payment#2)"]
    assert fired(session.tell(session.make("Tick", n=2))) == ["take_back(Tick, Payment#3)", "unpaid(Note#1)"]


def test_none_in_the_middle_and_at_the_beginning_counts_too(tmp_path: Path) -> None:
    rules = """
        with ruleset("t"):
            @when_all(none(fact(Payment)), c.note << fact(Note))
            def first(c): pass

            @when_all(c.note << fact(Note), none(fact(Payment)), c.order << fact(Order))
            def middle(c): pass
        """
    facts = [("Note", {}), ("Order", {})]
    assert run(tmp_path, rules, *facts) == ["first(Note#1)", "middle(Note#1, Order#2)"]
    assert run(tmp_path, rules, *facts, ("Payment", {})) == []


def test_none_alone_fires_once_in_an_empty_session(tmp_path: Path) -> None:
    rules = """
        with ruleset("t"):
            @when_all(none(fact(Payment)))
            def nothing(c): pass
        """
    session = Session(tmp_path, rules)
    assert fired(session.tell()) == ["nothing()"]
    assert fired(session.tell()) == []


def test_none_of_a_group_asks_for_the_combination(tmp_path: Path) -> None:
    rules = """
        with ruleset("t"):
            @when_all(c.note << fact(Note), none(c.o << fact(Order), fact(Payment, m.number == c.o.number)))
            def open(c): pass
        """
    order, other, paid = ("Order", {"number": "7"}), ("Payment", {"number": "8"}), ("Payment", {"number": "7"})
    assert run(tmp_path, rules, ("Note", {}), order, other) == ["open(Note#1)"]
    assert run(tmp_path, rules, ("Note", {}), order, other, paid) == []


def test_a_group_inside_none_notices_a_change_that_only_its_join_reads(tmp_path: Path) -> None:
    rules = """
        with ruleset("t"):
            @when_all(c.note << fact(Note), none(c.o << fact(Order), fact(Payment, m.number == c.o.number)))
            def open(c): pass

            @when_all(signal(Tick), c.o << fact(Order))
            def rename(c): c.modify(c.o, number="8")
        """
    session = Session(tmp_path, rules)
    opening = (session.make("Note"), session.make("Order", number="7"), session.make("Payment", number="7"))
    assert fired(session.tell(opening=opening)) == []
    assert fired(session.tell(session.make("Tick"))) == ["rename(Tick, Order#2)", "open(Note#1)"]


def test_exists_fires_once_however_many_there_are(tmp_path: Path) -> None:
    rules = """
        with ruleset("t"):
            @when_all(c.note << fact(Note), exists(fact(Payment, m.amount > 1)))
            def some(c): pass
        """
    many = [("Payment", {"amount": amount}) for amount in (2, 3, 4)]
    assert run(tmp_path, rules, ("Note", {}), *many) == ["some(Note#1)"]
    assert run(tmp_path, rules, ("Note", {}), ("Payment", {"amount": 1})) == []


def test_any_fires_for_each_alternative(tmp_path: Path) -> None:
    rules = """
        with ruleset("t"):
            @when_all(c.note << fact(Note), any(c.a << fact(Order), c.b << fact(Payment)))
            def either(c): pass
        """
    facts = [("Note", {}), ("Order", {}), ("Payment", {})]
    assert run(tmp_path, rules, *facts) == ["either(Note#1, Order#2)", "either(Note#1, Payment#3)"]


def test_when_any_fires_for_each_pattern_even_on_the_same_element(tmp_path: Path) -> None:
    rules = """
        with ruleset("t"):
            @when_any(fact(Note, m.n > 0), fact(Note, m.n > 1))
            def either(c): pass
        """
    assert run(tmp_path, rules, ("Note", {"n": 2}), ("Note", {"n": 1})) == [
        "either(Note#1)",
        "either(Note#2)",
        "either(Note#1)",
    ]


def test_a_rule_looks_again_when_a_field_it_reads_is_changed(tmp_path: Path) -> None:
    rules = """
        with ruleset("t"):
            @when_all(c.o << fact(Order, m.total > 0))
            def reads_total(c): pass

            @when_all(c.o << fact(Order, m.number != "x"))
            def reads_number(c): pass

            @when_all(c.o << fact(Order))
            def reads_nothing(c): pass

            @when_all(signal(Tick), c.o << fact(Order))
            def change(c): c.modify(c.o, total=5)
        """
    session = Session(tmp_path, rules)
    first = fired(session.tell(opening=(session.make("Order", total=1),)))
    assert first == ["reads_total(Order#1)", "reads_number(Order#1)", "reads_nothing(Order#1)"]
    assert fired(session.tell(session.make("Tick"))) == ["change(Tick, Order#1)", "reads_total(Order#1)"]


def test_a_change_to_the_same_value_counts_as_a_change(tmp_path: Path) -> None:
    rules = """
        with ruleset("t"):
            @when_all(c.o << fact(Order, m.total > 0))
            def reads_total(c): pass

            @when_all(signal(Tick), c.o << fact(Order))
            def change(c): c.modify(c.o, total=c.o.total)
        """
    session = Session(tmp_path, rules)
    session.tell(opening=(session.make("Order", total=1),))
    assert fired(session.tell(session.make("Tick"))) == ["change(Tick, Order#1)", "reads_total(Order#1)"]


def test_a_rule_that_changes_what_it_reads_fires_again_until_its_condition_ends(tmp_path: Path) -> None:
    rules = """
        with ruleset("t"):
            @when_all(c.note << fact(Note, m.n < 3))
            def count(c): c.modify(c.note, n=c.note.n + 1)
        """
    assert run(tmp_path, rules, ("Note", {})) == ["count(Note#1)"] * 3


def test_no_loop_keeps_a_rule_from_firing_for_its_own_change(tmp_path: Path) -> None:
    rules = """
        with ruleset("t"):
            @when_all(c.note << fact(Note, m.n < 3), no_loop())
            def count(c): c.modify(c.note, n=c.note.n + 1)
        """
    assert run(tmp_path, rules, ("Note", {})) == ["count(Note#1)"]


def test_no_loop_lets_a_rule_fire_for_the_change_of_another(tmp_path: Path) -> None:
    rules = """
        with ruleset("t"):
            @when_all(c.note << fact(Note, m.n < 9), no_loop())
            def count(c): c.modify(c.note, n=c.note.n + 1)

            @when_all(c.note << fact(Note, m.n == 1))
            def more(c): c.modify(c.note, n=5)
        """
    assert run(tmp_path, rules, ("Note", {})) == ["count(Note#1)", "more(Note#1)", "count(Note#1)"]


def test_a_match_is_dropped_when_another_rule_ends_it_first(tmp_path: Path) -> None:
    rules = """
        with ruleset("t"):
            @when_all(c.note << fact(Note, m.n == 0), salience(1))
            def take(c): c.modify(c.note, n=1)

            @when_all(c.note << fact(Note, m.n == 0))
            def too_late(c): pass
        """
    assert run(tmp_path, rules, ("Note", {})) == ["take(Note#1)"]


def test_a_match_that_ended_and_came_back_fires_again(tmp_path: Path) -> None:
    rules = """
        with ruleset("t"):
            @when_all(c.note << fact(Note, m.n == 0))
            def zero(c): pass

            @when_all(c.tick << signal(Tick), c.note << fact(Note))
            def set(c): c.modify(c.note, n=c.tick.n)
        """
    session = Session(tmp_path, rules)
    assert fired(session.tell(opening=(session.make("Note"),))) == ["zero(Note#1)"]
    assert fired(session.tell(session.make("Tick", n=1))) == ["set(Tick, Note#1)"]
    assert fired(session.tell(session.make("Tick", n=0))) == ["set(Tick, Note#1)", "zero(Note#1)"]


def test_a_pattern_on_a_base_class_takes_its_subclasses(tmp_path: Path) -> None:
    rules = """
        class Parcel(Order):
            size: int = 0

        with ruleset("t"):
            @when_all(fact(Order))
            def any_order(c): pass

            @when_all(fact(Parcel, m.size > 1))
            def big(c): pass

            @when_all(signal(Signal))
            def any_signal(c): pass
        """
    assert run(tmp_path, rules, ("Parcel", {"size": 2}), ("Order", {})) == [
        "any_order(Parcel#1)",
        "any_order(Order#2)",
        "big(Parcel#1)",
    ]
    assert fired(Session(tmp_path, rules).tell(received())) == ["any_signal(InfobipSmsReceivedMessage)"]


def test_one_element_can_stand_in_two_places_of_a_rule(tmp_path: Path) -> None:
    rules = """
        with ruleset("t"):
            @when_all(c.a << fact(Note), c.b << fact(Note, m.n >= c.a.n))
            def pair(c): pass
        """
    assert sorted(run(tmp_path, rules, ("Note", {"n": 1}), ("Note", {"n": 2}))) == [
        "pair(Note#1, Note#1)",
        "pair(Note#1, Note#2)",
        "pair(Note#2, Note#2)",
    ]


def test_a_rule_may_use_an_equality_and_a_thousand_others_stay_out_of_it(tmp_path: Path) -> None:
    keywords = "\n".join(
        f"""
            @when_all(signal(InfobipSmsReceivedMessage, m.keyword == "K{n}"))
            def k{n}(c): pass
        """
        for n in range(1000)
    )
    session = Session(tmp_path, f'with ruleset("t"):\n{keywords}')
    assert fired(session.tell(received(keyword="K500"))) == ["k500(InfobipSmsReceivedMessage)"]


def test_the_same_object_stays_the_element_it_is_until_it_is_deleted() -> None:
    memory, value = parts.memory_of(parts.rule(parts.pattern())), parts.Order()
    first = parts.insert(memory, 1, value)
    assert parts.insert(memory, 2, value) is first
    memory.delete(first, origin=None)
    again = parts.insert(memory, 3, value)
    assert again is not first
    assert memory.elements.find(value) is again


def test_loading_is_no_change_and_an_amendment_of_a_signal_is_none_of_facts() -> None:
    memory = parts.memory_of(parts.rule(parts.pattern()))
    memory.load(parts.Order(), 1)
    tick = parts.insert(memory, 0, parts.Tick())
    memory.amend(tick, parts.Tick(n=1))
    assert not memory.facts_changed
    memory.amend(next(iter(memory)), parts.Order(paid=True))
    assert memory.facts_changed


def test_a_halt_stops_what_waits_until_it_is_taken_back() -> None:
    memory = parts.memory_of(parts.rule(parts.pattern()))
    parts.insert(memory, 1, parts.Order())
    memory.halted = True
    assert parts.fire(memory) == []
    memory.halted = False
    assert parts.fire(memory) == ["r(1)"]


def test_without_a_rule_that_fires_nothing_can_be_inserted_logically() -> None:
    memory = parts.memory_of(parts.rule(parts.pattern()))
    with pytest.raises(RuntimeError, match="no rule is firing"):
        memory.insert_logical(parts.Payment(), lambda: 1, origin=None)


def test_a_deleted_fact_that_is_changed_lingers_for_those_who_listen_and_ends_with_the_signals() -> None:
    listens = parts.rule(parts.pattern(listens={"paid"}), name="listens")
    memory = parts.memory_of(listens, parts.rule(parts.pattern(number=0), name="deaf", order=1))
    order = parts.insert(memory, 1, parts.Order())
    parts.fire(memory)
    memory.delete(order, origin=None)
    memory.linger(order, parts.Order(paid=True), frozenset({"paid"}), origin=None)
    assert parts.fire(memory) == ["listens(1)"]
    assert [element.entry_point for element in memory] == [LINGERING]
    assert memory.end_signals(lambda: 9)
    assert list(memory) == []


def test_a_memory_goes_on_after_its_signals_have_ended() -> None:
    memory = WorkingMemory(Rulebook([parts.rule(parts.pattern(parts.Tick), parts.pattern(alias="b"))]))
    parts.insert(memory, 1, parts.Order())
    for _ in range(3):
        parts.insert(memory, 0, parts.Tick())
        assert parts.fire(memory) == ["r(0, 1)"]
        assert memory.end_signals(lambda: 9)
        assert parts.fire(memory) == []
        assert not memory.may_be_open


def test_parts_that_no_rule_asks_for_are_not_made() -> None:
    memory = WorkingMemory(Rulebook([parts.rule(parts.pattern())]))
    made = (memory.windows, memory.expiry, memory.timers, memory.history, memory.justifications)
    assert made == (None, None, None, None, None)
