"""`new`: a new project, from the scaffold."""

from __future__ import annotations

from pathlib import Path

from infobip_rules.cli.exits import say
from infobip_rules.cli.output import put
from infobip_rules.scaffold.own_wheel import pack_unless_indexed, wheel_unless_indexed
from infobip_rules.scaffold.project import Language, ProjectError, create_project


def make_project(folder: Path, language: Language) -> None:
    """Writes the project, prints its files to stdout, and the next step to stderr. Raises ProjectError."""
    written = create_project(folder, language, wheel=wheel_unless_indexed())
    wheel = _packed(folder)
    for file in (*written, *([wheel] if wheel else ())):
        put(str(file))
    if wheel:
        say("infobip-rules did not come from a package index: its wheel is in wheels/, and requirements.txt names it.")
    say(
        f"Next: cd {folder}, then `infobip-rules dev rules/ --first-message JOIN`. README.md says how to run its tests."
    )


def _packed(folder: Path) -> Path | None:
    try:
        return pack_unless_indexed(folder / "wheels")
    except OSError as cause:
        raise ProjectError(f"{folder} can't be written: {cause.strerror}.", "Name another folder.") from None
