"""Rows at play: in the plugin, which is stopped and started again after each text, and in the host of the package."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from durable import engine, lang

from infobip_rules.channels.inbound import parse_inbound
from infobip_rules.clock import SettableClock
from infobip_rules.plugin import InfobipPlugin
from infobip_rules.sandbox import FakeInfobip, serve
from infobip_rules.settings import Settings
from infobip_rules.testing import Rules
from tests.docs.durable_rows.row import DURABLE, OWN, PERSON

_ROOT = Path(__file__).parents[3]
_PATIENCE = 60.0


class QuietHost(engine.Host):  # type: ignore[misc]  # durable is untyped
    """A Host without its timer threads, which can't be stopped."""

    def _run(self) -> None:
        """No timers."""


def host_with(rules: str) -> QuietHost:
    """A host of the application's own, with the rulesets of `rules`; raises what registering them raises."""
    host = QuietHost()
    try:
        exec(compile(DURABLE + rules, "rows.py", "exec"), {})  # noqa: S102 - rules of the tests' own
        host.register_rulesets(dict(declared.define() for declared in lang._rulesets.values()))
    finally:
        lang._rulesets = {}
    return host


async def in_the_plugin(rules: str, texts: Sequence[str], settings: Settings, fake: FakeInfobip) -> tuple[str, ...]:
    """All answers in the plugin; `@2s` among the texts lets time pass."""
    host, clock = host_with(rules), SettableClock()
    for number, text in enumerate(texts):
        async with InfobipPlugin(settings, clock=clock).attach(host, "rows") as plugin:
            if text.startswith("@"):
                clock.advance(timedelta(seconds=float(text[1:-1])))
                plugin.host.wake()
            else:
                await plugin.receive(message(text, number))
            assert await plugin.settled(_PATIENCE)
    return tuple(sent.text for sent in fake.messages)


def message(text: str, number: int = 0, person: str = PERSON) -> Any:
    """What the webhook brings when a person writes."""
    entry = {"messageId": f"in-{number}", "from": person, "to": "385921004026", "text": text}
    return parse_inbound(orjson.dumps({"results": [entry]}), expected="message", now=datetime.now(UTC))


def in_the_own_host(rules: str, texts: Sequence[str], folder: Path) -> tuple[str, ...]:
    """All answers in the host of the package; raises RuleFileError and EvaluationError."""
    file = folder / "rows.py"
    file.write_text(OWN + rules, encoding="utf-8")
    under_test = Rules(file)
    try:
        for text in texts:
            if text.startswith("@"):
                under_test.advance(text[1:])
            else:
                under_test.receive(text, from_=PERSON)
        return tuple(sent.text for sent in under_test.sent)
    finally:
        under_test.close()


def in_a_process(rules: str, texts: Sequence[str], folder: Path) -> tuple[str, ...] | signal.Signals:
    """All answers in the plugin of a process of its own, or the signal that ended it; RuntimeError if it raised."""
    done = subprocess.run(
        [sys.executable, "-m", __name__, folder / "journal.db"],
        cwd=_ROOT,
        input=json.dumps([rules, texts]),
        capture_output=True,
        text=True,
        timeout=2 * _PATIENCE,
        check=False,
    )
    if done.returncode < 0:
        return signal.Signals(-done.returncode)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return tuple(json.loads(done.stdout))


def _main() -> None:
    rules, texts = json.load(sys.stdin)
    fake = FakeInfobip()
    with serve(fake.app) as url:
        settings = Settings.load(
            None,
            base_url=url,
            api_key=fake.settings.api_key,
            phone_number=fake.settings.number,
            journal_url=f"sqlite:///{sys.argv[1]}",
        )
        json.dump(asyncio.run(in_the_plugin(rules, texts, settings, fake)), sys.stdout)


if __name__ == "__main__":
    _main()
