"""`infobip-rules dev` as somebody meets it who types one command and opens a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.program import Program

from .chromium import Browser

ANA = "385981234567"
RULES = '''
from infobip_rules import ClientAgent, InfobipAdapterAPI, InfobipSmsReceivedMessage, Signal
from infobip_rules.lang import c, fact, m, ruleset, signal, when_all

class Reminder(Signal):
    pass

with ruleset("client"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text != "JOIN"), c.client << fact(ClientAgent))
    def reply(c):
        """Reply."""
        InfobipAdapterAPI.send_sms_text_message(c.client.get_connection("phone"), "You wrote: " + c.signal.text)
        c.delete(c.signal)

    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text == "JOIN"))
    def join(c):
        """Join the newsletter."""
        c.schedule(Reminder(), after="1d", name="reminder")
        InfobipAdapterAPI.send_sms_text_message(c.signal.from_, "Welcome!")
        c.delete(c.signal)

    @when_all(c.reminder << signal(Reminder), c.client << fact(ClientAgent))
    def remind(c):
        """Remind."""
        InfobipAdapterAPI.send_sms_text_message(c.client.get_connection("phone"), "A day has passed.")
'''


@pytest.fixture(scope="session")
def window() -> Iterator[Browser]:
    browser = Browser()
    yield browser
    browser.close()


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "client.py").write_text(RULES)
    return folder


@pytest.fixture
def dev(rules: Path, tmp_path: Path) -> Iterator[Program]:
    with Program(["dev", rules, "--port", "0"], cwd=tmp_path, variables={}) as program:
        yield program


@pytest.fixture
def browser(window: Browser, dev: Program) -> Iterator[Browser]:
    """The page, opened."""
    window.forget()
    window.open(dev.url)
    yield window
    strangers, complaints = window.strangers(), window.complaints()
    # A page that stays open asks its address again and again, where a server of another test may be by then.
    window.driver.get("about:blank")
    # Whatever a test is about: nothing left this machine, and nothing went wrong unseen.
    assert strangers == []
    assert complaints == []
