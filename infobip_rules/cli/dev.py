"""`dev`: the host with a fake Infobip, to try rules without an account."""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import uvloop

from infobip_rules.cli.conversation import Overheard, overhearing
from infobip_rules.cli.defaults import DEFAULT_URL, PERSON
from infobip_rules.cli.entry import Entry
from infobip_rules.cli.environment import WEBHOOK_TOKEN, withdraw_secrets
from infobip_rules.cli.exits import say
from infobip_rules.cli.hosting import Hosting
from infobip_rules.cli.listening import is_for_this_machine_only, is_local, listen, url_of
from infobip_rules.cli.logs import log_stderr, set_level
from infobip_rules.cli.trying import Trying
from infobip_rules.clock import SettableClock
from infobip_rules.journal.sqlite.journal import Journal
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.sandbox import FakeInfobip, LoopbackServer
from infobip_rules.serving.server import asked_to_end, serve
from infobip_rules.settings import Settings
from infobip_rules.web.app import create_app
from infobip_rules.web.overview.app import OverviewPages

#: Seconds that `--exit-after-reply` waits.
PATIENCE = 20.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """What a person asked `dev` for."""

    paths: Sequence[Path]
    address: str
    port: int
    #: None: one that is gone at the end.
    journal_url: str | None
    #: 0: rules are evaluated in this process.
    workers: int
    first_message: str | None
    exit_after_reply: bool
    verbose: bool


def run_trial(trial: Trial) -> int:
    """Serves until SIGINT or SIGTERM, or the first reply if that is asked for; returns the exit code.

    Raises RuleFileError, AddressError and JournalError before anything is started.
    """
    set_level(logging.DEBUG if trial.verbose else logging.WARNING)
    log_stderr()
    if not trial.verbose:
        for name in ("turns", "rules"):  # which rules fired, and what they print
            logging.getLogger(f"infobip_rules.{name}").setLevel(logging.INFO)
    given = withdraw_secrets()[WEBHOOK_TOKEN] or None  # the key of a real account is of no use here
    rulebook = load_rules(trial.paths)
    for warning in rulebook.warnings:
        say(warning)
    clock = SettableClock()
    fake = FakeInfobip(clock=clock)
    with ExitStack() as stack:
        listener = stack.enter_context(listen(trial.address, trial.port))
        entry = Entry.of(given, local=is_for_this_machine_only(listener))
        # On a free port of loopback, whatever the host listens at.
        account = stack.enter_context(LoopbackServer(overhearing(fake, _write)))
        # The variable INFOBIP_JOURNAL_URL does not count: what waits in a real journal would go out to the fake.
        journal_url = trial.journal_url or _passing_journal(stack)
        settings = _settings(fake, account.url, url_of(listener), journal_url, entry.token)
        fake.settings.inbound_url = settings.received_message_url
        fake.settings.remote_callbacks = not is_local(listener)
        hosting = Hosting(
            paths=trial.paths,
            rulebook=rulebook,
            settings=settings,
            journal=stack.enter_context(
                Journal.open(settings.journal_url, clock=clock, first_lookup=settings.lookup_delays[0])
            ),
            listener=listener,
            address=trial.address,
            workers=trial.workers,
            clock=clock,
        )
        trying = Trying(hosting=hosting, fake=fake, clock=clock, paths=trial.paths, guard=entry.guard())
        return uvloop.run(_serve(trial, trying, entry))


async def _serve(trial: Trial, trying: Trying, entry: Entry) -> int:
    tasks: list[asyncio.Task[None]] = []
    hosting, fake = trying.hosting, trying.fake

    async with asked_to_end() as end, hosting.running() as host, trying.page(host, end) as page:
        overheard = Overheard(host, _write)

        def started() -> None:
            for line in _welcome(trial, hosting, entry):
                say(line)
            if trial.first_message is not None:
                tasks.append(asyncio.create_task(_send_first(fake, trial.first_message)))
            if trial.exit_after_reply:
                tasks.append(asyncio.create_task(_end_after_reply(overheard, end)))

        overview = OverviewPages(host, token=hosting.token, local=entry.local, masked=False)
        pages = [*page.routes(), *overview.routes()]
        app = create_app(overheard, token=hosting.token, clock=trying.clock, pages=pages, channels=host.channels)
        await serve(
            *(app, hosting.listener),
            started=started,
            end=end,
            grace=hosting.grace,
            most_connections=hosting.settings.connection_limit,
        )
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return 1 if trial.exit_after_reply and not overheard.delivered.is_set() else 0


async def _send_first(fake: FakeInfobip, text: str) -> None:
    callback = await fake.receive(PERSON, text)
    if not callback.delivered:
        say(f"The first message was not taken: {callback.error or callback.status}.")


async def _end_after_reply(overheard: Overheard, end: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            await overheard.delivered.wait()
    except TimeoutError:
        say(f"No reply was delivered in {PATIENCE:g} s. The lines above say which rules fired; --verbose says more.")
    end.set()


def _settings(fake: FakeInfobip, account_url: str, url: str, journal_url: str, token: str | None) -> Settings:
    return Settings.load(
        None,
        base_url=account_url,
        api_key=fake.settings.api_key,
        phone_number=fake.settings.number,
        adapter_base_url=url,
        sms_delivery_reporting_enabled=True,
        journal_url=journal_url,
        webhook_token=token or None,
    )


def _passing_journal(stack: ExitStack) -> str:
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="infobip-rules-"))
    return f"sqlite:///{folder}/dev.db"


def _welcome(trial: Trial, hosting: Hosting, entry: Entry) -> list[str]:
    where = "" if hosting.url == DEFAULT_URL else f" --url {hosting.url}"
    banner = hosting.banner(
        "dev, with a fake Infobip: no message leaves this machine",
        journal=f"{hosting.journal.path}{'' if trial.journal_url else ' (gone at the end)'}",
        hints=[
            f"Open {hosting.url}/{entry.query} in a browser: you are the phone there.",
            *entry.hints,
            "Send a message from another terminal:",
            f'infobip-rules simulate sms --from {PERSON} --text "..."{where}{entry.option}',
        ],
    )
    return banner.lines()


def _write(line: str) -> None:
    # One write a line: two threads write here.
    # A host goes on, whether or not somebody still reads what it says.
    with suppress(OSError, AttributeError):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
