"""The interface of a channel: one object that knows everything about messages of its kind, and that the host is given.

A channel says which commands of rules are its own and checks them, keeps the content of a message as JSON for the outbox,
groups contents into requests and reads the answers, finds its items in webhooks' bodies and makes signals of them, and
shows a content to people with what it costs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, NamedTuple, Protocol

from infobip_rules.errors import InfobipRulesError
from infobip_rules.infobip.inbound import Kind, ReceivedItem
from infobip_rules.infobip.messages import Outgoing
from infobip_rules.infobip.phone import why_unreachable
from infobip_rules.infobip.provider import InboxFormat, LogsFormat, SendFormat
from infobip_rules.settings import Settings
from infobip_rules.signals import ReportStatus, Signal


class ContentError(InfobipRulesError, ValueError):
    """The content of a message is not one of its channel."""

    id = "IR121"


class Draft(NamedTuple):
    """What a command comes to once it is checked."""

    #: Where it is to go; what can't be reached is dropped by delivery, with the reason.
    to: str
    #: JSON, in the channel's own form.
    content: str


class Shown(NamedTuple):
    """A content as people are shown it."""

    #: In words: the text itself, or what stands for it.
    text: str
    #: What else there is to know of it, as JSON has it.
    details: Mapping[str, Any] = {}


class Cost(NamedTuple):
    """What a content costs to send."""

    #: Messages on the bill.
    parts: int
    #: Why it costs more than it seems to; empty for nothing to say.
    because: str = ""
    #: All of it in a line, for whoever writes.
    line: str = ""


class Hint(NamedTuple):
    """Something that the author of a message should know, for the log."""

    #: The name of the log's event.
    event: str
    reason: str


class Channel(SendFormat, Protocol):
    """A way to people. Subclass it: what may be left out has an answer here; the rest is asked for at registration.

    The methods of `SendFormat` belong to it. A channel holds no state: it goes to the processes that evaluate rules and
    take webhooks, pickled. Its methods take and give values, and do no I/O.
    """

    #: What the journal knows it by; it never changes.
    name: str
    #: The types of the commands that rules give it, each of one channel only.
    commands: Sequence[type]
    #: The types of its signals: a message received; a message of ours that was taken or refused; a delivery report. The
    #: first has the field `from_`, the last has `messageId` and `status`.
    received: type[Signal]
    sent: type[Signal]
    reported: type[Signal]
    #: How the logs are asked about messages of unknown outcome; None: they can't be asked.
    logs: ClassVar[LogsFormat | None] = None
    #: How received messages are pulled; None: they only come by webhook.
    inbox: ClassVar[InboxFormat | None] = None

    def sender(self, settings: Settings) -> str:
        """What messages go out from."""
        return settings.phone_number

    def draft(self, command: Any) -> Draft:
        """The message that a command asks for. Raises InfobipRulesError, which the rule sees where it calls."""
        ...

    def check(self, content: str) -> None:
        """Raises ContentError unless it is a content of this channel, for what comes from where rules run."""
        ...

    def why_unreachable(self, to: str, *, like: str | None = None) -> str | None:
        """Why no message can go there, as a sentence; None if one can. `like` is an address of ours, for a hint."""
        return why_unreachable(to, like=like)

    def likeness(self, content: str) -> str:
        """Equal for contents that a flood guard takes for the same."""
        return content

    def recognise(self, entry: Mapping[str, Any]) -> Kind | None:
        """Whether an entry of a webhook's `results` is a message or a report of this channel, by what it holds.

        None where that can't be told. A report that names no channel may be any's: it is given to the channel of its
        message once that is found.
        """
        ...

    def read_item(self, entry: Mapping[str, Any], kind: Kind, *, now: datetime) -> ReceivedItem:
        """The signal in an entry; `now` stands in for a moment that is absent. Raises FieldError."""
        ...

    def sent_signal(self, message: Outgoing, status: ReportStatus, *, sent_at: datetime) -> Signal:
        """The signal, of the type `sent`, that tells the session what became of sending a message."""
        ...

    def report_signal(
        self, message: Outgoing, status: ReportStatus, *, sent_at: datetime | None, done_at: datetime
    ) -> Signal:
        """The signal, of the type `reported`, on a message that nobody else reports on: it was given up."""
        ...

    def show(self, content: str) -> Shown:
        """The content as lists, pages and traces show it. Raises ContentError."""
        ...

    def show_received(self, signal: Any) -> Shown:
        """A received message, of the type `received`, as pages show it."""
        ...

    def cost(self, content: str) -> Cost:
        """What the content costs. Raises ContentError."""
        return Cost(1)

    def cost_of_text(self, text: str) -> Cost:
        """What a text costs that somebody writes."""
        return Cost(1)

    def hint(self, content: str) -> Hint | None:
        """What the author of a content should know. Raises ContentError."""
        return None
