"""`run`: the host, with a real Infobip account."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Sequence
from pathlib import Path

from infobip_rules.cli.banner import Banner, evaluation, without_token
from infobip_rules.cli.exits import say
from infobip_rules.cli.hosting import evaluator_of, token_of
from infobip_rules.cli.listening import listen, url_of
from infobip_rules.cli.logs import configure_logging
from infobip_rules.cli.serving import asked_to_end, serve
from infobip_rules.clock import SystemClock
from infobip_rules.engine.loader import load_rules
from infobip_rules.engine.rulebook import Rulebook
from infobip_rules.host import Host
from infobip_rules.infobip.phone import mask
from infobip_rules.journal.writer import Journal
from infobip_rules.settings import Settings
from infobip_rules.web.app import create_app, webhook_exposure_warning


def run_host(
    paths: Sequence[Path],
    *,
    host: str,
    port: int,
    journal_url: str | None,
    workers: int,
    env_file: Path,
    verbose: bool,
) -> None:
    """Serves until SIGINT or SIGTERM; 0 `workers` evaluate in this process.

    Raises RuleFileError, ConfigurationError, AddressError and JournalError before anything is started.
    """
    configure_logging(logging.DEBUG if verbose else logging.INFO)
    rulebook = load_rules(paths)
    settings = Settings.load(env_file, journal_url=journal_url)
    with listen(host, port) as listener, Journal.open(settings.journal_url, clock=SystemClock()) as journal:
        banner = _banner(rulebook, settings, journal, listener, host, workers)
        asyncio.run(_serve(rulebook, settings, journal, listener, paths if workers else (), workers, banner))


async def _serve(
    rulebook: Rulebook,
    settings: Settings,
    journal: Journal,
    listener: socket.socket,
    paths: Sequence[Path],
    workers: int,
    banner: Banner,
) -> None:
    async with asked_to_end() as end:
        evaluator = await evaluator_of(rulebook, paths, settings, workers)
        async with Host(rulebook, settings=settings, journal=journal, evaluator=evaluator) as host:
            app = create_app(host, token=token_of(settings))
            await serve(app, listener, started=lambda: say("\n".join(banner.lines())), end=end)
            say("Ending: what is under way is brought to its end first.")


def _banner(
    rulebook: Rulebook, settings: Settings, journal: Journal, listener: socket.socket, host: str, workers: int
) -> Banner:
    return Banner(
        mode=f"run, sending as {mask(settings.phone_number)} through {settings.base_url}",
        rules=len(rulebook.rules),
        sources=rulebook.sources,
        webhooks=_webhooks(settings),
        listening=url_of(listener),
        journal=str(journal.path),
        evaluation=evaluation(workers),
        hints=_hints(settings),
        warnings=_warnings(settings, host),
    )


def _webhooks(settings: Settings) -> list[str]:
    urls = (settings.received_message_url, settings.delivery_report_url)
    return [without_token(url) for url in urls if url is not None]


def _hints(settings: Settings) -> list[str]:
    hints = []
    if settings.adapter_base_url is None:
        hints.append("INFOBIP_ADAPTER_BASE_URL is not set: the webhook is /sms-received-message at this host's public URL.")
    if settings.webhook_token is not None:
        hints.append("In the Infobip Portal, *** is the value of INFOBIP_WEBHOOK_TOKEN.")
    if not settings.sms_delivery_reporting_enabled:
        hints.append("Delivery reports are off (INFOBIP_SMS_DELIVERY_REPORTING_ENABLED).")
    return hints


def _warnings(settings: Settings, host: str) -> list[str]:
    warning = webhook_exposure_warning(host, token_of(settings))
    return [warning] if warning else []
