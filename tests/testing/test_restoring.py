"""A session of a journal goes on in a test."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from infobip_rules.cli.listing import list_sessions
from infobip_rules.cli.printing import print_json
from infobip_rules.errors import TrialError
from infobip_rules.journal.records import Evaluated, NewSignal
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.testing import Rules
from infobip_rules.timers import TimerChange
from tests.journal import store
from tests.journal.make import ANA, NOON, StoppedClock

STATE = {
    "next": 3,
    "rules": ["quiz/hand_over"],
    "facts": [[1, "ClientAgent", {"connections": {"phone": ANA}}], [2, "Asked", {"question": "What is 6 x 7?"}]],
}
LATE = TimerChange(
    name="too late", due_at=datetime(2026, 11, 10, 12, tzinfo=UTC), kind="TooLate", payload=f'{{"phone": "{ANA}"}}'
)
MADE_UP = "385911111111"


@pytest.fixture
def printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What `infobip-rules sessions --json --text` prints of a session that was asked the question."""
    url = f"sqlite:///{tmp_path}/journal.db"
    signal = NewSignal(dedup_key="m", session_key=ANA, kind="Signal", payload="{}", raw="{}", received_at=NOON)
    done = Evaluated(session_key=ANA, inbox_id=1, base_version=0, state=json.dumps(STATE), timers=(LATE,), at=NOON)
    with FileJournal.open(url, clock=StoppedClock()) as journal:
        journal.submit(lambda connection: store.accept(connection, [signal])).result(60)
        journal.submit(lambda connection: store.commit(connection, done)).result(60)
    print_json(list_sessions(url, limit=9, with_state=True))
    return capsys.readouterr().out


@pytest.fixture
def rules(quiz: Path) -> Iterator[Rules]:
    under_test = Rules(quiz)
    yield under_test
    under_test.close()


def test_what_is_printed_shows_no_whole_number(printed: str) -> None:
    assert ANA not in printed


def test_the_session_goes_on_under_a_number_made_up(rules: Rules, printed: str) -> None:
    rules.restore(printed, session=MADE_UP)
    assert rules.now == NOON
    assert [(message.to, message.text) for message in rules.receive("42")] == [
        (MADE_UP, "Right!"),
        (MADE_UP, "You get a pen."),
    ]


def test_its_timers_ring(rules: Rules, printed: str) -> None:
    rules.restore(printed, session=MADE_UP)
    (late,) = rules.advance("3d")
    assert (late.to, late.text) == (MADE_UP, "Too late, it is 12:00.")


def test_one_record_of_several_may_be_given(rules: Rules, printed: str) -> None:
    rules.restore(json.loads(printed)[0])
    assert len(rules.facts("Asked")) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda record: "no JSON", "is not JSON"),
        (lambda record: json.dumps([record, record]), "does not hold its state.*of a list, give one record"),
        (lambda record: {**record, "state": None}, "does not hold its state.*sessions --json --text"),
        (
            lambda record: {**record, "state": {"next": 2, "rules": [], "facts": [[1, "Gone", {}]]}},
            "stored fact of type Gone.*Load the rules that the session belongs to",
        ),
    ],
)
def test_what_is_no_session_of_these_rules_is_refused(rules: Rules, printed: str, change: Any, said: str) -> None:
    with pytest.raises(TrialError, match=said):
        rules.restore(change(json.loads(printed)[0]))


def test_a_session_that_has_begun_is_not_replaced(rules: Rules, printed: str) -> None:
    rules.receive("hello")
    with pytest.raises(TrialError, match="has begun already"):
        rules.restore(printed)
