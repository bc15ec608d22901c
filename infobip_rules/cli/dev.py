"""`dev`: the host with a fake Infobip, to try rules without an account."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from infobip_rules.cli.banner import Banner, evaluation, without_token
from infobip_rules.cli.conversation import Overheard, overhearing
from infobip_rules.cli.defaults import DEFAULT_URL, PERSON
from infobip_rules.cli.exits import say
from infobip_rules.cli.hosting import evaluator_of, token_of
from infobip_rules.cli.listening import is_local, listen, url_of
from infobip_rules.cli.logs import configure_logging
from infobip_rules.cli.serving import asked_to_end, serve
from infobip_rules.clock import SystemClock
from infobip_rules.engine.loader import load_rules
from infobip_rules.engine.rulebook import Rulebook
from infobip_rules.host import Host
from infobip_rules.journal.writer import Journal
from infobip_rules.sandbox import FakeInfobip, LoopbackServer
from infobip_rules.settings import Settings
from infobip_rules.web.app import create_app, webhook_exposure_warning

#: Seconds that `--exit-after-reply` waits.
PATIENCE = 20.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """What a person asked `dev` for."""

    paths: Sequence[Path]
    host: str
    port: int
    #: None: one that is gone at the end.
    journal_url: str | None
    #: 0: evaluated in this process.
    workers: int
    first_message: str | None
    exit_after_reply: bool
    verbose: bool


def run_trial(trial: Trial) -> int:
    """Serves until SIGINT or SIGTERM, or the first reply if that is asked for; returns the exit code.

    Raises RuleFileError, AddressError and JournalError before anything is started.
    """
    configure_logging(logging.DEBUG if trial.verbose else logging.WARNING)
    if not trial.verbose:
        logging.getLogger("infobip_rules.turns").setLevel(logging.INFO)  # which rules fired
    rulebook = load_rules(trial.paths)
    with ExitStack() as stack:
        listener = stack.enter_context(listen(trial.host, trial.port))
        fake = FakeInfobip()
        # A free port of its own, on loopback whatever --host says.
        account = stack.enter_context(LoopbackServer(overhearing(fake, _write)))
        # The variable INFOBIP_JOURNAL_URL does not count: what waits in a real journal would go out to the fake.
        journal_url = trial.journal_url or _passing_journal(stack)
        settings = _settings(fake, account.url, listener, journal_url)
        fake.settings.remote_callbacks = not is_local(listener)
        fake.settings.inbound_url = settings.received_message_url
        journal = stack.enter_context(Journal.open(settings.journal_url, clock=SystemClock()))
        banner = _banner(trial, rulebook, settings, journal, listener)
        return asyncio.run(_serve(trial, rulebook, settings, journal, listener, fake, banner))


async def _serve(
    trial: Trial,
    rulebook: Rulebook,
    settings: Settings,
    journal: Journal,
    listener: socket.socket,
    fake: FakeInfobip,
    banner: Banner,
) -> int:
    async with asked_to_end() as end, asyncio.TaskGroup() as tasks:
        evaluator = await evaluator_of(rulebook, trial.paths, settings, trial.workers)
        async with Host(rulebook, settings=settings, journal=journal, evaluator=evaluator) as host:
            overheard = Overheard(host, _write)
            awaited = tasks.create_task(_await_reply(overheard, end)) if trial.exit_after_reply else None

            def started() -> None:
                say("\n".join(banner.lines()))
                if trial.first_message is not None:
                    tasks.create_task(_send_first(fake, trial.first_message))

            await serve(create_app(overheard, token=token_of(settings)), listener, started=started, end=end)
    return 1 if awaited is not None and not awaited.result() else 0


async def _send_first(fake: FakeInfobip, text: str) -> None:
    callback = await fake.receive(PERSON, text)
    if not callback.delivered:
        say(f"The first message was not taken: {callback.error or callback.status}.")


async def _await_reply(overheard: Overheard, end: asyncio.Event) -> bool:
    """Whether a reply was delivered in time, and before somebody ended the host."""
    waits = [asyncio.create_task(overheard.delivered.wait()), asyncio.create_task(end.wait())]
    await asyncio.wait(waits, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    if not (overheard.delivered.is_set() or end.is_set()):
        say(f"No reply was delivered in {PATIENCE:g} s. The lines above say which rules fired; --verbose says more.")
    end.set()
    return overheard.delivered.is_set()


def _settings(fake: FakeInfobip, account_url: str, listener: socket.socket, journal_url: str) -> Settings:
    return Settings.load(
        None,
        base_url=account_url,
        api_key=fake.settings.api_key,
        phone_number=fake.settings.number,
        adapter_base_url=url_of(listener),
        sms_delivery_reporting_enabled=True,
        journal_url=journal_url,
    )


def _passing_journal(stack: ExitStack) -> str:
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="infobip-rules-"))
    return f"sqlite:///{folder}/dev.db"


def _banner(
    trial: Trial, rulebook: Rulebook, settings: Settings, journal: Journal, listener: socket.socket
) -> Banner:
    warning = webhook_exposure_warning(trial.host, token_of(settings))
    return Banner(
        mode="dev, with a fake Infobip: nothing leaves this machine",
        rules=len(rulebook.rules),
        sources=rulebook.sources,
        webhooks=[without_token(url) for url in (settings.received_message_url, settings.delivery_report_url) if url],
        listening=url_of(listener),
        journal=f"{journal.path}{'' if trial.journal_url else ' (gone at the end)'}",
        evaluation=evaluation(trial.workers),
        hints=[f"Send a message from another terminal: {_how_to_send(url_of(listener))}"],
        warnings=[warning] if warning else [],
    )


def _how_to_send(url: str) -> str:
    where = "" if url == DEFAULT_URL else f" --url {url}"
    return f'infobip-rules simulate sms --from {PERSON} --text "..."{where}'


def _write(line: str) -> None:
    # One write a line: two threads write here.
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
