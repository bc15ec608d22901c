"""Delivery policies from outside, of plugins and of whoever makes a host: one that fails holds its message, and no other."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Sequence
from datetime import datetime, timedelta

from infobip_rules.channels.asking import ChannelFailedError
from infobip_rules.channels.registry import Channels
from infobip_rules.delivery.policies import Hold, Objection, Policy, Refuse, Traffic
from infobip_rules.journal.records import OutboxRow
from infobip_rules.limits import Limits
from infobip_rules.plugins.manager import Plugins, loaded_plugins
from infobip_rules.signals import ReportStatus

log = logging.getLogger("infobip_rules.delivery")

#: How long a message is held whose policy fails, until that is asked again.
AGAIN_AFTER = timedelta(minutes=1)
#: What a policy holds is not due again sooner: it would be asked without end.
SHORTEST_HOLD = timedelta(seconds=1)


def all_policies(
    limits: Limits, channels: Channels, further: Sequence[Policy] = (), *, plugins: Plugins | None = None
) -> tuple[Policy, ...]:
    """Returns the policies of a host in the order in which they are asked: built in, of plugins, and `further` ones.

    Raises PluginError if a plugin gives no policies.
    """
    found: list[Policy] = []
    for implementation in (plugins or loaded_plugins()).implementing("delivery_policies"):
        given = implementation.items(
            "functions of a message, the traffic and a moment", callable, limits=limits, channels=channels
        )
        found += (
            given
            if implementation.plugin.built_in
            else (OutsidePolicy(policy, f"the plugin {implementation.plugin.name}") for policy in given)
        )
    return (*found, *(OutsidePolicy(policy, "Host(policies=...)") for policy in further))


class OutsidePolicy:
    """A policy from outside. If it raises, or answers what is no answer, the message waits: it may be one not to send."""

    def __init__(self, policy: Policy, source: str) -> None:
        self._policy = policy
        self._source = source

    def __call__(self, row: OutboxRow, traffic: Traffic, at: datetime) -> Objection | None:
        """Returns what the policy says, or that the message is held until it says something."""
        try:
            said = self._policy(row, traffic, at)
        except (KeyboardInterrupt, ChannelFailedError):  # the second is not the policy's fault
            raise
        except BaseException as problem:  # such as SystemExit: it is not the policy's to end the host
            return self._failed(row, at, f"raised {type(problem).__name__}", _place(problem))
        match said:
            case None | Refuse(status=ReportStatus(), reason=str()):
                return said
            case Hold(until=datetime(tzinfo=zone), reason=str()) if zone is not None:
                return Hold(until=max(said.until, at + SHORTEST_HOLD), reason=said.reason)
        return self._failed(row, at, "answered neither None nor a Hold or Refuse with all that it needs", "")

    def _failed(self, row: OutboxRow, at: datetime, what: str, place: str) -> Hold:
        name = getattr(self._policy, "__name__", type(self._policy).__name__)
        log.error(
            "delivery.policy_failed message_id=%s policy=%s source=%s reason=%s",
            *(row.message_id, name, self._source, f"{what}{place}"),
        )
        reason = f"Held: the policy {name} of {self._source} {what}. It is asked again in a minute; fix or remove it."
        return Hold(until=at + AGAIN_AFTER, reason=reason)


def _place(problem: BaseException) -> str:
    frames = traceback.extract_tb(problem.__traceback__)
    return f" at {frames[-1].filename}:{frames[-1].lineno}"
