"""The plugin for an application that runs a `durable.engine.Host`: its ruleset answers people, with all that a host promises.

Importing this module loads durable-rules, and raises DurableRulesError with the remedy if it can't be loaded.
"""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any, Self

from infobip_rules.channels.installed import installed_channels
from infobip_rules.channels.registry import Channels
from infobip_rules.clock import Clock, SystemClock
from infobip_rules.delivery.policies import Policy
from infobip_rules.durablehost.evaluator import DurableEvaluator
from infobip_rules.durablehost.hazards import hazards
from infobip_rules.durablehost.messages import why_unfit, why_unfit_event
from infobip_rules.durablehost.private_engine import PrivateEngine
from infobip_rules.durablehost.registered_rules import RegisteredRules, RulesetHost, registered_rules
from infobip_rules.errors import ConfigurationError
from infobip_rules.host import Host
from infobip_rules.infobip.inbound import InboundBatch
from infobip_rules.infobip.phone import session_address
from infobip_rules.infobip.provider import Provider
from infobip_rules.journal import open_journal
from infobip_rules.journal.interface import Journal
from infobip_rules.journal.records import NewSignal
from infobip_rules.journal.requests import Arrival
from infobip_rules.receiver import Health, Receipt
from infobip_rules.settings import Settings

log = logging.getLogger("infobip_rules.plugin")

#: Times that a signal may end the application's process before it is given up.
FATAL_ATTEMPTS = 2


