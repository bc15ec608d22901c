"""A program of one's own with a host of durable-rules: its rules, in durable.lang, answer text messages by the plugin.

Without an account: `python examples/plugin_for_durable_host.py --fake --first-message Hello`.
With `--journal sqlite:///trial.db` besides, the journal stays: kill it, start it again, and it goes on where it was.
With an account, its settings are the variables INFOBIP_* of the environment and of .env, such as INFOBIP_JOURNAL_URL.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import socket
import sys
import time
from contextlib import ExitStack
from tempfile import TemporaryDirectory
from typing import Any

from infobip_rules import InfobipAdapterAPI
from infobip_rules.errors import ConfigurationError, InfobipRulesError
from infobip_rules.plugin import InfobipPlugin
from infobip_rules.sandbox import FakeInfobip
from infobip_rules.sandbox import serve as serve_fake
from infobip_rules.serving.server import asked_to_end, serve
from infobip_rules.settings import Settings
from infobip_rules.web import create_app

from durable.lang import c, get_host, m, ruleset, when_all  # isort: skip - after the plugin, which loads it

#: Who writes the first message.
ANA = "385981234567"

with ruleset("client"):

    @when_all(  # type: ignore[untyped-decorator]  # durable is untyped
        c.client << m.type == "ClientAgent",
        c.signal << m.type == "InfobipSmsReceivedMessage",
    )
    def reply(c: Any) -> None:
        """Repeats what was said, and counts: the state of a session is remembered over restarts."""
        c.s.messages = (c.s.messages or 0) + 1
        InfobipAdapterAPI.send_sms_text_message(c.client.phone, f"You said: {c.signal.text} (message {c.s.messages})")


def options() -> argparse.Namespace:
    """What is asked for on the command line."""
    parser = argparse.ArgumentParser(
        description="Answers text messages by rules in a host of durable-rules.",
        epilog="Without --fake its settings are the variables INFOBIP_* of the environment and of .env; INFOBIP_JOURNAL_URL"
        " says where the journal is.",
    )
    parser.add_argument("--port", type=int, default=8080, help="of 127.0.0.1, for the webhooks; 0: any that is free")
    parser.add_argument("--fake", action="store_true", help="with a fake Infobip: no account, no message leaves here")
    parser.add_argument(
        "--journal",
        metavar="URL",
        help="the journal, such as sqlite:///trial.db; with --fake it stays, while the fake, in this process, forgets",
    )
    parser.add_argument("--first-message", metavar="TEXT", help="with --fake: Ana writes this once it has started")
    parser.add_argument("--exit-after-reply", action="store_true", help="with --fake: end when somebody was answered")
    return parser.parse_args()


async def answer(
    settings: Settings, listener: socket.socket, fake: FakeInfobip | None, asked: argparse.Namespace
) -> None:
    """Takes webhooks and answers until SIGINT or SIGTERM; what is under way then is finished, or kept in the journal."""
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    token = settings.webhook_token.get_secret_value() if settings.webhook_token else None
    conversation: list[asyncio.Task[None]] = []

    async with asked_to_end() as end, InfobipPlugin(settings).attach(get_host(), "client") as plugin:

        def started() -> None:
            print(f"Listening at {url}, until Ctrl-C.", file=sys.stderr)
            if fake is not None:
                fake.settings.inbound_url = f"{url}{settings.webhook_url('/sms-received-message')}"
                print(f'Write: infobip-rules simulate sms --from {ANA} --text "..." --url {url}', file=sys.stderr)
                conversation.append(asyncio.create_task(converse(fake, asked, end)))

        app = create_app(plugin, token=token, signature=settings.webhook_signature)
        most = settings.connection_limit
        await serve(app, listener, started=started, end=end, grace=5.0, most_connections=most)
        for task in conversation:
            task.cancel()


async def converse(fake: FakeInfobip, asked: argparse.Namespace, end: asyncio.Event) -> None:
    """Has Ana write, and prints every answer that the fake Infobip takes."""
    if asked.first_message is not None:
        await fake.receive(ANA, asked.first_message)
    printed = 0

    def is_more() -> bool:
        return len(fake.messages) > printed

    while not end.is_set():
        await asyncio.to_thread(fake.wait_for, is_more, 0.5)
        for message in fake.messages[printed:]:
            print(f"{message.to} < {message.text}", flush=True)
        printed = len(fake.messages)
        if printed and asked.exit_after_reply:
            end.set()


def main() -> int:
    """Starts it; the exit code is 2 if the port can't be had, 3 if settings are missing or wrong, else that of the error."""
    asked = options()
    logging.basicConfig(format="%(levelname)s %(message)s")
    with ExitStack() as stack:
        try:  # first, so that nothing has been begun where the port is taken
            listener = stack.enter_context(socket.create_server(("127.0.0.1", asked.port), backlog=1024))
        except OSError as problem:
            print(f"Port {asked.port} can't be used: {problem.strerror}. Choose another: --port 0", file=sys.stderr)
            return 2
        if not asked.fake:
            try:
                settings, fake = Settings.load(journal_url=asked.journal), None
            except ConfigurationError as problem:
                print(f"{problem}\nOr try it without an account: --fake --first-message Hello", file=sys.stderr)
                return problem.exit_code
        else:
            fake = FakeInfobip()
            fake.settings.first_id = time.time_ns()  # so that no message has the id of one that a kept journal has
            folder = stack.enter_context(TemporaryDirectory())
            settings = Settings.load(
                None,
                base_url=stack.enter_context(serve_fake(fake.app)),
                api_key=fake.settings.api_key,
                phone_number=fake.settings.number,
                journal_url=asked.journal or f"sqlite:///{folder}/journal.db",
            )
        try:
            asyncio.run(answer(settings, listener, fake, asked))
        except InfobipRulesError as problem:  # such as a journal that another process has open
            print(problem, file=sys.stderr)
            return problem.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
