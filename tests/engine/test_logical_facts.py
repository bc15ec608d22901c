"""Facts that rest on what a rule matched: inserted logically, gone when nothing justifies them any more."""

from __future__ import annotations

from pathlib import Path

import orjson

from infobip_rules.engine.session.evaluation import evaluate
from infobip_rules.rulefiles.loader import load_rules
from tests.channels.composing import Numbered
from tests.engine.sessions import NOON, Session, failure, fired

RULES = """
    with ruleset("t"):
        @when_all(c.order << fact(Order, m.paid == False))
        def owes(c): c.insert_logical(Note(text="owes"))

        @when_all(c.tick << signal(Tick, m.n == 1), c.order << fact(Order, m.paid == False), salience(1))
        def pay(c):
            c.delete(c.tick)
            c.modify(c.order, paid=True)

        @when_all(c.tick << signal(Tick, m.n == 2))
        def during(c): c.insert_logical(Note(text="during"))

        @when_all(c.tick << signal(Tick, m.n == 3))
        def stated(c): c.insert(Note(text="owes"))

        @when_all(c.note << fact(Note))
        def noted(c): pass
    """


def opened(folder: Path, orders: int) -> Session:
    session = Session(folder, RULES)
    session.tell(opening=tuple(session.make("Order", number=str(number)) for number in range(orders)))
    return session


def notes(session: Session) -> list[str]:
    return [str(fields.get("text", "")) for name, fields in session.facts if name == "Note"]


def test_equal_facts_are_one_and_go_with_the_last_justification_evaluations_later(tmp_path: Path) -> None:
    session = opened(tmp_path, 2)
    assert notes(session) == ["owes"]
    session.tell(session.make("Tick", n=1))
    assert notes(session) == ["owes"]
    session.tell(session.make("Tick", n=1))
    assert notes(session) == []


def test_what_a_signal_justified_is_gone_when_the_evaluation_ends(tmp_path: Path) -> None:
    session = opened(tmp_path, 0)
    assert fired(session.tell(session.make("Tick", n=2))) == ["during(Tick)", "noted(Note#1)"]
    assert notes(session) == []


def test_a_stated_fact_stands_beside_an_equal_one_that_is_justified(tmp_path: Path) -> None:
    session = opened(tmp_path, 1)
    session.tell(session.make("Tick", n=3))
    session.tell(session.make("Tick", n=1))
    assert notes(session) == ["owes"]


def test_a_rule_that_is_deployed_away_justifies_nothing(tmp_path: Path) -> None:
    session = opened(tmp_path, 1)
    session.deploy('with ruleset("t"):\n    @when_all(signal(Tick))\n    def other(c): pass\n')
    session.tell(session.make("Tick"))
    assert notes(session) == []


def test_a_signal_can_not_be_inserted_logically(tmp_path: Path) -> None:
    session = Session(
        tmp_path,
        'with ruleset("t"):\n    @when_all(signal(Tick, m.n == 1))\n    def wrong(c): c.insert_logical(Tick(n=2))\n',
    )
    assert "Tick is not a fact" in str(failure(session, session.make("Tick", n=1)))


def test_when_one_match_of_a_rule_ceases_the_others_do_not_fire_again(tmp_path: Path) -> None:
    rules = """
        with ruleset("t"):
            @when_all(c.order << fact(Order), c.payment << fact(Payment))
            def both(c): c.insert_logical(Note(text=c.payment.number))

            @when_all(c.payment << fact(Payment, m.amount == 1), fact(Note), salience(-1))
            def spend(c): c.delete(c.payment)
        """
    session = Session(tmp_path, rules)
    payments = [session.make("Payment", number=str(number), amount=number) for number in (1, 2)]
    told = fired(session.tell(opening=(*payments, session.make("Order"))))
    assert sorted(one.split("(")[0] for one in told) == ["both", "both", "spend"]
    assert notes(session) == ["2"]


def test_a_fact_goes_with_what_it_rests_on_where_some_rule_looks_through_a_window(tmp_path: Path) -> None:
    (tmp_path / "rules.drl").write_text(
        """
        declare Person id: int end
        declare Ticket id: int end
        declare Guest id: int end
        declare Visit at: int end
        rule guest when p: Person() Ticket(id == p.id) then insertLogical(new Guest(p.getId())); end
        rule leave salience -1 when p: Person() Guest() then delete(p); end
        rule visits when Visit() over window:length(2) then end
        """,
        encoding="utf-8",
    )
    rulebook = load_rules([tmp_path / "rules.drl"])
    make = rulebook.fact_types
    opening = (make["Person"](id=1), make["Ticket"](id=1))
    effects = evaluate(rulebook, None, (), now=NOON, compose=Numbered().compose, opening=opening)
    assert [one.rule.split("/")[1] for one in effects.fired] == ["guest", "leave"]
    assert [name for _, name, _ in orjson.loads(effects.state)["facts"]] == ["Ticket"]
