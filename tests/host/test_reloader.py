"""Rules that change while the host runs."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.channels.inbound import parse_inbound
from infobip_rules.clock import SystemClock
from infobip_rules.evaluators.jobs import Evaluator
from infobip_rules.evaluators.limits import WorkerLimits
from infobip_rules.evaluators.pool import WorkerPool
from infobip_rules.host import Host
from infobip_rules.host.reloader import Loading, Reloader
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.sandbox import FakeInfobip
from infobip_rules.settings import Settings

ANA = "385916242493"
#: Seconds, on a machine that has other things to do.
PATIENCE = 120.0
COUNTING = """
from infobip_rules import *
from infobip_rules.lang import *
from answers import ANSWER

class Count(Fact):
    n: int = 0

with ruleset("test"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage), none(fact(Count)))
    def begin(c):
        c.insert(Count())

    @when_all(salience(-1), c.signal << signal(InfobipSmsReceivedMessage), c.count << fact(Count))
    def answer(c):
        c.modify(c.count, n=c.count.n + 1)
        InfobipAdapterAPI.send_sms_text_message(c.signal.from_, f"{ANSWER} {c.count.n}")
        c.delete(c.signal)
"""


class Reloaded:
    """A host whose rules are watched, and what its reloader told."""

    def __init__(self, host: Host, reloader: Reloader, told: asyncio.Queue[Loading]) -> None:
        self.host = host
        self.reloader = reloader
        self._told = told
        self._count = 0

    async def next(self) -> Loading:
        """What comes of a change."""
        return await asyncio.wait_for(self._told.get(), PATIENCE)

    async def write(self, text: str) -> None:
        """Somebody writes, and has their answer."""
        self._count += 1
        item = {"messageId": f"in-{self._count}", "from": ANA, "text": text}
        await self.host.receive(parse_inbound(orjson.dumps({"results": [item]}), expected=None, now=datetime.now(UTC)))
        assert await self.host.settled(PATIENCE)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delitem(sys.modules, "answers", raising=False)  # that of another test's folder
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "counting.py").write_text(COUNTING)
    (folder / "answers.py").write_text('ANSWER = "one"\n')
    return folder


@pytest.fixture(params=["in process", "workers"])
def evaluating(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@asynccontextmanager
async def reloaded(folder: Path, settings: Settings, evaluating: str = "in process") -> AsyncIterator[Reloaded]:
    async def evaluator() -> Evaluator | None:
        if evaluating == "in process":
            return None
        pool = WorkerPool([str(folder)], channels=BUILT_IN, size=1, limits=WorkerLimits(deadline=60))
        await pool.start()
        return pool

    told: asyncio.Queue[Loading] = asyncio.Queue()
    rulebook = load_rules([folder])
    with FileJournal.open(settings.journal_url, clock=SystemClock()) as journal:
        async with Host(rulebook, settings=settings, journal=journal, evaluator=await evaluator()) as host:
            reloader = Reloader(host, [folder], evaluator=evaluator, loaded=told.put_nowait)
            watching = asyncio.create_task(reloader.run())
            yield Reloaded(host, reloader, told)
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)


async def test_a_saved_file_is_live_and_sessions_keep_their_state(
    folder: Path, settings: Settings, fake: FakeInfobip, evaluating: str
) -> None:
    async with reloaded(folder, settings, evaluating) as watched:
        await watched.write("a")
        (folder / "counting.py").write_text(COUNTING.replace("{ANSWER}", "changed {ANSWER}"))
        loading = await watched.next()
        await watched.write("b")

    assert loading.problems == ()
    assert [sent.text for sent in fake.messages] == ["one 1", "changed one 2"]


async def test_a_module_that_rules_import_is_imported_anew(
    folder: Path, settings: Settings, fake: FakeInfobip, evaluating: str
) -> None:
    async with reloaded(folder, settings, evaluating) as watched:
        await watched.write("a")
        (folder / "answers.py").write_text('ANSWER = "two"\n')
        await watched.next()
        await watched.write("b")

    assert [sent.text for sent in fake.messages] == ["one 1", "two 2"]


async def test_a_broken_file_leaves_the_old_rules_running_and_is_told_with_its_line(
    folder: Path, settings: Settings, fake: FakeInfobip
) -> None:
    async with reloaded(folder, settings) as watched:
        (folder / "counting.py").write_text(COUNTING + "\nif\n")
        broken = await watched.next()
        await watched.write("a")
        (folder / "counting.py").write_text(COUNTING)
        mended = await watched.next()

    line = COUNTING.count("\n") + 2
    assert [f"counting.py:{line}:" in problem for problem in broken.problems] == [True]
    assert broken.rules == 2
    assert (mended.problems, mended.count) == ((), 1)
    assert [sent.text for sent in fake.messages] == ["one 1"]


DRL = """
rule "Reply"
    when
        signal: InfobipSmsReceivedMessage() from entry-point "signals"
        ClientAgent(phone: getConnection("phone"))
    then
        InfobipAdapterAPI.sendSmsTextMessage(phone, "one");
        delete(signal);
