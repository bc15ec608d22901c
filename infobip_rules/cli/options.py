"""Options that several commands take, their defaults, and the words that an option can be given."""

from __future__ import annotations

import logging
import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from infobip_rules.cli.environment import JOURNAL_URL
from infobip_rules.cli.exits import name_option, say

HOST = "127.0.0.1"
PORT = 8080
#: Where `simulate` looks for the host.
DEFAULT_URL = f"http://{HOST}:{PORT}"
#: Who writes, if nobody is named; nobody's number, as the account is a fake.
PERSON = "385981234567"
ENV_FILE = ".env"


class CheckFormat(StrEnum):
    """The forms of `check`'s findings: lines for people, JSON, or annotations that GitHub shows beside the code."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


def _by_option(url: str | None) -> str | None:
    if url is not None:
        name_option(JOURNAL_URL, "--journal")
    return url


def _readable(context: typer.Context, parameter: typer.CallbackParam, file: Path) -> Path:
    if not file.exists() or os.access(file, os.R_OK):
        return file
    source = context.get_parameter_source(parameter.name or "")
    if source is None or source.name != "DEFAULT":
        raise typer.BadParameter(f"path {str(file)!r} is not readable.")
    say(
        f"WARNING: {file} is not readable for the user of this process, so that none of its settings count. "
        "Give them in the environment, such as by EnvironmentFile= of a systemd unit, and move the file away.",
        level=logging.WARNING,
    )
    return Path(os.devnull)


EnvFile = Annotated[
    Path,
    typer.Option(
        "--env-file",
        help="Where settings are read that the environment lacks.",
        readable=False,  # so that the default may not be
        callback=_readable,
    ),
]
JournalUrl = Annotated[
    str | None,
    typer.Option(
        "--journal",
        metavar="URL",
        help="The journal, such as sqlite:///infobip-rules.db.",
        show_default=False,
        callback=_by_option,
    ),
]
PassingJournal = Annotated[
    str | None,
    typer.Option(
        "--journal",
        metavar="URL",
        help="A journal to keep; else it is gone at the end.",
        show_default=False,
        callback=_by_option,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
#: SQLite's largest integer: beyond it nothing can be a signal's id, nor a number of rows.
LARGEST = 2**63 - 1
Limit = Annotated[int, typer.Option("--limit", min=1, max=LARGEST, help="How many rows at most, newest first.")]
WithText = Annotated[bool, typer.Option("--text", help="Show the texts of messages.")]
FILE = Path(ENV_FILE)


def signal_id(name: str) -> int | None:
    """The id of a signal that somebody wrote; None where it can be none."""
    digits = len(str(LARGEST))
    return int(name) if name.isdecimal() and len(name) <= digits and int(name) <= LARGEST else None
