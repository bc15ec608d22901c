"""Fifty kills of a program with a host of durable-rules: nothing lost, nothing doubled, and its journal can be read."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from .campaign import journal_url, plugin_campaign

_KILLS = 50
_COMMAND = Path(sys.executable).with_name("infobip-rules")


@pytest.mark.timeout(600)
def test_nothing_is_lost_or_doubled_however_often_a_program_with_the_plugin_is_killed(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(1_000_000)
    campaign = plugin_campaign(kills=_KILLS, seed=seed, folder=tmp_path)

    verdict = campaign.run()

    again = f"python -m tests.torture --plugin --kills {_KILLS} --seed {seed}"
    assert verdict.problems == {}, again
    assert campaign.unfinished() == [], again
    assert verdict.people > 1_000, again
    assert_commands_read_the_journal(tmp_path)


def assert_commands_read_the_journal(folder: Path) -> None:
    """What the commands say of the signals, the messages, and one of them."""
    signals = asked(folder, "signals")
    assert {signal["state"] for signal in signals} == {"done"}
    assert {
        rule for signal in signals if signal["kind"] == "InfobipSmsReceivedMessage" for rule in signal["fired"]
    } == {"client/reply"}
    messages = asked(folder, "outbox")
    assert Counter(message["state"] for message in messages).keys() == {"accepted"}
    shown = asked(folder, "show", messages[0]["message_id"])
    assert shown["message"]["rule"] == "client/reply"


def asked(folder: Path, *words: str) -> Any:
    """What a command says of the journal."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("INFOBIP_")}
    done = subprocess.run(
        [_COMMAND, *words, "--json"],
        env={**variables, "INFOBIP_JOURNAL_URL": journal_url(folder)},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
