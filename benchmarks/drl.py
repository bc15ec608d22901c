"""Rules in Drools' language: evaluated against the same rule in Python, and loaded by the thousand."""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.engine import evaluation_of
from benchmarks.measure import Report, medians
from infobip_rules.rulefiles.loader import load_rules

_PYTHON = """from infobip_rules import ClientAgent, InfobipAdapterAPI, InfobipSmsReceivedMessage
from infobip_rules.lang import c, fact, m, ruleset, signal, when_all

with ruleset("one"):

    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.keyword == "QUIZ"), c.client << fact(ClientAgent))
    def answer(c):
        text = "You wrote " + c.signal.text
        InfobipAdapterAPI.send_sms_text_message(c.client.get_connection("phone"), text)
        c.delete(c.signal)
"""
_DRL = """rule "answer {number}"
    when
        signal: InfobipSmsReceivedMessage(keyword == "{keyword}") from entry-point "signals"
        ClientAgent(phone: getConnection("phone"))
    then
        String text = "You wrote " + signal.getText();
        InfobipAdapterAPI.sendSmsTextMessage(phone, text);
        delete(signal);
end
"""


def drl(report: Report, *, rounds: int, calls: int) -> None:
    """Speed of one rule in both languages, and how long a thousand take to load."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "one.py").write_text(_PYTHON, encoding="utf-8")
        (folder / "one.drl").write_text(_DRL.format(number=0, keyword="QUIZ"), encoding="utf-8")
        found = medians(
            {language: evaluation_of(load_rules([folder / f"one.{language}"])) for language in ("py", "drl")},
            rounds=rounds,
            calls=calls,
        )
        thousand = "\n".join(_DRL.format(number=number, keyword=f"WORD{number}") for number in range(1000))
        (folder / "many.drl").write_text(thousand, encoding="utf-8")
        started = time.process_time()
        load_rules([folder / "many.drl"])
        taken = time.process_time() - started
    report.line(f"  in Python {found['py']:.1f} us, in DRL {found['drl']:.1f} us a signal")
    report.bound("a rule in DRL, of the speed of the same in Python", found["py"] / found["drl"], 0.7)
    report.limit("1,000 rules in DRL loaded", taken, 3, unit=" s of processor time")
