"""Questions to a channel, which is a package's code: whatever it raises becomes one error, which names it."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

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


@contextmanager
def asking(channel: Channel, method: str, *allowed: type[Exception]) -> Iterator[None]:
    """Translates whatever is raised inside, where `method` of the channel is called. Raises ChannelFailedError.

    What it may raise is `allowed`. What was raised is not repeated, as it may quote a text.
    """
    passing: tuple[type[BaseException], ...] = (KeyboardInterrupt, ChannelFailedError, *allowed)
    try:
        yield
    except passing:
        raise
    except BaseException as problem:  # such as SystemExit: it is not the channel's to end the host
        frame = traceback.extract_tb(problem.__traceback__)[-1]
        raise ChannelFailedError(
            f"The channel {channel.name!r} raised {type(problem).__name__} in {method}().",
            _REMEDY,
            channel=channel.name,
            method=method,
            place=f" at {frame.filename}:{frame.lineno}",
        ) from problem


def wrong_answer(channel: Channel, method: str, what: str) -> ChannelFailedError:
    """Returns the error for an answer that is none; `what` goes on after the name of the method."""
    return ChannelFailedError(
        f"The channel {channel.name!r} answered {method}() with {what}.", _REMEDY, channel=channel.name, method=method
    )
