"""One campaign: a fake Infobip with faults, people who write, and a host that is killed at random instants."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from infobip_rules.journal.records import OutboxState
from infobip_rules.journal.sqlite.evaluation_mark import EvaluationMark
from infobip_rules.journal.sqlite.reader import FileReader
from infobip_rules.sandbox import Effect, FakeInfobip, Fault, LoopbackServer
from tests.journal import store

from .programs import PLUGIN, RUN, Program
from .traffic import Traffic
from .verdict import Verdict, judge
from .victim import Victim

_KEY = "sandbox-key-of-the-campaign"
_OUR_NUMBER = "385921004026"
#: Seconds.
_START, _FINISH = 60.0, 120.0

#: How often one of its workers is killed before it is.
_WORKER_FIRST = 0.3

# What goes wrong at the provider, and how often; the logs, which are to tell what was sent, have their own troubles.
_FAULTS = (
    (Fault(effect=Effect.RATE_LIMIT), 0.03),
    (Fault(effect=Effect.SERVER_ERROR), 0.03),
    (Fault(effect=Effect.SERVER_ERROR, when="after"), 0.03),
    (Fault(effect=Effect.BAD_GATEWAY), 0.03),
    (Fault(effect=Effect.BAD_GATEWAY, when="after"), 0.03),
    (Fault(effect=Effect.DROP), 0.03),
    (Fault(effect=Effect.DROP, when="after"), 0.05),
    (Fault(effect=Effect.HOLD, seconds=0.7), 0.03),
    (Fault(effect=Effect.HOLD, when="after", seconds=0.7), 0.05),
    (Fault(effect=Effect.SERVER_ERROR, path="/sms/3/logs"), 0.1),
    (Fault(effect=Effect.RATE_LIMIT, path="/sms/3/logs"), 0.05),
    (Fault(effect=Effect.DROP, path="/sms/3/logs"), 0.1),
)


@dataclass(kw_only=True)
class Campaign:
    """`kills` kills of one journal's hosts; the same `seed` makes the same choices, though not the same timing."""

    kills: int
    seed: int
    folder: Path
    program: Program = RUN
    people: int = 40
    threads: int = 3
    #: Whether the order of each person's messages is looked at, and all come up in turn.
    in_turn: bool = False
    #: Messages in a body, at most.
    most: int = 5
    #: Told after each kill: how many there were.
    progress: Callable[[int], None] = lambda _: None
    #: How often it was killed at which instant.
    instants: Counter[str] = field(default_factory=Counter)
    #: How often bodies came to which answer.
    answers: Counter[str] = field(default_factory=Counter)
    #: Signals whose evaluation was killed.
    _interrupted: set[int] = field(default_factory=set)

    def run(self) -> Verdict:
        """Kills, lets the last host finish, and counts. Raises AssertionError where a host does not come back."""
        fake = FakeInfobip(api_key=_KEY, on_duplicate="accept", seed=self.seed)
        for fault, probability in _FAULTS:
            fake.faults.arm(fault, times=None, probability=probability)
        watched = _Watched(fake.app)
        with LoopbackServer(watched) as account:
            victim = Victim(self.program.command, self.folder, _variables(account.url))
            try:
                acknowledged = self._run(victim, watched, fake)
                assert self._left_alone(victim) == [], "processes of killed hosts go on"
            finally:
                victim.end_all()
        return judge(acknowledged, fake.messages, answer=self.program.answer, ordered=self.in_turn)

    def unfinished(self) -> list[str]:
        """What the journal holds that did not come to a good end."""
        with FileReader.open(journal_url(self.folder)) as journal:
            depth = journal.read(store.depth)
            failed = journal.read(lambda connection: store.list_outbox(connection, state=OutboxState.FAILED))
        left = {"pending": depth.pending, "dead": depth.dead, "ready": depth.ready, "sending": depth.sending}
        return [name for name, count in left.items() if count] + [row.reason for row in failed]

    def _run(self, victim: Victim, watched: _Watched, fake: FakeInfobip) -> dict[str, str]:
        chance = random.Random(self.seed)
        options = self.program.options
        with self._traffic(victim.url) as traffic:
            for number in range(self.kills):
                victim.start(*options(number))
                self._strike(chance, victim, watched, traffic)
                self.progress(number + 1)
            fake.faults.clear()
            victim.start(*options(self.kills))
            traffic.finish()
        self.answers = traffic.answers
        wanted = len(traffic.acknowledged)
        assert fake.wait_for(lambda: _replied(fake) >= wanted, _FINISH) or victim.ended is False, "the host has ended"
        assert victim.end() == 0, "the last host did not end in order"
        return traffic.acknowledged

    def _traffic(self, url: str) -> Traffic:
        return Traffic(
            url, people=self.people, threads=self.threads, seed=self.seed, in_turn=self.in_turn, most=self.most
        )

    def _strike(self, chance: random.Random, victim: Victim, watched: _Watched, traffic: Traffic) -> None:
        """Waits for one of the instants at which a kill hurts, and kills."""
        instant = chance.choices(("starting", "serving", "acknowledged", "sending", "answered"), (2, 2, 3, 3, 3))[0]
        self.instants[instant] += 1
        if instant == "starting":
            victim.listening.wait(chance.uniform(0.1, 1.2))
        else:
            assert victim.listening.wait(_START), f"the host did not come back: {victim.log}"
            _wait_for(instant, watched, traffic)
            threading.Event().wait(chance.expovariate(1 / 0.05) if instant != "serving" else chance.uniform(0, 0.6))
            if chance.random() < _WORKER_FIRST and victim.kill_a_worker(chance):
                self.instants["worker"] += 1
                _wait_for("acknowledged", watched, traffic)
        assert not victim.ended or instant == "starting", f"the host ended by itself: {victim.log}"
        if self.program.spares:
            self._spare(victim)
        victim.kill()

    def _spare(self, victim: Victim) -> None:
        """Holds it at an instant when no signal is being evaluated whose evaluation was killed before."""
        for _ in range(1_000):
            victim.hold()
            mark = EvaluationMark(self.folder / "journal.db")
            mark.close()
            if self._interrupted.isdisjoint(mark.left):
                self._interrupted.update(mark.left)
                return
            victim.go_on()
            threading.Event().wait(0.005)
        raise AssertionError(f"it evaluates one signal for ever: {victim.log}")

    def _left_alone(self, victim: Victim) -> list[int]:
        """Process groups that are still there a while after all hosts are gone."""
        for _ in range(100):
            if not victim.left_behind():
                return []
            threading.Event().wait(0.1)
        return list(victim.left_behind())


