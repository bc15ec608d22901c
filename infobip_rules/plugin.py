"""The plugin for a bare `durable.engine.Host` that an application already runs: signals are posted into it, actions work.

It has no journal, so that a crash loses what is in flight; rules have the meaning of durable-rules (the first rule that
matches an event consumes it); and durable-rules ends the process beyond 1,024 sessions, so that at most `MOST_PEOPLE`
are served.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections import OrderedDict
from datetime import timedelta
from typing import Any, Protocol

import orjson
import stamina

from infobip_rules.actions import SendOptions, send_everywhere_through, send_nowhere_else
from infobip_rules.channels.installed import installed_channels
from infobip_rules.channels.registry import Channels
from infobip_rules.errors import ConfigurationError, InfobipRulesError
from infobip_rules.infobip.client import InfobipClient
from infobip_rules.infobip.inbound import InboundBatch, ReceivedItem
from infobip_rules.infobip.messages import Accepted, NotSent, Outgoing
from infobip_rules.infobip.phone import mask
from infobip_rules.receiver import Health, Receipt
from infobip_rules.settings import Settings

log = logging.getLogger("infobip_rules.plugin")

#: People that one Host serves: its 1,025th session would end the process.
MOST_PEOPLE = 1_000
#: Webhook items remembered, so that a repeated one is posted once.
REMEMBERED = 100_000
#: Longer texts would be compared wrongly: durable-rules keeps the length of a text in 16 bits.
LONGEST_JSON = 60_000


class DurableHost(Protocol):
    """The part of `durable.engine.Host` that is used."""

    def post(self, ruleset_name: str, message: dict[str, Any], complete: Any = None) -> Any:
        """Posts an event and runs the rules that it satisfies."""

    def assert_fact(self, ruleset_name: str, fact: dict[str, Any], complete: Any = None) -> Any:
        """Asserts a fact and runs the rules that it satisfies."""


class _NotSentError(Exception):
    """An attempt that sent nothing and may be repeated."""


class InfobipPlugin:
    """Connects a bare Host's ruleset with Infobip; a `Receiver` for `infobip_rules.web.create_app`::

        plugin = InfobipPlugin(Settings.load()).attach(host, "client")
        app = create_app(plugin, token=None)

    A signal is posted as an event with its type's name under `type` and its fields as documented (`from` also as `from_`).
    A person's first message asserts the fact `{"type": "ClientAgent", "phone": ...}` before. Every person has a session
    of their own. Closing it sends the messages under way.
    """

    def __init__(
        self, settings: Settings, *, client: InfobipClient | None = None, channels: Channels | None = None
    ) -> None:
        self.settings = settings
        self.channels = channels or installed_channels()
        self.client = client or InfobipClient.from_settings(settings)
        self._host: DurableHost | None = None
        self._ruleset = ""
        self._people: dict[str, str] = {}
        self._seen: OrderedDict[str, None] = OrderedDict()
        # One message at a time: durable-rules' calls are not thread-safe.
        self._turn = threading.Lock()
        self._outbox: queue.SimpleQueue[Outgoing | None] = queue.SimpleQueue()
        self._sender = threading.Thread(target=self._deliver, name="infobip-plugin", daemon=True)

    def attach(self, host: DurableHost, ruleset: str) -> InfobipPlugin:
        """Connects `ruleset` of `host`: posts signals into it, and sends the messages of its rules. Returns itself."""
        if self._host is not None:
            raise ConfigurationError("The plugin is attached already.", "Make a plugin for each ruleset.")
        self._host, self._ruleset = host, ruleset
        send_everywhere_through(self._send)
        self._sender.start()
        return self

    def close(self) -> None:
        """Sends the messages under way, then closes the connections."""
        send_nowhere_else(self._send)
        if self._sender.is_alive():
            self._outbox.put(None)
            self._sender.join()
        self.client.close()

    async def receive(self, batch: InboundBatch) -> Receipt:
        """Posts the batch of a webhook; done when the rules have run."""
        new = await asyncio.to_thread(self._post_all, batch)
        return Receipt(new=new, duplicates=len(batch.items) - new, set_aside=len(batch.bad))

    async def health(self) -> Health:
        """Whether signals are taken."""
        return Health(ready=self._host is not None, details={"people": len(self._people)})

    def _post_all(self, batch: InboundBatch) -> int:
        return sum(self._post_once(item) for item in batch.items)

    def _post_once(self, item: ReceivedItem) -> bool:
        with self._turn:
            if item.dedup_key in self._seen:
                return False
            self._seen[item.dedup_key] = None
            if len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)
            self._post(item)
            return True

    def _post(self, item: ReceivedItem) -> None:
        person = item.address
        event = orjson.loads(item.payload)
        event |= {"type": item.kind.__name__, "id": f"signal:{item.dedup_key}", "from_": event.get("from", "")}
        if len(orjson.dumps(event)) > LONGEST_JSON:
            log.error("plugin.refused person=%s reason=%s", mask(person), "longer than durable-rules can compare")
            return
        sid = self._session(person)
        if sid is None or self._host is None:
            log.error("plugin.refused person=%s reason=%s", mask(person), f"more than {MOST_PEOPLE} people")
            return
        self._call_host(self._host.post, {**event, "sid": sid})

    def _session(self, person: str) -> str | None:
        """The session of a person, opened with their agent at first contact; None when there is no room."""
        if person not in self._people:
            if len(self._people) >= MOST_PEOPLE or self._host is None:
                return None
            # Short names: phone numbers collide in durable-rules' 32-bit hashes.
            self._people[person] = sid = f"s{len(self._people)}"
            agent = {"type": "ClientAgent", "id": "agent", "phone": person, "sid": sid}
            self._call_host(self._host.assert_fact, agent)
        return self._people[person]

    def _call_host(self, call: Any, message: dict[str, Any]) -> None:
        try:
            call(self._ruleset, message)
        except Exception as problem:
            # Also durable-rules' MessageNotHandledException: no rule matches such a message.
            log.info("plugin.unmatched type=%s reason=%s", message["type"], type(problem).__name__)

    def _send(self, command: object, options: SendOptions) -> str:
        # Out of the rule's body at once: durable-rules runs a body again that takes longer than ten seconds.
        message = self.channels.compose(command)
        channel = self.channels[message.channel]
        sender = channel.sender(self.settings)
        if why := channel.why_unreachable(message.to, like=sender):
            log.warning("plugin.dropped message_id=%s reason=%s", message.message_id, why)
            return message.message_id
        self._outbox.put(
            Outgoing(
                message_id=message.message_id,
                channel=message.channel,
                content=message.content,
                to=message.to,
                sender=sender,
                callback_data=options.callback_data,
                valid_for=None if options.valid_seconds is None else timedelta(seconds=options.valid_seconds),
            )
        )
        return message.message_id

    def _deliver(self) -> None:
        while (message := self._outbox.get()) is not None:
            try:
                self._deliver_one(message)
            except (_NotSentError, InfobipRulesError) as problem:
                log.error("plugin.not_sent message_id=%s reason=%s", message.message_id, problem)  # noqa: TRY400

    @stamina.retry(on=_NotSentError, attempts=8, timeout=120.0)
    def _deliver_one(self, message: Outgoing) -> None:
        (outcome,) = self.client.send([message], self.channels[message.channel], self.settings.report_webhook)
        if isinstance(outcome, NotSent) and outcome.retryable:
            raise _NotSentError(outcome.reason)
        level = logging.INFO if isinstance(outcome, Accepted) else logging.ERROR
        log.log(level, "plugin.%s message_id=%s", type(outcome).__name__.lower(), message.message_id)
