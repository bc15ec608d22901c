"""Evaluation in processes of its own: real processes, real kills."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.errors import RuleError
from infobip_rules.evaluators.jobs import SessionJob, SignalJob, Verdict
from infobip_rules.evaluators.limits import WorkerLimits
from infobip_rules.evaluators.pool import WorkerDiedError, WorkerPool
from tests.channels.composing import sms_of

NOW = datetime(2026, 11, 1, tzinfo=UTC)
RULES = """
import os, subprocess, sys, time
from infobip_rules import *
from infobip_rules.lang import *

class Seen(Fact):
    text: str

class Evil:
    def __reduce__(self):
        return open, (os.environ["ONCE"], "w")

def write(what):
    import pickle, struct, zlib
    from infobip_rules.evaluators.frames import write_verdicts
    from infobip_rules.evaluators.jobs import Verdict
    from infobip_rules.errors import EvaluationError

    frame = sys._getframe()
    while frame.f_code.co_name != "work":
        frame = frame.f_back
    line = frame.f_locals["host"]
    end = line._end
    head = struct.Struct("<16sQQI")
    other = Verdict(signal=999, error=EvaluationError("not asked for"))
    if what == "garbage":
        end.sendall(b"garbage" * 100)
    if what == "pickle":
        line.send(pickle.dumps([Evil()]))
    if what == "bare pickle":
        end.sendall(pickle.dumps([Evil()]))
    if what == "nothing":
        line.send(b"")
    if what == "no verdicts":
        line.send(bytes([0x90]))
    if what == "another":
        line.send(*write_verdicts([other]))
    if what == "too many":
        line.send(*write_verdicts([Verdict(signal=1, error=other.error)] + [other] * 5))
    if what == "of another worker":
        end.sendall(head.pack(b"x" * 16, line._sent + 1, 0, 0))
    if what == "again":
        end.sendall(head.pack(line._mark, line._sent, 0, 0))
    if what == "too long":
        end.sendall(head.pack(line._mark, line._sent + 1, 2**40, 0) + b"x" * 1_000)
    if what == "too short":
        body = b"x" * 1_000
        end.sendall(head.pack(line._mark, line._sent + 1, len(body) - 1, zlib.crc32(body)) + body)
    if what == "without end":
        end.sendall(head.pack(line._mark, line._sent + 1, 1_000_000, 0) + b"x" * 1_000)
        while True:
            time.sleep(0.05)
            end.sendall(b"x")
    if what == "half":
        end.sendall(b"x" * 5)
        time.sleep(60)
    if what == "shut":
        end.close()

with ruleset("test"):

    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def answer(c):
        text = c.signal.text
        if text == "loop":
            while True:
                pass
        if text == "tries":
            with open(os.environ["ONCE"], "a") as tries:
                tries.write("x")
            while True:
                pass
        if text == "regex":
            import re
            re.fullmatch("(a*)*b", "a" * 40)
        if text == "exit":
            os._exit(3)
        if text == "kill":
            os.kill(os.getpid(), 9)
        if text == "sys.exit":
            sys.exit(1)
        if text == "tamper":
            import infobip_rules.engine.session.evaluation as engine
            engine.Context = None
        if text.startswith("write "):
            write(text.removeprefix("write "))
        if text == "count up":
            for number in range(3, 128):
                try:
                    os.write(number, b"garbage" * 10)
                except OSError:
                    pass
        if text == "fork":
            os.fork()
        if text == "leave":
            child = subprocess.Popen(["sleep", "1000"], start_new_session=True, env={})
            open(os.environ["LEFT"], "w").write(str(child.pid))
        if text == "leave and exit":
            child = subprocess.Popen(["sleep", "1000"], start_new_session=True, env={})
            open(os.environ["LEFT"], "w").write(str(child.pid))
            os._exit(3)
        if text == "open":
            text = str(sorted(os.readlink(f"/proc/self/fd/{one}").partition(":")[0] for one in os.listdir("/proc/self/fd")
                              if os.path.exists(f"/proc/self/fd/{one}")))
        if text == "hoard":
            hoard = []
            while True:
                hoard.append(bytearray(1_000_000))
        if text == "crash":
            import ctypes
            ctypes.string_at(0)
        if text in {"KeyboardInterrupt", "GeneratorExit", "BaseException"}:
            raise getattr(__import__("builtins"), text)("own")
        if text == "print":
            print("seen \\udcff")
            print("to stderr", file=sys.stderr)
        if text == "secrets":
            text = str([name for name in os.environ if name.startswith("INFOBIP_")])
        if text == "once" and not os.path.exists(os.environ["ONCE"]):
            open(os.environ["ONCE"], "w").close()
            os._exit(1)
        c.insert(Seen(text=text))
        InfobipAdapterAPI.send_sms_text_message(c.signal.from_, text)
