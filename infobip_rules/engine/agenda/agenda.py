"""Which rule's turn it is: agenda groups and their focus, activation groups, salience that is computed."""

from __future__ import annotations

from infobip_rules.engine.agenda.queues import Declared, Queue, Tied
from infobip_rules.engine.network.branch_network import BranchNetwork
from infobip_rules.engine.network.elements import Tuple
from infobip_rules.engine.rules.model import MAIN, Rule
from infobip_rules.engine.rules.moment import current_moment


class Group:
    """The rules of one agenda group that may have matches, the next to look at first."""

    __slots__ = ("active", "name", "queue", "since")

    def __init__(self, name: str, queue: Queue) -> None:
        self.name = name
        self.queue = queue
        #: Whether it has the focus, and the recency of the last change when it got it.
        self.active = False
        self.since = 0


class Agenda(Group):
    """The agenda groups of one evaluation, and which of them has the focus; itself MAIN, which is below them all."""

    __slots__ = ("_alternatives", "_focus", "_others", "_queue", "recency")

    def __init__(self, *, tied: bool = False) -> None:
        self._queue: type[Declared | Tied] = Tied if tied else Declared
        self.name, self.queue = MAIN, self._queue()
        self.active, self.since = False, 0
        self._others: dict[str, Group] = {}
        #: The groups that were given the focus, the one that has it last; without MAIN.
        self._focus: list[Group] = []
        self._alternatives: dict[str, Alternatives] = {}
        #: How many changes there were in working memory.
        self.recency = 0

    def add(self, network: BranchNetwork) -> None:
        """Gives a network its turn some time."""
        network.queued = True
        name = network.branch.rule.agenda_group
        group = self if name == MAIN else self._group(name)
        group.queue.push(network)

    def focus(self, name: str) -> None:
        """Lets the rules of a group have their turn before those of the groups that have it now."""
        group, now = self._group(name), self._focus[-1] if self._focus else self
        if group is not now:
            now.active = False
            self._focus.append(group)
            group.active, group.since = True, self.recency

    def rest(self) -> None:
        """Nothing fires until the next is asked for."""
        for group in (self, *self._focus):
            group.active = False

    def next(self) -> BranchNetwork | None:
        """The network whose turn it is; None when there is none in any group that has the focus."""
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
        """Whether nothing waits for its turn."""
        return not (self.queue or (self._others and any(group.queue for group in self._others.values())))

    @property
    def focused(self) -> list[str]:
        """The groups that have been given the focus, the one that has it last."""
        return [group.name for group in self._focus]

    @property
    def resting(self) -> bool:
        """Whether no group that was given the focus is active: as after a halt."""
        return not any(group.active for group in self._focus)

    def all(self) -> list[BranchNetwork]:
        """Every network that waits for its turn, in whichever group."""
        queues = [group.queue for group in (self, *self._others.values())]
        return list(dict.fromkeys(network for queue in queues for network in queue.networks()))

    def tidy(self) -> None:
        """Lets go of what does not wait, so that what waits is in the order that it will have in a session loaded anew."""
        for group in (self, *self._others.values()):
            group.queue.tidy()

    def admit(self, network: BranchNetwork, match: Tuple, *, again: bool) -> bool:
        """Whether a match that came about (or, `again`, is looked at anew) may fire; notes what its rule asks for."""
        rule = network.branch.rule
        group = self._group(rule.agenda_group)
        if rule.auto_focus and not group.active:
            self.focus(rule.agenda_group)
        if rule.lock_on_active and group.active and match.recency > group.since:
            return False
        # As in Drools, a match that is looked at anew is no alternative to others any more.
        return (
            again or rule.activation_group is None or self._alternatives_in(rule.activation_group).add(network, match)
        )

    def rejoin(self, network: BranchNetwork, match: Tuple) -> None:
        """Makes a match that waited before an alternative to others, if its rule says so."""
        name = network.branch.rule.activation_group
        if name is not None:
            self._alternatives_in(name).take_back(network, match)

    @property
    def triggered(self) -> dict[str, int]:
        """The activation groups of which a match has fired, each with the recency of the last change then."""
        return {name: one.triggered for name, one in self._alternatives.items() if one.triggered >= 0}

    def trigger(self, name: str, recency: int) -> None:
        """Notes that a match of an activation group has fired when the last change had this recency."""
        self._alternatives_in(name).triggered = recency

    def is_free(self, network: BranchNetwork, match: Tuple) -> bool:
        """Whether a match that waits may fire although another of its activation group does."""
        name = network.branch.rule.activation_group
        return name is not None and match not in self._alternatives.get(name, ())

    def fires(self, network: BranchNetwork, match: Tuple) -> bool:
        """Whether a match fires now that it has its turn; those that are alternatives to it are cancelled."""
        self.put_in_order(network)
        rule = network.branch.rule
        if not _is_effective(rule):
            return False
        if rule.activation_group is not None:
            self._alternatives_in(rule.activation_group).chosen(match, self.recency)
        return True

    def put_in_order(self, network: BranchNetwork) -> None:
        """Gives a network whose salience is computed the place that its next match asks for."""
        if network.saliences is not None:
            highest = network.saliences.highest if network.saliences else 0
            order = (-highest, *network.branch.order[1:])
            if order != network.order:
                network.order = order
                self.add(network)

    def _alternatives_in(self, name: str) -> Alternatives:
        return self._alternatives.setdefault(name, Alternatives())

    def _group(self, name: str) -> Group:
        return self if name == MAIN else self._others.setdefault(name, Group(name, self._queue()))


class Alternatives:
    """The matches of one activation group: when one fires, the others do not."""

    __slots__ = ("_matches", "triggered")

    def __init__(self) -> None:
        self._matches: dict[Tuple, BranchNetwork] = {}
        #: The recency of the last change when one fired.
        self.triggered = -1

    def __contains__(self, match: Tuple) -> bool:
        return match in self._matches

    def add(self, network: BranchNetwork, match: Tuple) -> bool:
        """Adds a match; not one that would have been cancelled if its rule had been looked at before."""
        if match.recency <= self.triggered:
            return False
        self._matches[match] = network
        return True

    def take_back(self, network: BranchNetwork, match: Tuple) -> None:
        """Adds a match that was one before the session was saved."""
        self._matches[match] = network

    def chosen(self, match: Tuple, recency: int) -> None:
        """Lets none of the others fire, if the match that fires is one of them."""
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
