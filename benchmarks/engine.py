"""The engine: against durable-rules driven through its own Host, with many rules, at length, and with many sessions."""

from __future__ import annotations

import resource
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.measure import Report, medians
from infobip_rules.actions import Message
from infobip_rules.channels.sms.command import SmsCommand
from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.session.evaluation import evaluate
from infobip_rules.garbage_collection import collect_rarely
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.signals import InfobipSmsReceivedMessage

NOW = datetime(2026, 11, 1, tzinfo=UTC)
PHONE = "385981234567"
MESSAGE = {
    "messageId": "817790313235066447",
    "from": PHONE,
    "to": "385921004026",
    "text": "QUIZ Correct answer is Paris",
    "cleanText": "Correct answer is Paris",
    "keyword": "QUIZ",
    "receivedAt": "2026-10-06T09:28:39.220+0000",
}
STATE = b'{"next":2,"rules":[],"facts":[[1,"ClientAgent",{"identifier":"","connections":{"phone":"385981234567"}}]]}'
FACT = '{"sid": "0", "id": "1", "type": "ClientAgent", "identifier": "", "connections": {"phone": "385981234567"}}'
DOCUMENTED = Path(__file__).parent.parent / "rules" / "reply_to_sms.py"

_HEAD = """from infobip_rules import ClientAgent, InfobipAdapterAPI, InfobipSmsReceivedMessage
from infobip_rules.lang import c, fact, m, ruleset, signal, when_all

with ruleset("many"):
"""
_RULE = """
    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.keyword == "{keyword}"), c.client << fact(ClientAgent))
    def rule_{number}(c):
        InfobipAdapterAPI.send_sms_text_message(c.client.get_connection("phone"), "answer")
        c.delete(c.signal)
"""


def compose(command: Any) -> Message:
    """A message with the least ado, so that the engine is what is measured."""
    return Message("m", "sms", command.phone, command.text)


def evaluation_of(rulebook: Rulebook, state: bytes | None = STATE) -> Callable[[], object]:
    """Evaluates one webhook item, from its JSON object to the state to be kept."""

    def run() -> object:
        signal = InfobipSmsReceivedMessage.model_validate(MESSAGE)
        return evaluate(rulebook, state, [signal], now=NOW, compose=compose)

    return run


def many_rules(count: int) -> Rulebook:
    """Keyword rules, of which the message matches one."""
    keywords = ["QUIZ", *(f"WORD{number}" for number in range(1, count))]
    rules = "".join(_RULE.format(keyword=keyword, number=number) for number, keyword in enumerate(keywords))
    with TemporaryDirectory() as folder:
        file = Path(folder) / "many.py"
        file.write_text(_HEAD + rules, encoding="utf-8")
        return load_rules([file])


def durable_host() -> Callable[[], object]:
    """The same work by durable-rules through its own Host: from the stored fact, in a session of its own, to the stored fact."""
    import json
    import warnings

    from durable import engine, lang

    warnings.filterwarnings("ignore", category=DeprecationWarning, module="durable")

    class Host(engine.Host):  # type: ignore[misc]  # durable is untyped
        def _run(self) -> None:
            """No timer threads: they would only slow it down."""

    sent: list[Message] = []
    rules = lang.ruleset("host")
    with rules:

        @lang.when_all(lang.c.signal << (lang.m.type == "Message"), lang.c.client << (lang.m.type == "ClientAgent"))
        def reply(c: Any) -> None:
            sent.append(compose(SmsCommand(c.client.connections.phone, "This is a text message")))

    name, definition = rules.define()
    lang._rulesets.pop(name, None)
    host = Host()
    host.register_rulesets({name: definition})

    def run() -> object:
        sent.clear()
        host.assert_fact("host", json.loads(FACT))
        host.post("host", {**MESSAGE, "sid": "0", "id": "2", "type": "Message"})
        facts = host.get_facts("host", "0")
        host.delete_state("host", "0")
        if not sent:
            raise RuntimeError("durable-rules did not fire")
        return json.dumps(facts)

    return run


def speed(report: Report, *, rounds: int, calls: int) -> None:
    """Speed against durable-rules' Host, and with 100 and 1,000 rules."""
    documented = load_rules([DOCUMENTED])
    collect_rarely()  # as a host's workers do; it serves both
    found = medians(
        {
            "durable-rules Host": durable_host(),
            "documented rule": evaluation_of(documented),
            "1 keyword rule": evaluation_of(many_rules(1)),
            "100 keyword rules": evaluation_of(many_rules(100)),
            "1000 keyword rules": evaluation_of(many_rules(1000)),
        },
        rounds=rounds,
        calls=calls,
    )
    for name, micros in found.items():
        report.line(f"  {name:24} {micros:8.1f} us a signal")
    single = found["1 keyword rule"]
    report.bound(
        "documented rule against durable-rules' Host", found["durable-rules Host"] / found["documented rule"], 2
    )
    report.bound("100 rules, of the speed with one", single / found["100 keyword rules"], 0.7)
    report.bound("1000 rules, of the speed with one", single / found["1000 keyword rules"], 0.5)


def memory(report: Report, *, evaluations: int) -> None:
    """Memory over many evaluations, after the first tenth has warmed everything up."""
    run = evaluation_of(load_rules([DOCUMENTED]))
    for _ in range(evaluations // 10):
        run()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(evaluations):
        run()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    report.limit(f"memory grown over {evaluations:,} evaluations", grown / 1024, 2, unit=" MiB")
