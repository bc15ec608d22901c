"""A board over a host without rules, with one phone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from infobip_rules.clock import SettableClock
from infobip_rules.host import Host
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.phonepage.board import Board
from infobip_rules.phonepage.phone_page import ASSETS
from infobip_rules.phonepage.phones import Phones
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.sandbox import FakeInfobip
from infobip_rules.settings import Settings

ANA = "385981234567"


@pytest.fixture
async def board(settings: Settings, fake: FakeInfobip, tmp_path: Path) -> AsyncIterator[Board]:
    (tmp_path / "none.py").write_text("")
    clock = SettableClock()
    with FileJournal.open(settings.journal_url, clock=clock) as journal:
        async with Host(load_rules([tmp_path / "none.py"]), settings=settings, journal=journal, clock=clock) as host:
            phones = Phones([ANA], like=fake.settings.number)
            yield Board(host, fake, clock=clock, phones=phones, assets=ASSETS)
