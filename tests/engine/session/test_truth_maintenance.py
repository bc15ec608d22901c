"""Justifications of logically inserted facts: which go when matches end, fire again, or elements are deleted."""

from __future__ import annotations

from infobip_rules.engine.network.alpha import Branch
from infobip_rules.engine.network.match_keys import key_of
from infobip_rules.engine.session.truth_maintenance import Justifications
from tests.engine.parts import Order, Payment, alphas_of, fact, match, pattern, rule, signal


def branch() -> Branch:
    return alphas_of(rule(pattern())).branches[0]


def test_a_fact_goes_when_its_last_justification_ends_by_the_hand_that_ended_it() -> None:
    justifications, of, note = Justifications(), branch(), fact(9)
    first, second = key_of(of, match(fact(1))), key_of(of, match(fact(2)))
    justifications.justify(note, first)
    justifications.justify(note, second)
    justifications.match_ends(first, "t/one")
    assert justifications.take_unjustified() == []
    justifications.match_ends(second, "t/other")
    assert justifications.take_unjustified() == [(note, "t/other")]
    assert justifications.take_unjustified() == []


def test_a_fact_stays_if_it_is_justified_anew_before_it_is_looked_at() -> None:
    justifications, of, note = Justifications(), branch(), fact(9)
    first, second = key_of(of, match(fact(1))), key_of(of, match(fact(2)))
    justifications.justify(note, first)
    justifications.match_ends(first, None)
    justifications.justify(note, second)
    assert justifications.take_unjustified() == []
    assert dict(justifications.facts()) == {note: {second: None}}


def test_what_a_match_does_not_justify_again_when_it_fires_anew_goes() -> None:
    justifications, key = Justifications(), key_of(branch(), match(fact(1)))
    again, not_again = fact(8), fact(9)
    for note in (again, not_again):
        justifications.justify(note, key)
    justifications.match_fires(key, "t/cause")
    justifications.justify(again, key)
    assert justifications.take_unjustified() == [(not_again, "t/cause")]


def test_deleting_a_part_of_a_match_names_the_match_and_deleting_the_fact_ends_its_need() -> None:
    justifications, part, note = Justifications(), fact(1), fact(9)
    key = key_of(branch(), match(part))
    justifications.justify(note, key)
    assert justifications.element_goes(part) == [key]
    justifications.element_goes(note)
    justifications.match_ends(key, None)
    assert justifications.take_unjustified() == []
    assert justifications.element_goes(part) == []


def test_an_equal_fact_is_one_of_the_same_type() -> None:
    justifications, note = Justifications(), fact(9, Order(number=1))
    justifications.justify(note, key_of(branch(), match(fact(1))))
    assert justifications.equal(Order(number=1)) is note
    assert justifications.equal(Payment(number=1)) is None


def test_a_stored_fact_without_justification_goes() -> None:
    justifications, of, bare, held = Justifications(), branch(), fact(8), fact(9)
    justifications.restore(bare, [])
    justifications.restore(held, [key_of(of, match(fact(1)))])
    assert justifications.branches == {of}
    assert justifications.take_unjustified() == [(bare, None)]


def test_a_signal_is_a_part_by_itself_and_two_signals_are_two() -> None:
    justifications, of, note = Justifications(), branch(), fact(9)
    one, other = signal(), signal()
    justifications.justify(note, key_of(of, match(one)))
    assert justifications.element_goes(other) == []
    assert justifications.element_goes(one) == [key_of(of, match(one))]
