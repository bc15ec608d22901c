"""The registry of channels: found by name, by the command of a rule, and by what an entry of a webhook holds."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, TypeAlias, get_args

from infobip_rules.actions import Message
from infobip_rules.channels.asking import asking
from infobip_rules.channels.interface import Channel, ContentError, Shown
from infobip_rules.errors import ConfigurationError, InfobipRulesError
from infobip_rules.infobip.fields import FieldError
from infobip_rules.infobip.inbound import Kind
from infobip_rules.signals import DeliveryReport, Signal

log = logging.getLogger("infobip_rules.channels")

#: What every channel has to have itself, with what it is for.
REQUIRED: Mapping[str, str] = {
    "name": "The journal knows the channel by it.",
    "commands": "It names the types of the channel's commands.",
    "received": "It is the type of signal that a message becomes.",
    "sent": "It is the type of signal that says what became of sending.",
    "reported": "It is the type of signal that a delivery report becomes.",
    "draft": "It checks a command.",
    "check": "It checks a stored content.",
    "recognise": "It says which entries of a webhook are the channel's own.",
    "read_item": "It makes a signal of an entry.",
    "sent_signal": "It makes a signal of what became of sending.",
    "report_signal": "It makes a signal of a message that was given up.",
    "show": "It shows a content to people.",
    "show_received": "It shows a received message to people.",
    "group": "It puts messages together that one request can hold.",
    "request": "It makes the request for a group.",
    "outcomes": "It reads the answer to a request.",
}
#: What a type of signal is to its channel.
Role: TypeAlias = Literal["received", "sent", "reported"]
_KINDS = get_args(Kind)
#: Characters of a channel's name.
_LONGEST_NAME = 40


class ChannelError(ConfigurationError):
    """A channel can't be registered."""

    id = "IR120"


class UnknownChannelError(InfobipRulesError, LookupError):
    """No channel of that name, or for that command, is registered."""

    id = "IR122"


