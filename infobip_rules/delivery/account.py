"""An account that Infobip refuses: messages are held meanwhile, and one at a time is tried until the key works."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

from infobip_rules.infobip.messages import Accepted, NotSent, Outcome, Rejected

log = logging.getLogger("infobip_rules.delivery")

#: Seconds to the first trial after a refusal; each further wait is twice as long, up to the longest.
FIRST_TRIAL = 1.0
LONGEST_TRIAL = 60.0


class AccountGate:
    """How many messages may be claimed: all, or, while the key or the account is refused, now and then a single one.

    `elapsed` are seconds that no setting of the clock changes. It is kept by the process: a host that is started again,
    such as with another key, tries at once.
    """

    def __init__(self, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._elapsed = elapsed
        #: The status that Infobip refuses the account with; None while it does not.
        self.refused: int | None = None
        self._since = 0.0
        self._trials = 0
        self._next = 0.0

    def room(self, wanted: int, *, under_way: int) -> int:
        """How many of the messages that could be claimed may be, while so many requests are under way."""
        if self.refused is None:
            return wanted
        return min(wanted, 1) if not under_way and self._elapsed() >= self._next else 0

    def learn(self, outcomes: Sequence[Outcome]) -> None:
        """Heeds what became of a request."""
        refusal = next(
            (outcome for outcome in outcomes if isinstance(outcome, NotSent) and outcome.refuses_account), None
        )
        if refusal is not None:
            self._refuse(refusal)
        elif self.refused is not None and any(_was_looked_at(outcome) for outcome in outcomes):
            log.info("delivery.resumed seconds=%d", self._elapsed() - self._since)
            self.refused = None
        elif self.refused is not None:
            self._wait()

    def _refuse(self, refusal: NotSent) -> None:
        if self.refused is None:
            reason = f"{refusal.reason} Messages are held, and sent when Infobip takes the key again."
            log.error("delivery.account_refused status=%s reason=%s", refusal.http_status, reason)
            self._since, self._trials = self._elapsed(), 0
        self.refused = refusal.http_status
        self._wait()

    def _wait(self) -> None:
        self._next = self._elapsed() + min(FIRST_TRIAL * 2 ** min(self._trials, 20), LONGEST_TRIAL)
        self._trials += 1


def _was_looked_at(outcome: Outcome) -> bool:
    """Whether Infobip took the key: it said something about the message."""
    if isinstance(outcome, NotSent):
        return outcome.refuses_body
    return isinstance(outcome, Accepted | Rejected)
