"""Groups of the agenda: which of them has the focus, and what a match of an activation group does to the others."""

from __future__ import annotations

from infobip_rules.engine.agenda.agenda import ActivationGroup, Agenda
from infobip_rules.engine.network.branch_network import BranchNetwork
from tests.engine.agenda.networks import match, networks


def group(name: str) -> dict[str, object]:
    return {"agenda-group": name}


def queued(agenda: Agenda, *waiting: BranchNetwork) -> Agenda:
    for network in waiting:
        agenda.add(network)
    return agenda


def turns(agenda: Agenda) -> list[str]:
    """The rules that have their turn, each once, until none in a group with the focus is left."""
    names = []
    while (network := agenda.next()) is not None:
        names.append(network.branch.rule.name)
        network.queued = False
    return names


def test_groups_without_the_focus_wait() -> None:
    agenda = queued(Agenda(), *networks(group("late"), {}))
    assert turns(agenda) == ["r1"]
    assert not agenda.idle
    agenda.focus("late")
    assert turns(agenda) == ["r0"]
    assert agenda.idle


def test_the_group_that_got_the_focus_last_goes_first_and_gives_it_back() -> None:
    agenda = queued(Agenda(), *networks({}, group("a"), group("b")))
    agenda.focus("a")
    agenda.focus("b")
    assert agenda.focused == ["a", "b"]
    assert turns(agenda) == ["r2", "r1", "r0"]
    assert agenda.focused == []


def test_a_group_that_has_the_focus_is_not_given_it_twice() -> None:
    agenda = Agenda()
    agenda.focus("a")
    agenda.focus("a")
    assert agenda.focused == ["a"]


def test_an_empty_agenda_has_no_turn() -> None:
    agenda = Agenda()
    assert agenda.next() is None
    assert agenda.idle
    assert agenda.all() == []
    agenda.focus("nobody")
    assert agenda.next() is None


def test_at_rest_no_group_is_active_until_the_next_turn() -> None:
    agenda = queued(Agenda(), *networks(group("a")))
    agenda.focus("a")
    assert not agenda.resting
    agenda.rest()
    assert agenda.resting
    assert agenda.next() is not None
    assert not agenda.resting


def test_all_networks_that_wait_are_listed_once_main_first() -> None:
    late, plain = networks(group("late"), {})
    agenda = queued(Agenda(), late, plain, plain)
    assert agenda.all() == [plain, late]


def test_a_match_of_a_rule_with_auto_focus_gives_its_group_the_focus() -> None:
    agenda, (network,) = Agenda(), networks({**group("a"), "auto-focus": True})
    assert agenda.admit(network, match(), again=False)
    assert agenda.focused == ["a"]


def test_a_match_is_locked_out_if_it_is_newer_than_its_active_group() -> None:
    agenda, (network,) = Agenda(), networks({**group("a"), "lock-on-active": True})
    assert agenda.admit(network, match(recency=1), again=False)  # the group is not active
    agenda.focus("a")
    assert agenda.admit(network, match(recency=0), again=False)
    assert not agenda.admit(network, match(recency=1), again=False)


def test_of_an_activation_group_the_first_match_fires_and_cancels_the_others() -> None:
    agenda = Agenda()
    first, second = networks({"activation-group": "g"}, {"activation-group": "g"})
    fired, cancelled = match(), match(x=1)
    for network, waiting in ((first, fired), (second, cancelled)):
        assert agenda.admit(network, waiting, again=False)
        network.pending[waiting] = None
    assert agenda.fires(first, fired)
    assert list(second.pending) == []
    assert agenda.triggered == {"g": 0}


def test_a_match_that_is_evaluated_anew_has_left_its_activation_group() -> None:
    agenda, (network,) = Agenda(), networks({"activation-group": "g"})
    member, anew = match(), match(x=1)
    agenda.admit(network, member, again=False)
    agenda.admit(network, anew, again=True)
    assert agenda.is_free(network, anew)
    assert not agenda.is_free(network, member)


def test_a_match_without_an_activation_group_is_not_free_of_one() -> None:
    agenda, (network,) = Agenda(), networks({})
    assert not agenda.is_free(network, match())
    agenda.rejoin(network, match())
    assert agenda.triggered == {}


def test_a_restored_match_is_cancelled_like_the_others() -> None:
    agenda = Agenda()
    first, second = networks({"activation-group": "g"}, {"activation-group": "g"})
    restored, fired = match(), match(x=1)
    agenda.rejoin(second, restored)
    second.pending[restored] = None
    agenda.admit(first, fired, again=False)
    assert agenda.fires(first, fired)
    assert list(second.pending) == []


def test_an_old_match_comes_too_late_for_a_group_that_has_fired() -> None:
    waiting, (network,) = ActivationGroup(), networks({"activation-group": "g"})
    fired, old, new = match(recency=1), match(recency=3), match(recency=4)
    assert waiting.add(network, fired)
    waiting.fire(fired, 3)
    assert not waiting.add(network, old)
    assert waiting.add(network, new)
    assert new in waiting


def test_a_match_that_is_no_member_cancels_nothing() -> None:
    waiting, (network,) = ActivationGroup(), networks({"activation-group": "g"})
    member = match()
    waiting.add(network, member)
    waiting.fire(match(x=1), 5)
    assert member in waiting
    assert waiting.triggered < 0


def test_a_network_whose_salience_is_computed_moves_with_its_best_match() -> None:
    computed, fixed = networks({"salience": "a.x"}, {"salience": 5})
    agenda = queued(Agenda(), computed, fixed)
    assert agenda.next() is fixed
    best = match(x=9)
    computed.hold(best)
    agenda.put_in_order(computed)
    assert agenda.next() is computed
    computed.cancel(best)
    agenda.put_in_order(computed)
    assert agenda.next() is fixed
    assert agenda.all() == [fixed, computed]
