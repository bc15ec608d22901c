"""Rules alone: a rulebook answers signals in memory, without host, journal or network. Good for tests of rules."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infobip_rules import Fact, InfobipAdapterAPI, InfobipSmsReceivedMessage
from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.engine.session.evaluation import evaluate
from infobip_rules.lang import c, fact, m, none, ruleset, signal, when_all
from infobip_rules.rulefiles.loader import load_rules


class Visits(Fact):
    """How often somebody wrote."""

    count: int


with ruleset("visits"):

    @when_all(c.signal << signal(InfobipSmsReceivedMessage), none(fact(Visits)))
    def first_visit(c: Any) -> None:
        """Greets a stranger."""
        c.insert(Visits(count=1))
        InfobipAdapterAPI.send_sms_text_message(c.signal.from_, "Nice to meet you.")
        c.delete(c.signal)

    @when_all(c.signal << signal(InfobipSmsReceivedMessage), c.visits << fact(Visits, m.count >= 1))
    def next_visit(c: Any) -> None:
        """Greets somebody who wrote before."""
        visits = c.modify(c.visits, count=c.visits.count + 1)
        InfobipAdapterAPI.send_sms_text_message(c.signal.from_, f"Welcome back, for the time no. {visits.count}.")
        c.delete(c.signal)


def main() -> None:
    """Evaluates three messages, each from the state that the one before left."""
    rulebook = load_rules([Path(__file__)])
    noon = datetime(2026, 11, 9, 12, tzinfo=UTC)
    state: bytes | None = None
    for text in ("Hello", "Hello again", "Me again"):
        received = InfobipSmsReceivedMessage.model_validate(
            {"from": "385981234567", "text": text, "receivedAt": noon.isoformat()}
        )
        effects = evaluate(rulebook, state, [received], now=noon, compose=BUILT_IN.compose)
        state = effects.state
        for message, rule in effects.messages:
            print(f"{rule}: {BUILT_IN.show(message.channel, message.content).text}")


if __name__ == "__main__":
    main()
