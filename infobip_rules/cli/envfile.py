"""The writer of `.env`: sets the program's variables, keeps all other lines; only the owner can read the file."""

from __future__ import annotations

import io
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from infobip_rules.errors import ConfigurationError

_PLAIN = re.compile(r"[\w.:/@%+=~,-]*", re.ASCII)


def write_env_file(path: Path, values: Mapping[str, str | None]) -> None:
    """Sets variables in the file, or takes those out that are None; the file then has mode 0600.

    Nobody ever finds half a file, nor one that others may read. Raises ConfigurationError if it can't be written.
    """
    target = path.resolve()  # what a symbolic link leads to is replaced, not the link
    try:
        before = target.read_text(encoding="utf-8-sig") if target.exists() else ""
        _replace(target, with_variables(before, values))
    except (OSError, UnicodeDecodeError) as cause:
        why = cause.strerror if isinstance(cause, OSError) else "it is not text in UTF-8"
        raise ConfigurationError(f"{path} can't be written: {why}.", "Name another file with --env-file.") from None


def with_variables(text: str, values: Mapping[str, str | None]) -> str:
    """The text of a `.env` file with variables set or taken out: where they stood, else at the end."""
    from dotenv.parser import parse_stream

    lines, left = [], dict(values)
    for binding in parse_stream(io.StringIO(text)):
        if binding.key not in values:
            lines.append(binding.original.string)
        elif binding.key in left:  # a second line of the same name goes
            lines.append(_line(binding.key, left.pop(binding.key)))
    added = [_line(name, value) for name, value in left.items()]
    kept = "".join(lines)
    return f"{kept}\n{''.join(added)}" if kept and not kept.endswith("\n") and any(added) else kept + "".join(added)


def _line(name: str, value: str | None) -> str:
    return "" if value is None else f"{name}={_quoted(value)}\n"


def _quoted(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _replace(target: Path, text: str) -> None:
    # mkstemp creates the file with mode 0600.
    descriptor, name = tempfile.mkstemp(prefix=f"{target.name}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
