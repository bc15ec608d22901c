"""Evaluation history: what is kept of branches that were evaluated and can't match any more, and how it comes back."""

from __future__ import annotations

from infobip_rules.engine.agenda.agenda import Agenda
from infobip_rules.engine.network.alpha import AlphaNetwork, Branch
from infobip_rules.engine.network.alpha_memories import AlphaMemories
from infobip_rules.engine.network.branch_network import BranchNetwork
from infobip_rules.engine.network.staging import DELETE, INSERT
from infobip_rules.engine.rules.model import Rule
from infobip_rules.engine.session.evaluation_history import Evaluated, EvaluationHistory
from tests.engine.parts import Order, Payment, alphas_of, fact, none, pattern, rule, signal

#: No payment is there for an order; it asks who brought that about.
UNPAID = rule(pattern(), none(pattern(Payment, "b")), no_loop=True)
GROUPED = rule(pattern(), none(pattern(Payment, "b")), activation_group="g")


class Setup:
    """A history with what it is made of, over the branches of some rules."""

    def __init__(self, *rules: Rule) -> None:
        self.alphas: AlphaNetwork = alphas_of(*rules)
        self.memories = AlphaMemories()
        self.agenda = Agenda()
        self.networks: dict[Branch, BranchNetwork] = {}
        self.branch = self.alphas.branches[0]
        self.history = EvaluationHistory(self.alphas.with_history, self.memories, self.networks, self.agenda)

    def network(self) -> BranchNetwork:
        """The network of the first branch, started."""
        network = self.networks[self.branch] = BranchNetwork(self.branch)
        network.start()
        return network


def test_it_is_kept_for_rules_that_ask_what_brought_a_match_about() -> None:
    assert Setup(UNPAID).alphas.with_history
    assert not Setup(rule(pattern(), none(pattern(Payment, "b")))).alphas.with_history
    assert not Setup(rule(pattern(), no_loop=True)).alphas.with_history


def test_what_came_since_the_branch_was_evaluated_is_told_by_pattern_and_number() -> None:
    setup = Setup(UNPAID)
    network, order, payment = setup.network(), fact(1, Order(), 0), fact(2, Payment(), 1)
    network.run()
    for place, element in enumerate((order, payment)):
        setup.memories.add_to_all(element)
        network.stage(element, place, INSERT, setup.branch.places[place][1])
    assert setup.history.evaluated() == {setup.branch: Evaluated([(0, 1), (1, 2)], [])}


def test_a_branch_that_can_match_is_not_written_nor_one_that_was_never_evaluated() -> None:
    setup = Setup(UNPAID)
    network, order = setup.network(), fact(1, Order(), 0)
    assert setup.history.evaluated() == {}
    network.run()
    setup.memories.add_to_all(order)
    assert setup.history.evaluated() == {}


def test_signals_have_no_number_once_they_have_ended() -> None:
    setup = Setup(rule(pattern(), none(pattern(Payment, "b")), lock_on_active=True))
    network = setup.network()
    network.run()
    ended = signal(None)
    ended.id = 7  # kept for a match that waits with it
    network.stage(ended, 1, INSERT, setup.branch.places[1][1])
    network.run()
    network.stage(ended, 1, DELETE, setup.branch.places[1][1])
    assert setup.history.evaluated() == {setup.branch: Evaluated([], [(1, 0)])}


def test_what_is_put_back_is_written_again() -> None:
    setup, kept = Setup(UNPAID), Evaluated([(0, 1)], [(1, 2)])
    order = fact(1, Order(), 0)
    setup.memories.add_to_all(order)
    setup.memories.add_to_all(fact(3, Payment(), 1))
    setup.history.restore({setup.branch: kept}, {}, {1: order})
    assert setup.history.evaluated() == {setup.branch: kept}
    before = setup.history.before(setup.branch)
    assert before is not None
    assert (before.linked, before.added) == (False, {(0, 1)})
    [(number, stand_in)] = before.removed
    assert (number, stand_in.id, stand_in.gone) == (1, 2, True)


def test_what_a_deploy_took_away_or_made_another_pattern_is_left_out() -> None:
    setup = Setup(UNPAID)
    setup.history.restore({setup.branch: Evaluated([], [(0, 5), (1, 6), (9, 7)])}, {}, {})
    before = setup.history.before(setup.branch)
    assert before is not None
    assert [(number, element.id) for number, element in before.removed] == [(1, 6)]


def test_a_branch_that_can_match_with_what_is_stored_counts_as_evaluated() -> None:
    setup = Setup(UNPAID)
    setup.memories.add_to_all(fact(1, Order(), 0))
    setup.history.restore({}, {}, {})
    before = setup.history.before(setup.branch)
    assert before is not None
    assert before.linked


def test_changes_reach_a_branch_that_was_evaluated_although_nothing_is_there() -> None:
    setup = Setup(UNPAID)
    setup.history.restore({setup.branch: Evaluated([], [])}, {}, {})
    assert setup.branch.key in setup.memories


def test_triggered_groups_come_back_in_their_order_with_what_changed_since() -> None:
    other = rule(pattern(), none(pattern(Payment, "b")), name="other", order=1, activation_group="h")
    setup = Setup(GROUPED, other)
    old, newer, newest = (fact(number, Order(), 0) for number in (1, 2, 3))
    for element in (old, newer, newest):
        setup.memories.add_to_all(element)
    setup.history.restore({}, {"g": [2, 3], "h": [3]}, {1: old, 2: newer, 3: newest})
    assert (old.recency, newer.recency, newest.recency) == (0, 1, 2)
    assert setup.agenda.recency == 2
    assert setup.agenda.triggered == {"g": 0, "h": 1}
    assert setup.history.triggered() == {"g": [2, 3], "h": [3]}


def test_a_network_that_can_no_more_match_is_evaluated_though_it_learned_of_nothing() -> None:
    setup = Setup(UNPAID)
    network, order = setup.network(), fact(1, Order(), 0)
    setup.memories.add_to_all(order)
    network.stage(order, 0, INSERT, setup.branch.places[0][1])
    network.run()
    network.linked = True
    setup.memories.remove_from_all(order)
    network.stage(fact(2, Payment()), 1, INSERT, setup.branch.places[1][1])
    setup.history.evaluate_unlinked()
    assert (network.linked, network.dirty) == (False, False)
