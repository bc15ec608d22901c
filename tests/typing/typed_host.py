"""The public interface outside rules, as an application uses it: never run, read by mypy and by pyright."""

from __future__ import annotations

from typing import assert_type

from starlette.applications import Starlette

from infobip_rules import InfobipRulesError
from infobip_rules.clock import SystemClock
from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.host import Host
from infobip_rules.infobip.client import AsyncInfobipClient, InfobipClient
from infobip_rules.infobip.lookups import Balance
from infobip_rules.journal import open_journal
from infobip_rules.journal.interface import Journal
from infobip_rules.journal.records import Depth
from infobip_rules.receiver import Health
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.settings import Settings
from infobip_rules.web import create_app

settings = Settings.load(None, base_url="https://example.com")
assert_type(settings, Settings)
assert_type(settings.phone_number, str)
assert_type(settings.report_webhook, str | None)
assert_type(load_rules(["rules"]), Rulebook)


async def serve() -> None:
    async with open_journal(settings.journal_url, clock=SystemClock()) as journal:
        assert_type(journal, Journal)
        assert_type(await journal.overview.depth(), Depth)
        async with Host(load_rules(["rules"]), settings=settings, journal=journal) as host:
            assert_type(host, Host)
            assert_type(await host.health(), Health)
            assert_type(create_app(host, token=None), Starlette)


async def ask() -> None:
    with InfobipClient.from_settings(settings) as client:
        assert_type(client.balance(), Balance)
    async with AsyncInfobipClient.from_settings(settings) as asynchronous:
        assert_type(await asynchronous.balance(), Balance)


def explain(error: InfobipRulesError) -> None:
    assert_type(error.fact, str)
    assert_type(error.exit_code, int)
