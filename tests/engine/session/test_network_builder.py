"""The builder of networks: what is staged in a network that is built from what is there."""

from __future__ import annotations

from collections.abc import Sequence

from infobip_rules.engine.agenda.agenda import Agenda
from infobip_rules.engine.network.alpha import AlphaNetwork, Branch
from infobip_rules.engine.network.alpha_memories import AlphaMemories
from infobip_rules.engine.network.branch_network import BranchNetwork
from infobip_rules.engine.network.elements import Element
from infobip_rules.engine.network.match_keys import key_of
from infobip_rules.engine.network.staging import INSERT
from infobip_rules.engine.rules.model import Rule, Window
from infobip_rules.engine.session.network_builder import NetworkBuilder, Waiting
from infobip_rules.engine.session.scheduler import Scheduler
from tests.engine.parts import Order, Payment, alphas_of, fact, match, none, pattern, rule, same

PAIR = (pattern(), pattern(Payment, "b"))


class Setup:
    """A builder with what it is made of, over one rule and some elements."""

    def __init__(self, of: Rule, *elements: Element) -> None:
        self.alphas: AlphaNetwork = alphas_of(of)
        self.memories = AlphaMemories()
        self.agenda = Agenda()
        self.scheduler = Scheduler(self.alphas, self.memories, self.agenda)
        self.networks: dict[Branch, BranchNetwork] = {}
        self.builder = NetworkBuilder(
            self.networks, self.memories, self.scheduler, self.agenda, timers=None, history=None
        )
        for element in elements:
            self.memories.add_to_all(element)

    @property
    def branch(self) -> Branch:
        """The branch of the rule."""
        return self.alphas.branches[0]

    def evaluated(self, network: BranchNetwork) -> list[list[int]]:
        """The matches that wait once the network is evaluated, by the numbers of their elements."""
        self.scheduler.evaluate(network)
        return [[element.id for element in found.elements] for found in network.pending]


def stored(number: int, *, of: int = 0) -> Element:
    """A fact that was there before: an order, or a payment of pattern 1."""
    element = fact(number, Payment(number=number) if of else Order(number=number), of)
    element.already_matched = True
    return element


def new(number: int, *, of: int = 0) -> Element:
    element = stored(number, of=of)
    element.already_matched = False
    return element


def test_what_stored_elements_match_does_not_wait_and_what_is_new_matches_them() -> None:
    setup = Setup(rule(*PAIR), stored(1), stored(2, of=1), new(3, of=1))
    network = setup.builder.build(setup.branch, already_matched=True)
    assert (network.linked, len(network.pending), network.dirty) == (True, 0, True)
    assert setup.evaluated(network) == [[1, 3]]


def test_to_a_rule_that_is_new_to_the_session_everything_is_new() -> None:
    setup = Setup(rule(*PAIR), stored(1), stored(2, of=1))
    assert setup.evaluated(setup.builder.build(setup.branch, already_matched=False)) == [[1, 2]]


def test_with_nothing_stored_under_its_key_the_memories_of_a_join_are_deferred() -> None:
    setup = Setup(rule(*PAIR), new(1), stored(2, of=1))
    network = setup.builder.build(setup.branch, already_matched=True)
    assert network.memories_deferred
    assert setup.evaluated(network) == [[1, 2]]


def test_a_rule_with_not_or_with_a_question_to_the_agenda_gets_its_memories_at_once() -> None:
    for of in (rule(pattern(), none(pattern(Payment, "b"))), rule(*PAIR, lock_on_active=True)):
        setup = Setup(of, new(1))
        assert not setup.builder.build(setup.branch, already_matched=True).memories_deferred


def test_deferred_memories_are_built_without_the_element_that_just_came_and_keep_what_waited() -> None:
    setup = Setup(rule(*PAIR), new(1), new(2, of=1), new(3, of=1))
    network = setup.builder.build(setup.branch, already_matched=True)
    setup.scheduler.evaluate(network)
    network.take()  # one has fired
    left = [[element.id for element in found.elements] for found in network.pending]
    late = new(4, of=1)
    setup.memories.add_to_all(late)
    setup.builder.build_memories(network, but=late)
    assert not network.memories_deferred
    assert [[element.id for element in found.elements] for found in network.pending] == left
    assert len(left) == 1


def test_a_network_that_may_not_match_yet_keeps_stored_elements_waiting() -> None:
    setup = Setup(rule(*PAIR), stored(1))
    network = setup.builder.build(setup.branch, already_matched=True)
    assert (network.linked, network.dirty) == (False, True)
    setup.memories.add_to_all(late := new(2, of=1))
    setup.scheduler.stage(network, late, 1, INSERT, setup.branch.places[1][1])
    assert setup.evaluated(network) == [[1, 2]]


def waiting(setup: Setup, *pairs: Sequence[Element], **more: int) -> list[Waiting]:
    return [Waiting(key_of(setup.branch, match(*pair)), **more) for pair in pairs]


def test_matches_that_waited_wait_again_and_no_others() -> None:
    one, two, payment = stored(1), stored(2), stored(3, of=1)
    setup = Setup(rule(*PAIR), one, two, payment)
    network = setup.builder.build(setup.branch, already_matched=True, waiting=waiting(setup, (two, payment)))
    assert [[element.id for element in found.elements] for found in network.pending] == [[2, 3]]
    assert setup.agenda.next() is network


def test_a_match_that_waited_and_does_not_hold_any_more_is_left_out() -> None:
    order, payment = stored(1), stored(2, of=1)
    setup = Setup(rule(pattern(), pattern(Payment, "b", joins=(same("number"),))), order, payment)
    network = setup.builder.build(setup.branch, already_matched=True, waiting=waiting(setup, (order, payment)))
    assert len(network.pending) == 0
    assert setup.agenda.idle


def test_a_match_has_the_salience_again_that_it_had() -> None:
    order = stored(1)
    setup = Setup(rule(pattern(), salience=lambda values: 5), order)
    network = setup.builder.build(setup.branch, already_matched=True, waiting=waiting(setup, (order,), salience=9))
    assert network.saliences is not None
    assert network.saliences.highest == 9


def test_an_alternative_is_cancelled_again_by_others_of_its_group_unless_it_was_free() -> None:
    for free, left in ((False, 0), (True, 1)):
        one, two = stored(1), stored(2)
        setup = Setup(rule(pattern(), activation_group="g"), one, two)
        both = [*waiting(setup, (one,)), *(waits._replace(free=free) for waits in waiting(setup, (two,)))]
        network = setup.builder.build(setup.branch, already_matched=True, waiting=both)
        assert setup.agenda.fires(network, network.take())
        assert len(network.pending) == left


def test_with_a_window_stored_elements_are_replayed_in_the_order_in_which_they_came() -> None:
    late, early = stored(2), stored(1, of=1)
    late.recency, early.recency = 9, 3
    setup = Setup(rule(pattern(window=Window(kind="length", size=2)), pattern(Payment, "b")), late, early)
    network = setup.builder.build(setup.branch, already_matched=False)
    assert network.dirty  # the empty tuple
    assert setup.scheduler.has_changes
    setup.scheduler.evaluate_changes()
    assert setup.evaluated(network) == [[2, 1]]
