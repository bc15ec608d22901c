"""Timers that a rule's body sets and cancels: effects of its evaluation, as messages and facts are."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from infobip_rules.engine.evaluation import Effects
from infobip_rules.errors import EvaluationError
from infobip_rules.timers import TimerChange
from tests.engine.sessions import NOON, Session

HOUR = timedelta(hours=1)


def acting(folder: Path, body: str) -> Session:
    """A session with a rule that does this for every Tick."""
    lines = "\n        ".join(body.splitlines())
    return Session(
        folder,
        f"class Reminder(Signal):\n    order: str = ''\n\n"
        f'with ruleset("t"):\n    @when_all(c.it << signal(Tick))\n    def act(c):\n        {lines}\n',
    )


def tell(session: Session, n: int = 0) -> Effects:
    return session.tell(session.make("Tick", n=n))


def named(effects: Effects) -> list[str]:
    return [timer.name for timer in effects.timers]


def test_a_scheduled_signal_is_an_effect(tmp_path: Path) -> None:
    effects = tell(acting(tmp_path, 'c.schedule(Reminder(order="7"), after="1h", name="pay 7")'))
    assert effects.timers == (TimerChange(name="pay 7", due_at=NOON + HOUR, kind="Reminder", payload='{"order":"7"}'),)


def test_a_moment_may_be_reckoned_from_now(tmp_path: Path) -> None:
    effects = tell(
        acting(tmp_path, "from datetime import timedelta\nc.schedule(Reminder(), at=c.now + timedelta(days=2))")
    )
    assert effects.timers[0].due_at == NOON + 48 * HOUR


def test_the_name_is_returned(tmp_path: Path) -> None:
    session = acting(
        tmp_path,
        'c.insert(Note(text=c.schedule(Reminder(), after=1)))\nc.insert(Note(text=c.schedule(Reminder(), after=1, name="x")))',
    )
    effects = tell(session)
    assert [fields["text"] for _, fields in session.facts] == named(effects)
    assert named(effects)[1] == "x"


def test_timers_without_a_name_replace_no_other_of_the_session(tmp_path: Path) -> None:
    session = acting(tmp_path, "c.schedule(Reminder(), after=1)\nc.schedule(Reminder(), after=1)")
    names = [name for n in range(4) for name in named(tell(session, n))]
    assert len(set(names)) == 8


def test_the_same_evaluation_gives_the_same_names(tmp_path: Path) -> None:
    sessions = [acting(tmp_path, "c.schedule(Reminder(), after=1)") for _ in range(2)]
    assert tell(sessions[0]) == tell(sessions[1])


def test_of_several_changes_of_a_name_the_last_counts(tmp_path: Path) -> None:
    body = (
        "for n in (1, 2):\n"
        '    c.schedule(Reminder(order=str(n)), after=n, name="a")\n'
        "    c.schedule(Reminder(), after=n, name=str(n))"
    )
    effects = tell(acting(tmp_path, body))
    assert named(effects) == ["1", "a", "2"]
    assert [timer.payload for timer in effects.timers if timer.name == "a"] == ['{"order":"2"}']


def test_cancelling_is_an_effect_too(tmp_path: Path) -> None:
    effects = tell(acting(tmp_path, 'c.schedule(Reminder(), after=1, name="a")\nc.cancel("a")\nc.cancel("b")'))
    assert effects.timers == (TimerChange(name="a"), TimerChange(name="b"))


def test_a_rule_is_not_told_of_the_signal_at_once(tmp_path: Path) -> None:
    effects = tell(acting(tmp_path, "c.schedule(Tick(n=c.it.n + 1), after=0)"))
    assert len(effects.fired) == 1


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("c.schedule(Reminder())", "neither at nor after"),
        ("c.schedule(Reminder(), at=c.now, after=1)", "both at and after"),
        ("c.schedule(Reminder(), at=datetime(2026, 11, 9))", "no time zone"),
        ("c.schedule(Reminder(), after=-1)", "negative"),
        ("c.schedule(Note(), after=1)", "Note is not a signal"),
        ("c.schedule(type('Reminder', (Signal,), {})(), after=1)", "not known to the rules"),
        ("c.schedule(Reminder(), after=1, name='@heartbeat')", "@heartbeat"),
        ("c.cancel('@heartbeat')", "@heartbeat"),
        ("c.cancel(None)", "name is text"),
    ],
)
def test_what_can_not_be_scheduled_is_an_error_at_the_call(tmp_path: Path, call: str, said: str) -> None:
    session = acting(tmp_path, call)
    with pytest.raises(EvaluationError, match=said) as failed:
        tell(session)
    assert call.split("(", 1)[0] in failed.value.traceback
    assert session.state is None


def test_an_unchanged_session_stays_unchanged_for_a_timer_with_a_name(tmp_path: Path) -> None:
    session = acting(tmp_path, 'c.schedule(Reminder(), after=1, name="a")')
    before = tell(session).state
    assert tell(session).state is before
