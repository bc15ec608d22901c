"""Traces as they are kept: read back as they were, odd characters and long texts, numbers masked."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.engine.explain.trace import Trace
from infobip_rules.engine.explain.trace_builder import Occasion, make_trace
from infobip_rules.engine.session.recorder import Recorder
from infobip_rules.errors import EvaluationError, TraceError
from tests.engine.explain.traced import QUIZ, Traced, traced
from tests.engine.sessions import AGENT, ANA, NOON, received


def test_a_trace_is_read_back_as_it_was(tmp_path: Path) -> None:
    session = traced(tmp_path, QUIZ)
    session.tell(received("JION", keyword="JION"))
    assert Trace.from_json(session.trace.to_json()) == session.trace


@pytest.mark.parametrize("text", ["\ud83d half", "tab\tand\nline", "\u202eright to left", "emoji 😀", "\x00"])
def test_odd_characters_can_be_kept(tmp_path: Path, text: str) -> None:
    session = traced(
        tmp_path, '    @when_all(signal(Tick))\n    def note(c): c.insert(Order(notes={"a": c.m.n and "x" or "y"}))\n'
    )
    session.tell(session.make("Tick", n=2**70))
    kept = make_trace(
        Occasion(signal=1, type=text, received_at=None, session=text, now=NOON),
        Recorder(),
        session.rulebook,
        channels=BUILT_IN,
    )
    assert Trace.from_json(kept.to_json()).type == text.encode(errors="backslashreplace").decode()
    assert Trace.from_json(session.trace.to_json()).fields == {"n": str(2**70)}


@pytest.mark.parametrize("document", [b"", b"{}", b"[1]", b'{"signal": "x"}', b"\xff"])
def test_what_is_no_trace_is_refused(document: bytes) -> None:
    with pytest.raises(TraceError, match="Evaluate its signal again"):
        Trace.from_json(document)


def test_numbers_are_masked_everywhere_but_ids_and_moments_stay(tmp_path: Path) -> None:
    session = traced(
        tmp_path,
        f"""
    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.from_ == "{ANA}", m.keyword == "x"))
    def one(c): pass

    @when_all(c.signal << signal(InfobipSmsReceivedMessage), c.client << fact(ClientAgent))
    def reply(c):
        InfobipAdapterAPI.send_sms_text_message(c.client.get_connection("phone"), "Call {ANA}")
    """,
    )
    session.tell(received(f"I am {ANA}", messageId="12345678-1234"), opening=(AGENT,))
    hidden = session.trace.masked()
    assert ANA in session.trace.to_json().decode()
    assert ANA not in hidden.to_json().decode()
    assert hidden.fired[0].messages[0].text == "Call 385*****4567"
    assert hidden.fired[0].messages[0].message_id == session.trace.fired[0].messages[0].message_id
    assert hidden.started_at == session.trace.started_at


def test_secrets_stay_secret(tmp_path: Path) -> None:
    session = Traced(
        tmp_path,
        """
        from pydantic import SecretStr

        class Account(Fact):
            key: SecretStr = SecretStr("")

        with ruleset("t"):
            @when_all(signal(Tick), fact(Account))
            def look(c): pass
        """,
    )
    with pytest.raises(EvaluationError):  # such a fact can't be kept anyway
        session.tell(session.make("Tick"), opening=(session.make("Account", key="very secret"),))
    assert b"very secret" not in session.trace.to_json()


def made(**more: Any) -> Trace:
    return Trace(
        **{
            "signal": 1,
            "type": "Tick",
            "fields": {},
            "received_at": NOON,
            "session": ANA,
            "started_at": NOON,
            "took": 0.5,
            "rules": 1,
            "fired": (),
            "missed": (),
            **more,
        }
    )


def test_long_texts_are_cut_short_only_in_a_trace_that_is_large() -> None:
    long = "x" * 1_000
    kept = Trace.from_json(made(fields={"text": long}).to_json())
    assert kept.fields["text"] == long
    large = made(fields={"text": long, "more": ["y" * 600] * 200})
    cut = Trace.from_json(large.to_json())
    assert cut.fields["text"] == "x" * 500 + "..."
    assert len(large.to_json()) < len(made(fields={"more": ["y" * 600] * 200, "text": ""}).to_json()) + 1_000


@pytest.mark.parametrize("number", [2**64, -(2**63) - 1])
def test_numbers_that_json_readers_lose_are_kept_as_texts(number: int) -> None:
    assert Trace.from_json(made(fields={"n": number}).to_json()).fields == {"n": str(number)}


@pytest.mark.parametrize("number", [2**64 - 1, -(2**63)])
def test_other_numbers_stay_numbers(number: int) -> None:
    assert Trace.from_json(made(fields={"n": number}).to_json()).fields == {"n": number}


def test_a_subclass_of_datetime_is_kept_as_a_moment() -> None:
    class Moment(datetime):
        pass

    moment = Moment(2026, 11, 9, 12, tzinfo=UTC)
    assert Trace.from_json(made(started_at=moment).to_json()).started_at == NOON


def test_a_number_is_masked_in_whatever_place_but_names_and_ids() -> None:
    hidden = made(fields={"phone": int(ANA), ANA: [f"to {ANA}"]}, warnings=(f"about {ANA}",), type=f"T{ANA}").masked()
    assert hidden.fields == {"phone": "385*****4567", "385*****4567": ["to 385*****4567"]}
    assert hidden.warnings == ("about 385*****4567",)
    assert hidden.session == "385*****4567"
    assert hidden.type == f"T{ANA}"
