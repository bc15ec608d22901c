"""Conditions as rule files write them, on objects of every field type."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infobip_rules.errors import RuleError
from infobip_rules.rulefiles.python import regex
from infobip_rules.signals import InfobipSmsReceivedMessage, InfobipSmsReceivedReport, ReportStatus, Signal
from tests.engine.sessions import ANA, NOON, Session, fired, received

ORDER: dict[str, Any] = {
    "number": "A-7",
    "total": 30,
    "weight": 1.5,
    "paid": True,
    "placed": datetime(2026, 11, 1, 8, tzinfo=UTC),
    "day": date(2026, 11, 1),
    "tags": ["gift", "express"],
    "prices": [10, 20],
    "lines": [{"name": "tea", "price": 10}, {"name": "cup", "price": 20}],
    "rows": [{"n": 1}, {"n": 2, "extra": 5}],
    "notes": {"phone": "385981234567", "from": "shop"},
}


def holds(folder: Path, condition: str, **fields: Any) -> bool:
    """Whether an order like `ORDER`, with these fields changed, satisfies the condition."""
    session = Session(folder, f'with ruleset("t"):\n    @when_all(fact(Order, {condition}))\n    def found(c): pass\n')
    return bool(session.tell(opening=(session.make("Order", **{**ORDER, **fields}),)).fired)


@pytest.mark.parametrize(
    "condition",
    [
        'm.number == "A-7"',
        'm.number != "A-8"',
        'm.number < "B"',
        'm.number <= "A-7"',
        'm.number > "A"',
        'm.number >= "A-7"',
        "m.total == 30",
        "m.total == 30.0",
        "m.total != 31",
        "m.total < 31",
        "m.total <= 30",
        "m.total > 29.5",
        "m.total >= 30",
        "m.weight == 1.5",
        "m.weight > 1",
        "m.paid == True",
        "m.paid != False",
        "m.placed == datetime(2026, 11, 1, 8, tzinfo=UTC)",
        "m.placed < datetime(2026, 11, 2, tzinfo=UTC)",
        "m.day == date(2026, 11, 1)",
        "m.day > date(2026, 10, 31)",
        'm.tags == ["gift", "express"]',
    ],
)
def test_a_comparison_that_is_true_matches(tmp_path: Path, condition: str) -> None:
    assert holds(tmp_path, condition)


@pytest.mark.parametrize(
    "condition",
    [
        'm.number == "a-7"',
        'm.number != "A-7"',
        'm.number < "A-7"',
        'm.number > "A-7"',
        "m.total == 31",
        "m.total != 30",
        "m.total < 30",
        "m.total <= 29",
        "m.total > 30",
        "m.total >= 30.5",
        "m.weight == 1",
        "m.paid == False",
        "m.placed > datetime(2026, 11, 2, tzinfo=UTC)",
        "m.day < date(2026, 11, 1)",
        'm.tags == ["gift"]',
    ],
)
def test_a_comparison_that_is_false_does_not_match(tmp_path: Path, condition: str) -> None:
    assert not holds(tmp_path, condition)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('(m.number == "A-7") & (m.total == 30)', True),
        ('(m.number == "A-7") & (m.total == 31)', False),
        ('(m.number == "A-8") | (m.total == 30)', True),
        ('(m.number == "A-8") | (m.total == 31)', False),
        ('((m.number == "A-8") | (m.total == 30)) & (m.paid == True)', True),
        ('((m.number == "A-8") | (m.total == 30)) & (m.paid == False)', False),
        ('(m.number == "A-8") | ((m.total == 30) & (m.paid == False))', False),
        ('(m.number == "A-8") | (m.total == 30) & (m.paid == True)', True),
        ('(m.number == "A-7") & (m.total == 30) & (m.paid == True) & (m.weight < 1)', False),
        ('(m.number == "1") | (m.number == "2") | (m.number == "A-7")', True),
        ('m.number == "A-7", m.total == 30', True),
        ('m.number == "A-7", m.total == 31', False),
    ],
)
def test_and_binds_before_or_and_parentheses_before_both(tmp_path: Path, condition: str, expected: bool) -> None:
    assert holds(tmp_path, condition) is expected


@pytest.mark.parametrize(
    ("condition", "value", "expected"),
    [
        ("+m.discount", 5, True),
        ("+m.discount", 0, True),
        ("+m.discount", None, False),
        ("-m.discount", None, True),
        ("-m.discount", 5, False),
        ("-m.discount", 0, False),
    ],
)
def test_plus_asks_whether_a_field_is_there_and_minus_whether_not(
    tmp_path: Path, condition: str, value: int | None, expected: bool
) -> None:
    assert holds(tmp_path, condition, discount=value) is expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("m.discount == None", True),
        ("m.discount != None", False),
        ("m.discount == 5", False),
        ("m.discount != 5", True),
        ("m.discount < 5", False),
        ("m.discount <= 5", False),
        ("m.discount > 5", False),
        ("m.discount >= 5", False),
        ("m.total > m.discount", False),
        ("m.total == m.discount + 1", False),
        ("m.total != m.discount + 1", True),
        ("m.discount == m.anything", True),
        ("m.anything < 5", False),
        ('m.anything.matches(".*")', False),
        ("m.anything.anyItem(item == 1)", False),
    ],
)
def test_no_value_is_equal_to_none_only_and_neither_less_nor_greater(
    tmp_path: Path, condition: str, expected: bool
) -> None:
    assert holds(tmp_path, condition, discount=None) is expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('m.notes.phone == "385981234567"', True),
        ('m.notes["from"] == "shop"', True),
        ('m.notes.missing == "x"', False),
        ("-m.notes.missing", True),
        ("+m.notes.phone", True),
        ('m.notes.phone.matches("385%d+")', True),
    ],
)
def test_a_path_goes_through_the_keys_of_a_dict(tmp_path: Path, condition: str, expected: bool) -> None:
    assert holds(tmp_path, condition) is expected


def matches_signal(folder: Path, pattern: str, signal: Signal) -> bool:
    session = Session(folder, f'with ruleset("t"):\n    @when_all(signal({pattern}))\n    def found(c): pass\n')
    return bool(session.tell(signal).fired)


def report(**status: Any) -> InfobipSmsReceivedReport:
    return InfobipSmsReceivedReport(messageId="1", status=ReportStatus(**status))


@pytest.mark.parametrize(("group", "expected"), [("DELIVERED", True), ("REJECTED", False)])
def test_a_path_goes_through_nested_fields(tmp_path: Path, group: str, expected: bool) -> None:
    pattern = 'InfobipSmsReceivedReport, m.status.groupName == "DELIVERED"'
    assert matches_signal(tmp_path, pattern, report(groupName=group)) is expected


def test_a_nested_field_without_value_is_missing(tmp_path: Path) -> None:
    assert matches_signal(tmp_path, "InfobipSmsReceivedReport, -m.error.permanent, -m.doneAt", report())


@pytest.mark.parametrize("field", ['m["from"]', "m.from_"])
def test_the_senders_number_is_read_by_either_of_its_names(tmp_path: Path, field: str) -> None:
    assert matches_signal(tmp_path, f'InfobipSmsReceivedMessage, {field} == "{ANA}"', received())


def test_a_moment_is_compared_with_a_moment(tmp_path: Path) -> None:
    pattern = "InfobipSmsReceivedMessage, m.receivedAt >= datetime(2026, 11, 9, 12, tzinfo=UTC)"
    assert matches_signal(tmp_path, pattern, received())


@pytest.mark.parametrize(
    ("condition", "text", "expected"),
    [
        ('matches("help.*")', "help me", True),
        ('matches("help.*")', "please help", False),
        ('matches("help")', "help me", False),
        ('matches(".*(help|stop).*")', "5help sto", True),
        ('matches("(b+|c)")', "bc", False),
        ('matches("(b+|c)")', "bbb", True),
        ('matches("[a-z ]*help[a-z ]*")', "i need help now", True),
        ('matches("order %d+")', "order 12", True),
        ('matches("order %d+")', "order x", False),
        (r'matches(r"order \d+")', "order 12", True),
        ('matches("%a+%s%w+")', "abc x_1", True),
        ('matches("%a+")', "Čović", True),
        ('matches("%a+")', "a1", False),
        ('matches("[%a%d]+")', "a1", True),
        ('matches("1%.5")', "1.5", True),
        ('matches("1%.5")', "1x5", False),
        ('matches("100%%")', "100%", True),
        ('matches("a%zb")', "a%zb", True),
        (r'matches(r"%[%a")', "[č", True),
        (r'matches(r"\[%a")', "[č", True),
        ('matches(".*end")', "two\nlines end", True),
        ("matches('say \"hi\"')", 'say "hi"', True),
        ('matches("stop")', "STOP", False),
        ('imatches("stop")', "StOp", True),
        ('imatches("čaj")', "ČAJ", True),
        ('matches("")', "", True),
        ('matches("[一-龥]+")', "漢字", True),
        ('matches("a{150}")', "a" * 150, True),
        (r'matches(r"(?i:stop)|end$")', "Stop", True),
    ],
)
def test_a_pattern_matches_the_whole_text(tmp_path: Path, condition: str, text: str, expected: bool) -> None:
    assert matches_signal(tmp_path, f"InfobipSmsReceivedMessage, m.text.{condition}", received(text)) is expected


@given(st.text(max_size=30))
def test_text_with_every_sign_escaped_matches_itself_and_nothing_else(text: str) -> None:
    pattern = "".join(f"%{sign}" if sign in r".^$*+?()[]{}|\-%/" else sign for sign in text)
    compiled = regex.compile_pattern(pattern, 0, "here")
    assert compiled.fullmatch(text)
    assert not compiled.fullmatch(text + "x")


@given(st.text(max_size=40))
def test_any_pattern_compiles_or_is_refused(pattern: str) -> None:
    try:
        outcome = regex.compile_pattern(pattern, 0, "rules.py:3").pattern
    except RuleError as refused:
        outcome = refused.where
    assert outcome in (regex.translate(pattern), "rules.py:3")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('m.tags.anyItem(item == "gift")', True),
        ('m.tags.anyItem(item == "none")', False),
        ('m.tags.allItems(item.matches("%a+"))', True),
        ('m.tags.allItems(item == "gift")', False),
        ("m.prices.anyItem(item > 15)", True),
        ("m.prices.allItems(item > 15)", False),
        ("m.prices.allItems((item >= 10) & (item <= 20))", True),
        ("m.prices.anyItem((item < 5) | (item == 20))", True),
        ('m.lines.anyItem(item.name == "tea")', True),
        ('m.lines.anyItem((item.name == "tea") & (item.price == 20))', False),
        ("m.lines.allItems(item.price >= 10)", True),
        ("m.rows.anyItem(item.extra == 5)", True),
        ("m.rows.allItems(item.extra == 5)", False),
        ("m.rows.allItems(+item.n)", True),
        ("m.rows.anyItem(-item.extra)", True),
        ('m.prices.anyItem(item < "a")', False),
    ],
)
def test_lists_are_asked_about_any_or_all_of_their_items(tmp_path: Path, condition: str, expected: bool) -> None:
    assert holds(tmp_path, condition) is expected


@pytest.mark.parametrize("word", ["anyItem", "allItems"])
def test_an_empty_list_matches_neither_any_nor_all(tmp_path: Path, word: str) -> None:
    assert not holds(tmp_path, f"m.prices.{word}(item > 0)", prices=[])


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("m.total == m.discount + 20", True),
        ("m.total == m.discount - -20", True),
        ("m.total == m.discount * 3", True),
        ("m.discount == m.total / 3", True),
        ("m.total > m.weight * m.discount", True),
        ("m.total == m.discount + m.discount + m.discount", True),
        ("m.total == m.discount * 0 + 30", True),
        ("m.total == m.discount - (m.weight - 21.5)", True),
        ("m.total != m.total", False),
        ("m.total > m.discount / 0", False),
        ("m.total == m.anything * 2", False),
    ],
)
def test_own_fields_are_computed_with(tmp_path: Path, condition: str, expected: bool) -> None:
    assert holds(tmp_path, condition, discount=10, anything="ab") is expected


def joined(folder: Path, condition: str, order: dict[str, Any], payment: dict[str, Any]) -> bool:
    rules = f"""
        with ruleset("t"):
            @when_all(c.order << fact(Order), c.payment << fact(Payment, {condition}))
            def found(c): pass
        """
    session = Session(folder, rules)
    opening = (session.make("Order", **order), session.make("Payment", **payment))
    return bool(session.tell(opening=opening).fired)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("m.number == c.order.number", True),
        ("m.number != c.order.number", False),
        ("m.amount < c.order.total", True),
        ("m.amount >= c.order.total", False),
        ("m.amount == c.order.total - 5", True),
        ("m.amount == c.order.total - c.order.weight * 2", True),
        ("m.amount == (c.order.total + m.amount) / 2 - 2.5", True),
        ("m.amount < c.order.total / c.order.weight", False),
        ('(m.number == c.order.number) & (m.amount > c.order.total) | (m.number == "7")', True),
        ("(m.number == c.order.number) & (m.amount > c.order.total)", False),
        ("(m.amount > c.order.total) & (m.number == c.order.number)", False),
        ('m.number == c.order.notes["other"]', False),
        ("m.number == c.order.notes.key", True),
    ],
)
def test_a_condition_reads_elements_named_before(tmp_path: Path, condition: str, expected: bool) -> None:
    order = {"number": "7", "total": 30, "weight": 2.5, "notes": {"key": "7"}}
    assert joined(tmp_path, condition, order, {"number": "7", "amount": 25}) is expected


def test_items_of_a_list_are_compared_with_elements_named_before(tmp_path: Path) -> None:
    rules = """
        with ruleset("t"):
            @when_all(c.payment << fact(Payment), c.order << fact(Order, m.prices.anyItem(item == c.payment.amount)))
            def found(c): pass
        """
    session = Session(tmp_path, rules)
    opening = (session.make("Payment", amount=20), session.make("Order", **ORDER), session.make("Order", prices=[1]))
    assert fired(session.tell(opening=opening)) == ["found(Payment#1, Order#2)"]


def test_a_decimal_equals_the_number_it_is(tmp_path: Path) -> None:
    rules = """
        from decimal import Decimal

        class Price(Fact):
            amount: Decimal

        with ruleset("t"):
            @when_all(fact(Price, m.amount == 5))
            def found(c): pass
        """
    session = Session(tmp_path, rules)
    assert fired(session.tell(opening=(session.make("Price", amount="5.00"),))) == ["found(Price#1)"]


@pytest.mark.parametrize("value", [1, True, "1", 1.0])
def test_an_index_keeps_values_apart_as_comparison_does(tmp_path: Path, value: object) -> None:
    rules = """
        with ruleset("t"):
            @when_all(fact(Order, m.anything == 1))
            def number(c): pass

            @when_all(fact(Order, m.anything == "1"))
            def text(c): pass
        """
    session = Session(tmp_path, rules)
    expected = ["text(Order#1)"] if value == "1" else ["number(Order#1)"]
    assert fired(session.tell(opening=(session.make("Order", anything=value),))) == expected


def test_the_time_of_a_signal_is_read_as_it_was_sent(tmp_path: Path) -> None:
    message = InfobipSmsReceivedMessage.model_validate({"from": "1", "receivedAt": "2026-11-09T14:00:00+0200"})
    assert message.receivedAt == NOON
    pattern = "InfobipSmsReceivedMessage, m.receivedAt == datetime(2026, 11, 9, 12, tzinfo=UTC)"
    assert matches_signal(tmp_path, pattern, message)
