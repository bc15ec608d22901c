"""The hooks of the plugin; what takes time to import is imported when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infobip_rules.plugins import hookimpl

if TYPE_CHECKING:
    from typer import Typer

    from infobip_rules.checks.case import Check
    from infobip_rules.checks.catalogue import CatalogueEntry
    from infobip_rules.delivery.policies import Policy
    from infobip_rules.facts import Fact


@hookimpl
def fact_types() -> list[type[Fact]]:
    from infobip_rules_quiet.facts import Greeted

    return [Greeted]


@hookimpl
def delivery_policies() -> list[Policy]:
    from infobip_rules_quiet.numbers import quiet_numbers
    from infobip_rules_quiet.policy import refuse_quiet

    return [refuse_quiet(quiet_numbers())]


@hookimpl
def checks() -> list[Check]:
    from infobip_rules_quiet.check import short_names

    return [short_names]


@hookimpl
def findings() -> list[CatalogueEntry]:
    from infobip_rules_quiet.check import ENTRY

    return [ENTRY]


@hookimpl
def commands() -> list[Typer]:
    from infobip_rules_quiet.commands import quiet

    return [quiet]
