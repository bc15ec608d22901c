"""A host with all its parts, as `run` and `dev` start it."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from infobip_rules.channels.installed import installed_channels
from infobip_rules.channels.registry import Channels
from infobip_rules.cli.banner import Banner, evaluation, without_token
from infobip_rules.cli.listening import is_everywhere, url_of
from infobip_rules.clock import Clock, SystemClock
from infobip_rules.evaluators.jobs import Evaluator
from infobip_rules.evaluators.limits import WorkerLimits
from infobip_rules.evaluators.outline import KnownRules
from infobip_rules.evaluators.pool import WorkerPool
from infobip_rules.host import Host
from infobip_rules.infobip.client import AsyncInfobipClient
from infobip_rules.infobip.security import WebhookSignature
from infobip_rules.journal import open_journal
from infobip_rules.journal.interface import Journal
from infobip_rules.settings import Settings
from infobip_rules.web.webhook_app import webhook_exposure_warning


@dataclass(frozen=True, kw_only=True, slots=True)
class Hosting:
    """The parts of a host, open and checked."""

    paths: Sequence[Path]
    rulebook: KnownRules
    settings: Settings
    listener: socket.socket
    #: The address as it was asked for, which says who can reach it.
    address: str
    #: 0: rules are evaluated in this process.
    workers: int
    #: 0: webhooks are taken in this process.
    web_workers: int = 0
    #: Seconds between pulls of Infobip's inbox; None: it is not pulled.
    pull: float | None = None
    clock: Clock = field(default_factory=SystemClock)
    channels: Channels = field(default_factory=installed_channels)

    @property
    def token(self) -> str | None:
        """The token that webhooks must bring, if one is set."""
        token = self.settings.webhook_token
        return token.get_secret_value() if token else None

    @property
    def signature(self) -> WebhookSignature | None:
        """The signature of webhooks, if they are signed."""
        return self.settings.webhook_signature

    @property
    def url(self) -> str:
        """The base URL of the host, for this machine."""
        return url_of(self.listener)

    @property
    def grace(self) -> float:
        """Seconds of the time to end that webhooks under way get; the host has the rest."""
        return self.settings.shutdown_seconds / 4

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Host]:
        """The host while the block runs, with its journal.

        Raises JournalError if that can't be used, RuleError if the workers can't load the rules, ConfigurationError if
        the environment's proxies or certificates can't be used.
        """
        settings = self.settings
        first_lookup = settings.lookup_delays[0]
        async with open_journal(settings.journal_url, clock=self.clock, first_lookup=first_lookup) as journal:
            client = AsyncInfobipClient.from_settings(settings)  # first: its errors need no workers
            host = Host(
                self.rulebook,
                settings=settings,
                journal=journal,
                evaluator=await self.evaluator(journal),
                client=client,
                clock=self.clock,
                pull=self.pull,
                channels=self.channels,
            )
            await host.start()
            try:
                yield host
            finally:
                await host.stop(settings.shutdown_seconds - self.grace)

    def banner(self, mode: str, *, journal: str, hints: Sequence[str]) -> Banner:
        """The lines that it prints when it starts."""
        webhooks = (self.settings.received_message_url, self.settings.delivery_report_url)
        warning = webhook_exposure_warning(self.address, self.token, self.signature)
        return Banner(
            mode=mode,
            rules=len(self.rulebook.rules),
            sources=self.rulebook.sources,
            evaluation=evaluation(self.workers),
            journal=journal,
            webhooks=[without_token(url) for url in webhooks if url is not None],
            listening=self.url,
            everywhere=is_everywhere(self.listener),
            hints=hints,
            warnings=[text for text in (warning, self._no_rules()) if text is not None],
        )

    def _no_rules(self) -> str | None:
        if self.rulebook.rules:
            return None
        return "No rule was found in these files: messages will be taken in, and nothing will answer them."

    async def evaluator(self, journal: Journal) -> Evaluator | None:
        """Worker processes that evaluate the rules; None for the host's own. Raises RuleError if they can't load them."""
        settings = self.settings
        if not self.workers:
            return None
        limits = WorkerLimits(
            deadline=settings.evaluation_deadline,
            most_firings=settings.firing_limit,
            memory_mb=settings.worker_memory_mb,
        )
        mark = journal.evaluation_mark()
        pool = WorkerPool(
            [str(path) for path in self.paths],
            channels=self.channels,
            size=self.workers,
            limits=limits,
            places=mark.places(2 * self.workers),
        )
        mark.close()
        try:
            await pool.start()
        except BaseException:
            await pool.close()
            raise
        return pool
