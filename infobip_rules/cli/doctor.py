"""`doctor`: the checks of machine, settings, account, journal and webhooks, a line for each result."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from infobip_rules.cli.environment import journal_url, read_env_file
from infobip_rules.cli.output import put
from infobip_rules.cli.printing import one_line, print_json
from infobip_rules.clock import SystemClock
from infobip_rules.doctor.configuration import of_settings, settings_of, variables
from infobip_rules.doctor.journal import journal
from infobip_rules.doctor.machine import machine
from infobip_rules.doctor.provider import network, provider, skip_network, skip_provider
from infobip_rules.doctor.result import Result, exit_code, skipped
from infobip_rules.doctor.webhook import webhook
from infobip_rules.errors import ConfigurationError
from infobip_rules.infobip.client import InfobipClient, Timeouts
from infobip_rules.settings import Settings

_TIMEOUTS = Timeouts(connect=5.0, read=10.0, total=20.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class DoctorOptions:
    """The options of `doctor`."""

    env_file: Path
    journal: str | None
    #: Whether a sample is posted to the webhooks.
    sample: bool
    #: Whether nothing but this machine is asked.
    offline: bool
    as_json: bool


def examine(asked: DoctorOptions) -> int:
    """Prints every answer as soon as it is there; returns the exit code. Raises ConfigurationError for an unreadable file."""
    results: list[Result] = []
    for result in _results(asked):
        results.append(result)
        if not asked.as_json:
            put(_line(result))
    code = exit_code(results)
    if asked.as_json:
        print_json({"exitCode": code, "results": [dataclasses.asdict(result) for result in results]})
    return code


def _results(asked: DoctorOptions) -> Iterator[Result]:
    clock = SystemClock()
    yield from machine()
    yield from variables(os.environ, read_env_file(asked.env_file), asked.env_file)
    settings, result = settings_of(asked.env_file, asked.journal)
    yield result
    yield from of_settings(settings)
    yield from _account(settings, clock, offline=asked.offline)
    yield from journal(settings.journal_url if settings else journal_url(asked.journal, asked.env_file), clock.now())
    yield from [skipped("DOC40", "webhook", "--offline.")] if asked.offline else webhook(settings, sample=asked.sample)


def _account(settings: Settings | None, clock: SystemClock, *, offline: bool) -> Iterator[Result]:
    if settings is None or offline:
        yield skip_network("--offline." if offline else "the settings are not complete.")
        yield from skip_provider("--offline." if offline else "the settings are not complete.")
        return
    try:
        client = InfobipClient.from_settings(settings, timeout=_TIMEOUTS)
    except ConfigurationError as cause:
        yield network(cause)
        yield from skip_provider("the environment's network settings can't be used.")
        return
    yield network(None)
    with client:
        yield from provider(client, clock)


def _line(result: Result) -> str:
    return one_line(f"{result.state:7}  {result.id}  {result.name}: {result.says} {result.hint}".rstrip())
