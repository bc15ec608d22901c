"""What a program does with its host, beside the plugin that is attached to it."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from durable import engine, lang

from infobip_rules.plugin import InfobipPlugin
from infobip_rules.sandbox import FakeInfobip
from infobip_rules.settings import Settings
from tests.docs.durable_rows.playing import host_with, in_a_process, in_the_plugin, message
from tests.docs.durable_rows.row import PERSON

Run = Callable[[Settings, FakeInfobip, Path], Awaitable[None]]

_COUNTING = """
with ruleset("rows"):
    @when_all(m.type == "InfobipSmsReceivedMessage")
    def reply(c):
        c.s.count = (c.s.count or 0) + 1
        say(c.s.count)

    @when_all(m.type == "Note")
    def note(c):
        c.s.notes = (c.s.notes or 0) + 1
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class HostRow:
    """A line about the host: what it does with the plugin attached, and the word that rule files refuse."""

    name: str
    run: Run
    refused: str = ""


async def _answers_beside(plugin: InfobipPlugin, fake: FakeInfobip) -> list[str]:
    """What the plugin answers somebody who writes now."""
    async with plugin:
        await plugin.receive(message("hello"))
        assert await plugin.settled(60)
    return [sent.text for sent in fake.messages]


async def attached(settings: Settings, fake: FakeInfobip, folder: Path) -> None:
    host = host_with(_COUNTING)
    plugin = InfobipPlugin(settings).attach(host, "rows")
    assert await _answers_beside(plugin, fake) == ["1"]


async def run_all(settings: Settings, fake: FakeInfobip, folder: Path) -> None:
    assert not hasattr(lang, "run_all")


async def post(settings: Settings, fake: FakeInfobip, folder: Path) -> None:
    host = host_with(_COUNTING)
    plugin = InfobipPlugin(settings).attach(host, "rows")
    host.post("rows", {"type": "Note", "sid": PERSON})
    host.post_batch("rows", [{"type": "Note", "sid": PERSON}])
    assert host.get_state("rows", PERSON)["notes"] == 2
    assert await _answers_beside(plugin, fake) == ["1"]


async def post_into_a_session(settings: Settings, fake: FakeInfobip, folder: Path) -> None:
    rules = """
with ruleset("rows"):
    @when_all(m.type == "OrderShipped", c.client << m.type == "ClientAgent")
    def tell(c):
        say("shipped")
"""
    async with InfobipPlugin(settings).attach(host_with(rules), "rows") as plugin:
        assert await plugin.post(PERSON, {"type": "OrderShipped"}, key="order 7")
        assert not await plugin.post(PERSON, {"type": "OrderShipped"}, key="order 7")
        assert await plugin.settled(60)
    assert [sent.text for sent in fake.messages] == ["shipped"]


_EMPTY = """
with ruleset("rows"):
    @when_all(m.type == "InfobipSmsReceivedMessage")
    def reply(c):
        say("Hi")

get_host().%s("rows", [])
"""


async def empty_batches(settings: Settings, fake: FakeInfobip, folder: Path) -> None:
    for word in ("assert_facts", "post_batch"):
        assert isinstance(in_a_process(_EMPTY % word, ["hello"], folder), signal.Signals)


async def assert_fact(settings: Settings, fake: FakeInfobip, folder: Path) -> None:
    host = host_with(_COUNTING)
    plugin = InfobipPlugin(settings).attach(host, "rows")
    host.assert_fact("rows", {"type": "Note"})
    assert [fact["type"] for fact in host.get_facts("rows")] == ["Note"]
    assert await _answers_beside(plugin, fake) == ["1"]


async def retract_fact(settings: Settings, fake: FakeInfobip, folder: Path) -> None:
    host = host_with(_COUNTING)
    plugin = InfobipPlugin(settings).attach(host, "rows")
    host.assert_fact("rows", {"type": "Note"})
    host.retract_fact("rows", {"type": "Note"})
    assert host.get_facts("rows") == []
    assert await _answers_beside(plugin, fake) == ["1"]


