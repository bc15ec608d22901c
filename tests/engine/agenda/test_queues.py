"""Queues of networks: by salience, then by declaration; branches of a rule by Drools' heap."""

from __future__ import annotations

from typing import Any

import pytest

from infobip_rules.engine.agenda.queues import BranchQueue, DeclarationQueue, Queue
from infobip_rules.engine.network.branch_network import BranchNetwork
from tests.engine.agenda.networks import match, networks


def salience(value: int) -> dict[str, Any]:
    return {"salience": value}


def push(queue: Queue, *waiting: BranchNetwork) -> None:
    for network in waiting:
        network.queued = True
        queue.push(network)


def drained(queue: Queue) -> list[str]:
    """The rules in the order of their turns, each with nothing left after its turn."""
    names = []
    while (network := queue.first()) is not None:
        names.append(network.branch.rule.name)
        network.queued = False
    return names


@pytest.mark.parametrize("make", [DeclarationQueue, BranchQueue])
def test_the_higher_salience_comes_first_then_the_earlier_declaration(make: type[Queue]) -> None:
    queue = make()
    push(queue, *reversed(networks({}, salience(-5), salience(7), salience(7))))
    assert drained(queue) == ["r2", "r3", "r0", "r1"]
    assert len(queue) == 0


@pytest.mark.parametrize("make", [DeclarationQueue, BranchQueue])
def test_an_empty_queue_has_no_turn(make: type[Queue]) -> None:
    queue = make()
    assert queue.first() is None
    assert list(queue.networks()) == []
    queue.tidy()


@pytest.mark.parametrize("make", [DeclarationQueue, BranchQueue])
def test_a_network_that_was_queued_twice_has_its_turn_once(make: type[Queue]) -> None:
    queue, (first, second) = make(), networks({}, {})
    push(queue, second, first, second)
    assert drained(queue) == ["r0", "r1"]


@pytest.mark.parametrize("make", [DeclarationQueue, BranchQueue])
def test_a_network_whose_order_has_changed_comes_at_its_new_place_only(make: type[Queue]) -> None:
    queue, (first, second) = make(), networks({}, {})
    push(queue, first, second)
    second.order = (-9, *second.order[1:])
    queue.push(second)
    assert queue.first() is second
    assert list(queue.networks()) == [second, first]
    assert drained(queue) == ["r1", "r0"]


@pytest.mark.parametrize("make", [DeclarationQueue, BranchQueue])
def test_networks_are_listed_without_those_that_have_nothing_left(make: type[Queue]) -> None:
    queue, (first, second, third) = make(), networks({}, {}, salience(1))
    push(queue, first, second, third)
    second.queued = False
    assert list(queue.networks()) == [third, first]


def test_listed_branches_that_are_queued_again_make_the_same_order() -> None:
    branches = networks({}, {}, branches=3)
    queue, again = BranchQueue(), BranchQueue()
    push(queue, branches[2], branches[3], branches[0], branches[1])
    push(again, *queue.networks())
    assert list(again.networks()) == list(queue.networks())
    assert list(queue.networks())[-1] is branches[3]


def test_tidying_removes_branches_whose_matches_are_gone() -> None:
    queue, (first, second, _) = BranchQueue(), networks({}, branches=3)
    push(queue, first, second)
    lost, waiting = match(), match()
    lost.elements[0].gone = True
    first.pending[lost] = None
    second.pending[waiting] = None
    queue.tidy()
    assert not first.queued
    assert queue.first() is second


def test_tidying_keeps_the_place_of_networks_that_depend_on_no_other() -> None:
    queue, (first, second) = DeclarationQueue(), networks({}, {})
    push(queue, first, second)
    queue.tidy()
    assert drained(queue) == ["r0", "r1"]