end
"""


async def test_rules_in_drl_are_loaded_again_as_well(settings: Settings, fake: FakeInfobip, tmp_path: Path) -> None:
    folder = tmp_path / "drl"
    folder.mkdir()
    (folder / "reply.drl").write_text(DRL)
    async with reloaded(folder, settings) as watched:
        await watched.write("a")
        (folder / "reply.drl").write_text(DRL.replace('"one"', '"two"'))
        assert (await watched.next()).problems == ()
        await watched.write("b")
        (folder / "reply.drl").write_text(DRL.replace("end", ""))
        (problem, *_) = (await watched.next()).problems

    assert "reply.drl:" in problem
    assert [sent.text for sent in fake.messages] == ["one", "two"]


async def test_a_new_file_and_a_removed_one_count(folder: Path, settings: Settings) -> None:
    async with reloaded(folder, settings) as watched:
        (folder / "more.py").write_text(COUNTING.replace('"test"', '"more"').replace("Count", "More"))
        assert (await watched.next()).rules == 4
        (folder / "more.py").unlink()
        assert (await watched.next()).rules == 2


async def test_a_saved_file_is_live_within_a_second(folder: Path, settings: Settings) -> None:
    async with reloaded(folder, settings) as watched:
        loop, took = asyncio.get_running_loop(), []
        for number in range(3):  # the best of them: a machine that runs tests has other things to do
            begun = loop.time()
            (folder / "answers.py").write_text(f"ANSWER = {number}\n")
            await watched.next()
            took.append(loop.time() - begun)
    assert min(took) < 1


async def test_the_evaluation_under_way_ends_with_the_rules_it_began_with(
    folder: Path, settings: Settings, fake: FakeInfobip, tmp_path: Path
) -> None:
    begun, go = tmp_path / "begun", tmp_path / "go"
    slow = f"""
        from pathlib import Path
        with Path({str(begun)!r}).open("a") as file:
            file.write("x")
        while not Path({str(go)!r}).exists():
            pass
        c.modify("""
    (folder / "counting.py").write_text(COUNTING.replace("\n        c.modify(", slow))
    async with reloaded(folder, settings, "workers") as watched:
        before = watched.host.evaluator
        writing = asyncio.create_task(watched.write("a"))
        # It takes longer than others may wait: put off once, it goes on apart from them.
        await _until(lambda: begun.exists() and begun.read_text() == "xx")
        (folder / "counting.py").write_text(COUNTING.replace("{ANSWER}", "changed {ANSWER}"))
        await _until(lambda: watched.host.evaluator is not before)
        go.touch()
        await writing
        await watched.next()
        await watched.write("b")

    assert [sent.text for sent in fake.messages] == ["one 1", "changed one 2"]


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - a file of another process says so
            await asyncio.sleep(0.01)