async def update_state(settings: Settings, fake: FakeInfobip, folder: Path) -> None:
    host = host_with(_COUNTING)
    plugin = InfobipPlugin(settings).attach(host, "rows")
    host.update_state("rows", {"count": 7})
    assert host.get_state("rows")["count"] == 7
    assert await _answers_beside(plugin, fake) == ["1"]


async def get_facts(settings: Settings, fake: FakeInfobip, folder: Path) -> None:
    host = host_with(_COUNTING)
    plugin = InfobipPlugin(settings).attach(host, "rows")
    host.assert_fact("rows", {"type": "Note"})
    assert await _answers_beside(plugin, fake) == ["1"]
    assert [fact["type"] for fact in host.get_facts("rows")] == ["Note"]
    assert host.get_pending_events("rows") == []


async def delete_state(settings: Settings, fake: FakeInfobip, folder: Path) -> None:
    rules = _COUNTING.replace("say(c.s.count)", 'c.delete_state() if c.m.text == "forget" else say(c.s.count)')
    assert await in_the_plugin(rules, ["a", "b", "forget", "c"], settings, fake) == ("1", "2", "1")


async def store_callbacks(settings: Settings, fake: FakeInfobip, folder: Path) -> None:
    assert hasattr(engine.Host, "set_store_message_callback")
    host = host_with(_COUNTING)
    for number in range(2):
        async with InfobipPlugin(settings).attach(host, "rows") as plugin:
            await plugin.receive(message("hello", number))
            assert await plugin.settled(60)
    assert [sent.text for sent in fake.messages] == ["1", "2"]


async def many_sessions(settings: Settings, fake: FakeInfobip, folder: Path) -> None:
    rules = _COUNTING.replace("say(c.s.count)", "say(c.s.count) if c.m['from'].endswith('999') else None")
    async with InfobipPlugin(settings).attach(host_with(rules), "rows") as plugin:
        for number in range(1_100):
            await plugin.receive(message("hello", number, str(385_980_000_000 + number)))
        assert await plugin.settled(120)
        assert (await plugin.host.journal.overview.counts()).sessions == 1_100
    assert [sent.text for sent in fake.messages] == ["1"]


_CROWD = """
with ruleset("rows"):
    for number in range(%d):
        @when_all(m.type == "InfobipSmsReceivedMessage")
        def reply(c):
            say("Hi")
"""


async def crowded(settings: Settings, fake: FakeInfobip, folder: Path) -> None:
    assert in_a_process(_CROWD % 200, ["hello"], folder) == ("Hi",)
    with contextlib.suppress(RuntimeError):
        assert isinstance(in_a_process(_CROWD % 300, ["hello"], folder), signal.Signals)


def _word(code: str) -> str:
    """Rules beside which a word of durable.lang stands."""
    return f"""
with ruleset("rows"):
    @when_all(signal(InfobipSmsReceivedMessage))
    def reply(c):
        say("Hi")

{code}
"""


ROWS = (
    HostRow(name="get_host(), Host()", run=attached, refused=_word("get_host()")),
    HostRow(name="run_all()", run=run_all, refused=_word("run_all()")),
    HostRow(name="post, post_batch", run=post, refused=_word('post("rows", {"type": "Note"})')),
    HostRow(name="post for one person", run=post_into_a_session, refused=_word('post("rows", {"sid": "1"})')),
    HostRow(name="assert_fact, assert_facts", run=assert_fact, refused=_word('assert_fact("rows", {"type": "Note"})')),
    HostRow(name="assert_facts([]), post_batch([])", run=empty_batches, refused=_word('post_batch("rows", [])')),
    HostRow(name="retract_fact, retract_facts", run=retract_fact, refused=_word('retract_fact("rows", {})')),
    HostRow(name="update_state, get_state", run=update_state, refused=_word('update_state("rows", {"count": 7})')),
    HostRow(name="get_facts, get_pending_events", run=get_facts, refused=_word('get_facts("rows")')),
    HostRow(name="delete_state", run=delete_state, refused=_word('delete_state("rows")')),
    HostRow(name="set_store_message_callback and its like", run=store_callbacks, refused=_word("get_host()")),
    HostRow(name="more than 1,024 sessions", run=many_sessions),
    HostRow(name="more than 255 rules with the same first pattern", run=crowded),
)