class Channels:
    """The channels that there are, in the order in which they were registered; it does not change.

    Entries of webhooks are offered to the last one first, as who comes later knows what is special; the first of all
    takes what nobody recognises. Raises ChannelError for a channel that lacks a part, and for two of one name or command.
    """

    def __init__(self, channels: Iterable[Channel]) -> None:
        self._by_name: dict[str, Channel] = {}
        self._by_command: dict[type, Channel] = {}
        for channel in channels:
            self._register(channel)
        if not self._by_name:
            raise ChannelError("There is no channel.", "Register at least one.")
        self._asked = tuple(reversed(self._by_name.values()))
        #: The one that takes what nobody recognises.
        self.first: Channel = self._asked[-1]
        self._roles: dict[str, Role] = {
            getattr(channel, role).__name__: role for channel in self for role in get_args(Role)
        }
        self._received = frozenset(channel.received for channel in self)
        self._reported = frozenset(channel.reported for channel in self)
        #: The types of all their signals, by name.
        self.signal_types: Mapping[str, type[Signal]] = {
            kind.__name__: kind for channel in self for kind in (channel.received, channel.sent, channel.reported)
        }

    def __iter__(self) -> Iterator[Channel]:
        return iter(self._by_name.values())

    def __len__(self) -> int:
        return len(self._by_name)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __repr__(self) -> str:
        return f"Channels({', '.join(self._by_name)})"

    def __getitem__(self, name: str) -> Channel:
        """The channel of that name. Raises UnknownChannelError."""
        channel = self._by_name.get(name)
        if channel is None:
            raise UnknownChannelError(
                f"No channel is called {name!r}; there are {', '.join(self._by_name)}.",
                "Install the package that brings it, and start again.",
                name=name,
            )
        return channel

    def compose(self, command: object) -> Message:
        """The message that the command of a rule asks for, with an id of its own.

        Raises UnknownChannelError for what is no channel's command, and whatever its channel raises for one that it
        does not take.
        """
        channel = self._by_command.get(type(command))
        if channel is None:
            raise UnknownChannelError(
                f"{type(command).__name__} is no channel's command.",
                f"The channels take {', '.join(kind.__name__ for kind in self._by_command)}.",
            )
        to, content = channel.draft(command)
        return Message(str(uuid.uuid4()), channel.name, to, content)

    def check(self, message: Message) -> None:
        """Checks what comes from where rules run. Raises UnknownChannelError, ContentError and ChannelFailedError."""
        channel = self[message.channel]
        with asking(channel, "check", ContentError):
            channel.check(message.content)

    def recognise(self, entry: Mapping[str, Any]) -> tuple[Channel, Kind | None]:
        """The channel that an entry of a webhook is read by, and what it is; None where that can't be told.

        A channel that fails over it, or answers what is no kind, is passed over: the entry may be another's. Raises
        FieldError if nobody else recognises it then: it may be one of the channel that failed.
        """
        failed = ""
        for channel in self._asked:
            try:
                kind = channel.recognise(entry)
                if kind is None:
                    continue
                if kind in _KINDS:
                    return channel, kind
                problem = f"answered a {type(kind).__name__} that is neither message nor report"
            except Exception as failure:
                problem = f"raised {type(failure).__name__}"
            log.error("channels.not_recognised channel=%s reason=%s", channel.name, problem)
            failed = failed or f"could not be recognised: the channel {channel.name} {problem}"
        if failed:
            raise FieldError("", failed)
        return self.first, None

    def find(self, name: str) -> Channel | None:
        """The channel of that name; None for none, such as one whose package was taken away."""
        return self._by_name.get(name)

    def role(self, kind: str) -> Role | None:
        """What signals of the type of that name are to their channel; None for no channel's."""
        return self._roles.get(kind)

    def are_received(self, kind: type[Signal]) -> bool:
        """Whether signals of this type are messages that people sent."""
        return kind in self._received

    def are_reports(self, kind: type[Signal]) -> bool:
        """Whether signals of this type are delivery reports."""
        return kind in self._reported

    def show(self, name: str, content: str) -> Shown:
        """A stored content as people are shown it; what can't be read is shown as it stands, so that it can be looked at."""
        channel = self._by_name.get(name)
        if channel is None:
            return Shown(content)
        try:
            return channel.show(content)
        except ContentError:
            return Shown(content)
        except Exception as failure:  # a fault of the channel: pages and lists show the others all the same
            problem = f"raised {type(failure).__name__}"
        log.error("channels.not_shown channel=%s reason=%s", name, problem)
        return Shown(content)

    def _register(self, channel: Channel) -> None:
        name = _checked_name(channel)
        if name in self._by_name:
            raise ChannelError(
                f"Two channels are called {name!r}: {_described(self._by_name[name])} and {_described(channel)}.",
                "The journal keeps messages by the name of their channel: give one of them another.",
            )
        _check_parts(name, channel)
        for command in channel.commands:
            other = self._by_command.setdefault(command, channel)
            if other is not channel:
                raise ChannelError(
                    f"The channels {other.name!r} and {name!r} both take {command.__name__}.",
                    "Give each channel commands of its own.",
                )
        self._by_name[name] = channel


def _checked_name(channel: object) -> str:
    if isinstance(channel, type):
        raise ChannelError(f"{channel.__name__} is a class, not a channel.", f"Register {channel.__name__}().")
    name = getattr(channel, "name", None)
    if not isinstance(name, str) or not name.isidentifier() or len(name) > _LONGEST_NAME:
        raise ChannelError(
            f"{_described(channel)} is no channel: its name is not a word.",
            f'Give it name = "...", of letters, digits and underscores, at most {_LONGEST_NAME}.',
        )
    return name


def _check_parts(name: str, channel: Channel) -> None:
    for part, meaning in REQUIRED.items():
        if _is_missing(channel, part):
            raise ChannelError(
                f"The channel {name!r} ({_described(channel)}) has no `{part}`.", f"Define it. {meaning}"
            )
    for part, base in {"received": Signal, "sent": Signal, "reported": DeliveryReport}.items():
        kind = getattr(channel, part)
        if not (isinstance(kind, type) and issubclass(kind, Signal) and issubclass(kind, base)):
            bases = " and ".join(dict.fromkeys(("Signal", base.__name__)))
            raise ChannelError(f"`{part}` of the channel {name!r} is not what it has to be.", f"Subclass {bases}.")


def _is_missing(channel: Channel, part: str) -> bool:
    found = getattr(channel, part, None)
    # A method that is inherited from the protocol says nothing.
    return found is None or getattr(type(channel), part, None) is getattr(Channel, part, object())


def _described(channel: object) -> str:
    kind = type(channel)
    return f"{kind.__module__}.{kind.__qualname__}"
