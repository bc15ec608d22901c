"""Delivery policies from outside, of plugins and of whoever makes a host: one that fails holds its message, and no other."""

from __future__ import annotations

import inspect
import logging
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from infobip_rules.channels.asking import ChannelFailedError
from infobip_rules.channels.registry import Channels
from infobip_rules.delivery.policies import LONGEST_HOLD, Hold, Objection, Policy, Refuse, Traffic
from infobip_rules.errors import ConfigurationError
from infobip_rules.journal.records import OutboxRow
from infobip_rules.limits import Limits
from infobip_rules.plugins.manager import Plugins, loaded_plugins
from infobip_rules.signals import ReportStatus

log = logging.getLogger("infobip_rules.delivery")

#: How long a message is held whose policy fails, until that is asked again.
AGAIN_AFTER = timedelta(minutes=1)
#: What a policy holds is not due again sooner: it would be asked without end.
SHORTEST_HOLD = timedelta(seconds=1)
#: Characters of a reason that are kept, and the most that a status has as JSON.
_LONGEST_REASON, _LONGEST_STATUS = 1_000, 10_000


def all_policies(
    limits: Limits, channels: Channels, further: Sequence[Policy] = (), *, plugins: Plugins | None = None
) -> tuple[Policy, ...]:
    """Returns the policies of a host in the order in which they are asked: built in, of plugins, and `further` ones.

    Raises PluginError if a plugin gives no policies, and ConfigurationError if one of `further` is none.
    """
    found: list[Policy] = []
    for implementation in (plugins or loaded_plugins()).implementing("delivery_policies"):
        given = implementation.items(
            "functions of a message, the traffic and a moment", _is_policy, limits=limits, channels=channels
        )
        found += (
            given
            if implementation.plugin.built_in
            else (OutsidePolicy(policy, f"the plugin {implementation.plugin.name}") for policy in given)
        )
    for policy in further:
        if not _is_policy(policy):
            raise ConfigurationError(
                f"{_name_of(policy)}, given by Host(policies=...), is no function of a message, the traffic and a moment.",
                "Write it as policy(row, traffic, at).",
            )
    return (*found, *(OutsidePolicy(policy, "Host(policies=...)") for policy in further))


class OutsidePolicy:
    """A policy from outside. If it raises, or answers what is no answer, the message waits: it may be one not to send."""

    def __init__(self, policy: Policy, source: str) -> None:
        self._policy = policy
        self._source = source
        self._name = _name_of(policy)

    def __call__(self, row: OutboxRow, traffic: Traffic, at: datetime) -> Objection | None:
        """Returns what the policy says, or that the message is held until it says something."""
        try:
            # What it answers is its own as well: a time zone of its making may raise.
            return _checked(self._policy(row, traffic, at), at)
        except (KeyboardInterrupt, ChannelFailedError):  # the second is not the policy's fault
            raise
        except _NoAnswerError as problem:
            return self._failed(row, at, str(problem), "")
        except BaseException as problem:  # such as SystemExit: it is not the policy's to end the host
            return self._failed(row, at, f"raised {type(problem).__name__}", _place(problem))

    def _failed(self, row: OutboxRow, at: datetime, what: str, place: str) -> Hold:
        log.error(
            "delivery.policy_failed message_id=%s policy=%s source=%s reason=%s",
            *(row.message_id, self._name, self._source, f"{what}{place}"),
        )
        reason = (
            f"Held: the policy {self._name} of {self._source} {what}. It is asked again in a minute; fix or remove it."
        )
        return Hold(until=at + AGAIN_AFTER, reason=reason)


class _NoAnswerError(Exception):
    """What a policy answers is none; says so in words that follow the policy's name."""


def _checked(said: object, at: datetime) -> Objection | None:
    """Returns an answer as the journal can keep it. Raises _NoAnswerError, and whatever the answer raises."""
    match said:
        case None:
            return None
        case Refuse(status=ReportStatus() as status, reason=str(reason)):
            if len(status.model_dump_json(warnings="error")) > _LONGEST_STATUS:
                raise _NoAnswerError(f"answered a status of more than {_LONGEST_STATUS} characters")
            return Refuse(status=status, reason=_kept(reason))
        case Hold(until=datetime() as until, reason=str(reason)) if until.utcoffset() is not None:
            bounded = max(at + SHORTEST_HOLD, min(until, at + LONGEST_HOLD))
            return Hold(until=bounded.astimezone(UTC), reason=_kept(reason))
    raise _NoAnswerError("answered neither None nor a Hold or Refuse with all that it needs")


def _kept(reason: str) -> str:
    """Returns a reason as it is kept: not endless, and without half a character."""
    return reason[:_LONGEST_REASON].encode(errors="replace").decode()


def _is_policy(policy: object) -> bool:
    """Whether it can be called as a policy is; what says nothing of its arguments may be one."""
    if not callable(policy):
        return False
    try:
        inspect.signature(policy).bind(None, None, None)
    except TypeError:
        return False
    except ValueError:  # such as a function that is written in C
        return True
    return True


def _name_of(policy: object) -> str:
    name = getattr(policy, "__name__", None)
    return _kept(name) if isinstance(name, str) else type(policy).__name__


def _place(problem: BaseException) -> str:
    frames = traceback.extract_tb(problem.__traceback__)
    return f" at {frames[-1].filename}:{frames[-1].lineno}"
