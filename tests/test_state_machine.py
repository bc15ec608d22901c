"""Any interleaving of webhooks, evaluations, attempts, look-ups, reports and crashes: nothing lost, nothing doubled."""

from __future__ import annotations

import asyncio
import re
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import orjson
from hypothesis import settings as profile
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.channels.inbound import parse_inbound
from infobip_rules.delivery.decisions import Sending, after_attempt, after_failed_lookup, after_lookup
from infobip_rules.evaluators.jobs import SessionJob, SignalJob, Verdict
from infobip_rules.host import Host
from infobip_rules.host.intake import arrival_of
from infobip_rules.infobip.client import AsyncInfobipClient
from infobip_rules.infobip.lookups import LogRow
from infobip_rules.infobip.messages import Accepted, NotSent, Outcome, Rejected, Unknown
from infobip_rules.journal.records import Accepted as TakenIn
from infobip_rules.journal.records import OutboxRow, OutboxState, SentRecord, SessionWork
from infobip_rules.journal.requests import ClaimOrder
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.limits import TraceLimits
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.settings import Settings
from infobip_rules.signals import ReportError, ReportStatus
from tests.channels.composing import sms_of

from .conftest import OUR_NUMBER
from .journal.make import StoppedClock
from .served_host import item

T = TypeVar("T")
RULEBOOK = load_rules([Path(__file__).parent / "torture" / "counting.py"])
SETTINGS = Settings.load(None, base_url="http://127.0.0.1:9", api_key="sandbox-key", phone_number=OUR_NUMBER)
CLIENT = AsyncInfobipClient.from_settings(SETTINGS)
PEOPLE = ("385981234567", "385987654321", "447712345678")
DELAYS = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120))
#: A message shows up in the logs before the last look into them.
LAGS = st.sampled_from((0, 4, 29, 110)).map(lambda seconds: timedelta(seconds=seconds))
PENDING = ReportStatus(groupId=1, groupName="PENDING", id=26, name="PENDING_ACCEPTED")
REFUSED = ReportStatus(groupId=5, groupName="REJECTED", id=12, name="REJECTED_NOT_ENOUGH_CREDITS")
FINAL = {OutboxState.ACCEPTED, OutboxState.REJECTED, OutboxState.FAILED}
REPLY = re.compile(r"(\S+) is number (\d+)")


@dataclass(kw_only=True)
class Provider:
    """What Infobip would do with messages; it takes an id again that it has taken before, and is asked not to."""

    lag: timedelta
    taken: Counter[str] = field(default_factory=Counter)
    since: dict[str, tuple[datetime, ReportStatus]] = field(default_factory=dict)

    def take(self, message_id: str, now: datetime) -> None:
        """Accepts a message."""
        self.taken[message_id] += 1
        self.since[message_id] = (now, PENDING)

    def refuse(self, message_id: str, now: datetime) -> None:
        """Rejects a message, for good."""
        self.since[message_id] = (now, REFUSED)

    def logs(self, message_ids: Collection[str], now: datetime) -> dict[str, LogRow]:
        """What the logs show of them so far."""
        shown = {one: self.since[one] for one in message_ids if one in self.since}
        return {
            one: LogRow(message_id=one, status=status, error=ReportError())
            for one, (since, status) in shown.items()
            if since + self.lag <= now
        }


