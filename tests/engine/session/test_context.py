"""What a rule's body does to working memory, and what it is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.sessions import ANA, Session, acting, failure, received


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
def test_what_a_body_does_is_what_is_kept(tmp_path: Path, body: str, facts: list[tuple[str, object]]) -> None:
    session = acting(tmp_path, body, pattern="signal(Tick, m.n == 0), c.order << fact(Order)")
    session.tell(session.make("Tick"))
    assert session.facts == facts


def test_the_element_is_seen_as_it_has_become(tmp_path: Path) -> None:
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
def test_what_can_not_be_done_is_refused(tmp_path: Path, body: str, said: str) -> None:
    session = acting(tmp_path, body, pattern="signal(Tick), c.order << fact(Order)")
    assert said in str(failure(session, session.make("Tick")))


def test_a_signal_can_be_changed_and_the_sender_kept(tmp_path: Path) -> None:
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


def test_a_fact_with_an_alias_is_changed_and_read_back(tmp_path: Path) -> None:
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


#: One rule does something to the order that is there, the other says when it looks at it.
LOOKING = """
    with ruleset("t"):
        @when_all(signal(Tick), c.order << fact(Order), no_loop())
        def act(c): {body}

        @when_all(c.order << fact(Order, m.total > 0), salience(-1))
        def look(c): c.insert(Note(n=c.order.total))
    """


def looked(folder: Path, body: str) -> tuple[list[str], list[tuple[str, dict[str, object]]]]:
    session = Session(folder, LOOKING.format(body=body))
    session.tell(opening=(session.make("Order", total=1),))
    fired = session.tell(session.make("Tick")).fired
    return [one.rule for one in fired], session.facts


def test_an_amended_element_is_kept_and_no_rule_looks_again(tmp_path: Path) -> None:
    rules, facts = looked(tmp_path, "c.amend(c.element(1), Order(total=2))")
    assert rules == ["t/act"]
    assert facts == [("Order", {"total": 2}), ("Note", {"n": 1})]


def test_an_amended_element_is_read_by_its_name_and_by_what_it_was(tmp_path: Path) -> None:
    body = "before = c.order; c.amend(c.element(1), Order(total=2)); c.modify(before, number=str(c.order.total))"
    assert looked(tmp_path, body)[1][0] == ("Order", {"number": "2", "total": 2})


def test_an_update_lets_rules_look_again_that_listen_to_nothing_of_it(tmp_path: Path) -> None:
    assert looked(tmp_path, 'c.modify(c.order, number="7")')[0] == ["t/act"]
    rules, facts = looked(tmp_path, "c.amend(c.element(1), Order(total=2)); c.update(c.order)")
    assert rules == ["t/act", "t/look"]
    assert facts[1:] == [("Note", {"n": 1}), ("Note", {"n": 2})]


ALTERNATIVES = """
    with ruleset("t"):
        @when_any(
            all(c.join << signal(InfobipSmsReceivedMessage, m.text == "JOIN")),
            all(c.stop << signal(InfobipSmsReceivedMessage, m.text == "STOP"), c.order << fact(Order)),
        )
        def answer(c):
            {body}
    """


@pytest.mark.parametrize(
    ("text", "said"), [("JOIN", "join True None True True None"), ("STOP", "stop True None False True 7")]
)
def test_an_element_of_the_alternative_that_did_not_match_is_none(tmp_path: Path, text: str, said: str) -> None:
    body = """
            which = "join" if c.join else "stop"
            other = c.stop if c.join else c.join
            there = [hasattr(c, "join") and hasattr(c, "stop"), getattr(c, "order", 5) is None, hasattr(c, "order")]
            c.insert(Note(text=f"{which} {there[0]} {other} {there[1]} {there[2]} {c.order and c.order.number}"))
    """
    session = Session(tmp_path, ALTERNATIVES.format(body=body.strip()))
    session.tell(received(text), opening=(session.make("Order", number="7"),))
    assert session.facts[-1] == ("Note", {"text": said})


def test_an_absent_element_is_none_also_after_another_was_changed(tmp_path: Path) -> None:
    body = "c.modify(c.join or c.stop, keyword='X'); c.insert(Note(text=f'{c.join is None} {c.order is None}'))"
    session = Session(tmp_path, ALTERNATIVES.format(body=body))
    session.tell(received("STOP"), opening=(session.make("Order", number="7"),))
    assert ("Note", {"text": "True False"}) in session.facts


def test_a_name_that_no_alternative_has_is_an_error_that_hasattr_and_getattr_know(tmp_path: Path) -> None:
    body = 'c.insert(Note(text=f\'{hasattr(c, "jion")} {getattr(c, "jion", 5)}\')); c.jion'
    session = Session(tmp_path, ALTERNATIVES.format(body=body))
    assert "The rule has no element c.jion. Did you mean 'join'?" in str(failure(session, received("JOIN")))
    known = Session(tmp_path, ALTERNATIVES.format(body=body.removesuffix("; c.jion")))
    known.tell(received("JOIN"))
    assert known.facts[-1] == ("Note", {"text": "False 5"})


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("c.insert(Order)", "Order is the type, neither a fact nor a signal. Write Order(...), with its fields."),
        ("c.insert_logical(Order)", "Order is the type, not a fact. Write Order(...), with its fields."),
        ("c.schedule(Tick, after=5)", "Tick is the type, not a signal. Write Tick(...), with its fields."),
        ("c.delete(Order)", "Order is the type, not something in working memory."),
        ("c.modify(None, total=1)", "None is not something in working memory. An element that did not match is None"),
        ("c.insert(None)", "None is neither a fact nor a signal."),
        ("c.insert(m.total)", "m.total is a condition, neither a fact nor a signal."),
        ("c.order.number + m.text", "m.text is a condition, not the text. Write c.<element>.text in the body"),
        ('f"{m.text}"', "m.text is a condition, not the text."),
        ("str(m.total)", "m.total is a condition, not a value."),
        ('"%s" % m.number', "m.number is a condition, not a value."),
        ("len(m.text)", "m.text is a condition, not the text."),
        ("int(m.total)", "m.total is a condition, not a value."),
        ("list(m.tags)", "m.tags is a condition, not a value."),
        ("{m.total: 1}", "m.total is a condition, not a value."),
        ('if m.text == "A": pass', 'm.text == "A" is a condition, not the text.'),
        ("if m.paid: pass", "m.paid is a condition, not a value."),
        ("m.text.upper()", "m.text is a condition, not the text. Write c.<element>.text in the body"),
        ("c.post({})", "c.post is a word of durable.lang: it gives an event to the ruleset. Write c.insert(...)"),
    ],
)
def test_a_condition_or_a_type_in_the_place_of_a_value_is_named(tmp_path: Path, body: str, said: str) -> None:
    session = acting(tmp_path, body, pattern="signal(Tick), c.order << fact(Order)")
    message = str(failure(session, session.make("Tick")))
    assert said in message
    assert "ModelMetaclass" not in message
    assert " object at 0x" not in message
