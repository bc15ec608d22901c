"""The page of `dev`: phones in the browser, beside the host, with rules that are loaded again when they are saved."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from infobip_rules.cli.banner import counted
from infobip_rules.cli.exits import say
from infobip_rules.cli.hosting import Hosting
from infobip_rules.cli.options import PERSON
from infobip_rules.cli.save_as_test import conversation_of
from infobip_rules.clock import SettableClock
from infobip_rules.host import Host
from infobip_rules.host.reloader import Loading, Reloader
from infobip_rules.pages.guard import Guard
from infobip_rules.phonepage.board import Board
from infobip_rules.phonepage.phone_page import ASSETS, PhonePage
from infobip_rules.phonepage.phones import Phones
from infobip_rules.sandbox import FakeInfobip


@dataclass(frozen=True, kw_only=True, slots=True)
class DevPage:
    """The page of phones, and what it is made of."""

    hosting: Hosting
    fake: FakeInfobip
    clock: SettableClock
    paths: Sequence[Path]
    #: Decides who may open the page.
    guard: Guard

    @asynccontextmanager
    async def opened(self, host: Host, end: asyncio.Event) -> AsyncIterator[PhonePage]:
        """The page, kept up to date with the host while the block runs; streams to browsers end when `end` is set."""
        phones = Phones([PERSON], like=self.fake.settings.number)
        board = Board(host, self.fake, clock=self.clock, phones=phones, assets=ASSETS)
        reloader = Reloader(
            host,
            self.paths,
            evaluator=lambda: self.hosting.evaluator(host.journal),
            loaded=lambda loading: _announce(loading, board),
        )
        tasks = [asyncio.create_task(work) for work in (board.run(), reloader.run(), _close_feed(board, end))]
        try:
            yield PhonePage(
                board, guard=self.guard, saved=lambda number: conversation_of(host.journal, number, self.paths)
            )
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _close_feed(board: Board, end: asyncio.Event) -> None:
    await end.wait()
    board.feed.close()


def _announce(loading: Loading, board: Board) -> None:
    board.loaded(loading)
    if loading.problems:
        say("The rules could not be loaded; those from before go on:")
        for problem in loading.problems:
            say(f"  {problem}")
    else:
        say(f"The rules were loaded again: {counted(loading.rules, 'rule')}.")
