"""Drafts: facts that setters change, and what the engine is told of it."""

from __future__ import annotations

from tests.rulefiles.drl.order_bodies import Keyed, Order, Ticket, done, failing, said


def test_a_setter_and_an_update_are_one_change_that_names_its_field() -> None:
    told = done("order.setTotal(5); update(order);", order=Order()).told
    assert told == [("amend", {"total": 5}), ("modify", "Order", {"total": 5})]


def test_modify_names_every_field_it_sets() -> None:
    told = done('modify(order) { setTotal(5), setNumber("A"), setPaid(true) }', order=Order()).told
    assert told[-1] == ("modify", "Order", {"total": 5, "number": "A", "paid": True})


def test_modify_takes_assignments_of_mvel() -> None:
    assert done('modify(order) { number = "B" }', order=Order()).told[-1] == ("modify", "Order", {"number": "B"})


def test_rules_are_told_of_what_modify_changed_at_the_end_of_the_block() -> None:
    order = Order()
    body = (
        'if (1 < 2) { modify(order) { setTotal(5) } say("a"); modify(order) { setNumber("B") } } insert(new Order());'
    )
    assert done(body, order=order).told == [
        ("amend", {"total": 5}),
        ("amend", {"number": "B"}),
        ("modify", "Order", {"total": 5, "number": "B"}),
        ("insert", Order()),
    ]


def test_a_setter_alone_tells_nobody() -> None:
    assert done("order.setTotal(5);", order=Order()).told == [("amend", {"total": 5})]


def test_a_setter_is_seen_by_the_lines_below() -> None:
    assert said("order.setTotal(order.getTotal() + 5); say(order.getTotal());", order=Order(total=1)) == ["6"]


def test_a_second_name_is_the_same_object() -> None:
    body = 'Order other = order; other.setTotal(5); say(order.getTotal() + " " + (order == other));'
    assert said(body, order=Order()) == ["5 true"]


def test_an_update_of_an_unchanged_fact_lets_all_rules_look_again() -> None:
    order = Order()
    assert done("update(order);", order=order).told == [("update", order)]


def test_a_field_set_under_a_condition_counts_as_set() -> None:
    assert done("if (1 > 2) { order.setTotal(5); } update(order);", order=Order(total=3)).told == [
        ("modify", "Order", {"total": 3})
    ]


def test_a_collection_of_a_fact_is_changed_in_place() -> None:
    told = done('modify(order) { getTags().add("x") }', order=Order(tags=["a"])).told
    assert told[-1] == ("modify", "Order", {"tags": ["a", "x"]})


def test_the_original_fact_stays_as_it_was() -> None:
    order = Order(tags=["a"])
    done('order.getTags().add("x"); order.setTotal(9);', order=order)
    assert order == Order(tags=["a"])


def test_a_new_fact_is_complete_when_it_is_inserted() -> None:
    told = done('Ticket t = new Ticket(); t.setCode("x"); t.setSeats(2); insert(t);').told
    assert told == [("insert", Ticket(code="x", seats=2))]


def test_a_new_fact_has_nulls_and_zeros_until_they_are_set() -> None:
    assert said("Ticket t = new Ticket(); say(t); say(t.getCode() + t.getSeats());") == [
        "Ticket( code=null, seats=0 )",
        "null0",
    ]


def test_what_a_type_needs_is_named_when_it_lacks() -> None:
    text = failing("insert(new Ticket());")
    assert "Ticket.code can't be null" in text
    assert "rules.drl:4:" in text


def test_a_constructor_takes_all_fields_or_the_keys() -> None:
    told = done('insert(new Ticket("x", 2)); insert(new Keyed("k")); insertLogical(new Keyed("k", "n"));').told
    assert told == [
        ("insert", Ticket(code="x", seats=2)),
        ("insert", Keyed(code="k")),
        ("insert_logical", Keyed(code="k", note="n")),
    ]


def test_a_fact_changed_after_its_insertion_is_that_fact() -> None:
    told = done('Keyed k = new Keyed("a"); insert(k); k.setNote("late"); update(k); delete(k);').told
    assert [line[0] for line in told] == ["insert", "amend", "modify", "delete"]


def test_facts_are_equal_by_identity_or_key() -> None:
    body = 'say(new Ticket("a", 1).equals(new Ticket("a", 1)) + " " + new Keyed("a", "x").equals(new Keyed("a", "y")));'
    assert said(body) == ["false true"]
