"""The player of conversations: what belongs to which step, and how a difference reads."""

from __future__ import annotations

from pathlib import Path

from infobip_rules.testing.conversation import Incoming, Outgoing, Silence, parse
from infobip_rules.testing.playing import exchanges_of, play
from infobip_rules.testing.rules import Rules


def test_messages_belong_to_the_step_before_them() -> None:
    first, second = exchanges_of(parse("# begin\n> 385981234567: QUIZ\n# asks\n< What?\n> 42\n< (nothing)"))
    assert isinstance(first.cause, Incoming)
    assert [type(step) for step in first.wanted] == [Outgoing]
    assert [type(step) for step in second.wanted] == [Silence]
    assert (first.line, second.line) == (2, 5)


def test_messages_before_the_first_step_have_no_cause() -> None:
    (only,) = exchanges_of(parse("< 385981234567: hello"))
    assert (only.cause, only.line) == (None, 1)


def test_a_conversation_of_comments_has_no_exchange() -> None:
    assert list(exchanges_of(parse("# nothing\n# more"))) == []


def test_the_first_difference_is_shown_with_what_came_instead(quiz: Path) -> None:
    rules = Rules(quiz)
    difference = play(parse("> 385981234567 [QUIZ]: QUIZ\n< What?\n> 42\n< Wrong!"), rules)
    rules.close()
    assert difference is not None
    assert difference.line == 1
    assert "  - < 385981234567: What?" in str(difference)
    assert "  + < 385981234567: What is 6 x 7?" in str(difference)


def test_a_report_on_a_message_that_was_not_sent_is_a_difference(quiz: Path) -> None:
    rules = Rules(quiz)
    difference = play(parse("> 385981234567: hello\n! delivered"), rules)
    rules.close()
    assert "There is no message to report on." in str(difference)
