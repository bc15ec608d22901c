"""The classes `Log` and `System.out`: lines for the log."""

from __future__ import annotations

import logging
from typing import Any

from infobip_rules.rulefiles.drl.java.library.classes import JavaClass, does
from infobip_rules.rulefiles.drl.java.values import text_of

_LOGGER = logging.getLogger("infobip_rules.rules")


def _filled(message: Any, arguments: list[Any]) -> str:
    """Returns the message with each `{}` replaced, as slf4j does."""
    parts = text_of(message).split("{}")
    out = parts[0]
    for number, following in enumerate(parts[1:]):
        out += (text_of(arguments[number]) if number < len(arguments) else "{}") + following
    return out


def _at(level: int) -> Any:
    def log_message(message: Any, arguments: list[Any]) -> None:
        _LOGGER.log(level, "%s", _filled(message, arguments))

    return log_message


LOG = JavaClass(
    name="Log",
    statics={
        name: does(_at(level), "void", "Object Object...")
        for name, level in (
            *(("trace", logging.DEBUG), ("debug", logging.DEBUG), ("info", logging.INFO)),
            *(("warn", logging.WARNING), ("error", logging.ERROR)),
        )
    },
)


def _print(_: Any, value: Any = "") -> None:
    _LOGGER.info("%s", text_of(value))


def _print_formatted(_: Any, pattern: str, arguments: list[Any]) -> None:
    from infobip_rules.rulefiles.drl.java.library.formatting import format_text

    _LOGGER.info("%s", format_text(pattern, arguments).rstrip("\n"))


#: The kind of `System.out` and `System.err`.
PRINT_STREAM = JavaClass(
    name="PrintStream",
    methods={
        "println": (*does(_print, "void"), *does(_print, "void", "Object")),
        "print": does(_print, "void", "Object"),
        "printf": does(_print_formatted, "void", "String Object..."),
    },
)