class InfobipPlugin:
    """Connects a ruleset of durable-rules with Infobip; a `Receiver` for `infobip_rules.web.create_app`::

        settings = Settings.load()
        plugin = InfobipPlugin(settings).attach(get_host(), "client")
        async with plugin:
            app = create_app(plugin, token=settings.webhook_token)

    A signal is posted as an event with its type's name under `type` and its fields as documented (`from` also as `from_`).
    Before the first of a session the fact `{"type": "ClientAgent", "id": "agent", "phone": ...}` is asserted. Every person
    has a session of their own, of which the ruleset remembers facts, pending events, timers and `c.s`, however many people
    there are and however often the program starts. The ruleset's conditions and actions are taken as they are when the
    plugin is attached, and evaluated in an engine of its own: what the application posts into the host itself stays
    there, and what is meant for a person's session is posted by `post`.

    What was taken in, what sessions remember and what is to be sent is in the journal that the settings name
    (INFOBIP_JOURNAL_URL), which is opened and closed with the plugin; or in the `journal` that is given, which is the
    caller's to close. `policies` are asked about each message; with `pull`, received messages are also fetched every
    so many seconds.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        journal: Journal | None = None,
        client: Provider | None = None,
        channels: Channels | None = None,
        clock: Clock | None = None,
        policies: Sequence[Policy] = (),
        pull: float | None = None,
    ) -> None:
        self.settings = settings
        self.channels = channels or installed_channels()
        self.clock = clock or SystemClock()
        self._given = journal
        self._client = client
        self._policies = policies
        self._pull = pull
        self._rulesets: RulesetHost | None = None
        self._rules: RegisteredRules | None = None
        self._host: Host | None = None
        self._stack = AsyncExitStack()
        self._starting = asyncio.Lock()
        self._closed = False
        self._closing: asyncio.Task[None] | None = None

    def attach(self, host: RulesetHost, ruleset: str) -> Self:
        """Takes the rules of `ruleset` of `host`, which goes on undisturbed. Returns the plugin itself.

        Raises ConfigurationError for a second time, for a ruleset that is not registered, and for a body that is an
        `async def`, which durable-rules would never await. What may crash or hang durable-rules, or is judged
        wrongly by it, is logged as `plugin.hazard`.
        """
        if self._rules is not None:
            raise ConfigurationError("The plugin is attached already.", "Make a plugin for each ruleset.")
        rules = registered_rules(host, ruleset)
        for hazard in hazards(rules.conditions):
            line = rules.lines[hazard.rule]
            log.warning("plugin.hazard rule=%s where=%s reason=%s", line.id, line.where, hazard.reason)
        PrivateEngine(rules.name, rules.conditions).close()  # so that its errors come here
        self._rulesets, self._rules = host, rules
        return self

    @property
    def host(self) -> Host:
        """The host with all its parts, from the start on. Raises ConfigurationError before."""
        if self._host is None:
            raise ConfigurationError("The plugin is not started.", "Write `async with plugin:` around its use.")
        return self._host

    async def start(self) -> None:
        """Opens the journal, and begins to evaluate and to deliver: first what an earlier run left behind.

        `receive` does it too if it is not done yet. Raises JournalError if the journal can't be used, such as one that
        another process has open.
        """
        async with self._starting:
            if self._closed:
                raise ConfigurationError("The plugin is closed.", "Make another.")
            if self._host is None:
                try:
                    self._host = await self._started()
                except BaseException:
                    await self._stack.aclose()
                    raise

    async def stop(self, seconds: float | None = None) -> None:
        """Ends in order, within `seconds` (as the settings say): what is left is in the journal, for the next start."""
        self._closed = True
        async with self._starting:
            host, self._host = self._host, None
            if host is not None:
                await host.stop(seconds)
            await self._stack.aclose()

    def close(self) -> None:
        """Begins to end, for programs that can't await `stop()`: what is under way is done in the loop that runs."""
        self._closed = True
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # its loop is gone, and all its tasks with it
            return
        self._closing = loop.create_task(self.stop(), name="closing")

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self.stop()

    async def receive(self, batch: InboundBatch) -> Receipt:
        """Takes in what a webhook brought: done when it is on disk. Raises JournalError if it could not be kept."""
        await self.start()
        return await self.host.receive(batch)

    async def post(self, person: str, event: Mapping[str, Any], *, key: str | None = None) -> bool:
        """Posts an event of the application's own into a person's session, after what waits there; done when it is on disk.

        The event has a `type`, and no `id`, which it is given. Posted again under the same `key` it is taken once;
        whether it was new is returned.

        Raises ConfigurationError for an event that durable-rules can't hold, and if `person` or `key` is no text.
        """
        kind = event.get("type") if isinstance(event, Mapping) else None
        if not isinstance(kind, str) or not kind:
            raise ConfigurationError("The event has no type.", 'Give it one: {"type": "OrderShipped", ...}.')
        if why := why_unfit_event(event):
            raise ConfigurationError(
                f"The event can't be posted: {why}.", "Leave it out, or give it another form or name."
            )
        for name, value in ({"person": person} if key is None else {"person": person, "key": key}).items():
            if not isinstance(value, str) or not value or why_unfit({name: value}):
                raise ConfigurationError(
                    f"The {name} of an event is text that is not empty.",
                    'Give e.g. "385981234567", or "order 7" for a key.',
                )
        fields = {name: value for name, value in event.items() if name not in {"type", "sid"}}
        await self.start()
        payload = json.dumps(fields, ensure_ascii=False)
        signal = NewSignal(
            dedup_key=f"post:{uuid.uuid4() if key is None else key}",
            session_key=session_address(person),
            kind=kind,
            payload=payload,
            raw=payload,
            received_at=self.clock.now(),
        )
        accepted = await self.host.journal.inbox.accept(Arrival(signals=[signal]))
        self.host.wake()
        return bool(accepted.new)

    async def health(self) -> Health:
        """Whether signals are taken in and worked off, and how much is waiting.

        Before the start it is ready if it is attached, as the first webhook starts it.
        """
        if self._host is None:
            return Health(ready=self._rules is not None and not self._closed, details={"running": False})
        return await self._host.health()

    async def settled(self, seconds: float = 10.0) -> bool:
        """Waits until nothing is pending, due or under way; False when that takes longer."""
        return await self.host.settled(seconds)

    def watch(self, changed: Callable[[], None]) -> None:
        """Has `changed` called, in the plugin's loop, whenever something in the journal has changed; it must be quick."""
        self.host.watch(changed)

    async def _started(self) -> Host:
        if self._rules is None or self._rulesets is None:
            raise ConfigurationError(
                "The plugin is attached to no ruleset.", "Write `plugin.attach(get_host(), RULESET)` first."
            )
        journal = self._given
        if journal is None:
            opened = open_journal(
                self.settings.journal_url, clock=self.clock, first_lookup=self.settings.lookup_delays[0]
            )
            journal = await self._stack.enter_async_context(opened)
        mark = journal.evaluation_mark()
        self._stack.callback(mark.close)
        evaluator = DurableEvaluator(
            self._rules,
            self._rulesets,
            channels=self.channels,
            most_firings=self.settings.firing_limit,
            mark=mark,
        )
        host = Host(
            self._rules,
            settings=self.settings,
            journal=journal,
            evaluator=evaluator,
            client=self._client,
            clock=self.clock,
            pull=self._pull,
            channels=self.channels,
            policies=self._policies,
            fatal_attempts=FATAL_ATTEMPTS,
        )
        await host.start()
        return host
