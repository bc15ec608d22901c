"""Commands to send: what a rule wishes, with an id of its own."""

from __future__ import annotations

import uuid

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.channels.sms.command import SmsCommand


def test_every_message_gets_a_random_uuid_of_its_own() -> None:
    ids = [BUILT_IN.compose(SmsCommand("385981234567", "hello")).message_id for _ in range(500)]
    made = [uuid.UUID(one) for one in ids]
    assert {(one.version, one.variant) for one in made} == {(4, uuid.RFC_4122)}
    assert [str(one) for one in made] == ids
    assert len(set(ids)) == len(ids)
