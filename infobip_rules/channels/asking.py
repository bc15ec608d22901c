"""Questions to a channel, which is a package's code: whatever it raises becomes one error, which names it."""

from __future__ import annotations

import traceback
from types import TracebackType

from infobip_rules.channels.interface import Channel
from infobip_rules.errors import InfobipRulesError

_REMEDY = "Fix the channel, or install a version of its package that is."


class ChannelFailedError(InfobipRulesError, RuntimeError):
    """A method of a channel raised what it may not, or answered what is no answer; `place` says where."""

    id = "IR123"

    @property
    def place(self) -> str:
        """File and line for the log; empty if it was an answer that is wrong."""
        return str(self.context.get("place", ""))

    @property
    def logged(self) -> str:
        """What the log says of it."""
        return f"{self.fact.rstrip('.')}{self.place}. {self.remedy}"


class asking:  # noqa: N801 - a block: `with asking(channel, "likeness"):`
    """Translates whatever is raised inside, where `method` of the channel is called. Raises ChannelFailedError.

    What it may raise is `allowed`. What was raised is not repeated, as it may quote a text. It is a class, as a generator
    would take twice as long, a few times for each message.
    """

    __slots__ = ("_allowed", "_channel", "_method")

    def __init__(self, channel: Channel, method: str, *allowed: type[Exception]) -> None:
        self._channel, self._method, self._allowed = channel, method, allowed

    def __enter__(self) -> None:
        """Nothing is to be prepared."""

    def __exit__(self, _: object, problem: BaseException | None, where: TracebackType | None) -> None:
        """Raises what was raised inside in other words."""
        # SystemExit, for one, is translated too: it is not the channel's to end the host.
        if problem is None or isinstance(problem, (KeyboardInterrupt, ChannelFailedError, *self._allowed)):
            return
        frame = traceback.extract_tb(where)[-1]
        raise ChannelFailedError(
            f"The channel {self._channel.name!r} raised {type(problem).__name__} in {self._method}().",
            _REMEDY,
            channel=self._channel.name,
            method=self._method,
            place=f" at {frame.filename}:{frame.lineno}",
        ) from problem


def wrong_answer(channel: Channel, method: str, what: str) -> ChannelFailedError:
    """Returns the error for an answer that is none; `what` goes on after the name of the method."""
    return ChannelFailedError(
        f"The channel {channel.name!r} answered {method}() with {what}.", _REMEDY, channel=channel.name, method=method
    )
