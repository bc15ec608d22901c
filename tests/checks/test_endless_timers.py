"""RULE015: a timer that goes on for ever is found at its rule, and one that something ends is not."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from infobip_rules.checks.finding import Finding
from infobip_rules.checks.registry import review
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.signals import MomentCame
from tests.engine.sessions import AGENT, NOON, Session, fired, received

from .reviewing import written

DECLARED = """\
declare Answered id: int end
declare Brief @expires(1h) id: int end
"""
MESSAGE = 'm: InfobipSmsReceivedMessage(text == "hello") from entry-point "signals"'
ANY = 'm: InfobipSmsReceivedMessage() from entry-point "signals"'
NAMELESS = 'InfobipSmsReceivedMessage() from entry-point "signals"'
ENDLESS = "timer(int: 10m 1d)"


def rule(name: str, attributes: str = "", when: str = MESSAGE, then: str = "") -> str:
    return f'rule "{name}" {attributes}\nwhen {when}\nthen {then} end\n'


def found(folder: Path, *rules: str, python: str = "") -> list[Finding]:
    """What is found of timers in a file of DRL, with one in Python beside it."""
    (folder / "rules.drl").write_text(DECLARED + "".join(rules), encoding="utf-8")
    files = [folder / "rules.drl", *([written(folder, python)] if python else [])]
    return [finding for finding in review(load_rules(files)) if finding.id == "RULE015"]


BLAMED = {
    "an interval": rule("nudge", ENDLESS),
    "an interval without a delay": rule("nudge", "timer(int: 0 30s)"),
    "a calendar": rule("nudge", "timer(cron: 0 0 9 * * ?)"),
    "with the agent, which is always there": rule("nudge", ENDLESS, f"{MESSAGE} ClientAgent()"),
    "with the agent, which a rule changes": rule(
        "nudge", ENDLESS, f"{ANY} c: ClientAgent()", 'modify(c) { setIdentifier("x") }'
    ),
    "in one of two ways": rule("nudge", ENDLESS, f"({NAMELESS} not Answered()) or {NAMELESS}"),
    "another message is deleted": rule("nudge", ENDLESS)
    + rule("stop", "", MESSAGE.replace("hello", "stop"), "delete(m);"),
    "another thing is deleted": rule("nudge", ENDLESS)
    + rule("forget", "", f"{MESSAGE} a: Answered()", "delete(a);"),
    "a rule that deletes it is switched off": rule("nudge", ENDLESS)
    + rule("never", "enabled false", then="delete(m);"),
}  # fmt: skip

FINE = {
    "one moment": rule("nudge", "timer(10m)"),
    "a limit": rule("nudge", "timer(int: 10m 1d; repeat-limit=3)"),
    "an end": rule("nudge", "timer(int: 10m 1d; end=24-Dec-2026)"),
    "a calendar of one year": rule("nudge", "timer(cron: 0 0 9 * * ? 2026)"),
    "it deletes the signal": rule("nudge", ENDLESS, then="delete(m);"),
    "it deletes the signal in the end": rule("nudge", ENDLESS, then='if (m.getText() == "x") { delete(m); }'),
    "another rule deletes the signal": rule("nudge", ENDLESS) + rule("take", "", ANY, "delete(m);"),
    "a not that may end it": rule("nudge", ENDLESS, f"{MESSAGE} not Answered()"),
    "a fact that a rule deletes": rule("nudge", ENDLESS, f"{MESSAGE} Answered()")
    + rule("forget", "", f"{MESSAGE} a: Answered()", "delete(a);"),
    "a fact that a rule changes": rule("nudge", ENDLESS, f"{MESSAGE} Answered(id == 1)")
    + rule("change", "", f"{MESSAGE} a: Answered()", "modify(a) { setId(2) }"),
    "a fact that may rest on something": rule("nudge", ENDLESS, f"{MESSAGE} Answered()")
    + rule("rest", "", MESSAGE, "insertLogical(new Answered(1));"),
    "a fact that goes by itself": rule("nudge", ENDLESS, f"{MESSAGE} Brief()"),
    "a window of time": rule("nudge", ENDLESS, MESSAGE.replace(" from", " over window:time(1h) from")),
    "it silences itself": rule("nudge", f"no-loop {ENDLESS}", f"{MESSAGE} c: ClientAgent()", "update(c);"),
    "it is changed to match no more": rule("nudge", ENDLESS, then='modify(m) { setText("") }'),
    "a date of its own": rule("nudge", f'date-expires "24-Dec-2026" {ENDLESS}'),
    "switched off": rule("nudge", f"enabled false {ENDLESS}"),
    "no signal": rule("nudge", ENDLESS, "Answered()"),
}


@pytest.mark.parametrize("name", BLAMED)
def test_a_timer_without_end_is_found_at_its_rule(name: str, tmp_path: Path) -> None:
    [finding] = found(tmp_path, BLAMED[name])
    assert (finding.rule, finding.place) == ("rules/nudge", (f"{tmp_path}/rules.drl", 3))


def test_what_will_happen_is_said_and_what_to_do_about_it(tmp_path: Path) -> None:
    [finding] = found(tmp_path, rule("nudge", ENDLESS))
    assert finding.reason == (
        "rules/nudge fires for each InfobipSmsReceivedMessage again and again, for ever: "
        "its timer has no end, and no rule deletes the signal."
    )
    assert finding.remedy == (
        "Delete the signal in the rule when all is done, let the timer end (repeat-limit=3, end=24-Dec-2026), "
        "or let a not(...) end the wait."
    )


def test_of_a_window_that_counts_only_the_latest_goes_on(tmp_path: Path) -> None:
    latest = MESSAGE.replace(" from", " over window:length(1) from")
    [finding] = found(tmp_path, rule("nudge", ENDLESS, latest))
    assert finding.reason.startswith("rules/nudge fires for the latest InfobipSmsReceivedMessage again")


@pytest.mark.parametrize("name", FINE)
def test_nothing_is_found_where_something_may_end_it(name: str, tmp_path: Path) -> None:
    assert found(tmp_path, FINE[name]) == []


@pytest.mark.parametrize(("body", "count"), [("pass", 1), ("c.delete(c.it)", 0), ("c.delete(taken[0])", 0)])
def test_a_rule_in_python_that_deletes_the_signal_counts_as_well(body: str, count: int, tmp_path: Path) -> None:
    source = (
        'taken: list[Any] = []\nwith ruleset("r"):\n'
        f"    @when_all(c.it << signal(InfobipSmsReceivedMessage))\n    def it(c):\n        {body}\n"
    )
    assert len(found(tmp_path, rule("nudge", ENDLESS), python=source)) == count


def test_a_comment_says_that_it_is_meant_to_be(tmp_path: Path) -> None:
    assert found(tmp_path, "// check: ignore RULE015 everybody is greeted each day\n" + rule("nudge", ENDLESS)) == []


def test_a_rule_that_is_blamed_does_what_it_is_blamed_for(tmp_path: Path) -> None:
    found(tmp_path, rule("nudge", ENDLESS))
    session = Session(tmp_path, "")
    session.rulebook = load_rules([tmp_path / "rules.drl"])
    session.tell(received("hello"), opening=(AGENT,))
    moment: datetime = NOON + timedelta(minutes=10)
    for _ in range(100):
        effects = session.tell(MomentCame(moment=moment), now=moment)
        assert fired(effects) == ["nudge(InfobipSmsReceivedMessage)"]
        [moment] = [timer.due_at for timer in effects.timers if timer.due_at is not None]
