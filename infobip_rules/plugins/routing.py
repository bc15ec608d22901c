"""The session of a signal as plugins say it, behind what the rule files themselves say."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from infobip_rules.plugins.implementation import Implementation
from infobip_rules.plugins.manager import Plugins
from infobip_rules.signals import Signal

#: Characters of the longest key that a session may have.
LONGEST_KEY = 200

Route = Callable[[Signal], str | None]


def route_of(own: Route | None, plugins: Plugins) -> Route | None:
    """Returns the rule files' own route followed by those of plugins; None if there is neither."""
    routes = list(plugins.implementing("route"))
    return _Routes(own, routes) if routes else own


class _Routes:
    """Routes that are asked one after the other, until one answers."""

    def __init__(self, own: Route | None, routes: Sequence[Implementation]) -> None:
        self._own = own
        self._routes = routes

    def __call__(self, signal: Signal) -> str | None:
        """Returns the key that the first of them answers. Raises PluginError if a plugin's raises, or answers no text."""
        if self._own is not None and (key := self._own(signal)):
            return key
        for route in self._routes:
            key = route(signal=signal)
            if key is not None and not isinstance(key, str):
                raise route.error(f"returned a {type(key).__name__}.", "Return the session's key as a str, or None")
            if key:
                if (wrong := mistake_in(key)) is not None:
                    raise route.error(f"gave a session key {wrong}.", "Return a short text that can be shown, or None")
                return key
        return None


def mistake_in(key: str) -> str | None:
    """Returns what is wrong with the key of a session, to follow `a session key`; None if one can have it."""
    if len(key) > LONGEST_KEY:
        return f"of {len(key):,} characters; {LONGEST_KEY} is most"
    return None if key.isprintable() else "with characters that can't be shown"
