"""The scheduler: when networks are evaluated, and in which order they come on the agenda."""

from __future__ import annotations

from infobip_rules.engine.agenda.agenda import Agenda
from infobip_rules.engine.network.alpha import AlphaNetwork
from infobip_rules.engine.network.alpha_memories import AlphaMemories
from infobip_rules.engine.network.branch_network import BranchNetwork
from infobip_rules.engine.network.elements import Element
from infobip_rules.engine.network.staging import DELETE, INSERT
from infobip_rules.engine.rules.model import Rule, Window
from infobip_rules.engine.session.scheduler import Scheduler
from tests.engine.parts import Payment, alphas_of, fact, none, pattern, rule


class Setup:
    """A scheduler with what it is made of, and started networks of some rules."""

    def __init__(self, *rules: Rule) -> None:
        self.alphas: AlphaNetwork = alphas_of(*rules)
        self.memories = AlphaMemories()
        self.agenda = Agenda(has_or_branches=self.alphas.has_or_branches)
        self.scheduler = Scheduler(self.alphas, self.memories, self.agenda)
        self.networks = [BranchNetwork(branch) for branch in self.alphas.branches]
        for network in self.networks:
            network.start()

    def stage(self, place: int, element: Element) -> None:
        """Stages the insertion of an element at one place of every network."""
        self.memories.add_to_all(element)
        for network in self.networks:
            _, pattern, _ = next(one for one in network.branch.places if one[0] == place)
            self.scheduler.stage(network, element, place, INSERT, pattern)


PAIR = (pattern(), pattern(Payment, "b"))


def test_a_network_waits_for_its_turn_and_is_evaluated_then() -> None:
    setup = Setup(rule(*PAIR))
    [network] = setup.networks
    setup.stage(0, fact(1, None, 0))
    setup.stage(1, fact(2, Payment(), 1))
    assert not setup.scheduler.has_work
    assert setup.agenda.next() is network
    assert (network.dirty, len(network.pending)) == (True, 0)
    setup.scheduler.evaluate(network)
    assert (network.dirty, network.linked, len(network.pending)) == (False, True, 1)


def test_while_the_branch_cannot_match_changes_stay_staged() -> None:
    setup = Setup(rule(*PAIR))
    [network] = setup.networks
    setup.stage(0, fact(1, None, 0))
    setup.scheduler.evaluate(network)
    assert (network.dirty, network.linked) == (True, False)


def test_what_could_match_and_can_no_more_is_evaluated_once_more() -> None:
    setup = Setup(rule(*PAIR))
    [network] = setup.networks
    order, payment = fact(1, None, 0), fact(2, Payment(), 1)
    setup.stage(0, order)
    setup.stage(1, payment)
    setup.scheduler.evaluate(network)
    setup.memories.remove_from_all(order)
    setup.scheduler.stage(network, order, 0, DELETE, PAIR[0])
    setup.scheduler.evaluate(network)
    assert (network.dirty, network.linked, len(network.pending)) == (False, False, 0)


def test_eager_networks_are_evaluated_ahead_of_their_turn() -> None:
    setup = Setup(rule(*PAIR), rule(*PAIR, name="eager", order=1, no_loop=True))
    lazy, eager = setup.networks
    setup.stage(0, fact(1, None, 0))
    setup.stage(1, fact(2, Payment(), 1))
    assert setup.scheduler.has_work
    assert not setup.scheduler.has_changes
    setup.scheduler.evaluate_ahead()
    assert (lazy.dirty, eager.dirty) == (True, False)
    assert not setup.scheduler.has_work


def test_with_a_window_every_change_has_its_effect_by_itself() -> None:
    setup = Setup(rule(pattern(window=Window(kind="length", size=1)), pattern(Payment, "b")))
    [network] = setup.networks
    assert setup.scheduler.streams
    setup.stage(0, fact(1, None, 0))
    assert setup.scheduler.has_changes
    assert not network.queued
    setup.scheduler.evaluate_ahead()
    assert network.queued
    assert not setup.scheduler.has_changes


def test_branches_of_one_rule_wait_in_the_order_in_which_they_are_written() -> None:
    two = rule(branches=((pattern(),), (pattern(alias="b"), none(pattern(Payment, "c")))))
    setup = Setup(two)
    first, second = setup.networks
    setup.memories.add_to_all(fact(1, None, 0))
    element = fact(2, None, 0)
    setup.memories.add_to_all(element)
    for network in (second, first):
        setup.scheduler.stage(network, element, 0, INSERT, network.branch.places[0][1])
    assert setup.agenda.idle
    setup.scheduler.schedule_waiting()
    assert setup.agenda.all() == [first, second]


def test_a_branch_that_cannot_match_does_not_wait() -> None:
    two = rule(branches=((pattern(),), (pattern(alias="b"), pattern(Payment, "c"))))
    setup = Setup(two)
    first, second = setup.networks
    setup.stage(0, fact(1, None, 0))
    setup.scheduler.schedule_waiting()
    assert (first.queued, second.queued) == (True, False)


def test_matches_that_are_put_back_give_their_network_its_turn() -> None:
    setup = Setup(rule(pattern()))
    [network] = setup.networks
    setup.scheduler.schedule_restored(network)
    assert setup.agenda.idle
    network.stage(fact(1, None, 0), 0, INSERT, network.branch.places[0][1])
    setup.scheduler.schedule_restored(network)
    assert setup.agenda.next() is network
