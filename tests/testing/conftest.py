"""Rules to test the test kit with."""

from __future__ import annotations

from pathlib import Path

import pytest

QUIZ = '''
"""A quiz: QUIZ asks, an answer within a day counts."""

from infobip_rules import ClientAgent, Fact, Heartbeat, InfobipAdapterAPI, InfobipSmsReceivedMessage
from infobip_rules import InfobipSmsReceivedReport, Signal
from infobip_rules.lang import c, fact, m, none, ruleset, salience, signal, when_all


class Asked(Fact):
    question: str = "What is 6 x 7?"


class Prize(Fact):
    what: str


class TooLate(Signal):
    phone: str


with ruleset("quiz"):

    @when_all(salience(10), c.signal << signal(InfobipSmsReceivedMessage, m.keyword == "QUIZ"), none(fact(Asked)))
    def ask(c):
        """Asks the question."""
        c.insert(Asked())
        c.schedule(TooLate(phone=c.signal.from_), after="1d", name="too late")
        InfobipAdapterAPI.send_sms_text_message(c.signal.from_, "What is 6 x 7?\\\\nAnswer by SMS: https://example.com")
        c.delete(c.signal)

    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text == "42"), c.asked << fact(Asked))
    def right(c):
        """Praises the right answer."""
        c.delete(c.asked)
        c.cancel("too late")
        c.insert(Prize(what="a pen"))
        InfobipAdapterAPI.send_sms_text_message(c.signal.from_, "Right!", shorten_url=True)

    @when_all(c.late << signal(TooLate), c.asked << fact(Asked))
    def too_late(c):
        """Tells that the time is over."""
        c.delete(c.asked)
        InfobipAdapterAPI.send_sms_text_message(c.late.phone, f"Too late, it is {c.now:%H:%M}.")

    @when_all(c.prize << fact(Prize), c.client << fact(ClientAgent))
    def hand_over(c):
        """Hands a prize over."""
        InfobipAdapterAPI.send_sms_text_message(c.client.get_connection("phone"), f"You get {c.prize.what}.")

    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text == "crash"))
    def crash(c):
        """Fails."""
        raise ValueError("no such thing")

    @when_all(c.report << signal(InfobipSmsReceivedReport, m.status.groupName == "UNDELIVERABLE"))
    def apologise(c):
        """Says sorry."""
        InfobipAdapterAPI.send_sms_text_message(c.report.to, f"Sorry: {c.report.error.name} {c.report.error.permanent}")
'''


@pytest.fixture
def quiz(tmp_path: Path) -> Path:
    """The file of a quiz."""
    file = tmp_path / "quiz.py"
    file.write_text(QUIZ.replace("\\\\n", "\\n"), encoding="utf-8")
    return file
