"""Hook specifications: all that a plugin may add, one function a hook.

A plugin implements a hook by a function of the same name, marked with `infobip_rules.plugins.hookimpl`; it may leave out
arguments that it does not need. The types in the signatures are those of the part that calls the hook.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from infobip_rules.plugins.markers import hookspec

if TYPE_CHECKING:  # whoever loads plugins needs none of them
    from typer import Typer

    from infobip_rules.channels.interface import Channel
    from infobip_rules.channels.registry import Channels
    from infobip_rules.checks.case import Check
    from infobip_rules.checks.catalogue import CatalogueEntry
    from infobip_rules.delivery.policies import Policy
    from infobip_rules.facts import Fact
    from infobip_rules.limits import Limits
    from infobip_rules.signals import Signal


@hookspec
def channels() -> Iterable[Channel]:
    """Channels: the ways to people that messages come and go by.

    Called once in a process, when it first needs one, and wherever rules are loaded. Entries of webhooks are offered to the
    last channel first; rules know the signal types of all. A channel is pickled on its way to workers.
    """
    raise NotImplementedError


@hookspec
def signal_types() -> Iterable[type[Signal]]:
    """Signal types that rules may name, in `.drl` files by their class's name.

    Called wherever rules are loaded, so in each worker process. Python rules import the class as well.
    """
    raise NotImplementedError


@hookspec
def fact_types() -> Iterable[type[Fact]]:
    """Fact types that rules may name and sessions may keep, in `.drl` files by their class's name.

    Called wherever rules are loaded, so in each worker process. Python rules import the class as well.
    """
    raise NotImplementedError


@hookspec
def delivery_policies(limits: Limits, channels: Channels) -> Iterable[Policy]:
    """Delivery policies: functions of a message, the traffic so far and a moment that answer None, `Hold` or `Refuse`.

    Called once when a host starts, with its settings and channels. What is built in is asked first, then plugins in the
    order of their names; the first that objects to a message decides. A policy runs in the host, inside the journal's
    transaction: it must be quick, and do no I/O. One that fails holds the message for a minute.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def route(signal: Signal) -> str | None:
    """The key of the session that a signal belongs to; None: no opinion.

    Called where rules are evaluated, for each signal, after the `@route` of the rule files if there is one. Plugins are
    asked in the order of their names until one answers; if none does, it is the session of the person's number.
    """
    raise NotImplementedError


@hookspec
def checks() -> Iterable[Check]:
    """Checks of `infobip-rules check`: functions of a `Case` that give findings, whose ids the hook `findings` explains.

    Called in the process that loads the files to be checked.
    """
    raise NotImplementedError


@hookspec
def findings() -> Iterable[CatalogueEntry]:
    """What the findings of the plugin's checks mean: severity, title, reason and examples, by id.

    Called wherever findings are judged or explained. An id is capital letters of the plugin's own and three digits, such as
    `ACME001`; `RULE`, `IR` and `DOC` are taken.
    """
    raise NotImplementedError


@hookspec
def template_filters() -> Mapping[str, Callable[..., Any]]:
    """Filters of the templates that the program renders, by name.

    Called whenever a folder of templates is opened.
    """
    raise NotImplementedError


@hookspec
def commands() -> Iterable[Typer]:
    """Commands of the program: a `typer.Typer` with a name is a group, one without adds its commands to the others.

    Called at every start of the program, also for `--help`: import what takes time in the commands themselves.
    """
    raise NotImplementedError
