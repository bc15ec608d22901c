"""Conversation files: what each line means, what is said of one that can't be read, and that writing and reading agree."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from infobip_rules.errors import ConversationError
from infobip_rules.testing.conversation import (
    GROUPS,
    Comment,
    Conversation,
    Incoming,
    Moment,
    Outgoing,
    Report,
    Silence,
    Step,
    Wait,
    line_of,
    parse,
    write,
)

ANA, IVO = "385981234567", "385987654321"


def steps(text: str) -> list[Step]:
    return list(parse(text).steps)


def test_a_message_in_and_its_answer() -> None:
    assert steps(f"> {ANA}: hello\n< Welcome!\n") == [
        Incoming(phone=ANA, text="hello"),
        Outgoing(phone=ANA, text="Welcome!"),
    ]


def test_the_number_may_be_left_out_after_the_first() -> None:
    assert steps(f"> {ANA}: a\n> b") == [Incoming(phone=ANA, text="a"), Incoming(phone=ANA, text="b")]


def test_several_people_take_turns() -> None:
    assert steps(f"> {ANA}: a\n> {IVO}: b\n< c\n< {ANA}: d\n< e") == [
        Incoming(phone=ANA, text="a"),
        Incoming(phone=IVO, text="b"),
        Outgoing(phone=IVO, text="c"),
        Outgoing(phone=ANA, text="d"),
        Outgoing(phone=IVO, text="e"),
    ]


def test_a_number_may_have_its_plus() -> None:
    assert steps(f"> +{ANA}: a") == [Incoming(phone=ANA, text="a")]


def test_a_keyword_stands_behind_the_number() -> None:
    assert steps(f"> {ANA} [JOIN]: me too") == [Incoming(phone=ANA, text="me too", keyword="JOIN")]


def test_silence_is_spelt_out() -> None:
    assert steps("< (nothing)") == [Silence()]


@pytest.mark.parametrize(
    ("written", "time"),
    [
        ("+2d", timedelta(days=2)),
        ("+ 1h 30m", timedelta(hours=1, minutes=30)),
        ("+90s", timedelta(seconds=90)),
        ("+0.5s", timedelta(milliseconds=500)),
    ],
)
def test_time_passes(written: str, time: timedelta) -> None:
    assert steps(f"@ {written}") == [Wait(time=time)]


@pytest.mark.parametrize("written", ["2026-11-22T10:00Z", "2026-11-22T11:00+01:00", "2026-11-22 10:00:00Z"])
def test_the_clock_is_set(written: str) -> None:
    assert steps(f"@ {written}") == [Moment(at=datetime(2026, 11, 22, 10, tzinfo=UTC))]


def test_reports_have_a_group_a_reason_and_a_number_if_need_be() -> None:
    written = f"! delivered\n! EXPIRED phone was off\n! undeliverable EC_X (permanent)\n! {ANA}: rejected"
    assert steps(written) == [
        Report(group="delivered"),
        Report(group="expired", reason="phone was off"),
        Report(group="undeliverable", reason="EC_X", permanent=True),
        Report(group="rejected", phone=ANA),
    ]


def test_a_text_goes_on_with_bars() -> None:
    assert steps(f"> {ANA}: one\n| two\n|\n|  | four ") == [Incoming(phone=ANA, text="one\ntwo\n\n| four")]


def test_what_can_not_be_seen_is_escaped() -> None:
    assert steps(rf"> {ANA}: \u0020a\tb\\n\u00a0\U0001f600\n\u0020") == [
        Incoming(phone=ANA, text=" a\tb\\n\u00a0\U0001f600\n ")
    ]


def test_the_rules_are_named_at_the_top() -> None:
    read = parse("# quiz\nrules: quiz.py 'of all/prizes.py'\nrules: more.py\n\n# begins\n")
    assert read.rules == ("quiz.py", "of all/prizes.py", "more.py")
    assert read.steps == (Comment(text="quiz"), Comment(text="begins"))


def test_a_step_knows_its_line() -> None:
    assert [step.line for step in steps(f"\n# a\n> {ANA}: b\n| c\n\n< d")] == [2, 3, 6]


def test_files_from_windows_are_read() -> None:
    assert steps(f"\ufeff> {ANA}: a\r\n| b\r\n< c\r\n") == [
        Incoming(phone=ANA, text="a\nb"),
        Outgoing(phone=ANA, text="c"),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("> hello", r"quiz:1: It is not said who writes. Begin with e.g. > 385981234567: hello"),
        ("\n< hello", r"quiz:2: It is not said who reads it."),
        ("hello", r"quiz:1: The line 'hello' can't be read. Begin it with one of > < @ ! #"),
        ("| hello", r"quiz:1: A line with \| goes on with a text, and there is none before it"),
        ("@ 2d", r"quiz:1: The time '2d' can't be read. Write @ \+2d"),
        ("@ +99999999999d", r"quiz:1: The time .* can't be read"),
        ("@ 2026-11-22T10:00", r"quiz:1: The moment .* has no time zone. Write @ 2026-11-22T10:00Z"),
        ("! arrived", r"quiz:1: The report 'arrived' is not known. Write ! and one of delivered, undeliverable"),
        (rf"> {ANA}: a\q", r"quiz:1: The text holds \\q, which is no escape. Write \\n"),
        (f"> {ANA}: a\\", r"quiz:1: The text holds \\, which is no escape"),
        (rf"> {ANA}: \Uffffffff", r"no escape"),
        (f"> {ANA}: a\nrules: quiz.py", r"quiz:2: The rules are named after the conversation has begun"),
        ("rules:", r"quiz:1: The line rules: names no path"),
        ("rules: 'quiz.py", r"quiz:1: The line rules: names no path"),
        (f"< {ANA} [JOIN]: a", r"quiz:1: A message to somebody has no keyword"),
    ],
)
def test_what_can_not_be_read_is_said_with_its_line(text: str, said: str) -> None:
    with pytest.raises(ConversationError, match=said):
        parse(text, name="quiz")


@pytest.mark.parametrize(
    "step",
    [
        Incoming(phone="5123", text="a"),
        Outgoing(phone="385*****4567", text="a"),
        Report(group="lost"),
        Comment(text="two\nlines"),
        Moment(at=datetime(2026, 11, 22)),  # noqa: DTZ001 - that it has no zone is the point
    ],
)
def test_what_has_no_written_form_is_refused(step: Step) -> None:
    with pytest.raises(ConversationError):
        write(Conversation(steps=(step,)))


def test_it_is_written_as_people_would() -> None:
    conversation = Conversation(
        rules=("quiz.py",),
        steps=(
            Comment(text="The quiz."),
            Incoming(phone=ANA, text="QUIZ"),
            Outgoing(phone=ANA, text="What is 6 x 7?\nA: 42"),
            Outgoing(phone=IVO, text="Somebody plays."),
            Wait(time=timedelta(days=1, minutes=5)),
            Silence(),
            Incoming(phone=ANA, text="385981234567: 42", keyword="A]"),
            Report(group="delivered"),
        ),
    )
    assert write(conversation) == (
        "rules: quiz.py\n\n# The quiz.\n> 385981234567: QUIZ\n< What is 6 x 7?\n| A: 42\n"
        "< 385987654321: Somebody plays.\n\n@ +1d 5m\n< (nothing)\n\n"
        "> 385981234567 [A\\u005d]: 385981234567: 42\n\n! delivered\n"
    )


def test_one_line_has_its_number() -> None:
    assert line_of(Outgoing(phone=ANA, text="a")) == f"< {ANA}: a"


PHONES = st.sampled_from([ANA, IVO, "12345678"])
TEXTS = st.one_of(
    st.text(),
    st.text(alphabet="ab :[]()|><@!#\\n\t\n\r\u2028\u00a0\ud800"),
    st.sampled_from(["(nothing)", f"{ANA}: a", f"{ANA} [A]: b", "| a", "rules: a", "(permanent)", " "]),
)
LINES = st.text(alphabet=st.characters(blacklist_characters="\n\r")).map(lambda text: text.strip(" \t"))
MOMENTS = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=2))])).filter(
    lambda moment: 1 < moment.year < 9999
)
STEPS = st.one_of(
    st.builds(Incoming, phone=PHONES, text=TEXTS, keyword=st.none() | TEXTS.filter(bool)),
    st.builds(Outgoing, phone=PHONES, text=TEXTS),
    st.builds(Silence),
    st.builds(Wait, time=st.timedeltas(min_value=timedelta())),
    st.builds(Moment, at=MOMENTS),
    st.builds(Report, group=st.sampled_from(GROUPS), reason=TEXTS, permanent=st.booleans(), phone=st.none() | PHONES),
    st.builds(Comment, text=LINES),
)
CONVERSATIONS = st.builds(Conversation, steps=st.lists(STEPS).map(tuple), rules=st.lists(LINES.filter(bool)).map(tuple))


@given(CONVERSATIONS)
@example(Conversation(steps=(Report(group="expired", reason="(permanent)", permanent=True),)))
def test_what_is_written_is_read_back_the_same(conversation: Conversation) -> None:
    assert parse(write(conversation)) == conversation


@given(st.text(alphabet=st.sampled_from(f"><@!#|\n :[]()\\nu0+dT-Z{ANA}rules")))
def test_whatever_is_in_a_file_it_is_read_or_refused(text: str) -> None:
    try:
        conversation = parse(text)
    except ConversationError:
        return
    assert parse(write(conversation)) == conversation
