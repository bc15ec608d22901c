"""The table of sending actions: whole, right about their parameters, and all that DRL and `check` need for a further one."""

from __future__ import annotations

from pathlib import Path

import pytest

from infobip_rules import InfobipAdapterAPI
from infobip_rules.actions import current_send, read_options
from infobip_rules.channels.adapter_api import SENDING_ACTIONS, SENDING_BY_NAME, SendingAction
from infobip_rules.channels.sms.command import SmsCommand
from infobip_rules.checks.case import case_of
from infobip_rules.rulefiles.drl.conversion.files import converted
from infobip_rules.rulefiles.drl.java.failures import BodyError
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.timers import Delay
from tests.checks.reviewing import findings, written
from tests.rulefiles.drl.order_bodies import done


def test_every_action_is_in_the_table_in_both_spellings() -> None:
    methods = {name for name in vars(InfobipAdapterAPI) if not name.startswith("_")}
    assert methods == set(SENDING_BY_NAME)
    assert len(SENDING_BY_NAME) == 2 * len(SENDING_ACTIONS)


@pytest.mark.parametrize("action", SENDING_ACTIONS, ids=lambda action: action.call.__name__)
def test_what_has_to_be_given_stands_before_what_need_not_be(action: SendingAction) -> None:
    needed = [parameter.default is parameter.empty for parameter in action.parameters]
    assert needed == sorted(needed, reverse=True)
    assert {parameter.annotation for parameter in action.parameters} <= {str, bool, str | None, Delay | None}
    assert len(action.takes.split(", ")) == len(action.parameters)


def test_a_parameter_has_one_name_whichever_spelling_is_used() -> None:
    (action,) = SENDING_ACTIONS
    given = action.given(["385981234567"], {"text": "Hello.", "shortenUrl": True, "valid_for": "2h"})
    assert given == {"phone": "385981234567", "text": "Hello.", "shorten_url": True, "valid_for": "2h"}


def send_alarm(phone: str, text: str, loud: bool = False, valid_for: Delay | None = None) -> str:
    """A further action, which shouts."""
    return current_send("send_alarm")(SmsCommand(phone, text.upper(), loud), read_options(None, valid_for))


def sendAlarm(phone: str, text: str, isLoud: bool = False, validFor: Delay | None = None) -> str:  # noqa: N802
    """The other spelling."""
    return send_alarm(phone, text, isLoud, validFor)


@pytest.fixture
def alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    """One more method, and one more entry of the table."""
    action = SendingAction(call=send_alarm, documented=sendAlarm, takes="phone, text, whether it is loud, how long")
    for spelling, method in zip(action.spellings, (sendAlarm, send_alarm), strict=True):
        monkeypatch.setattr(InfobipAdapterAPI, spelling, staticmethod(method), raising=False)
        monkeypatch.setitem(SENDING_BY_NAME, spelling, action)


@pytest.mark.usefixtures("alarm")
def test_drl_sends_by_a_further_action() -> None:
    assert done('InfobipAdapterAPI.sendAlarm("1", "fire", true, "2h");').sent == [("1", "FIRE", True)]
    assert done('InfobipAdapterAPI.send_alarm(null, "fire");').sent == [(None, "FIRE", False)]
    with pytest.raises(BodyError):
        done('String none = null; InfobipAdapterAPI.sendAlarm("1", none);')


@pytest.mark.usefixtures("alarm")
def test_drl_with_a_further_action_is_converted_and_read(tmp_path: Path) -> None:
    file = tmp_path / "alarm.drl"
    file.write_text(
        'rule "alarm" when signal : InfobipSmsReceivedMessage() from entry-point "signals" then'
        ' InfobipAdapterAPI.sendAlarm(signal.getFrom(), "fire", true); end',
        encoding="utf-8",
    )
    assert 'InfobipAdapterAPI.send_alarm(c.signal.from_, "fire", loud=True)' in converted(file)
    (body,) = case_of(load_rules([file])).bodies.values()
    assert [(sent.pieces, sent.whole) for sent in body.sends] == [(("fire",), True)]


@pytest.mark.usefixtures("alarm")
@pytest.mark.parametrize("call", ['send_alarm(c.signal.from_, "fire")', 'sendAlarm(c.signal.from_, text="fire")'])
def test_check_reads_a_further_action(call: str, tmp_path: Path) -> None:
    rule = f"""
with ruleset("r"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def reply(c):
        InfobipAdapterAPI.{call}
"""
    (body,) = case_of(load_rules([written(tmp_path, rule)])).bodies.values()
    assert [sent.pieces for sent in body.sends] == [("fire",)]
    wrong = [(found.id, found.reason) for found in findings(tmp_path, rule.replace("c.signal.from_", '"098 1234"'))]
    assert wrong == [("RULE025", "'098 1234' is not E.164 (8 to 15 digits, the country code first).")]
