"""Templates of pages: HTML from records, everything escaped unless a template made it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from jinja2.filters import FILTERS as DEFAULT_FILTERS
from markupsafe import Markup, escape

from infobip_rules.plugins.manager import Names, Plugins, loaded_plugins
from infobip_rules.plugins.markers import hookimpl

_SHARED = Path(__file__).parent / "templates"
_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


class Templates:
    """The templates of one folder, over those that all pages share."""

    def __init__(self, folder: Path, *, plugins: Plugins | None = None, **filters: Callable[..., Any]) -> None:
        """Opens the folder, with the filters of `plugins` (those that are installed) and `filters`. Raises PluginError."""
        self._environment = Environment(
            loader=ChoiceLoader([FileSystemLoader(folder), FileSystemLoader(_SHARED)]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {**filters_of(plugins or loaded_plugins()), **filters}

    def render(self, name: str, **values: object) -> str:
        """The text of one template."""
        return self._environment.get_template(name).render(**values)


@hookimpl
def template_filters() -> Mapping[str, Callable[..., Any]]:
    """Returns what is built in: moments, times and sentences as pages show them."""
    return {"clock": clock_time, "day": day, "iso": datetime.isoformat, "span": span, "emphasised": emphasised}


def filters_of(plugins: Plugins) -> Mapping[str, Callable[..., Any]]:
    """Returns the filters that plugins add, what is built in among them. Raises PluginError."""
    names = Names()
    for implementation in plugins.implementing("template_filters"):
        given = implementation()
        if not isinstance(given, Mapping) or not all(callable(function) for function in given.values()):
            raise implementation.error(f"returned a {type(given).__name__}.", "Return functions by their names")
        for name, function in given.items():
            if name in DEFAULT_FILTERS:
                raise implementation.error(f"adds {name}, which is a filter of Jinja's own.", "Give it another name")
            names.add(name, function, implementation)
    return names.items


def clock_time(moment: datetime) -> str:
    """The time of the day, in UTC: `17:04:05`."""
    return f"{moment.astimezone(UTC):%H:%M:%S}"


def day(moment: datetime) -> str:
    """Day and time, in UTC: `22 Nov 2026 17:04:05`."""
    return f"{moment.astimezone(UTC):%-d %b %Y %H:%M:%S}"


def span(length: timedelta) -> str:
    """A duration in its two greatest units: `1 d 2 h`; `0 s` for nothing."""
    left, parts = max(int(length.total_seconds()), 0), []
    for seconds, unit in _UNITS:
        count, left = divmod(left, seconds)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"


def emphasised(text: str) -> Markup:
    """A sentence, escaped, with the text between asterisks emphasised."""
    parts = [escape(part) for part in text.split("*")]
    if len(parts) % 2 == 0:  # an asterisk of the text itself
        return escape(text)
    marked = [Markup("<em>{}</em>").format(part) if place % 2 else part for place, part in enumerate(parts)]
    return Markup("").join(marked)
