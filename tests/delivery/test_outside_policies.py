"""Policies of plugins and of a host's maker: asked behind those that are built in, and kept from doing harm."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

import pytest

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.delivery.outside_policies import AGAIN_AFTER, SHORTEST_HOLD, OutsidePolicy, all_policies
from infobip_rules.delivery.policies import (
    LONGEST_HOLD,
    Hold,
    Objection,
    Policy,
    Refuse,
    Traffic,
    judge,
    policies_of,
)
from infobip_rules.errors import ConfigurationError, PluginError
from infobip_rules.journal.records import OutboxRow
from infobip_rules.limits import Limits
from infobip_rules.plugins.manager import Plugins
from infobip_rules.signals import ReportStatus
from tests.plugins.test_manager import plugin

from .test_decisions import NOON, ROW

REFUSAL = Refuse(status=ReportStatus(groupName="REJECTED", name="REJECTED_BY_US"), reason="Not sent.")


def saying(answer: Any) -> Policy:
    """A policy that always answers the same."""

    def policy(row: OutboxRow, traffic: Traffic, at: datetime) -> Objection | None:
        return answer  # type: ignore[no-any-return]  # also what is no answer

    return policy


def asked(policy: Policy) -> Objection | None:
    """What a policy from outside says of a message at noon."""
    return OutsidePolicy(policy, "the plugin acme")(ROW, Traffic(BUILT_IN), NOON)


def test_without_any_they_are_those_that_are_built_in() -> None:
    found, own = all_policies(Limits(), BUILT_IN, plugins=Plugins()), policies_of(Limits(), BUILT_IN)

    assert [policy.__name__ for policy in found] == [policy.__name__ for policy in own]  # type: ignore[attr-defined]


def test_those_of_plugins_come_behind_by_name_and_those_of_the_host_last() -> None:
    def named(name: str) -> Any:
        return plugin(delivery_policies=lambda: [saying(Hold(until=NOON + timedelta(hours=1), reason=name))])

    last = saying(Hold(until=NOON + timedelta(hours=1), reason="host"))
    found = all_policies(Limits(), BUILT_IN, [last], plugins=Plugins.of(alpha=named("alpha"), beta=named("beta")))

    said = [policy(ROW, Traffic(BUILT_IN), NOON) for policy in found]
    assert [one.reason for one in said if one] == ["alpha", "beta", "host"]
    assert said[: len(policies_of(Limits(), BUILT_IN))] == [None] * len(policies_of(Limits(), BUILT_IN))


def test_a_hook_is_given_the_settings() -> None:
    given: list[Limits] = []
    limits = Limits(flood_varied=7)

    all_policies(
        limits, BUILT_IN, plugins=Plugins.of(acme=plugin(delivery_policies=lambda limits: given.append(limits) or []))
    )

    assert given == [limits]


@pytest.mark.parametrize("answer", [None, REFUSAL, Hold(until=NOON + timedelta(minutes=5), reason="Later.")])
def test_what_a_policy_answers_is_what_counts(answer: Objection | None) -> None:
    assert asked(saying(answer)) == answer


def test_what_is_held_until_a_moment_that_is_past_is_not_asked_about_without_end() -> None:
    held = asked(saying(Hold(until=NOON - timedelta(days=1), reason="Once.")))

    assert held == Hold(until=NOON + SHORTEST_HOLD, reason="Once.")


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=-14))])
def test_what_is_held_for_ever_is_asked_about_again_in_a_year(zone: timezone) -> None:
    held = asked(saying(Hold(until=datetime.max.replace(tzinfo=zone), reason="Never.")))

    assert held == Hold(until=NOON + LONGEST_HOLD, reason="Never.")


def test_a_reason_is_kept_within_bounds_and_without_half_characters() -> None:
    held = asked(saying(Hold(until=NOON + timedelta(hours=1), reason="\ud800" + "x" * 5_000_000)))
    refused = asked(saying(Refuse(status=REFUSAL.status, reason="\ud800")))

    assert held is not None
    assert refused is not None
    assert held.reason == "?" + "x" * 999
    assert refused.reason == "?"


class NoZone(tzinfo):
    """A time zone that has no offset, or raises."""

    def __init__(self, problem: BaseException | None = None) -> None:
        self.problem = problem

    def utcoffset(self, _: datetime | None) -> None:
        if self.problem is not None:
            raise self.problem


def status(**parts: Any) -> ReportStatus:
    """A status that nobody checked."""
    return ReportStatus.model_construct(**parts)


def failing(problem: BaseException) -> Policy:
    def fails(row: OutboxRow, traffic: Traffic, at: datetime) -> Objection | None:
        raise problem

    return fails


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        (failing(ZeroDivisionError(ROW.recipient)), "policy fails of the plugin acme raised ZeroDivisionError."),
        (failing(SystemExit()), "policy fails of the plugin acme raised SystemExit."),
        (saying(True), "policy policy of the plugin acme answered neither None nor a Hold or Refuse"),
        (saying(Hold(until=NOON.replace(tzinfo=None), reason="Later.")), "answered neither None"),
        (saying(Refuse(status="REJECTED", reason="No.")), "answered neither None"),  # type: ignore[arg-type]
        (saying(Hold(until=NOON.replace(tzinfo=NoZone()), reason="Later.")), "answered neither None"),
        (saying(Hold(until=NOON.replace(tzinfo=NoZone(SystemExit())), reason="Later.")), "acme raised SystemExit."),
        (saying(Refuse(status=status(groupName=object()), reason="No.")), "raised PydanticSerializationError."),
        (saying(Refuse(status=status(groupName="\ud800"), reason="No.")), "raised PydanticSerializationError."),
        (saying(Refuse(status=status(name="x" * 10_000), reason="No.")), "a status of more than 10000 characters."),
    ],
)
def test_one_that_fails_holds_its_message_and_says_which_it_is(
    policy: Policy, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "infobip_rules.delivery"):
        held = asked(policy)

    assert isinstance(held, Hold)
    assert held.until == NOON + AGAIN_AFTER
    assert said in held.reason
    assert "delivery.policy_failed" in caplog.text
    assert ROW.recipient not in held.reason + caplog.text


def test_ctrl_c_is_not_the_policys() -> None:
    with pytest.raises(KeyboardInterrupt):
        asked(failing(KeyboardInterrupt()))


def test_one_that_fails_over_a_message_lets_those_to_others_go() -> None:
    def picky(row: OutboxRow, traffic: Traffic, at: datetime) -> Objection | None:
        if row.recipient == "385981234567":
            raise ZeroDivisionError
        return None

    rows = [ROW._replace(message_id=number, recipient=number) for number in ("385981234567", "385987654321")]
    found = list(judge(rows, all_policies(Limits(), BUILT_IN, [picky], plugins=Plugins()), Traffic(BUILT_IN), NOON))

    assert [type(objection) for _, objection in found] == [Hold, type(None)]


def test_a_hook_that_gives_no_policies_is_named() -> None:
    with pytest.raises(PluginError, match="its hook delivery_policies gave a int"):
        all_policies(Limits(), BUILT_IN, plugins=Plugins.of(acme=plugin(delivery_policies=lambda: [1])))


def no_moment(row: OutboxRow, traffic: Traffic) -> None:
    """Takes no moment."""


@pytest.mark.parametrize("given", [no_moment, "no function"])
def test_what_can_t_be_called_as_a_policy_is_refused_before_a_message_is_held_for_it(given: Any) -> None:
    with pytest.raises(
        ConfigurationError, match=r"is no function of a message, the traffic and a moment\. Write it as"
    ):
        all_policies(Limits(), BUILT_IN, [given])
