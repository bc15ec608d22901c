"""The writer of a new project, from the template in the package."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from infobip_rules import __version__
from infobip_rules.errors import InfobipRulesError

#: A name that is valid for a folder, a service and a user.
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST_NAME = 31
#: The ending of the template's files, so that no tool takes them for files of the package.
_SUFFIX = ".tmpl"
#: Stands for the dot of names that begin with one, which not every packager includes.
_DOTTED = "dot-"


class Language(StrEnum):
    """The languages that a new project's rules can be written in."""

    PYTHON = "python"
    DRL = "drl"
    BOTH = "both"


#: The folders of the template that a project is made of.
_LAYERS: Mapping[Language, tuple[str, ...]] = {
    Language.PYTHON: ("common", "python"),
    Language.DRL: ("common", "drl"),
    Language.BOTH: ("common", "python", "both"),
}


class ProjectError(InfobipRulesError, ValueError):
    """A project can't be made as asked."""

    id = "IR820"
    exit_code = 2


def create_project(folder: Path, language: Language = Language.BOTH, *, wheel: str | None = None) -> list[Path]:
    """Writes a project named as `folder`, which must be empty or not there; the files, in order of their names.

    Its requirements name `wheel`, which is to be put into its folder `wheels`, or else this version in a package index.
    Raises ProjectError, before anything is written, for a name or a folder that can't be used.
    """
    name = folder.resolve().name
    _check_name(name)
    _check_empty(folder)
    written = []
    try:
        for path, text in sorted(_template(name, language, _marks(name, wheel))):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
            written.append(target)
    except OSError as cause:
        raise ProjectError(f"{folder} can't be written: {cause.strerror}.", "Name another folder.") from None
    return written


def _check_name(name: str) -> None:
    if _NAME.fullmatch(name) and len(name) <= _LONGEST_NAME:
        return
    near = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:_LONGEST_NAME].strip("-")
    hint = f" Did you mean {near!r}?" if _NAME.fullmatch(near) else ""
    raise ProjectError(
        f"{name!r} does not do as the name of a project.",
        f"Take small letters, digits and single hyphens, a letter first, {_LONGEST_NAME} characters at most.{hint}",
    )


def _check_empty(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise ProjectError(f"{folder} is a file.", "Name a folder that is empty or not there.")
    if folder.is_dir() and any(folder.iterdir()):
        raise ProjectError(f"{folder} is not empty.", "Name a folder that is empty or not there.")


def _marks(name: str, wheel: str | None) -> Mapping[str, str]:
    """What stands in the project for each mark of the template."""
    # By its path: between a folder (--find-links) and an index pip has no order, so that another's package could be taken.
    requirement = f"infobip-rules=={__version__}" if wheel is None else f"./wheels/{wheel}"
    origin = "the package index has it" if wheel is None else "its wheel is in wheels/"
    return {"{{name}}": name, "{{requirement}}": requirement, "{{origin}}": origin}


def _template(name: str, language: Language, marks: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    whole = files("infobip_rules.scaffold").joinpath("template")
    for layer in _LAYERS[language]:
        for path, file in _files(whole.joinpath(layer), ""):
            text = file.read_text(encoding="utf-8")
            spelt = path.removesuffix(_SUFFIX).replace(_DOTTED, ".").replace("__name__", name)
            for mark, meant in marks.items():
                text = text.replace(mark, meant)
            yield spelt, text


def _files(folder: Traversable, below: str) -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        path = f"{below}{entry.name}"
        if entry.is_dir():
            yield from _files(entry, f"{path}/")
        elif entry.name.endswith(_SUFFIX):
            yield path, entry