"""

Pool = Callable[..., AbstractAsyncContextManager[WorkerPool]]


@pytest.fixture
def pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pool:
    """`async with pool() as workers`, one worker with RULES and a deadline of half a second unless another is given."""
    monkeypatch.setenv("ONCE", str(tmp_path / "once"))

    @asynccontextmanager
    async def running(
        rules: str = RULES, *, size: int = 1, memory_mb: int = 0, deadline: float = 0.5
    ) -> AsyncIterator[WorkerPool]:
        file = tmp_path / "rules_of_test.py"
        file.write_text(rules, encoding="utf-8")
        limits = WorkerLimits(deadline=deadline, memory_mb=memory_mb)
        workers = WorkerPool([str(file)], channels=BUILT_IN, size=size, limits=limits)
        await workers.start()
        try:
            yield workers
        finally:
            await workers.close()

    return running


def job(*texts: str, key: str = "385981234567") -> SessionJob:
    """Signals with these texts from one person."""
    signals = tuple(
        SignalJob(
            id=number,
            kind="InfobipSmsReceivedMessage",
            payload=orjson.dumps({"from": key, "text": text, "receivedAt": NOW.isoformat()}).decode(),
        )
        for number, text in enumerate(texts)
    )
    return SessionJob(key=key, state=None, signals=signals, now=NOW)


def told(verdicts: list[Verdict]) -> list[str]:
    """The text each verdict sends, or why it was given up."""
    return [
        sms_of(verdict.effects.messages[0][0]).text
        if verdict.effects
        else str(verdict.error.fact if verdict.error else None)
        for verdict in verdicts
    ]


def seen(verdict: Verdict) -> list[str]:
    """The texts that the session remembers after a verdict."""
    assert verdict.effects is not None
    return [data["text"] for _, kind, data in orjson.loads(verdict.effects.state)["facts"] if kind == "Seen"]


async def test_signals_of_a_session_are_evaluated_one_after_the_other(pool: Pool) -> None:
    async with pool() as workers:
        first, other = await workers.evaluate([job("a", "b", "c"), job("x", key="447712345678")])
    assert told(first) == ["a", "b", "c"]
    assert seen(first[-1]) == ["a", "b", "c"]
    assert seen(other[0]) == ["x"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("loop", "took longer than 0.5 s"),
        ("regex", "took longer than 0.5 s"),
        ("exit", "ended its process (exit code 3)"),
        ("kill", "ended its process (signal SIGKILL)"),
        ("crash", "ended its process (signal SIGSEGV)"),
    ],
)
async def test_a_signal_that_ends_its_worker_is_given_up_and_the_others_are_unharmed(
    pool: Pool, text: str, reason: str
) -> None:
    async with pool() as workers:
        first, other = await workers.evaluate([job("a", text, "b"), job("x", key="447712345678")])
        assert workers.replaced == 2
    assert told(first) == ["a", f"The evaluation {reason}, twice.", "b"]
    assert seen(first[-1]) == ["a", "b"]
    assert told(other) == ["x"]


async def test_a_worker_that_dies_once_costs_nothing(pool: Pool) -> None:
    async with pool() as workers:
        (verdicts,) = await workers.evaluate([job("a", "once", "b")])
        assert workers.replaced == 1
    assert told(verdicts) == ["a", "once", "b"]


async def test_of_a_session_in_haste_no_more_is_tried_behind_what_is_put_off(pool: Pool, tmp_path: Path) -> None:
    hasty = job("a", *["tries"] * 16)._replace(hasty=True)
    async with pool() as workers:
        first, other = await workers.evaluate([hasty, job("x", key="447712345678")])
        assert workers.replaced == 0
    assert told(first[:1]) == ["a"]
    assert [verdict.put_off for verdict in first] == [False] + [True] * 16
    assert told(other) == ["x"]
    assert (tmp_path / "once").read_text() == "x"


async def test_a_session_in_haste_ends_a_worker_once_and_is_put_off_with_all_that_is_behind(pool: Pool) -> None:
    hasty = job("a", "exit", "exit", "exit", "b")._replace(hasty=True)
    async with pool() as workers:
        first, other = await workers.evaluate([hasty, job("x", key="447712345678")])
        assert workers.replaced == 1
    assert told(first[:1]) == ["a"]
    assert [verdict.put_off for verdict in first] == [False] + [True] * 4
    assert told(other) == ["x"]


async def test_a_rule_that_tampers_with_the_engine_harms_nobody_after_it(pool: Pool) -> None:
    async with pool() as workers:
        (first,) = await workers.evaluate([job("tamper")])
        (next_,) = await workers.evaluate([job("a", "b", key="447712345678")])
        assert workers.replaced == 1
    assert told(first) == ["tamper"]
    assert told(next_) == ["a", "b"]


async def test_what_fails_in_a_fresh_worker_too_is_told_with_its_reason(pool: Pool) -> None:
    tampering = "import infobip_rules.engine.session.evaluation as engine\nengine.Context = None\n"
    async with pool(tampering + RULES) as workers:
        (verdicts,) = await workers.evaluate([job("a", "b")])
    assert told(verdicts) == ["The evaluation failed: TypeError: 'NoneType' object is not callable."] * 2


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("garbage", "wrote to the host what is no answer"),
        ("pickle", "gave an answer that can't be read"),
        ("bare pickle", "wrote to the host what is no answer"),
        ("nothing", "gave an answer that can't be read"),
        ("no verdicts", "gave answers to other signals"),
        ("another", "gave answers to other signals"),
        ("too many", "gave answers to other signals"),
        ("of another worker", "wrote to the host what is no answer"),
        ("again", "wrote to the host what is no answer"),
        ("too long", "gave an answer of more than 67,108,864 bytes"),
        ("too short", "wrote into the middle of its answer"),
        ("without end", "stopped in the middle of its answer"),
        ("half", "stopped in the middle of its answer"),
        ("shut", "ended its process (exit code 0)"),
    ],
)
async def test_a_rule_that_writes_what_is_no_answer_costs_its_own_signal_only(
    pool: Pool, tmp_path: Path, what: str, reason: str
) -> None:
    async with pool() as workers:
        (verdicts,) = await workers.evaluate([job("a", f"write {what}", "b")])
        (after,) = await workers.evaluate([job("c", key="447712345678")])
    assert told(verdicts) == ["a", f"The evaluation {reason}, twice.", "b"]
    assert told(after) == ["c"]
    assert not (tmp_path / "once").exists()  # what was pickled would have made it


async def test_a_rule_that_writes_into_descriptors_by_number_does_not_come_upon_the_line(pool: Pool) -> None:
    async with pool() as workers:
        (verdicts,) = await workers.evaluate([job("a", "count up", "b")])
        assert workers.replaced == 0
    assert told(verdicts) == ["a", "count up", "b"]


async def test_a_worker_inherits_its_line_and_what_it_prints_into_and_nothing_else(pool: Pool) -> None:
    async with pool() as workers:
        (verdicts,) = await workers.evaluate([job("open")])
    assert told(verdicts) == ["['/dev/null', 'pipe', 'pipe', 'socket']"]


async def test_a_rule_that_forks_is_heard_once(pool: Pool) -> None:
    async with pool() as workers:
        (verdicts,) = await workers.evaluate([job("a", "fork", "b")])
        (after,) = await workers.evaluate([job("c")])
        assert workers.replaced == 0
    assert told(verdicts) == ["a", "fork", "b"]
    assert told(after) == ["c"]


@pytest.mark.parametrize("text", ["leave", "leave and exit"])
async def test_what_a_rule_starts_ends_with_its_worker(
    pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("LEFT", str(tmp_path / "left"))
    async with pool() as workers:
        await workers.evaluate([job(text)])
    left = int((tmp_path / "left").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(left, 0)


@pytest.mark.parametrize("size", [10, 1_000_000])
async def test_a_worker_that_is_stopped_holds_up_nobody(pool: Pool, size: int) -> None:
    async with pool() as workers:
        for worker in workers._workers:
            os.kill(worker.pid, signal.SIGSTOP)
        (verdicts,) = await workers.evaluate([job("x" * size)])
    assert verdicts[0].error is None or "parts" in verdicts[0].error.fact  # a text as long is no message


async def test_leaving_by_sys_exit_is_an_error_of_the_rule(pool: Pool) -> None:
    async with pool() as workers:
        (verdicts,) = await workers.evaluate([job("sys.exit", "b")])
        assert workers.replaced == 0
    assert "SystemExit: 1" in told(verdicts)[0]
    assert told(verdicts)[1] == "b"


async def test_rules_that_do_not_load_in_the_worker_are_an_error_at_the_start(pool: Pool) -> None:
    with pytest.raises(RuleError, match="There is no name 'nonsense'"):
        async with pool(rules="nonsense"):
            pass


async def test_a_worker_is_not_replaced_by_rules_that_were_broken_meanwhile_and_is_once_they_are_mended(
    pool: Pool, tmp_path: Path
) -> None:
    async with pool() as workers:
        file = tmp_path / "rules_of_test.py"
        file.write_text("nonsense", encoding="utf-8")
        for _ in range(2):
            with pytest.raises(RuleError, match="There is no name 'nonsense'"):
                await workers.evaluate([job("exit")])
        file.write_text(RULES, encoding="utf-8")
        (verdicts,) = await workers.evaluate([job("a")])
    assert told(verdicts) == ["a"]


async def test_several_workers_share_the_work(pool: Pool) -> None:
    import asyncio

    async with pool(size=2) as workers:
        both = await asyncio.gather(workers.evaluate([job("a")]), workers.evaluate([job("loop", key="447712345678")]))
    assert told(both[0][0]) == ["a"]
    assert "took longer" in told(both[1][0])[0]


async def test_a_rule_that_allocates_without_end_is_given_up_and_the_next_signal_goes_on(pool: Pool) -> None:
    async with pool(memory_mb=256, deadline=240) as workers:  # it is the memory that ends
        (verdicts,) = await workers.evaluate([job("hoard", "b", "hoard", "c")])
    assert [text if len(text) == 1 else "MemoryError" in text for text in told(verdicts)] == [True, "b", True, "c"]


async def test_rules_that_need_more_memory_than_there_may_be_say_so_at_the_start(pool: Pool) -> None:
    with pytest.raises(RuleError, match=r"MemoryError|INFOBIP_WORKER_MEMORY_MB"):
        async with pool(rules="hoard = bytearray(500_000_000)\n" + RULES, memory_mb=256):
            pass


async def test_a_pool_that_closes_gives_up_what_is_being_evaluated(pool: Pool) -> None:
    import asyncio

    async with pool() as workers:
        evaluation = asyncio.ensure_future(workers.evaluate([job("loop")]))
        await asyncio.sleep(0)
        await workers.close()
        with pytest.raises(WorkerDiedError):
            await evaluation
        assert workers.replaced == 0


async def test_what_rules_print_goes_to_the_log_and_not_among_the_hosts_data(
    pool: Pool, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("INFO", logger="infobip_rules.rules")
    async with pool() as workers:
        await workers.evaluate([job("print")])
    assert [record.args[1] for record in caplog.records if isinstance(record.args, tuple)] == [
        "seen \\udcff",
        "to stderr",
    ]
    assert "seen" not in capfd.readouterr().out


async def test_workers_do_not_have_the_secrets_of_the_host(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFOBIP_API_KEY", "a-key-that-nobody-should-see")
    monkeypatch.setenv("INFOBIP_WEBHOOK_TOKEN", "a-token-that-nobody-should-see")
    async with pool() as workers:
        (verdicts,) = await workers.evaluate([job("secrets")])
    assert verdicts[0].effects
    assert sms_of(verdicts[0].effects.messages[0][0]).text == "[]"


async def test_what_is_no_error_to_python_is_one_of_the_rule_and_the_worker_goes_on(pool: Pool) -> None:
    async with pool() as workers:
        (verdicts,) = await workers.evaluate([job("KeyboardInterrupt", "GeneratorExit", "BaseException", "fine")])
        assert workers.replaced == 0
    assert [line.split("failed: ")[-1] for line in told(verdicts)] == [
        *("KeyboardInterrupt: own.", "GeneratorExit: own.", "BaseException: own."),
        "fine",
    ]


async def test_a_worker_that_is_not_given_back_is_ended(pool: Pool) -> None:
    async with pool() as workers:
        (before,) = workers._workers
        with pytest.raises(UnicodeEncodeError):
            await workers.evaluate([job("a")._replace(key="\ud800")])  # which can't be written to the worker
        assert workers._workers == set()
        (verdicts,) = await workers.evaluate([job("a")])
        assert told(verdicts) == ["a"]
        assert workers._workers.isdisjoint({before})
