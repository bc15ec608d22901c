"""The host of a test: its own parts, run step by step, on a journal in memory and a clock that is set."""

from __future__ import annotations

from collections.abc import Collection, Coroutine, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any, TypeVar

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from infobip_rules.channels.registry import Channels
from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.errors import TrialError
from infobip_rules.evaluators.jobs import SignalJob, Verdict
from infobip_rules.host import Host
from infobip_rules.infobip.inbound import InboundBatch
from infobip_rules.infobip.lookups import Inbox, LogRow
from infobip_rules.infobip.messages import Accepted, Outcome, Outgoing
from infobip_rules.infobip.phone import EXAMPLE
from infobip_rules.infobip.provider import InboxFormat, LogsFormat, SendFormat
from infobip_rules.journal import memory_journal
from infobip_rules.journal.records import OutboxRow, SessionWork
from infobip_rules.settings import Settings
from infobip_rules.signals import ReportStatus
from infobip_rules.testing.records import EvaluatedSignal, Sent

T = TypeVar("T")

#: The number that people write to.
OUR_NUMBER = EXAMPLE
#: The number that writes, unless a test says otherwise.
PERSON = "385981234567"
#: The moment at which a test begins, unless it says otherwise.
BEGINNING = datetime(2026, 1, 1, 12, tzinfo=UTC)
#: Steps at one moment after which rules count as endless.
MOST_STEPS = 1_000

#: No traces: a failed expectation evaluates its signals again.
_ACCOUNT = {"base_url": "https://test.invalid", "api_key": "test", "phone_number": OUR_NUMBER, "traces": 0}
_ACCEPTED = ReportStatus(groupId=1, groupName="PENDING", id=26, name="PENDING_ACCEPTED")


class SetClock:
    """A clock that shows what it is set to."""

    def __init__(self, moment: datetime = BEGINNING) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """The moment that it is set to."""
        return self.moment


class StageSettings(Settings):
    """Settings that come from the test alone: a variable of the machine must not decide whether it passes."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *others: PydanticBaseSettingsSource,
        **named: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only the values that the test gives."""
        return (init_settings,)


class AcceptingClient:
    """An Infobip that accepts every message."""

    async def send(
        self, messages: Sequence[Outgoing], form: SendFormat, delivery_report_url: str | None = None
    ) -> list[Outcome]:
        """Accepts them all."""
        return [Accepted(message_id=message.message_id, status=_ACCEPTED) for message in messages]

    async def logs(self, ids: Collection[str], form: LogsFormat) -> dict[str, LogRow]:
        """Nothing: no outcome is ever unknown."""
        return {}

    async def pull_inbox(self, form: InboxFormat, limit: int = 50) -> Inbox:
        """Raises TrialError: a test has no inbox to pull from."""
        raise TrialError("A test has no inbox to pull from.", "Let rules.receive(...) bring the message.")

    async def close(self) -> None:
        """Nothing was opened."""


class Stage:
    """One rulebook with its journal and clock; what happened is in `sent` and `evaluated`, in order."""

    def __init__(self, rulebook: Rulebook, **settings: Any) -> None:
        given = {**_ACCOUNT, **settings}
        self.rulebook = rulebook
        self.clock = SetClock()
        self.journal = memory_journal()
        self.host = Host(
            rulebook,
            settings=StageSettings.load(None, **given),
            journal=self.journal,
            client=AcceptingClient(),
            clock=self.clock,
        )
        self.host.dispatcher.stop()  # messages go out by `send_due`, not by tasks
        self.sent: list[Sent] = []
        self.evaluated: list[EvaluatedSignal] = []
        #: The number that wrote last.
        self.person = PERSON
        self._numbers = count(1)

    def next_number(self) -> int:
        """A number for something that comes in, from 1 on."""
        return next(self._numbers)

    def take_in(self, batch: InboundBatch) -> None:
        """Takes in the batch of a webhook, and runs all that it causes now."""
        finish(self.host.receive(batch))
        self.run_until_idle()

    def move_to(self, moment: datetime) -> None:
        """Sets the clock: what is due on the way happens in order, each at its own moment."""
        while (due := self._next_due()) is not None and due <= moment:
            self.clock.moment = max(due, self.clock.moment)
            self.run_until_idle()
        self.clock.moment = moment
        self.run_until_idle()

    def run_until_idle(self) -> None:
        """Runs everything that can happen now. Raises EvaluationError for the first signal that was given up."""
        before = len(self.evaluated)
        for _ in range(MOST_STEPS):
            while works := finish(self.host.runner.waiting()):
                self._take(works)
            if not (self._deliver() or self._ring()):
                break
        else:
            raise TrialError(
                f"After {MOST_STEPS} steps rules still go on at {self.clock.now().isoformat()}; "
                f"last fired: {', '.join(self.evaluated[-1].fired) or 'none'}.",
                "Look for a rule that answers what it causes: a timer without delay, a message for each message sent.",
            )
        for evaluated in self.evaluated[before:]:
            if evaluated.error is not None:
                raise evaluated.error

    def close(self) -> None:
        """Closes the journal, with everything in it."""
        finish(self.journal.aclose())

    def _take(self, works: Sequence[SessionWork]) -> None:
        # One signal of each session at a time, so that the state before each is known.
        first = [replace(work, signals=work.signals[:1]) for work in works]
        written = finish(self.host.runner.take(first))
        for work, (verdict,) in zip(first, written, strict=True):
            if verdict.moved:
                continue
            self.evaluated.append(_evaluated(work, verdict, self.clock.now()))

    def _deliver(self) -> bool:
        """Sends what is due; whether anything was."""
        claim = finish(self.host.dispatcher.send_due())
        self.sent += [_sent(row, self.host.channels, self.clock.now()) for row in claim.rows]
        return bool(claim)

    def _ring(self) -> bool:
        """Rings the timers that are due; whether there were any."""
        if not finish(self.host.timekeeper.is_due()):
            return False
        finish(self.host.timekeeper.ring())
        return True

    def _next_due(self) -> datetime | None:
        """The moment of the next timer, or of a message that was held back."""
        moments = (finish(self.journal.timers.next_due()), finish(self.journal.overview.depth()).ready_since)
        return min((moment for moment in moments if moment is not None), default=None)


def _evaluated(work: SessionWork, verdict: Verdict, at: datetime) -> EvaluatedSignal:
    (signal,) = work.signals
    return EvaluatedSignal(
        session=work.key,
        state=work.state,
        signal=SignalJob(id=signal.id, kind=signal.kind, payload=signal.payload),
        at=at,
        fired=tuple(firing.rule for firing in verdict.effects.fired) if verdict.effects else (),
        error=verdict.error,
    )


def _sent(row: OutboxRow, channels: Channels, at: datetime) -> Sent:
    shown = channels.show(row.channel, row.content)
    return Sent(
        to=row.recipient,
        text=shown.text,
        shorten_url=bool(shown.details.get("shorten_url")),
        message_id=row.message_id,
        rule=row.rule,
        at=at,
        callback_data=row.callback_data,
        expires_at=row.expires_at,
    )


def finish(steps: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that has nothing to wait for, without an event loop: a test may have one of its own."""
    try:
        steps.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    steps.close()
    raise RuntimeError("A step of the host waits, which there is nothing to wait for in memory.")
