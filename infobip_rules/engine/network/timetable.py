"""The timetable of a rule with a timer: the moments at which its matches fire."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from infobip_rules.engine.network.elements import Element, Tuple
from infobip_rules.engine.network.timing import Due, due_again, due_unmuted, first_due, next_due
from infobip_rules.engine.rules.model import RuleTimer
from infobip_rules.engine.rules.moment import current_moment


class Timetable:
    """When the matches of one branch fire, as Drools' timer node has it.

    A match that is judged anew keeps its moment; if it has fired for the last time, it then fires at once.
    """

    __slots__ = ("_dues", "_timer")

    def __init__(self, timer: RuleTimer) -> None:
        self._timer = timer
        self._dues: dict[Tuple, Due] = {}

    def __iter__(self) -> Iterator[tuple[Tuple, Due]]:
        return iter(
            [(match, due) for match, due in self._dues.items() if not any(element.gone for element in match.elements)]
        )

    def restore(self, match: Tuple, due: Due) -> None:
        """Puts back when a match fires, as it was when the session was saved."""
        self._dues[match] = due

    def comes(self, match: Tuple, *, again: bool) -> bool:
        """Notes a match that came about, or (`again`) is judged anew; returns whether it fires at once."""
        now, known = current_moment(), self._dues.get(match)
        if known is not None:
            self._keep(match, due_unmuted(self._timer, known, now) if known.muted else known)
            return False
        if any(is_kept(element) for element in match.elements):
            return False  # the signal has ended for all but the matches that waited then
        due = due_again(self._timer, now) if again else first_due(self._timer, now)
        if due is None or due.moment > now:
            self._keep(match, due)
            return False
        self._keep(match, next_due(self._timer, due, now))
        return True

    def mute(self, match: Tuple) -> None:
        """Notes that a match was changed by its own rule, which has no-loop."""
        if match in self._dues:
            self._dues[match] = replace(self._dues[match], muted=True)

    def remove(self, match: Tuple) -> None:
        """Notes that a match is no more."""
        self._dues.pop(match, None)

    def release(self, moment: datetime) -> list[Tuple]:
        """Returns the matches that are due at a moment, which fire now and then wait for their next moment."""
        now, released = (
            current_moment(),
            [(match, due) for match, due in self if due.moment == moment and not due.muted],
        )
        for match, due in released:
            self._keep(match, next_due(self._timer, due, now))
        return [match for match, _ in released]

    def _keep(self, match: Tuple, due: Due | None) -> None:
        if due is not None:
            self._dues[match] = due
        else:
            self._dues.pop(match, None)


def is_kept(element: Element) -> bool:
    """Returns whether an element is a signal that has ended, and is kept for matches that wait: it has a number then."""
    return element.entry_point is not None and element.id != 0
