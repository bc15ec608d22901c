"""The agenda: the matches that wait to fire, by agenda group and focus, activation group and salience."""

from __future__ import annotations

from infobip_rules.engine.agenda.queues import BranchQueue, DeclarationQueue, Queue
from infobip_rules.engine.network.branch_network import BranchNetwork
from infobip_rules.engine.network.elements import Tuple
from infobip_rules.engine.rules.model import MAIN, Rule
from infobip_rules.engine.rules.moment import current_moment


class AgendaGroup:
    """The networks of an agenda group that may have matches, in the order of their turns."""

    __slots__ = ("active", "name", "queue", "since")

    def __init__(self, name: str, queue: Queue) -> None:
        self.name = name
        self.queue = queue
        #: Whether it has the focus, and the recency of the last change when it got the focus.
        self.active = False
        self.since = 0


class Agenda(AgendaGroup):
    """The agenda groups of an evaluation, and the focus; itself the group MAIN, which is below all others."""

    __slots__ = ("_activation_groups", "_focus", "_others", "_queue", "recency")

    def __init__(self, *, has_or_branches: bool = False) -> None:
        self._queue: type[DeclarationQueue | BranchQueue] = BranchQueue if has_or_branches else DeclarationQueue
        self.name, self.queue = MAIN, self._queue()
        self.active, self.since = False, 0
        self._others: dict[str, AgendaGroup] = {}
        #: The groups that were given the focus, the present one last; without MAIN.
        self._focus: list[AgendaGroup] = []
        self._activation_groups: dict[str, ActivationGroup] = {}
        #: The number of changes in working memory.
        self.recency = 0

    def add(self, network: BranchNetwork) -> None:
        """Queues a network in its agenda group."""
        network.queued = True
        name = network.branch.rule.agenda_group
        group = self if name == MAIN else self._group(name)
        group.queue.push(network)

    def focus(self, name: str) -> None:
        """Gives the focus to a group: its rules fire before those of the groups that have had it."""
        group, focused = self._group(name), self._focus[-1] if self._focus else self
        if group is not focused:
            focused.active = False
            self._focus.append(group)
            group.active, group.since = True, self.recency

    def rest(self) -> None:
        """Makes every group inactive, as after a halt, until the next network is asked for."""
        for group in (self, *self._focus):
            group.active = False

    def next(self) -> BranchNetwork | None:
        """The network whose turn it is; None if there is none in any group that has the focus."""
        while True:
            group = self._focus[-1] if self._focus else self
            network = group.queue.first() if group.queue else None
            if network is not None:
                if not group.active:
                    group.active, group.since = True, self.recency
                return network
            group.active = False
            if not self._focus:
                return None
            self._focus.pop()

    @property
    def idle(self) -> bool:
        """Whether no network waits for its turn."""
        return not (self.queue or (self._others and any(group.queue for group in self._others.values())))

    @property
    def focused(self) -> list[str]:
        """The names of the groups that were given the focus, the present one last."""
        return [group.name for group in self._focus]

    @property
    def resting(self) -> bool:
        """Whether no group that was given the focus is active, as after a halt."""
        return not any(group.active for group in self._focus)

    def all(self) -> list[BranchNetwork]:
        """Every network that waits for its turn, of all groups."""
        queues = [group.queue for group in (self, *self._others.values())]
        return list(dict.fromkeys(network for queue in queues for network in queue.networks()))

    def tidy(self) -> None:
        """Removes networks without waiting matches: those that wait get the order of a session that is loaded anew."""
        for group in (self, *self._others.values()):
            group.queue.tidy()

    def admit(self, network: BranchNetwork, match: Tuple, *, again: bool) -> bool:
        """Whether a match that is new (or, `again`, evaluated anew) may fire; does what its rule's attributes ask for."""
        rule = network.branch.rule
        group = self._group(rule.agenda_group)
        if rule.auto_focus and not group.active:
            self.focus(rule.agenda_group)
        if rule.lock_on_active and group.active and match.recency > group.since:
            return False
        # As in Drools, a match that is evaluated anew belongs to its activation group no more.
        return (
            again or rule.activation_group is None or self._activation_group(rule.activation_group).add(network, match)
        )

    def rejoin(self, network: BranchNetwork, match: Tuple) -> None:
        """Restores a match that waited when the session was saved to its activation group, if it has one."""
        name = network.branch.rule.activation_group
        if name is not None:
            self._activation_group(name).restore(network, match)

    @property
    def triggered(self) -> dict[str, int]:
        """The activation groups of which a match has fired, each with the recency of the last change then."""
        return {name: group.triggered for name, group in self._activation_groups.items() if group.triggered >= 0}

    def trigger(self, name: str, recency: int) -> None:
        """Notes that a match of an activation group has fired when the last change had this recency."""
        self._activation_group(name).triggered = recency

    def is_free(self, network: BranchNetwork, match: Tuple) -> bool:
        """Whether a match of an activation group fires even if another match of the group does."""
        name = network.branch.rule.activation_group
        return name is not None and match not in self._activation_groups.get(name, ())

    def fires(self, network: BranchNetwork, match: Tuple) -> bool:
        """Whether a match fires now that it has its turn; if so, the others of its activation group are cancelled."""
        self.put_in_order(network)
        rule = network.branch.rule
        if not _is_effective(rule):
            return False
        if rule.activation_group is not None:
            self._activation_group(rule.activation_group).fire(match, self.recency)
        return True

    def put_in_order(self, network: BranchNetwork) -> None:
        """Queues a network with computed salience at the place that its next match asks for."""
        if network.saliences is not None:
            highest = network.saliences.highest if network.saliences else 0
            order = (-highest, *network.branch.order[1:])
            if order != network.order:
                network.order = order
                self.add(network)

    def _activation_group(self, name: str) -> ActivationGroup:
        return self._activation_groups.setdefault(name, ActivationGroup())

    def _group(self, name: str) -> AgendaGroup:
        return self if name == MAIN else self._others.setdefault(name, AgendaGroup(name, self._queue()))


class ActivationGroup:
    """The matches of an activation group: when one fires, the others are cancelled."""

    __slots__ = ("_matches", "triggered")

    def __init__(self) -> None:
        self._matches: dict[Tuple, BranchNetwork] = {}
        #: The recency of the last change when a match fired; negative if none has.
        self.triggered = -1

    def __contains__(self, match: Tuple) -> bool:
        return match in self._matches

    def add(self, network: BranchNetwork, match: Tuple) -> bool:
        """Adds a match, unless it is so old that the match that fired would have cancelled it."""
        if match.recency <= self.triggered:
            return False
        self._matches[match] = network
        return True

    def restore(self, network: BranchNetwork, match: Tuple) -> None:
        """Adds a match that belonged to the group when the session was saved."""
        self._matches[match] = network

    def fire(self, match: Tuple, recency: int) -> None:
        """Cancels the others, if the match that fires belongs to the group."""
        if match in self._matches:
            self.triggered = recency
            for other, network in self._matches.items():
                network.cancel(other)
            self._matches.clear()


def _is_effective(rule: Rule) -> bool:
    if rule.effective is None and rule.expires is None:
        return True
    now = current_moment()
    return (rule.effective is None or rule.effective <= now) and (rule.expires is None or now < rule.expires)
