"""A fake Infobip, the variables that lead to it, and commands started in a folder of their own."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infobip_rules.sandbox import FakeInfobip, LoopbackServer

from .program import Program

KEY = "0123456789abcdef0123456789abcdef-the-key"
TOKEN = "the-token-of-the-webhooks"
SENDER = "447491163443"
PERSON = "385916242493"

REPLY = """
from infobip_rules import ClientAgent, InfobipAdapterAPI, InfobipSmsReceivedMessage
from infobip_rules.lang import c, fact, ruleset, signal, when_all

with ruleset("client"):

    @when_all(c.signal << signal(InfobipSmsReceivedMessage), c.client << fact(ClientAgent))
    def reply(c):
        InfobipAdapterAPI.send_sms_text_message(c.client.get_connection("phone"), "You wrote: " + c.signal.text)
        c.delete(c.signal)
"""

#: Starts a command with arguments, and with variables beside those that every test has.
Start = Callable[..., Program]


@pytest.fixture
def fake() -> FakeInfobip:
    return FakeInfobip(api_key=KEY)


@pytest.fixture
def account(fake: FakeInfobip) -> Iterator[LoopbackServer]:
    with LoopbackServer(fake.app) as server:
        yield server


@pytest.fixture
def variables(account: LoopbackServer) -> dict[str, str]:
    return {"INFOBIP_BASE_URL": account.url, "INFOBIP_API_KEY": KEY, "INFOBIP_PHONE_NUMBER": SENDER}


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    file = tmp_path / "reply.py"
    file.write_text(REPLY)
    return file


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Start]:
    """Starts commands without any settings."""
    with contextlib.ExitStack() as stack:

        def start(*arguments: str | Path, **more: str) -> Program:
            return stack.enter_context(Program(arguments, cwd=tmp_path, variables=more))

        yield start


@pytest.fixture
def start(bare: Start, variables: dict[str, str]) -> Start:
    """Starts commands with the settings of the fake account in their environment."""

    def configured(*arguments: str | Path, **more: str) -> Program:
        return bare(*arguments, **(variables | more))

    return configured
