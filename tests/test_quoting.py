"""What logs tell of errors: where and of what type, in our own words, and never in words that may quote somebody's text."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infobip_rules.errors import RuleError
from infobip_rules.quoting import traceback_of, without_quotes, without_words
from infobip_rules.sandbox import FakeInfobip
from infobip_rules.settings import Settings

from .served_host import ServedHost, item

SECRET = "zebra"
FRAMES = '  File "rules.py", line 3, in answer\n    int(c.signal.text)'


@pytest.mark.parametrize(
    ("words", "logged"),
    [
        ("ValueError: invalid literal for int() with base 10: 'zebra'", "ValueError"),
        ("KeyError: 'zebra'", "KeyError"),
        ("OrderError: nobody knows zebra", "OrderError"),
        ("OrderError: nobody\nknows\n  zebra", "OrderError"),
        (
            "RuleError: Tick has no field 'm'. There are: n. [RULE001]",
            "RuleError: Tick has no field '...'. There are: n. [RULE001]",
        ),
        (
            "BodyError: r.drl:3:5: 'zebra' is not a whole number. (NumberFormatException) Test it. [IR321]",
            "BodyError: r.drl:3:5: '...' is not a whole number. (NumberFormatException) Test it. [IR321]",
        ),
        (
            "RuleError: Visit.at: Value error, zebra. Give a value that fits. [RULE001]",
            "RuleError: Visit.at: Value error.",
        ),
        ("ZeroDivisionError", "ZeroDivisionError"),
    ],
)
def test_words_of_an_exception_are_left_out_of_the_reason_and_its_traceback(words: str, logged: str) -> None:
    shown = without_words(f"The rule t/answer (rules.py:3) failed: {words}. Mend it. [IR300]", f"{FRAMES}\n{words}")
    assert SECRET not in shown
    assert shown.startswith("The rule t/answer (rules.py:3) failed: ")
    assert shown.endswith(f"{FRAMES}\n{logged}")


def test_words_that_were_changed_on_their_way_are_left_out_too() -> None:
    shown = without_words(
        "The rule a/b failed: ValueError: my *** zebra. Mend it.", f"{FRAMES}\nValueError: my key zebra"
    )
    assert shown == f"The rule a/b failed: ValueError\n{FRAMES}\nValueError"


@pytest.mark.parametrize(
    ("said", "logged"),
    [
        ("A condition of the rule a/b failed: r.drl:3:5: 'zebra' is no number.", "'...' is no number."),
        ("It can't be \"it's a zebra\", it doesn't fit.", "It can't be '...', it doesn't fit."),
        ("`$x.name` is null here.", "`$x.name` is null here."),
    ],
)
def test_what_a_sentence_of_ours_quotes_is_left_out(said: str, logged: str) -> None:
    assert without_quotes(said).endswith(logged)
    assert SECRET not in without_quotes(said)


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_a_quoted_text_never_shows(text: str) -> None:
    assert without_quotes(f"Before {text!r} after.") == "Before '...' after."


def test_a_traceback_has_every_type_and_no_words_but_ours() -> None:
    try:
        try:
            try:
                int(SECRET)
            except ValueError as problem:
                raise LookupError(SECRET) from problem
        except LookupError:
            raise ExceptionGroup(SECRET, [KeyError(SECRET), RuleError(f"There is no {SECRET!r}.", "Look.")])  # noqa: B904
    except ExceptionGroup as problem:
        shown = traceback_of(problem)
    assert f": {SECRET}" not in shown
    for type_ in ("ValueError\n", "LookupError\n", "ExceptionGroup\n", "KeyError\n"):
        assert type_ in shown
    assert "RuleError: There is no '...'. Look. [RULE001]" in shown


def test_an_exception_without_a_traceback_that_caused_itself_is_told_once() -> None:
    problem = ValueError(SECRET)
    problem.__cause__ = problem
    assert traceback_of(problem) == "Traceback (most recent call last):\nValueError"


RULES = {
    "py": """
from infobip_rules import InfobipSmsReceivedMessage
from infobip_rules.lang import c, ruleset, signal, when_all

with ruleset("orders"):

    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def order(c):
        return int(c.signal.text)
""",
    "drl": """
rule "order"
when
    $signal: InfobipSmsReceivedMessage() from entry-point "signals"
then
    int n = Integer.parseInt($signal.getText());
end
""",
    "condition.drl": """
rule "order"
when
    $signal: InfobipSmsReceivedMessage(Integer.parseInt(text) > 3) from entry-point "signals"
then
    delete($signal);
end
""",
}


@pytest.mark.parametrize("language", RULES)
def test_no_text_of_a_person_is_logged_when_a_rule_fails_on_it(
    settings: Settings, fake: FakeInfobip, tmp_path: Path, caplog: pytest.LogCaptureFixture, language: str
) -> None:
    caplog.set_level(logging.DEBUG, "infobip_rules")
    file = tmp_path / f"orders.{language}"
    file.write_text(RULES[language], encoding="utf-8")
    with ServedHost(file, settings) as host:
        assert host.post(item("m1", "A7zebra A7")).status_code == 200
        assert host.settled()
    (line,) = [line for line in caplog.messages if line.startswith("turns.dead_letter")]
    assert "The rule" in line or "A condition of the rule" in line
    assert "orders" in line
    assert "A7" not in caplog.text
    assert fake.messages == ()
