"""Dead letters: each has a reason that people read, without anybody's number, text or secret in the log."""

from __future__ import annotations

from infobip_rules.engine.explain.trace import Trace
from infobip_rules.engine.explain.trace_builder import Occasion, failed_trace
from infobip_rules.errors import EvaluationError, JournalRefusalError
from infobip_rules.evaluators.jobs import Verdict
from infobip_rules.host.dead_letters import dead_letter, unevaluated, unreadable, unwritable, why
from infobip_rules.journal.records import SessionWork
from tests.journal.make import ANA, NOON

TRACEBACK = '  File "r.py", line 1, in go\n    int(text)\nValueError: my pin is 4711'


def failed(fact: str = "It failed.", **details: str) -> Verdict:
    return Verdict(signal=7, error=EvaluationError(fact, "Mend it.", **details))


def a_trace() -> bytes:
    occasion = Occasion(signal=7, type="Ping", received_at=NOON, session=ANA, now=NOON)
    return failed_trace(occasion, EvaluationError("before")).to_json()


def test_it_says_what_failed_where_and_when() -> None:
    verdict = failed(rule="quiz/ask", traceback=TRACEBACK)._replace(trace=b"{}")
    letter = dead_letter(ANA, verdict, NOON)
    assert (letter.session_key, letter.inbox_id, letter.rule, letter.at) == (ANA, 7, "quiz/ask", NOON)
    assert letter.reason.startswith("It failed. Mend it.")
    assert letter.traceback == TRACEBACK
    assert letter.trace == b"{}"


def test_it_shows_no_number_and_can_be_stored_whatever_it_quotes() -> None:
    letter = dead_letter(ANA, failed(f"{ANA} wrote \ud800."), NOON)
    assert ANA not in letter.reason
    assert letter.reason.encode()


def test_a_log_line_leaves_out_the_words_of_an_exception() -> None:
    reason = why(failed("The rule raised ValueError: my pin is 4711.", traceback=TRACEBACK))
    assert "4711" not in reason
    assert "ValueError" in reason
    assert why(Verdict(signal=7)) == "unknown"


def test_a_session_that_can_not_be_read_says_so_of_its_first_signal() -> None:
    letter = unreadable(SessionWork(key="", state=None, version=0, first=7, fault="its state is no text"), NOON)
    assert letter.inbox_id == 7
    assert "its state is no text" in letter.reason


def test_what_could_not_be_given_to_an_evaluation_names_the_kind_of_problem_only() -> None:
    verdict = unevaluated(SessionWork(key=ANA, state=None, version=0, first=7), ValueError("my pin is 4711"))
    assert verdict.signal == 7
    assert "(ValueError)" in str(verdict.error)
    assert "4711" not in str(verdict.error)


def test_what_can_not_be_stored_says_why_in_its_trace_too() -> None:
    verdict = unwritable(Verdict(signal=7, trace=a_trace()), JournalRefusalError("The journal refused it.", ""))
    assert "The journal refused it." in str(verdict.error)
    assert verdict.trace is not None
    error = Trace.from_json(verdict.trace).error
    assert error is not None
    assert error.reason == str(verdict.error)


def test_a_trace_that_can_not_be_read_is_left_out() -> None:
    assert unwritable(Verdict(signal=7, trace=b"no JSON"), ValueError("x")).trace is None
    assert unwritable(Verdict(signal=7), ValueError("x")).trace is None
