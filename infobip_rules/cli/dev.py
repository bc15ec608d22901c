"""`dev`: the host with a fake Infobip, to try rules without an account."""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from infobip_rules.cli.conversation import PrintingReceiver, printing_app
from infobip_rules.cli.dev_access import DevAccess
from infobip_rules.cli.dev_page import DevPage
from infobip_rules.cli.environment import WEBHOOK_TOKEN, withdraw_secrets
from infobip_rules.cli.exits import say
from infobip_rules.cli.first_reply import FirstReply
from infobip_rules.cli.hosting import Hosting
from infobip_rules.cli.listening import is_for_this_machine_only, is_local, listen, url_of
from infobip_rules.cli.logs import log_stderr, set_level
from infobip_rules.cli.options import DEFAULT_URL, PERSON
from infobip_rules.clock import SettableClock
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.sandbox import FakeInfobip, LoopbackServer
from infobip_rules.serving.event_loop import run_loop
from infobip_rules.serving.server import asked_to_end, serve
from infobip_rules.settings import Settings
from infobip_rules.web.overview.app import OverviewPages
from infobip_rules.web.webhook_app import create_app

#: So many messages can be sent to one trial a millisecond until ids could be those of the next; with them ids have 19 digits.
_BITS_OF_A_SERIAL = 20
#: Seconds that `--exit-after-reply` waits.
PATIENCE = 20.0


@dataclass(frozen=True, kw_only=True, slots=True)
class DevOptions:
    """The options of `dev`."""

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


def run_dev(options: DevOptions) -> int:
    """Serves until SIGINT or SIGTERM, or the first reply if that is asked for; returns the exit code.

    Raises RuleFileError, AddressError and JournalError before anything is started.
    """
    set_level(logging.DEBUG if options.verbose else logging.WARNING)
    log_stderr()
    if not options.verbose:
        for name in ("turns", "rules"):  # the rules that fired, and what they print
            logging.getLogger(f"infobip_rules.{name}").setLevel(logging.INFO)
    given = withdraw_secrets()[WEBHOOK_TOKEN] or None  # the key of a real account is of no use here
    rulebook = load_rules(options.paths)
    for warning in rulebook.warnings:
        say(warning)
    clock = SettableClock()
    fake = FakeInfobip(clock=clock)
    with ExitStack() as stack:
        listener = stack.enter_context(listen(options.address, options.port))
        access = DevAccess.of(given, local=is_for_this_machine_only(listener))
        # On a free port of loopback, whatever the host listens at.
        account = stack.enter_context(LoopbackServer(printing_app(fake, _write)))
        # The variable INFOBIP_JOURNAL_URL does not count: what waits in a real journal would go out to the fake.
        journal_url = options.journal_url or _passing_journal(stack)
        settings = _settings(fake, account.url, url_of(listener), journal_url, access.token)
        fake.settings.inbound_url = settings.received_message_url
        fake.settings.first_id = _first_id()
        fake.settings.remote_callbacks = not is_local(listener)
        hosting = Hosting(
            paths=options.paths,
            rulebook=rulebook,
            settings=settings,
            listener=listener,
            address=options.address,
            workers=options.workers,
            clock=clock,
        )
        dev_page = DevPage(hosting=hosting, fake=fake, clock=clock, paths=options.paths, guard=access.guard())
        return run_loop(_serve(options, dev_page, access))


async def _serve(options: DevOptions, dev_page: DevPage, access: DevAccess) -> int:
    tasks: list[asyncio.Task[None]] = []
    hosting, fake = dev_page.hosting, dev_page.fake

    async with asked_to_end() as end, hosting.running() as host, dev_page.opened(host, end) as page:
        receiver = PrintingReceiver(host, _write)

        def started() -> None:
            for line in _welcome(options, hosting, access, host.journal.name):
                say(line)
            tasks.append(asyncio.create_task(_converse(options, fake, FirstReply(host, receiver), end)))

        overview = OverviewPages(host, token=hosting.token, local=access.local, masked=False)
        pages = [*page.routes(), *overview.routes()]
        app = create_app(receiver, token=hosting.token, clock=dev_page.clock, pages=pages, channels=host.channels)
        await serve(
            app,
            hosting.listener,
            started=started,
            end=end,
            grace=hosting.grace,
            most_connections=hosting.settings.connection_limit,
        )
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return 1 if options.exit_after_reply and not receiver.delivered.is_set() else 0


async def _converse(options: DevOptions, fake: FakeInfobip, reply: FirstReply, end: asyncio.Event) -> None:
    await reply.open()
    taken = options.first_message is None or await _send_first(fake, options.first_message)
    if not options.exit_after_reply:
        return
    if taken:
        await _wait_for(reply)
    end.set()


async def _send_first(fake: FakeInfobip, text: str) -> bool:
    callback = await fake.receive(PERSON, text)
    if not callback.delivered:
        say(f"The first message was not taken: {callback.error or callback.status}.")
    return callback.delivered


async def _wait_for(reply: FirstReply) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            if reason := await reply.wait():
                say(f"No reply will be delivered. {reason}")
    except TimeoutError:
        say(f"No reply was delivered in {PATIENCE:g} s. The lines above say which rules fired; --verbose says more.")


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


def _first_id() -> int:
    """An id that no trial before has had: a journal that is kept takes an id that it knows for a repetition."""
    return time.time_ns() // 1_000_000 << _BITS_OF_A_SERIAL


def _passing_journal(stack: ExitStack) -> str:
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="infobip-rules-"))
    return f"sqlite:///{folder}/dev.db"


def _welcome(options: DevOptions, hosting: Hosting, access: DevAccess, journal: str) -> list[str]:
    where = "" if hosting.url == DEFAULT_URL else f" --url {hosting.url}"
    banner = hosting.banner(
        "dev, with a fake Infobip: no message leaves this machine",
        journal=f"{journal}{'' if options.journal_url else ' (gone at the end)'}",
        hints=[
            f"Open {hosting.url}/{access.query} in a browser: you are the phone there.",
            *access.hints,
            "Send a message from another terminal:",
            f'infobip-rules simulate sms --from {PERSON} --text "..."{where}{access.option}',
        ],
    )
    return banner.lines()


def _write(line: str) -> None:
    # One write a line, as two threads write here. The host goes on if nobody reads its stdout any more.
    with suppress(OSError, AttributeError):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
