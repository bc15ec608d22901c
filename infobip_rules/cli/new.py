"""`new`: a new project, from the scaffold."""

from __future__ import annotations

from pathlib import Path

from infobip_rules.cli.exits import say
from infobip_rules.cli.output import put
from infobip_rules.scaffold.project import create_project


def make_project(folder: Path) -> None:
    """Writes the project, prints its files to stdout, and the next step to stderr. Raises ProjectError."""
    for file in create_project(folder):
        put(str(file))
    say(f"Next: cd {folder}, then `infobip-rules dev rules/ --first-message JOIN` and `python -m pytest`.")
