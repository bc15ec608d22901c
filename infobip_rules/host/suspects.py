"""Sessions whose evaluation took longer than others may wait: whose turn it is next, apart from the others."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass

#: Seconds that a session waits after its first signal that took too long; twice as many after each further one.
FIRST_WAIT = 0.5
LONGEST_WAIT = 30.0


@dataclass(frozen=True, kw_only=True, slots=True)
class _Suspect:
    tries: int
    #: The moment from which it may be tried again.
    due: float


class Suspects:
    """Sessions that are evaluated by themselves, where nobody waits for them, until a signal of theirs goes well.

    Moments are seconds of any clock that only goes on.
    """

    def __init__(self) -> None:
        self._known: dict[str, _Suspect] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def suspect(self, key: str, now: float) -> None:
        """Notes that a signal of the session took too long, or was given up: it waits, longer each time."""
        tries = self._known[key].tries + 1 if key in self._known else 1
        wait = min(FIRST_WAIT * 2 ** min(tries - 1, 10), LONGEST_WAIT)
        self._known[key] = _Suspect(tries=tries, due=now + wait)

    def put_back(self, key: str, now: float) -> None:
        """Makes the session wait a little, as its turn came to nothing."""
        if key in self._known:
            self._known[key] = _Suspect(tries=self._known[key].tries, due=now + FIRST_WAIT)

    def clear(self, key: str) -> None:
        """Returns the session to the others."""
        self._known.pop(key, None)

    def next(self, now: float, *, but: Container[str] = ()) -> str | None:
        """The session whose turn it is: the one that has waited longest for it; None if none is due.

        Those in `but` have theirs already.
        """
        due = [(suspect.due, key) for key, suspect in self._known.items() if suspect.due <= now and key not in but]
        return min(due)[1] if due else None
