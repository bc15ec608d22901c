"""Mistakes that a type checker has to find in a typed rule: never run; each line with `# error` must be one."""

from __future__ import annotations

from infobip_rules import Fact, InfobipAdapterAPI, InfobipSmsReceivedMessage
from infobip_rules.lang import Context, c, fact, ruleset, signal, when_all


class Visit(Fact):
    times: int = 0


class Visiting(Context):
    """What the rule's patterns name."""

    signal: InfobipSmsReceivedMessage
    visit: Visit


with ruleset("mistaken"):

    @when_all(c.signal << signal(InfobipSmsReceivedMessage), c.visit << fact(Visit))
    def body(c: Visiting) -> None:
        print(c.signal.txt)  # error
        print(c.visit.times + "x")  # error
        InfobipAdapterAPI.send_sms_text_message(1, "x")  # error
        c.schedule("reminder", after="3d")  # error
        c.insert("x")  # error


signal("InfobipSmsReceivedMessage")  # error
fact(5)  # error
