"""Renderers of log events: a line of text for people and `cut`, or JSON; by structlog if it is installed."""

from __future__ import annotations

import json
from collections.abc import Callable

from infobip_rules.cli.log_events import Event

Render = Callable[[Event], str]


def renderer(*, as_json: bool, terminal: bool) -> Render:
    """The renderer of events: structlog's JSON if it is installed, and its colours on a terminal; else this module's own.

    Lines of text that go into a file or a pipe are the same with and without it, as something may be reading them.
    """
    if as_json:
        return _structlog_json() or json_line
    return (_structlog_console() if terminal else None) or text_line


def text_line(event: Event) -> str:
    """`time LEVEL event key=value ...`; control characters written out, further lines indented."""
    keys = "".join([f" {key}={value}" for key, value in event.items() if key not in _HEAD])
    line = f"{event['time']} {event['level']} {event['event']}{keys}"
    trace = event.get("traceback")
    return one_event(f"{line}\n{trace}" if trace else line)


def json_line(event: Event) -> str:
    """The event as one JSON object on one line, in ASCII."""
    return json.dumps(event, default=str)


def one_event(text: str) -> str:
    """Keeps an event to lines that are its own: strangers' texts in it can neither forge a line nor steer a terminal."""
    if text.isprintable():
        return text
    plain = "".join(
        character if character.isprintable() or character in "\n\t" else repr(character)[1:-1] for character in text
    )
    return plain.replace("\n", "\n    ")


_HEAD = frozenset({"time", "level", "event", "traceback"})


def _structlog_json() -> Render | None:
    try:
        import structlog
    except ImportError:
        return None
    render = structlog.processors.JSONRenderer()
    return lambda event: str(render(None, "", dict(event)))


def _structlog_console() -> Render | None:
    try:
        import structlog
    except ImportError:
        return None
    render = structlog.dev.ConsoleRenderer(colors=True, sort_keys=False, pad_event_to=0)

    def coloured(event: Event) -> str:
        # Its own words for time and level; the values one line each, so that nobody's text can steer the terminal.
        safe = {key: one_event(value) if isinstance(value, str) else value for key, value in event.items()}
        trace = safe.pop("traceback", "")
        head = {"timestamp": safe.pop("time"), "level": str(safe.pop("level")).lower()}
        line = str(render(None, "", {**head, **safe}))
        return f"{line}\n    {trace}" if trace else line

    return coloured
