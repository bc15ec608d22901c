"""Every finding there is: its severity, what it means, why it matters, and an example before and after."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from infobip_rules.checks.finding import Severity


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


@cache
def catalogue() -> Mapping[str, CatalogueEntry]:
    """Returns all entries, by id, in the order of the ids."""
    text = files("infobip_rules.checks").joinpath("catalogue.toml").read_text(encoding="utf-8")
    entries = {
        id_: CatalogueEntry(
            id=id_, severity=Severity(fields.pop("severity")), **{name: field.strip() for name, field in fields.items()}
        )
        for id_, fields in tomllib.loads(text).items()
    }
    return dict(sorted(entries.items()))


def severity_of(id_: str) -> Severity:
    """Returns how bad findings of this id are."""
    return catalogue()[id_].severity
