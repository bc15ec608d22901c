"""The delivery policies on the page about plugins do what it says, by the guard that those from outside are asked through."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.delivery.outside_policies import OutsidePolicy
from infobip_rules.delivery.policies import Hold, Objection, Refuse, Traffic
from tests.delivery.test_decisions import ROW
from tests.docs.pages import blocks

(CODE,) = [block.code for block in blocks("docs/how-to/plugins.md") if "def no_mail_at_night" in block.code]
SEVEN = datetime(2026, 10, 6, 7, tzinfo=UTC)


def asked(name: str, at: datetime, recipient: str = "385981234567") -> Objection | None:
    found: dict[str, Any] = {}
    exec(CODE, found)  # noqa: S102 - it is the page's
    return OutsidePolicy(found[name], "the page")(ROW._replace(recipient=recipient), Traffic(BUILT_IN), at)


@pytest.mark.parametrize(("hour", "minute"), [(0, 0), (3, 30), (6, 59)])
def test_what_would_go_out_at_night_is_held_until_seven(hour: int, minute: int) -> None:
    said = asked("no_mail_at_night", SEVEN.replace(hour=hour, minute=minute))
    assert isinstance(said, Hold)
    assert said == Hold(until=SEVEN, reason="Held: it is night.")


@pytest.mark.parametrize("hour", [7, 12, 23])
def test_by_day_it_goes_out(hour: int) -> None:
    assert asked("no_mail_at_night", SEVEN.replace(hour=hour)) is None


def test_one_number_is_left_alone() -> None:
    said = asked("leave_alone", SEVEN)
    assert isinstance(said, Refuse)
    assert said.status.name == "REJECTED_QUIET_NUMBER"
    assert asked("leave_alone", SEVEN, "385980000000") is None
