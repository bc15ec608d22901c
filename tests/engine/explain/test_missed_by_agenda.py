"""Traces of rules that the agenda kept from firing: groups without focus, alternatives, what is locked out, a halt."""

from __future__ import annotations

from pathlib import Path

import pytest

from infobip_rules.errors import EvaluationError
from infobip_rules.rulefiles.loader import load_rules
from tests.engine.explain.traced import Traced
from tests.engine.sessions import AGENT, received

BEGINNING = """
import infobip_rules.*;
declare Order id: int paid: boolean end
"""


def rule(name: str, attributes: str = "", then: str = "", also: str = "") -> str:
    """A rule for any message."""
    signal = 'signal: InfobipSmsReceivedMessage() from entry-point "signals"'
    return f'rule "{name}" {attributes}\nwhen\n{signal}\n{also}\nthen\n{then}\nend\n'


def after_a_message(folder: Path, *rules: str, session: Traced | None = None) -> Traced:
    """A session of the rules after a message."""
    (folder / "rules.drl").write_text(BEGINNING + "".join(rules), encoding="utf-8")
    session = session or Traced(folder, "")
    session.rulebook = load_rules([folder / "rules.drl"])
    session.tell(received("Hello"), opening=(AGENT,))
    return session


def fired(session: Traced) -> list[str]:
    return [firing.title for firing in session.trace.fired]


def why(session: Traced, name: str) -> tuple[str, str]:
    """Why the rule did not fire."""
    missed = session.missed(name)
    assert all(line.held for line in missed.conditions)
    return missed.kind, missed.why


FOCUS = 'drools.setFocus("late");'
HALT = "drools.halt();"
HALTED = ("unfinished", "a rule halted the evaluation before its turn")


def test_a_rule_whose_group_has_no_focus_says_so(tmp_path: Path) -> None:
    session = after_a_message(tmp_path, rule("one"), rule("other", 'agenda-group "late"'))
    assert fired(session) == ["one"]
    assert why(session, "other") == ("held back", "its agenda group late did not have the focus")


def test_a_rule_whose_group_is_given_the_focus_is_told_as_fired(tmp_path: Path) -> None:
    session = after_a_message(tmp_path, rule("one", then=FOCUS), rule("other", 'agenda-group "late"'))
    assert fired(session) == ["one", "other"]
    assert session.trace.missed == ()


def test_a_group_that_was_left_again_did_not_have_the_focus(tmp_path: Path) -> None:
    pay = rule("pay", "salience -1", "insert(new Order(1, true));", "not Order()")
    session = after_a_message(
        tmp_path, rule("one", then=FOCUS), pay, rule("other", 'agenda-group "late"', also="Order(paid)")
    )
    assert fired(session) == ["one", "pay"]
    assert why(session, "other") == ("held back", "its agenda group late did not have the focus")


def test_a_rule_whose_group_asks_for_the_focus_by_itself_is_told_as_fired(tmp_path: Path) -> None:
    session = after_a_message(tmp_path, rule("one"), rule("other", 'agenda-group "late" auto-focus true'))
    assert fired(session) == ["other", "one"]


def test_an_alternative_names_the_rule_that_fired_first(tmp_path: Path) -> None:
    alternatives = [rule(name, 'activation-group "answer"') for name in ("one", "other", "third")]
    session = after_a_message(tmp_path, *alternatives)
    assert fired(session) == ["one"]
    for name in ("other", "third"):
        assert why(session, name) == ("held back", "*one* fired first in the activation group answer")


def test_a_rule_of_another_activation_group_is_no_alternative(tmp_path: Path) -> None:
    session = after_a_message(
        tmp_path, rule("one", 'activation-group "answer"'), rule("other", 'activation-group "note" agenda-group "late"')
    )
    assert why(session, "other") == ("held back", "its agenda group late did not have the focus")


def test_a_rule_that_is_locked_out_names_its_group(tmp_path: Path) -> None:
    session = after_a_message(
        tmp_path,
        rule("one", 'agenda-group "late" auto-focus true', "insert(new Order(1, false));"),
        rule("other", 'agenda-group "late" lock-on-active true', also="Order()"),
    )
    assert fired(session) == ["one"]
    assert why(session, "other") == ("held back", "it matched while its group late was active (lock-on-active)")


def test_a_rule_behind_a_halt_says_so(tmp_path: Path) -> None:
    session = after_a_message(tmp_path, rule("one", then=HALT), rule("other"))
    assert fired(session) == ["one"]
    assert why(session, "other") == HALTED


@pytest.mark.parametrize("focus", [FOCUS, ""])
def test_so_does_one_whose_group_has_the_focus(focus: str, tmp_path: Path) -> None:
    auto = "" if focus else "auto-focus true"
    session = after_a_message(
        tmp_path,
        rule("one", "salience 10", focus),
        rule("stop", f'agenda-group "late" {auto}', HALT),
        rule("other", 'agenda-group "late"'),
    )
    assert why(session, "other") == HALTED


def test_so_does_one_whose_group_comes_after_that_which_has_it(tmp_path: Path) -> None:
    session = after_a_message(
        tmp_path,
        rule("one", then=f'{FOCUS} drools.setFocus("later");'),
        rule("stop", 'agenda-group "later"', HALT),
        rule("other", 'agenda-group "late"'),
    )
    assert why(session, "other") == HALTED


def test_a_rule_whose_group_had_the_focus_when_another_failed_says_so(tmp_path: Path) -> None:
    session = Traced(tmp_path, "")
    with pytest.raises(EvaluationError):
        after_a_message(
            tmp_path,
            rule("one", then=FOCUS),
            rule("wrong", 'agenda-group "late"', "int x = 1 / 0;"),
            rule("other", 'agenda-group "late"'),
            session=session,
        )
    assert why(session, "other") == ("unfinished", "the evaluation failed before its turn")


def test_nor_has_a_group_without_focus_it_because_of_a_halt(tmp_path: Path) -> None:
    session = after_a_message(tmp_path, rule("one", then=HALT), rule("other", 'agenda-group "late"'))
    assert why(session, "other") == ("held back", "its agenda group late did not have the focus")


def test_what_a_halt_left_fires_with_the_next_message_and_is_told_with_it(tmp_path: Path) -> None:
    waiting = 'rule "paid" salience -1\nwhen\nOrder(paid)\nthen\nend\n'
    stop = rule("stop", then=f"insert(new Order(1, true)); {HALT}", also="not Order()")
    session = after_a_message(tmp_path, stop, waiting)
    assert (fired(session), why(session, "paid")) == (["stop"], HALTED)
    session.tell(received("Again"))
    assert fired(session) == ["paid"]