class Delivery(RuleBasedStateMachine):
    """A journal in a file, the real decisions, and a provider; what is under way is in memory, and lost in a crash."""

    #: Evaluated and not yet committed; claimed and not yet posted; posted and not yet recorded.
    judged: list[tuple[Sequence[SessionWork], Sequence[list[Verdict]]]]
    flying: list[OutboxRow]
    answers: list[tuple[OutboxRow, Outcome]]

    @initialize(lag=LAGS)
    def start(self, lag: timedelta) -> None:
        """A host with an empty journal."""
        self.folder = Path(tempfile.mkdtemp(prefix="journal-"))
        self.clock = StoppedClock()
        self.provider = Provider(lag=lag)
        self.said: dict[str, dict[str, Any]] = {}
        self.settled: dict[str, OutboxState] = {}
        self._open()

    # What comes in.

    @rule(people=st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3))
    def write(self, people: list[str]) -> None:
        """People write, and a webhook brings it."""
        items = [item(f"in-{len(self.said) + place}", number=person) for place, person in enumerate(people)]
        assert self._webhook(items).new == len(items)
        self.said |= {one["messageId"]: one for one in items}

    @precondition(lambda self: self.said)
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        """Infobip posts once more what it has posted before."""
        again = data.draw(st.lists(st.sampled_from(sorted(self.said)), min_size=1, max_size=3))
        assert self._webhook([self.said[one] for one in again]).new == 0

    @precondition(lambda self: self.provider.taken)
    @rule(data=st.data(), group=st.sampled_from(("PENDING", "DELIVERED", "UNDELIVERABLE", "EXPIRED")))
    def report(self, data: st.DataObject, group: str) -> None:
        """Infobip reports on a message that it has taken, whatever its sender has heard of it."""
        message_id = data.draw(st.sampled_from(sorted(self.provider.taken)))
        self._webhook([{"messageId": message_id, "status": {"groupName": group}}])

    # What rules make of it.

    @rule(sessions=st.integers(1, 3), each=st.integers(1, 3))
    def evaluate(self, sessions: int, each: int) -> None:
        """Some pending signals are evaluated; two evaluations of the same ones may be under way."""
        works = asyncio.run(self.journal.sessions.take(sessions=sessions, each=each))
        verdicts = asyncio.run(self.host.evaluator.evaluate([_job(work, self.clock.now()) for work in works]))
        self.judged.append((works, verdicts))

    @precondition(lambda self: self.judged)
    @rule(data=st.data(), limit=st.integers(0, 4))
    def commit(self, data: st.DataObject, limit: int) -> None:
        """What one of the evaluations came to is written, and some of what is due is taken in the same transaction."""
        self._commit(data.draw(st.integers(0, len(self.judged) - 1)), limit)

    # What goes out.

    @rule(limit=st.integers(1, 4))
    def claim(self, limit: int) -> None:
        """Messages that are due are taken to be sent."""
        self.flying += asyncio.run(self.journal.outbox.claim(ClaimOrder(now=self.clock.now(), limit=limit))).rows

    @precondition(lambda self: self.flying)
    @rule(data=st.data(), what=st.sampled_from(("accepted", "rejected", "not sent", "taken", "refused", "lost")))
    def post(self, data: st.DataObject, what: str) -> None:
        """A message is posted; `taken`, `refused` and `lost` look the same to the sender, who hears nothing."""
        row = self.flying.pop(data.draw(st.integers(0, len(self.flying) - 1)))
        if what in ("accepted", "taken"):
            self.provider.take(row.message_id, self.clock.now())
        elif what in ("rejected", "refused"):
            self.provider.refuse(row.message_id, self.clock.now())
        self.answers.append((row, _outcome(row.message_id, what)))

    @precondition(lambda self: self.answers)
    @rule(data=st.data())
    def record(self, data: st.DataObject) -> None:
        """What came of an attempt is written."""
        row, outcome = self.answers.pop(data.draw(st.integers(0, len(self.answers) - 1)))
        self._record([after_attempt(row, outcome, self._sending())])

    @rule(fails=st.booleans())
    def look_up(self, fails: bool) -> None:
        """The logs are asked about messages of unknown outcome, or can't be asked."""
        rows = asyncio.run(self.journal.outbox.lookups_due(now=self.clock.now(), limit=25))
        found = self.provider.logs([row.message_id for row in rows], self.clock.now())
        if fails:
            self._record([after_failed_lookup(row, "no answer", self._sending()) for row in rows])
        else:
            self._record([after_lookup(row, found.get(row.message_id), self._sending()) for row in rows])

    # What happens to all of it.

    @rule(seconds=st.sampled_from((1, 5, 25, 90, 600)))
    def wait(self, seconds: int) -> None:
        """Time passes."""
        self.clock.moment += timedelta(seconds=seconds)

    @rule(data=st.data())
    def crash(self, data: st.DataObject) -> None:
        """The process is gone at once; what was being posted then may have been taken."""
        self._abandon(data)
        folder = Path(tempfile.mkdtemp(prefix="journal-"))
        for name in ("journal.db", "journal.db-wal"):  # as they are on disk, with nobody to close them
            if (self.folder / name).exists():
                shutil.copy(self.folder / name, folder / name)
        self._leave()
        self.folder = folder
        self._open()

    @rule(data=st.data())
    def restart(self, data: st.DataObject) -> None:
        """The host ends in order and starts anew; requests that took too long are given up."""
        self._abandon(data)
        self.journal.close()
        self._open()

    # What must hold.

    @invariant()
    def no_message_is_taken_twice(self) -> None:
        """The provider is never given a message again that it has taken."""
        if hasattr(self, "provider"):
            assert max(self.provider.taken.values(), default=0) <= 1

    @invariant()
    def no_signal_takes_effect_twice(self) -> None:
        """Each inbound message has one reply at most, and each person's counts have neither gap nor repeat."""
        if hasattr(self, "journal"):
            self._check_replies()

    @invariant()
    def what_is_settled_stays_so(self) -> None:
        """Accepted, rejected and failed are final."""
        if hasattr(self, "journal"):
            states = {row.message_id: row.state for row in self._outbox()}
            assert {one: states[one] for one in self.settled} == self.settled
            self.settled |= {one: state for one, state in states.items() if state in FINAL}

    def teardown(self) -> None:
        """In the end, left in peace, each message that was acknowledged has its reply, taken or refused."""
        if not hasattr(self, "journal"):
            return
        try:
            self._finish()
            self._check_replies()
            states = {row.message_id: row.state for row in self._outbox()}
            assert set(states.values()) <= {OutboxState.ACCEPTED, OutboxState.REJECTED}
            taken = {one for one, state in states.items() if state is OutboxState.ACCEPTED}
            assert taken == set(self.provider.taken)
            assert max(self.provider.taken.values(), default=0) <= 1
            assert len(states) == len(self.said)
        finally:
            self._leave()

    def _finish(self) -> None:
        for _ in range(200):
            depth = asyncio.run(self.journal.overview.depth())
            if not (depth.pending or depth.ready or depth.sending or depth.unknown):
                return
            self.evaluate(sessions=3, each=3)
            while self.judged:
                self._commit(0)
            self.claim(limit=100)
            for row in self.flying:
                self.provider.take(row.message_id, self.clock.now())
                self.answers.append((row, _outcome(row.message_id, "accepted")))
            self._record([after_attempt(row, outcome, self._sending()) for row, outcome in self.answers])
            self.flying.clear()
            self.answers.clear()
            self.look_up(fails=False)
            self.wait(seconds=30)
        raise AssertionError("something is stuck")

    def _commit(self, place: int, limit: int = 0) -> None:
        works, verdicts = self.judged.pop(place)
        now = self.clock.now()
        turns = [self.host.runner.writer.turn(work, judged, now) for work, judged in zip(works, verdicts, strict=True)]
        order = ClaimOrder(now=now, limit=limit) if limit else None
        committed = asyncio.run(self.journal.sessions.commit(turns, traces=TraceLimits(), claim=order))
        self.flying += committed.claim.rows

    def _check_replies(self) -> None:
        counts: defaultdict[str, list[int]] = defaultdict(list)
        answered: Counter[str] = Counter()
        for row in self._outbox():
            reply = REPLY.fullmatch(sms_of(row).text)
            assert reply
            answered[reply[1]] += 1
            counts[row.recipient].append(int(reply[2]))
        assert set(answered) <= set(self.said)
        assert max(answered.values(), default=0) <= 1
        for numbers in counts.values():
            assert sorted(numbers) == list(range(1, len(numbers) + 1))

    def _open(self) -> None:
        self.journal = FileJournal.open(
            f"sqlite:///{self.folder / 'journal.db'}", clock=self.clock, first_lookup=DELAYS[0]
        )
        # Never started: its parts are driven one by one.
        self.host = Host(RULEBOOK, settings=SETTINGS, journal=self.journal, client=CLIENT, clock=self.clock)
        self.judged, self.flying, self.answers = [], [], []

    def _abandon(self, data: st.DataObject) -> None:
        for row in self.flying:
            if data.draw(st.booleans(), label=f"{row.message_id} was taken"):
                self.provider.take(row.message_id, self.clock.now())

    def _leave(self) -> None:
        self.journal.close()
        shutil.rmtree(self.folder)

    def _webhook(self, items: Sequence[dict[str, Any]]) -> TakenIn:
        now = self.clock.now()
        batch = parse_inbound(orjson.dumps({"results": items}), expected=None, now=now)
        assert not batch.bad
        return asyncio.run(self.journal.inbox.accept(arrival_of(batch, RULEBOOK, BUILT_IN, now)))

    def _record(self, records: Sequence[SentRecord]) -> None:
        asyncio.run(self.journal.outbox.record(records))

    def _sending(self) -> Sending:
        return Sending(
            now=self.clock.now(), jitter=0.5, channels=BUILT_IN, wants=lambda kind: False, lookup_delays=DELAYS
        )

    def _outbox(self) -> list[OutboxRow]:
        return asyncio.run(self.journal.history.messages(limit=10_000))


def _job(work: SessionWork, now: datetime) -> SessionJob:
    signals = tuple(SignalJob(id=one.id, kind=one.kind, payload=one.payload) for one in work.signals)
    return SessionJob(key=work.key, state=work.state, signals=signals, now=now)


def _outcome(message_id: str, what: str) -> Outcome:
    match what:
        case "accepted":
            return Accepted(message_id=message_id, status=PENDING)
        case "rejected":
            return Rejected(message_id=message_id, status=REFUSED, reason="no credit")
        case "not sent":
            return NotSent(message_id=message_id, reason="429", retryable=True)
        case _:
            return Unknown(message_id=message_id, reason="the connection was lost")


TestDelivery = Delivery.TestCase
TestDelivery.settings = profile(max_examples=60, stateful_step_count=40, deadline=None)
