"""Elements of a working memory, found by the values that they have or had."""

from __future__ import annotations

from infobip_rules.engine.session.element_store import ElementStore
from tests.engine.parts import Order, fact, signal


def test_an_element_is_found_by_each_of_its_versions_and_by_no_equal_value() -> None:
    store, first, second = ElementStore(), Order(number=1), Order(number=1, paid=True)
    element = fact(1, first)
    store.add(element)
    store.replace(element, second)
    assert store.find(first) is store.find(second) is element
    assert element.value is second
    assert store.find(Order(number=1)) is None


def test_a_superseded_version_keeps_its_identity() -> None:
    store, element = ElementStore(), fact(1, Order(number=0))
    store.add(element)
    for number in range(1000):  # each new version might get the address of one that is let go
        store.replace(element, Order(number=number))
        assert store.find(Order(number=number)) is None


def test_elements_that_are_gone_are_found_but_not_counted() -> None:
    store, here, gone = ElementStore(), fact(1), fact(2)
    for element in (here, gone):
        store.add(element)
    gone.gone = True
    assert list(store) == [here]
    assert store.by_number() == {1: here}
    assert store.find(gone.value) is gone


def test_it_may_be_changed_while_it_is_looked_through() -> None:
    store = ElementStore()
    store.add(fact(1))
    for element in store:
        store.add(fact(element.id + 1))
    assert [element.id for element in store] == [1, 2]


def test_the_first_equal_element_of_exactly_the_type_is_found() -> None:
    class LargeOrder(Order):
        pass

    store, first = ElementStore(), fact(2, Order(number=7))
    for element in (fact(1, LargeOrder(number=7)), first, fact(3, Order(number=7))):
        store.add(element)
    assert store.equal(Order(number=7)) is first
    assert store.equal(Order(number=8)) is None


def test_a_value_belongs_to_the_element_that_has_it_last() -> None:
    store, value = ElementStore(), Order()
    deleted, lingering = fact(1, value), fact(1, value)
    store.add(deleted)
    store.add(lingering)
    assert store.find(value) is lingering
    store.add(signal())
    assert store.by_number()[1] is lingering
