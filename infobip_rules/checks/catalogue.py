"""Every finding there is: its severity, what it means, why it matters, and an example before and after."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from infobip_rules.checks.finding import Severity
from infobip_rules.plugins.manager import Names, Plugins, loaded_plugins
from infobip_rules.plugins.markers import hookimpl

#: What ids of findings look like.
FINDING_ID = re.compile(r"[A-Z][A-Z_]*\d{3}")
#: How ids begin that plugins may not give: those of findings, errors and answers of `doctor` that are built in.
_OURS = re.compile(r"(?:RULE|IR|DOC)\d")


@dataclass(frozen=True, kw_only=True, slots=True)
class CatalogueEntry:
    """The entry of one id, as `infobip-rules explain` prints it."""

    id: str
    severity: Severity
    title: str
    why: str
    #: Code that has the finding, and the same without; empty if code is not the matter.
    before: str = ""
    after: str = ""


@hookimpl
def findings() -> list[CatalogueEntry]:
    """Returns the built-in entries."""
    text = files("infobip_rules.checks").joinpath("catalogue.toml").read_text(encoding="utf-8")
    return [
        CatalogueEntry(
            id=id_, severity=Severity(fields.pop("severity")), **{name: field.strip() for name, field in fields.items()}
        )
        for id_, fields in tomllib.loads(text).items()
    ]


def entries_of(plugins: Plugins) -> Mapping[str, CatalogueEntry]:
    """Returns all entries, by id, in the order of the ids. Raises PluginError."""
    names = Names()
    for implementation in plugins.implementing("findings"):
        for entry in implementation.items(
            "entries of infobip_rules.checks.catalogue", lambda entry: isinstance(entry, CatalogueEntry)
        ):
            if not FINDING_ID.fullmatch(entry.id) or (_OURS.match(entry.id) and not implementation.plugin.built_in):
                raise implementation.error(
                    f"gave the id {entry.id!r}.", "Give ids of capitals of your own and three digits"
                )
            names.add(entry.id, entry, implementation)
    return dict(sorted(names.items.items()))


@cache
def catalogue() -> Mapping[str, CatalogueEntry]:
    """Returns all entries of this process's plugins, the built-in ones among them. Raises PluginError."""
    return entries_of(loaded_plugins())


def severity_of(id_: str) -> Severity:
    """Returns how bad findings of this id are."""
    return catalogue()[id_].severity
