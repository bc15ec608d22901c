"""The registry of statuses and errors."""

from __future__ import annotations

import pytest

from infobip_rules.sandbox.statuses import NO_ERROR, STATUSES, error_of, status_named


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("DELIVERED", "DELIVERED_TO_HANDSET"),
        ("PENDING_ACCEPTED", "PENDING_ACCEPTED"),
        ("23", "REJECTED_DUPLICATE_MESSAGE_ID"),
        ("999", "REJECTED_999"),
    ],
)
def test_a_status_has_a_group_a_full_name_or_an_id(name: str, full: str) -> None:
    assert status_named(name).name == full


def test_an_unknown_name_is_a_status_of_an_unknown_group() -> None:
    unknown = status_named("LOST_IN_SPACE")
    assert (unknown.group_name, unknown.id, unknown.final) == ("LOST_IN_SPACE", 4242, True)


def test_only_pending_messages_go_on() -> None:
    assert {status.group_name for status in STATUSES.values() if not status.final} == {"PENDING"}


def test_an_action_is_there_only_if_the_registry_has_one() -> None:
    assert "action" in STATUSES["REJECTED_NOT_ENOUGH_CREDITS"].body()
    assert "action" not in STATUSES["DELIVERED_TO_HANDSET"].body()


def test_errors_come_with_failed_deliveries_only() -> None:
    assert error_of(STATUSES["DELIVERED_TO_HANDSET"]) is NO_ERROR
    assert error_of(STATUSES["EXPIRED_EXPIRED"]).permanent
    assert not error_of(STATUSES["UNDELIVERABLE_NOT_DELIVERED"]).permanent
