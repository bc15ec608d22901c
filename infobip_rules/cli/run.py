"""`run`: a host with a real Infobip account."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from contextlib import ExitStack, redirect_stdout
from pathlib import Path

from infobip_rules.cli.environment import check_plugins, read_env_file, withdraw_secrets
from infobip_rules.cli.exits import say
from infobip_rules.cli.hosting import Hosting
from infobip_rules.cli.listening import listen
from infobip_rules.cli.logs import log_stderr, same_logging, set_level
from infobip_rules.evaluators.captured_output import LoggedLines
from infobip_rules.evaluators.limits import keep_out_others
from infobip_rules.evaluators.worker_process import outline_of
from infobip_rules.garbage_collection import collect_rarely
from infobip_rules.infobip.phone import mask
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.serving.event_loop import run_loop
from infobip_rules.serving.server import asked_to_end, serve
from infobip_rules.serving.web_worker import WebPlan
from infobip_rules.serving.web_workers import WebWorkers
from infobip_rules.settings import Settings, unknown_variables
from infobip_rules.web.overview.app import OverviewPages
from infobip_rules.web.webhook_app import create_app


def run_host(
    paths: Sequence[Path],
    *,
    address: str,
    port: int,
    journal_url: str | None,
    workers: int,
    web_workers: int,
    pull: float | None,
    env_file: Path,
    verbose: bool,
) -> None:
    """Serves until SIGINT or SIGTERM; 0 `workers` evaluate, and 0 `web_workers` take webhooks, in this process; `pull` is in
    seconds.

    Raises RuleFileError, RuleError, ConfigurationError, AddressError and JournalError before anything is started.
    """
    set_level(logging.DEBUG if verbose else logging.INFO)
    log_stderr()
    settings = Settings.load(env_file, journal_url=journal_url)
    if unknown := unknown_variables({*os.environ, *read_env_file(env_file)}):
        say(" ".join(unknown))
    check_plugins(settings.plugins, env_file)
    withdraw_secrets()
    keep_out_others()
    with ExitStack() as stack:
        stack.enter_context(redirect_stdout(LoggedLines()))  # what rules print; the host itself writes nothing there
        # Rule files are code: where workers evaluate, they are run there only, and not beside the key.
        rulebook = outline_of(paths, settings.worker_memory_mb) if workers else load_rules(paths)
        for warning in rulebook.warnings:
            say(warning)
        hosting = Hosting(
            paths=paths,
            rulebook=rulebook,
            settings=settings,
            listener=stack.enter_context(listen(address, port)),
            address=address,
            workers=workers,
            web_workers=web_workers,
            pull=pull,
        )
        run_loop(_serve(hosting))


async def _serve(hosting: Hosting) -> None:
    async with asked_to_end() as end, hosting.running() as host:
        # Not local: a web server in front may let anybody through to a port of this machine.
        overview = OverviewPages(host, token=hosting.token, local=False)
        app = create_app(
            host, token=hosting.token, signature=hosting.signature, pages=overview.routes(), channels=host.channels
        )

        collect_rarely()

        def welcome() -> None:
            for line in _welcome(hosting, host.journal.name):
                say(line)

        if hosting.web_workers:
            plan = WebPlan(
                token=hosting.token,
                signature=hosting.signature,
                grace=hosting.grace,
                most_connections=hosting.settings.connection_limit,
                configure_logging=same_logging(),
                channels=host.channels,
            )
            web = WebWorkers(hosting.listener, plan, size=hosting.web_workers, receiver=host, app=app)
            await web.serve(started=welcome, end=end)
        else:
            await serve(
                app,
                hosting.listener,
                started=welcome,
                end=end,
                grace=hosting.grace,
                most_connections=hosting.settings.connection_limit,
            )
        say("Ending: what is under way is finished first.")


def _welcome(hosting: Hosting, journal: str) -> list[str]:
    settings = hosting.settings
    mode = f"run, sending as {mask(settings.phone_number)} through {settings.base_url}"
    banner = hosting.banner(mode, journal=journal, hints=_hints(hosting))
    return banner.lines()


def _hints(hosting: Hosting) -> list[str]:
    settings, hints = hosting.settings, []
    if hosting.pull is not None:
        hints.append(f"Received messages are pulled from Infobip's inbox every {hosting.pull:g} s.")
    if settings.adapter_base_url is None:
        hints.append("INFOBIP_ADAPTER_BASE_URL is not set; the webhook is /sms-received-message at the public address.")
    elif settings.webhook_token is not None:
        hints.append(
            "In the Infobip Portal, *** is the value of INFOBIP_WEBHOOK_TOKEN: `infobip-rules setup --yes --no-check "
            "--show-token` prints the URL whole."
        )
    if not settings.sms_delivery_reporting_enabled:
        hints.append("Delivery reports are off (INFOBIP_SMS_DELIVERY_REPORTING_ENABLED).")
    return hints
