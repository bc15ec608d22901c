"""What host and workers write to each other: it comes as it was written, and what has another shape is refused."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infobip_rules.actions import Message
from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.channels.registry import Channels
from infobip_rules.engine.session.evaluation import Effects, Firing
from infobip_rules.errors import EvaluationError
from infobip_rules.evaluators import frames
from infobip_rules.evaluators.framed_socket import BrokenFrameError
from infobip_rules.evaluators.frames import (
    Loaded,
    read_jobs,
    read_loaded,
    read_verdicts,
    write_jobs,
    write_loaded,
    write_verdicts,
)
from infobip_rules.evaluators.jobs import SessionJob, SignalJob, Verdict, put_off
from infobip_rules.timers import TimerChange
from tests.channels.composing import sms
from tests.channels.failing import FailingPager

NOW = datetime(2026, 11, 1, 12, 30, 0, 250, tzinfo=UTC)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SECONDS = st.none() | st.floats(0, 172_800)
CONTENTS = st.builds(sms, TEXTS.filter(str.strip), shorten_url=st.booleans())
MESSAGES = st.builds(Message, TEXTS, st.just("sms"), TEXTS, CONTENTS, TEXTS, SECONDS)
FIRINGS = st.builds(Firing, TEXTS, st.lists(TEXTS, max_size=3).map(tuple), st.lists(MESSAGES, max_size=3).map(tuple))
MOMENTS = st.datetimes(timezones=st.just(UTC))
TIMERS = st.builds(TimerChange, name=TEXTS, due_at=st.none() | MOMENTS, kind=TEXTS, payload=TEXTS)
EFFECTS = st.builds(
    Effects,
    st.binary(max_size=50),
    st.lists(FIRINGS, max_size=3).map(tuple),
    st.lists(TEXTS, max_size=3).map(tuple),
    st.lists(TIMERS, max_size=3).map(tuple),
)
IDS = st.integers(1, 2**63 - 1)
VERDICTS = st.builds(
    Verdict,
    *(IDS, EFFECTS, st.none(), st.none() | st.binary(max_size=50), st.just(False), st.just("")),
    st.just(False),
    st.tuples(st.floats(allow_nan=False), st.floats(allow_nan=False)),
)
SIGNALS = st.builds(SignalJob, IDS, TEXTS, TEXTS, st.none() | MOMENTS, st.booleans())
JOBS = st.builds(
    SessionJob,
    TEXTS,
    st.none() | st.binary(max_size=50),
    st.lists(SIGNALS, max_size=3).map(tuple),
    MOMENTS,
    st.booleans(),
    st.booleans(),
)


@given(st.lists(VERDICTS, min_size=1, max_size=4))
def test_verdicts_come_as_they_were_written(verdicts: list[Verdict]) -> None:
    (frame,) = write_verdicts(verdicts)
    assert read_verdicts(frame, BUILT_IN) == verdicts


@given(st.lists(JOBS, max_size=4))
def test_jobs_come_as_they_were_written(jobs: list[SessionJob]) -> None:
    assert read_jobs(write_jobs(jobs)) == jobs


def test_a_verdict_may_be_that_a_signal_belongs_elsewhere() -> None:
    (frame,) = write_verdicts([Verdict(signal=7, moved="order-1")])
    assert read_verdicts(frame, BUILT_IN) == [Verdict(signal=7, moved="order-1")]


def test_a_verdict_may_be_that_a_signal_was_put_off() -> None:
    verdict = put_off(SignalJob(7, "Tick", "{}"))
    (frame,) = write_verdicts([verdict])
    (read,) = read_verdicts(frame, BUILT_IN)
    assert (read.signal, read.put_off, read.effects) == (7, True, None)


def test_errors_come_with_their_words_and_half_a_character_is_written_out() -> None:
    error = EvaluationError("It \ud83d failed.", "Mend it.", rule="a/b", traceback="line 1")
    (frame,) = write_verdicts([Verdict(signal=7, error=error, trace=b"{}")])
    (read,) = read_verdicts(frame, BUILT_IN)
    assert read.error is not None
    assert (read.error.fact, read.error.remedy) == ("It \\ud83d failed.", "Mend it.")
    assert (read.error.rule, read.error.traceback, read.trace) == ("a/b", "line 1", b"{}")
    assert read_loaded(write_loaded(Loaded("\ud83d"))) == Loaded("\\ud83d")


def test_a_verdict_that_can_not_be_written_is_an_error_of_its_own() -> None:
    good = Verdict(signal=1, effects=Effects(b"{}", ()))
    bad = Verdict(signal=2, effects=Effects(b"{}", (), timers=(TimerChange(name="\ud83d"),)))
    first, second = (verdict for frame in write_verdicts([good, bad]) for verdict in read_verdicts(frame, BUILT_IN))
    assert first == good
    assert second.error is not None
    assert second.error.fact == "What the rules came to holds half a character, which has no UTF-8."


def test_a_verdict_that_is_longer_than_a_frame_is_an_error_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "LONGEST", 1_000)
    verdicts = [Verdict(signal=number, effects=Effects(b"x" * 300 * number, ())) for number in (1, 2, 3, 4)]
    read = [verdict for frame in write_verdicts(verdicts) for verdict in read_verdicts(frame, BUILT_IN)]
    assert [verdict.signal for verdict in read] == [1, 2, 3, 4]
    assert [verdict.effects is not None for verdict in read] == [True, True, True, False]
    assert read[-1].error is not None
    assert read[-1].error.fact == "What the rules came to is more than 1,000 bytes."


@given(st.binary(max_size=200))
def test_bytes_are_verdicts_or_refused(frame: bytes) -> None:
    try:
        verdicts = read_verdicts(frame, BUILT_IN)
    except BrokenFrameError:
        return
    assert all(isinstance(verdict, Verdict) for verdict in verdicts)


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        pickle.dumps([Verdict(signal=1)]),
        msgspec.msgpack.encode({"signal": 1}),
        msgspec.msgpack.encode([["1", None, None, None, ""]]),
        msgspec.msgpack.encode([[1, None, None, None, ""]]),
        msgspec.msgpack.encode([[1, [b"{}", [], [], []], ["a", "b", "c", "d"], None, ""]]),
        msgspec.msgpack.encode(
            [[1, [b"{}", [["rule", [], [["id", "sms", 385, "{}"]]]], [], []], None, None, "", False]]
        ),
        msgspec.msgpack.encode([[1, [b"{}", [], [], []], None, None, ""]])[:-1],
        msgspec.msgpack.encode([[1, [b"{}", [], [], []], None, None, ""]]) + b"x",
        msgspec.msgpack.encode([[1, [b"{}", [], [], []], None, None, "elsewhere"]]),
        b"\x91" * 100_000,
        b"\x91\x96" + msgspec.msgpack.encode([1, [b"{}", [], [], []], None, None, ""])[1:] + b"\x91" * 100_000,
    ],
)
def test_what_has_another_shape_is_refused(frame: bytes) -> None:
    with pytest.raises(BrokenFrameError):
        read_verdicts(frame, BUILT_IN)
    with pytest.raises(BrokenFrameError):
        read_loaded(frame)


@pytest.mark.parametrize(
    ("channel", "content"),
    [
        ("pigeon", sms("Hi")),
        *[("sms", "Hi"), ("sms", "{}"), ("sms", '{"text": 7}'), ("sms", '{"text": "Hi", "to": "1"}')],
        *[("sms", '{"text":"\\ud800"}'), ("sms", sms("")), ("sms", sms("a" * 2_000_000)), ("sms", "[" * 100_000)],
    ],
)
def test_a_message_that_its_channel_does_not_know_is_refused(channel: str, content: str) -> None:
    message = Message("m1", channel, "385981234567", content)
    effects = Effects(b"{}", (Firing("a/b", (), (message,)),))
    (frame,) = write_verdicts([Verdict(signal=1, effects=effects)])
    with pytest.raises(BrokenFrameError, match="a message that no channel takes"):
        read_verdicts(frame, BUILT_IN)


def test_a_job_keeps_its_moments() -> None:
    job = SessionJob("385", "{}", (SignalJob(1, "A", "{}", NOW),), NOW, traced=True)
    assert read_jobs(write_jobs([job])) == [job._replace(state=b"{}")]


@pytest.mark.parametrize("problem", [KeyError("Hi"), SystemExit()])
def test_a_message_that_its_channel_fails_to_check_is_refused_by_the_name_of_the_channel(
    problem: BaseException,
) -> None:
    channels = Channels([*BUILT_IN, FailingPager({"7": ["check"]}, problem)])
    effects = Effects(b"{}", (Firing("r/r", (), (Message("m", "paging", "385981234567", "7"),)),))
    (frame,) = write_verdicts([Verdict(signal=1, effects=effects)])
    said = f"could not be checked .The channel 'paging' raised {type(problem).__name__} in check"
    with pytest.raises(BrokenFrameError, match=said):
        read_verdicts(frame, channels)
