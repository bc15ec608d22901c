"""Delivery reports: a message that did not arrive is sent once more where that is of use, else it is remembered."""

from typing import Any

from infobip_rules import Fact, InfobipAdapterAPI, InfobipSmsReceivedReport, InfobipSmsSentMessage
from infobip_rules.lang import c, fact, m, none, ruleset, salience, signal, when_all


class LastMessage(Fact):
    """The message that went out last; one a session, so that what is kept does not grow."""

    messageId: str  # noqa: N815 - spelt as in the signals
    text: str
    retries: int = 0


class Unreached(Fact):
    """What went wrong last with a person whom our messages do not reach."""

    status: str
    reason: str


def failure() -> Any:
    """A report that a message did not arrive."""
    return signal(
        InfobipSmsReceivedReport,
        (m.status.groupName == "UNDELIVERABLE")
        | (m.status.groupName == "EXPIRED")
        | (m.status.groupName == "REJECTED"),
    )


with ruleset("reports"):

    @when_all(c.sent << signal(InfobipSmsSentMessage), none(fact(LastMessage)))
    def remember_first_message(c: Any) -> None:
        """Remembers the text, which reports do not repeat."""
        c.insert(LastMessage(messageId=c.sent.messageId, text=c.sent.text))

    @when_all(c.sent << signal(InfobipSmsSentMessage), c.last << fact(LastMessage, m.messageId != c.sent.messageId))
    def remember_next_message(c: Any) -> None:
        """Remembers the newer message instead."""
        c.modify(c.last, messageId=c.sent.messageId, text=c.sent.text, retries=0)

    # Only UNDELIVERABLE: an expired message may have arrived all the same, and a rejected one would be rejected again.
    @when_all(
        salience(10),
        c.report
        << signal(
            InfobipSmsReceivedReport,
            m.status.groupName == "UNDELIVERABLE",
            m.error.permanent != True,  # noqa: E712 - a condition; `permanent` may also be absent
        ),
        c.last << fact(LastMessage, (m.messageId == c.report.messageId) & (m.retries < 1)),
    )
    def send_once_more(c: Any) -> None:
        """Sends an undelivered message a second time, unless Infobip says that it is of no use."""
        again = InfobipAdapterAPI.send_sms_text_message(c.report.to, c.last.text)
        c.modify(c.last, messageId=again, retries=c.last.retries + 1)
        c.delete(c.report)

    @when_all(c.report << failure(), none(fact(Unreached)))
    def remember_failure(c: Any) -> None:
        """Remembers that the person is not reached."""
        c.insert(Unreached(status=c.report.status.groupName, reason=c.report.error.name))
        c.delete(c.report)

    @when_all(c.report << failure(), c.unreached << fact(Unreached))
    def remember_newest_failure(c: Any) -> None:
        """Remembers the newest reason."""
        c.modify(c.unreached, status=c.report.status.groupName, reason=c.report.error.name)
        c.delete(c.report)

    @when_all(signal(InfobipSmsReceivedReport, m.status.groupName == "DELIVERED"), c.unreached << fact(Unreached))
    def forget_failure(c: Any) -> None:
        """Forgets it once a message arrives."""
        c.delete(c.unreached)
