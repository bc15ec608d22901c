"""Options that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from infobip_rules.cli.defaults import ENV_FILE

EnvFile = Annotated[Path, typer.Option("--env-file", help="Where settings are read that the environment lacks.")]
JournalUrl = Annotated[
    str | None,
    typer.Option(
        "--journal", metavar="URL", help="The journal, such as sqlite:///infobip-rules.db.", show_default=False
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Limit = Annotated[int, typer.Option("--limit", min=1, help="How many rows at most, newest first.")]
WithText = Annotated[bool, typer.Option("--text", help="Show the texts of messages.")]
FILE = Path(ENV_FILE)
