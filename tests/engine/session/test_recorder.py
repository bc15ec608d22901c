"""The recorder: what it knows of an evaluation, in which order, and that it holds nothing on to it."""

from __future__ import annotations

import gc
import weakref

from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.session.recorder import Recorder, Step
from infobip_rules.engine.session.working_memory import WorkingMemory
from tests.engine.parts import Order, Payment, fire, insert, memory_of, pattern, rule


def watched(memory: WorkingMemory) -> Recorder:
    recorder = Recorder()
    recorder.watch(memory)
    return recorder


def test_changes_are_those_of_the_opening_until_a_rule_fires_and_then_its_own() -> None:
    memory = memory_of(rule(pattern()))
    recorder = watched(memory)
    value, later = Order(), Order(paid=True)
    order = insert(memory, 1, value)
    assert memory.next_match() is not None
    memory.modify(order, later, frozenset({"paid"}), origin="t/r")
    memory.delete(order, origin="t/r")
    assert recorder.opening == [Step(order, None, value, None)]
    [fired] = recorder.fired
    assert (fired.branch.rule.id, fired.elements, fired.values) == ("t/r", (order,), (value,))
    assert fired.steps == [Step(order, value, later, "t/r", frozenset({"paid"})), Step(order, later, None, "t/r")]
    assert recorder.steps == [*recorder.opening, *fired.steps]


def test_the_same_object_a_second_time_is_no_change() -> None:
    memory, value = memory_of(rule(pattern())), Order()
    recorder = watched(memory)
    insert(memory, 1, value)
    insert(memory, 2, value)
    assert len(recorder.steps) == 1


def test_an_amendment_is_of_the_rule_that_fires_and_of_no_field_that_anybody_heard_of() -> None:
    memory = memory_of(rule(pattern()))
    recorder = watched(memory)
    order = insert(memory, 1, Order())
    memory.amend(order, Order(number=1))
    fire(memory)
    memory.amend(order, Order(number=2))
    changes = [step for step in recorder.steps if step.before is not None]
    assert [(step.origin, step.named) for step in changes] == [(None, frozenset()), ("t/r", frozenset())]


def test_what_goes_because_nothing_justifies_it_is_recorded_as_of_the_rule_that_ended_the_match() -> None:
    memory = memory_of(rule(pattern()))
    recorder = watched(memory)
    order = insert(memory, 1, Order())
    memory.next_match()
    logical = memory.insert_logical(Payment(), lambda: 2, origin="t/r")
    memory.delete(order, origin="t/r")
    assert memory.next_match() is None
    gone = [(step.element, step.origin) for step in recorder.steps if step.after is None]
    assert gone == [(order, "t/r"), (logical, "t/r")]


def test_a_memory_that_is_recorded_is_let_go_without_the_garbage_collector() -> None:
    class Watched(WorkingMemory):
        __slots__ = ("__weakref__",)

    rulebook = Rulebook([rule(pattern(), pattern(Payment, "b"))], fact_types=[Order, Payment])
    gc.disable()
    try:
        memory = Watched(rulebook)
        recorder = watched(memory)
        insert(memory, 1, Order())
        insert(memory, 2, Payment())
        fire(memory)
        alive = weakref.ref(memory)
        del memory, recorder
        assert alive() is None
    finally:
        gc.enable()
