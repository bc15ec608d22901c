"""Messages on their way out, and what became of each attempt to send one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from infobip_rules.signals import ReportStatus

_ACCOUNT = frozenset({401, 402, 403})
_BODY = frozenset({400, 413, 422})


@dataclass(frozen=True, kw_only=True, slots=True)
class Outgoing:
    """A message to one person through one channel; neither its content nor its address shows in a repr."""

    #: Ours, at most 200 characters: the same on every attempt, so that no attempt is sent twice.
    message_id: str
    #: The channel's name, and the content as that channel writes it, in JSON.
    channel: str
    content: str = field(repr=False)
    #: E.164 digits, or whatever else the channel reaches people by.
    to: str = field(repr=False)
    #: What it goes out from, such as E.164 digits, a short code or an alphanumeric sender.
    sender: str = field(repr=False)
    #: Comes back in the delivery report; at most 4000 characters.
    callback_data: str = field(default="", repr=False)
    #: How long Infobip is to try to deliver it, at most 48 hours; None: as long as the account has it.
    valid_for: timedelta | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Accepted:
    """Infobip has the message, from this attempt or (status id 23) an earlier one."""

    message_id: str
    status: ReportStatus


@dataclass(frozen=True, kw_only=True, slots=True)
class Rejected:
    """Infobip looked at the message and refused it for good."""

    message_id: str
    status: ReportStatus
    #: A sentence for logs and users.
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class NotSent:
    """The request was refused or never arrived: nothing was sent, and nothing was decided about the message."""

    message_id: str
    reason: str
    #: Whether the same request can succeed later. A refused batch (400, 413) may still hold messages that go out alone.
    retryable: bool
    #: Seconds that Infobip asks to wait, if it does.
    retry_after: float | None = None
    #: The status of the answer; None when there was none.
    http_status: int | None = None

    @property
    def refuses_account(self) -> bool:
        """Whether the key or the account was refused (401, 402, 403), and not the message: any other would be as well."""
        return self.http_status in _ACCOUNT

    @property
    def refuses_body(self) -> bool:
        """Whether the request was refused for what is in it (400, 413, 422): parts of it may be taken alone."""
        return self.http_status in _BODY


@dataclass(frozen=True, kw_only=True, slots=True)
class Unknown:
    """The message may or may not have been taken: the logs are to be asked before it is sent again."""

    message_id: str
    reason: str


Outcome = Accepted | Rejected | NotSent | Unknown
