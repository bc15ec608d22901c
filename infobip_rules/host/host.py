"""The rules host: webhooks in, evaluations, messages out, all through one journal."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, Self

from infobip_rules.channels.installed import installed_channels
from infobip_rules.channels.registry import Channels
from infobip_rules.clock import Clock, SystemClock
from infobip_rules.delivery.dispatcher import Dispatcher
from infobip_rules.delivery.policies import Policy
from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.errors import JournalError
from infobip_rules.evaluators.jobs import Evaluator, InProcessEvaluator
from infobip_rules.evaluators.outline import KnownRules
from infobip_rules.host.crash_guard import MOST_ATTEMPTS, count_fatal_attempts
from infobip_rules.host.intake import Intake, is_wanted
from infobip_rules.host.journal_watch import JournalWatch
from infobip_rules.host.pruner import Pruner
from infobip_rules.host.puller import Puller
from infobip_rules.host.retrying import Retrier
from infobip_rules.host.session_runner import SessionRunner
from infobip_rules.host.timekeeper import Timekeeper
from infobip_rules.infobip.client import AsyncInfobipClient
from infobip_rules.infobip.inbound import InboundBatch
from infobip_rules.infobip.provider import Provider
from infobip_rules.journal.interface import Journal
from infobip_rules.receiver import Health, Receipt
from infobip_rules.settings import Settings
from infobip_rules.signals import Heartbeat
from infobip_rules.telemetry import HostTelemetry
from infobip_rules.telemetry.spans import open_spans

log = logging.getLogger("infobip_rules.host")


class Host:
    """Runs rules for all sessions of one journal; `async with Host(...)` starts and stops it.

    It is the `Receiver` that `infobip_rules.web.create_app` needs::

        settings = Settings.load()
        async with Host(rulebook, settings=settings, journal=journal) as host:
            app = create_app(host, token=settings.webhook_token)

    Rules are evaluated in this process unless an `evaluator` (such as `WorkerPool`) is given; it is closed with the host.
    Of rules that are evaluated elsewhere an outline will do, such as `WorkerPool.rules`: their files are not run here then.
    `policies` are asked about each message behind those that are built in and those of plugins; one that fails holds it.
    With `pull`, received messages are also fetched from Infobip's inbox, every so many seconds. `channels` are the ways to
    people (those of plugins); an evaluator and the web app are given the same. The journal is the caller's to close.
    A signal whose evaluation ends the process `fatal_attempts` times becomes a dead letter.
    """

    def __init__(
        self,
        rulebook: KnownRules,
        *,
        settings: Settings,
        journal: Journal,
        evaluator: Evaluator | None = None,
        client: Provider | None = None,
        clock: Clock | None = None,
        pull: float | None = None,
        channels: Channels | None = None,
        policies: Sequence[Policy] = (),
        fatal_attempts: int = MOST_ATTEMPTS,
    ) -> None:
        self.rulebook = rulebook
        #: The ways by which messages come and go.
        self.channels = channels = channels or installed_channels()
        self.settings = settings
        self.journal = journal
        self.clock = clock or SystemClock()
        self.client: Provider = client or AsyncInfobipClient.from_settings(settings)
        #: How long each step took and what became of attempts to send, since the host was made.
        self.telemetry = HostTelemetry()
        #: Which signals are being evaluated, in this process or in others.
        self._mark = journal.evaluation_mark()
        self._fatal_attempts = fatal_attempts
        self.evaluator = evaluator or self._in_process(rulebook)
        self.dispatcher = Dispatcher(
            journal=journal,
            client=self.client,
            clock=self.clock,
            delivery_report_url=settings.report_webhook,
            limits=settings,
            channels=channels,
            wants=lambda kind: is_wanted(kind, self.rulebook, channels),
            recorded=self._wake_runner,
            policies=policies,
            telemetry=self.telemetry,
        )
        self.runner = SessionRunner(
            journal=journal,
            evaluator=self.evaluator,
            clock=self.clock,
            channels=channels,
            senders={channel.name: channel.sender(settings) for channel in channels},
            on_rule_error=settings.on_rule_error,
            traces=settings.trace_limits,
            rules=lambda: len(self.rulebook.rules),
            heartbeat=self._heartbeat,
            committed=self._turn_committed,
            claiming=self.dispatcher.claiming,
            telemetry=self.telemetry,
        )
        self.timekeeper = Timekeeper(
            journal=journal,
            clock=self.clock,
            rung=self._wake_runner,
            ended=lambda: () if self.rulebook.wants_heartbeats else (Heartbeat.__name__,),
        )
        self.pruner = Pruner(
            journal=journal, clock=self.clock, retention=settings.retention, traces=settings.trace_limits
        )
        self.journal_watch = JournalWatch(journal)
        self.pullers = self._make_pullers(pull) if pull is not None else ()
        self.retrier = Retrier(journal=journal, receive=self.receive, channels=channels)
        self.intake = Intake(
            journal=journal,
            rulebook=rulebook,
            channels=channels,
            clock=self.clock,
            arrived=self._wake_runner,
            telemetry=self.telemetry,
        )
        self._tasks: list[asyncio.Task[None]] = []
        self._moved = asyncio.Event()
        self._watchers: list[Callable[[], None]] = []

    async def start(self) -> None:
        """Begins to evaluate and to deliver: first what an earlier run left behind."""
        if self.journal.recovered:
            log.warning("host.recovered unknown_outcomes=%d", self.journal.recovered)
        self.telemetry.spans = open_spans(self._key_of)
        await count_fatal_attempts(self.journal, self._mark, self.clock, most=self._fatal_attempts)
        self._tasks = [
            asyncio.create_task(self.runner.run(), name="turns"),
            asyncio.create_task(self.dispatcher.run(), name="delivery"),
            asyncio.create_task(self.timekeeper.run(), name="timers"),
            asyncio.create_task(self.pruner.run(), name="pruning"),
            asyncio.create_task(self.journal_watch.run(), name="journal"),
            asyncio.create_task(self.retrier.run(), name="retrying"),
        ]
        self._tasks += [asyncio.create_task(puller.run(), name="pulling") for puller in self.pullers]

    async def stop(self, seconds: float | None = None) -> None:
        """Ends in order, within `seconds` (as the settings say): what was pulled is kept, the evaluation under way is
        committed, requests under way are waited for.

        Whatever is left is in the journal, and is gone on with at the next start.
        """
        loop = asyncio.get_running_loop()
        limit = loop.time() + (self.settings.shutdown_seconds if seconds is None else seconds)
        self.timekeeper.stop()
        self.runner.stop()
        for puller in self.pullers:
            puller.stop()
        await self._ended("turns", "pulling", limit=limit)
        with suppress(TimeoutError):
            async with asyncio.timeout(max(limit - loop.time(), 0)):
                await self.runner.drain()
        self.dispatcher.stop()
        await self._ended("delivery", limit=limit)
        await self.dispatcher.drain(max(limit - loop.time(), 0))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for puller in self.pullers:
            await puller.drain(max(limit - loop.time(), 0))
        self._tasks = []
        await self.evaluator.close()
        await self.client.close()
        self._mark.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self.stop()

    def receive(self, batch: InboundBatch) -> Coroutine[Any, Any, Receipt]:
        """Takes in what a webhook brought: done when it is on disk. Raises JournalError if it could not be kept."""
        return self.intake.take_in(batch)

    def watch(self, changed: Callable[[], None]) -> None:
        """Has `changed` called, in the host's loop, whenever something in the journal has changed; it must be quick."""
        self._watchers.append(changed)

    def wake(self) -> None:
        """Looks at once at what is due: for whoever has set the clock, or changed the journal."""
        self.timekeeper.wake()
        self.runner.wake()
        self.dispatcher.wake()
        self._notify()

    async def load(self, rulebook: KnownRules, evaluator: Evaluator | None = None) -> None:
        """Goes on with other rules, evaluated by `evaluator` or else in this process; sessions keep their state.

        Evaluations under way end with the rules they began with; the evaluator from before is closed after them.
        """
        before, self.evaluator = self.evaluator, evaluator or self._in_process(rulebook)
        self.rulebook = self.intake.rulebook = rulebook
        self.runner.evaluator = self.evaluator
        try:
            await self.runner.drain()
        finally:
            await before.close()
        self.wake()

    async def settled(self, seconds: float = 10.0) -> bool:
        """Waits until nothing is pending, ready, due or under way; False when that takes longer.

        Timers that are due later are not waited for.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not await self._is_settled():
                    await self._moved.wait()
                    self._moved.clear()
                return True
        return False

    async def _ended(self, *names: str, limit: float) -> None:
        """Waits for tasks that were asked to end, until `limit` by the loop's time."""
        if tasks := [task for task in self._tasks if task.get_name() in names]:
            await asyncio.wait(tasks, timeout=max(limit - asyncio.get_running_loop().time(), 0))

    def _in_process(self, rulebook: KnownRules) -> Evaluator:
        if not isinstance(rulebook, Rulebook):
            raise TypeError("An outline of rules can't be evaluated: give the host a Rulebook, or an evaluator.")
        return InProcessEvaluator(
            rulebook,
            channels=self.channels,
            most_firings=self.settings.firing_limit,
            mark=self._mark,
        )

    def _make_pullers(self, interval: float) -> Sequence[Puller]:
        """A puller for each channel that can be pulled."""
        return [
            Puller(
                client=self.client,
                channels=self.channels,
                inbox=channel.inbox,
                journal=self.journal,
                receive=self.receive,
                clock=self.clock,
                interval=interval,
            )
            for channel in self.channels
            if channel.inbox is not None
        ]

    def _wake_runner(self) -> None:
        self.runner.wake()
        self._notify()

    def _turn_committed(self, timers: bool) -> None:
        if timers:
            self.timekeeper.wake()
        self._notify()

    def _notify(self) -> None:
        self._moved.set()
        for changed in self._watchers:
            changed()

    def _heartbeat(self) -> timedelta | None:
        return timedelta(seconds=self.settings.heartbeat_cycle) if self.rulebook.wants_heartbeats else None

    async def _key_of(self, signal: int) -> str:
        row = await self.journal.history.find_signal(signal)
        return row.dedup_key if row is not None else ""

    async def _is_settled(self) -> bool:
        if await self.timekeeper.is_due():  # looked at first: what rings meanwhile is pending by then
            return False
        depth = await self.journal.overview.depth()
        return not (depth.pending or depth.ready or depth.sending or depth.unknown)

    async def health(self) -> Health:
        """Whether signals are taken in and worked off, and how much is waiting."""
        try:
            depth = await self.journal.overview.depth()
        except JournalError as problem:
            # The endpoint is open to all: which file it is stays in the log.
            log.warning("host.journal_failed reason=%s", problem)
            return Health(ready=False, details={"journal": f"not readable [{problem.id}]"})
        trouble = self.journal_watch.trouble()
        running = bool(self._tasks) and not any(task.done() for task in self._tasks)
        details: dict[str, object] = {
            "running": running,
            "rules": len(self.rulebook.rules),
            "pending": depth.pending,
            "dead": depth.dead,
            "outbox": depth.ready + depth.sending,
            "unknown": depth.unknown,
            "aside": depth.asides,
        }
        if (refused := self.dispatcher.account.refused) is not None:
            # Webhooks are taken all the same, and answered when the key works.
            details["delivery"] = f"held: Infobip refuses the key or the account ({refused})"
        if trouble is not None:
            # As above: the log has the file's name.
            details["journal"] = f"not writable [{trouble.id}]"
        return Health(ready=running and trouble is None, details=details)