class _Watched:
    """The fake's app, with events for what happens to requests that send."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        #: A request to send has come; it has been answered, or its connection dropped.
        self.asked, self.answered = threading.Event(), threading.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sends = scope["type"] == "http" and scope["method"] == "POST"
        if sends:
            self.asked.set()
        await self._app(scope, receive, send)
        if sends:
            self.answered.set()


def _wait_for(instant: str, watched: _Watched, traffic: Traffic) -> None:
    events = {"acknowledged": traffic.heard, "sending": watched.asked, "answered": watched.answered}
    if instant in events:
        events[instant].clear()
        events[instant].wait(5.0)  # a host that waits for look-ups may have nothing to send for a while


def _replied(fake: FakeInfobip) -> int:
    return len(set(fake.accepted_ids))


def journal_url(folder: Path) -> str:
    """Where the hosts of a campaign in `folder` have their journal."""
    return f"sqlite:///{folder / 'journal.db'}"


def _variables(base_url: str) -> dict[str, str]:
    folder_url = "sqlite:///journal.db"
    return {
        "INFOBIP_BASE_URL": base_url,
        "INFOBIP_API_KEY": _KEY,
        "INFOBIP_PHONE_NUMBER": _OUR_NUMBER,
        "INFOBIP_JOURNAL_URL": folder_url,
        "INFOBIP_LOOKUP_DELAYS": "0.3,0.8,1.5",
        # A few people write more in a minute than an operator would let through in an hour.
        "INFOBIP_FLOOD_GUARD": "off",
    }


def plugin_campaign(
    *, kills: int, seed: int, folder: Path, progress: Callable[[int], None] = lambda _: None
) -> Campaign:
    """A campaign against the program with a host of durable-rules, for over a thousand people."""
    return Campaign(
        kills=kills, seed=seed, folder=folder, program=PLUGIN, people=1_100, in_turn=True, most=40, progress=progress
    )
