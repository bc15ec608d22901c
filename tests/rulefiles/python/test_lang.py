"""The rule language: how rules are written, and what is refused where they are written."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from infobip_rules import lang
from infobip_rules.errors import RuleFileError
from infobip_rules.facts import ClientAgent, Fact
from infobip_rules.lang import c, fact, item, m, signal
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.rulefiles.python.expressions import Condition
from infobip_rules.signals import InfobipSmsReceivedMessage
from tests.engine.sessions import FIRST_LINE, Session, fired, received, write_rules


def refusal(folder: Path, rules: str) -> str:
    """What is said about a rule file that can't be loaded; the file is written as `rules.py`."""
    file = write_rules(folder, rules)
    with pytest.raises(RuleFileError) as refused:
        load_rules([file])
    for problem in refused.value.problems:
        assert str(problem).endswith("^"), "a mistake is shown with its line and a caret"
    return str(refused.value).replace(str(file), "rules.py")


def begins(message: str, line: int, said: str = "") -> bool:
    """Whether the message begins with a place on this line, column included, and what is said of it."""
    return re.match(rf"rules\.py:{line}:\d+: {re.escape(said)}", message) is not None


def refused_rule(folder: Path, head: str) -> str:
    """What is said about one rule with this head, which stands on the second line."""
    return refusal(folder, f'with ruleset("t"):\n    {head}\n    def found(c): pass\n')


LINE = FIRST_LINE + 1


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ('@when_all(signal(InfobipSmsReceivedMessage, m.keywrd == "A"))',
         "InfobipSmsReceivedMessage has no field 'keywrd'. Did you mean 'keyword'?"),
        ('@when_all(signal(InfobipSmsReceivedReport, m.status.groupNam == "A"))',
         "ReportStatus has no field 'groupNam' (in 'status.groupNam'). Did you mean 'groupName'?"),
        ("@when_all(fact(Payment, m.zzz == 1))", "Payment has no field 'zzz'. There are: amount, number."),
        ('@when_all(fact(Order, m.number.first == "A"))',
         "'number.first' can't be read in Order: what stands before 'first' has no fields. Compare it as a whole."),
        ("@when_all(c.order << fact(Order), fact(Payment, m.amount == c.ordr.total))",
         "c.ordr.total refers to no earlier element. Did you mean 'order'?"),
        ("@when_all(fact(Payment, m.amount == c.order.total))",
         "c.order.total refers to no earlier element. No element is named before it."),
        ("@when_all(c.order << fact(Order), fact(Payment, m.amount == c.order.totl))",
         "Order has no field 'totl'. Did you mean 'total'?"),
        ('@when_all(fact(Order, m.total == "5"))', "'total' is int, compared with '5' (str). Compare it with int or float."),
        ("@when_all(fact(Order, m.number == 5))",
         "'number' is str, compared with 5 (int). Compare it with str. Write '5'."),
        ("@when_all(fact(Order, m.paid == 1))", "'paid' is bool, compared with 1 (int). Compare it with bool."),
        ("@when_all(fact(Order, m.total == True))", "'total' is int, compared with True (bool)."),
        ('@when_all(fact(Order, m.placed > "2026-11-01"))', "'placed' is datetime, compared with '2026-11-01' (str)."),
        ("@when_all(fact(Order, m.day > datetime(2026, 11, 1)))", "'day' is date, compared with datetime.datetime"),
        ("@when_all(signal(InfobipSmsReceivedMessage, m.receivedAt > datetime(2026, 11, 1)))",
         "'receivedAt' is a moment with its offset, compared with one without. Give it tzinfo=UTC."),
        ("@when_all(fact(Order, m.total == m.number))", "'total' is int, compared with m.number, which is str."),
        ("@when_all(c.o << fact(Order), fact(Payment, m.number > c.o.total))",
         "'number' is str, compared with c.o.total, which is int. Compare fields of the same kind."),
        ("@when_all(fact(Order, m.total == m.number * 2))", "(m.number * 2) can't be computed. Compute with numbers."),
        ("@when_all(fact(Order, m.total < None))", "m.total < None is never true. Write +m.x or -m.x"),
        ("@when_all(fact(Order, m.total))", "m.total alone is not a condition. Write +m.total for 'is present'"),
        ("@when_all(fact(Order, (m.total == 1) & m.paid))", "m.paid alone is not a condition."),
        ("@when_all(fact(Order, m))", "m alone is not a condition. Name a field of it"),
        ("@when_all(fact(Order, m == 1))", "m was compared as a whole. Name a field of it: m.keyword."),
        ("@when_all(fact(Order, 5))", "5 is not a condition."),
        ('@when_all(fact(Order, m.alias == "x"))', 'False is not a condition. Write e.g. m.keyword == "STOP" (for a field'),
        ("@when_all(fact(Order, fact(Payment)))", "is not a condition."),
        ("@when_all(c.o << fact(Order), fact(Payment, m.amount == c.o))", "c.o alone is not a value. Name a field of it: c.o.x."),
        ("@when_all(fact(Order, c.o.total == m.total))",
         "A computed value, or a field of another element, stands on the left of a comparison. Put the field of this element"),
        ("@when_all(fact(Order, m.total + 1 == 5))", "A computed value, or a field of another element, stands on the left"),
        ("@when_all(fact(Order, m.total == (m.total + 1).x))", "A computed value has no field 'x'."),
        ("@when_all(fact(Order, m.total == 1 + (m.paid == True)))", "A condition can't be computed with."),
        ("@when_all(fact(Order, m.total == m.total + (m.paid == True)))", "A condition can't be computed with."),
        ("@when_all(fact(Order, -m.total == 1))",
         "A condition was taken for a field (`-m.x == 1`, or a comparison without its parentheses). Put each comparison"),
        ("@when_all(fact(Order, (m.paid == True) & m.total > 1))", "A condition was taken for a field"),
        ("@when_all(fact(Order, (m.total == 1) & 2))", "& and | join conditions on one element."),
        ('@when_all(fact(Order, m.notes == {"a": "b"}))', "A field can't be compared with a dict. Compare one key"),
        ("@when_all(fact(Order, m.total == m.total + {}))", "A field can't be compared with a dict."),
        ("@when_all(fact(Order) & fact(Payment))", "& and | join conditions on one element."),
        ("@when_all((m.total == 1) | fact(Payment))", "& and | join conditions on one element."),
        ("@when_all(fact(Order, ~(m.total == 1)))", "`~` is not a condition. Write the opposite comparison, or none(...)."),
        ("@when_all(fact(Order, item == 1))", "`item` stands outside anyItem and allItems."),
        ("@when_all(fact(Order, m.total == item.n))", "`item` stands outside anyItem and allItems."),
        ("@when_all(fact(Order, m.prices.anyItem(m.total == 1)))", "m.total stands inside anyItem or allItems."),
        ("@when_all(fact(Order, m.prices.anyItem(item > m.total)))", "m.total stands inside anyItem or allItems."),
        ("@when_all(fact(Order, m.prices.anyItem(5)))", "m.prices.anyItem() takes a condition on item."),
        ("@when_all(fact(Order, m.number.anyItem(item == 1)))", "m.number.anyItem() needs a list, 'number' is str."),
        ('@when_all(fact(Order, m.total.matches("%d")))', "m.total.matches() needs text, 'total' is int."),
        ("@when_all(fact(Order, m.number.matches(5)))", "m.number.matches() takes a pattern in quotes, not 5."),
        ('@when_all(fact(Order, m.number.matches("(a")))', "The pattern '(a' is wrong: missing ), unterminated subpattern"),
        ('@when_all(fact(Order, m.number.imatches("a" * 1001)))', "A pattern of 1001 characters is too long. At most 1000."),
        ("@when_all(c.a.b << fact(Order))", "An element is named by one word. Write c.order << fact(Order)."),
        ("@when_all(c.a << Order)", "Order is not a pattern, but the type to look for. Write fact(Order)."),
        ("@when_all(Tick)", "Tick is not a pattern, but the type to look for. Write signal(Tick)."),
        ("@when_all(c.a << 5)", "5 is not a pattern. Write signal(...) or fact(...)."),
        ("@when_all(print)", "the function print is not a pattern. Write signal(...) or fact(...)."),
        ("@when_all(m.total == 1)",
         "A condition stands where an element should. Write signal(Type, m.keyword == ...) or fact(Type, ...)"),
        ("@when_all(fact(Order), any(fact(Payment), m.total == 1))", "A condition stands where an element should."),
        ("@when_all()", "The rule has no pattern. Write signal(...) or fact(...)."),
        ("@when_any(salience(3))", "The rule has no pattern."),
        ("@when_all(fact(InfobipSmsReceivedMessage))",
         "fact() takes a fact type first, not InfobipSmsReceivedMessage. Facts are subclasses of infobip_rules.Fact"),
        ("@when_all(signal(Order))", "signal() takes a signal type first, not Order. For facts write fact(...)."),
        ("@when_all(fact(m.total == 1))", "fact() takes a fact type first, not"),
        ('@when_all(signal("Tick"))', "signal() takes a signal type first, not 'Tick'."),
        ("@when_all(c.a << fact(Order), c.a << fact(Payment))", "Two elements are named c.a. Give one of them another name."),
        ("@when_all(c.insert << fact(Order))", "An element can't be named c.insert. The rule's body uses that name."),
        ("@when_all(c.s << fact(Order))", "An element can't be named c.s."),
        ('@when_all(fact(Order), salience("high"))', "A salience of 'high' is not a whole number. Write e.g. salience(10)."),
        ("@when_all(fact(Order), salience(1.5))", "A salience of 1.5 is not a whole number."),
        ("@when_all(none(none(fact(Order))))", "none(...) and exists(...) can't stand inside each other."),
        ("@when_all(none(any(fact(Order), fact(Payment))))", "any(...) can't stand inside none(...) or exists(...)."),
        ("@when_all(*[any(fact(Order), fact(Payment)) for _ in range(7)])", "The rule has 128 alternatives. At most 64"),
        ("@when_all(*[fact(Order) for _ in range(33)])", "The rule has 33 patterns. At most 32: split it."),
    ],
)  # fmt: skip
def test_what_can_not_be_meant_is_refused_at_its_line(tmp_path: Path, head: str, said: str) -> None:
    message = refused_rule(tmp_path, head)
    assert begins(message, LINE)
    assert said in message


@pytest.mark.parametrize(
    ("condition", "meant"),
    [
        ('(m.number == "A") and (m.total == 1)', '(m.number == "A") & (m.total == 1)'),
        ('m.number == "A" or m.total == 1', '(m.number == "A") | (m.total == 1)'),
        ("not m.paid", "m.paid == False"),
        ("not m.total > 5", "m.total <= 5"),
        ('m.number in ("A", "B")', '(m.number == "A") | (m.number == "B")'),
        ('m.number not in ["A", "B"]', '(m.number != "A") & (m.number != "B")'),
        ("1 < m.total < 5", "(m.total > 1) & (m.total < 5)"),
        ("m.total == (c.a.x and c.b.x)", ""),
        ("(m.total == 1) if m.paid else (m.total == 2)", ""),
    ],
)
def test_pythons_own_and_or_not_in_are_refused_with_the_remedy(tmp_path: Path, condition: str, meant: str) -> None:
    message = refused_rule(tmp_path, f"@when_all(fact(Order, {condition}))")
    assert begins(message, LINE, "A condition was used as true or false")
    remedy = f"Join conditions with & and |, each in parentheses.{f' Write {meant}.' if meant else ''} [RULE001]"
    assert remedy in message


#: As its own documentation writes it; run, it would leave a file behind.
DURABLE = """\
from durable.lang import *

with ruleset("risk"):
    @when_all(c.first << m.t == "purchase", count(3))
    def detected(c):
        c.s.risk = c.m.amount
        c.start_timer("t", 5)

with statechart("flow"):
    pass

open({file!r}, "w").close()
post("risk", {{"t": "purchase"}})
"""


def test_a_file_written_for_durable_lang_is_told_what_to_change_and_is_not_run(tmp_path: Path) -> None:
    left, file = tmp_path / "left", tmp_path / "rules.py"
    file.write_text(DURABLE.format(file=str(left)))
    with pytest.raises(RuleFileError) as refused:
        load_rules([file])

    said = [(int(re.findall(r":(\d+):\d+$", problem.where)[0]), problem.fact) for problem in refused.value.problems]  # type: ignore[attr-defined]

    assert not left.exists()
    assert [line for line, _ in said] == [1, 4, 4, 6, 6, 7, 9, 13]
    for part in (
        "The file is written for durable.lang",
        'The pattern c.first << m.t == "purchase" names no type.',
        "count(...) is a word of durable.lang: it waits until so many events have come.",
        "c.s is a word of durable.lang: it keeps a state beside the facts.",
        "c.m is a word of durable.lang",
        "c.start_timer is a word of durable.lang: it sets a timer.",
        "statechart(...) is a word of durable.lang: it describes states and the ways between them.",
        "post(...) is a word of durable.lang: it gives an event to a ruleset of durable.lang.",
    ):
        assert any(part in fact for _, fact in said), part


@pytest.mark.parametrize(
    "head",
    [
        "from durable.lang import when_all",
        "from durable import lang",
        "import durable.lang as d",
        "import durable",
        "if True:\n    from durable.lang import *",
    ],
)
def test_however_durable_lang_is_imported_the_file_is_not_run(tmp_path: Path, head: str) -> None:
    message = refusal(tmp_path, f"{head}\nraise SystemExit('was run')\n")
    assert "The file is written for durable.lang, whose rulesets are not run here." in message
    assert "InfobipPlugin, which takes rulesets of durable.lang" in message
    assert "was run" not in message


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (
            "from borrowed_words import when_all, ruleset",
            "when_all is that of durable.lang, whose rulesets are not run here.",
        ),
        ("from borrowed_words import when_all, ruleset", "Import when_all from infobip_rules.lang."),
        ("from borrowed_words import *", "m is that of durable.lang"),
        ("from borrowed_words import statechart", "statechart is that of durable.lang"),
        ("from borrowed_words import statechart", "Keep the state in a fact"),
    ],
)
def test_words_of_durable_lang_that_another_module_brings_are_refused(
    tmp_path: Path, head: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "borrowed_words", raising=False)
    (tmp_path / "_more").mkdir()
    (tmp_path / "_more" / "borrowed_words.py").write_text("from durable.lang import *\n")
    monkeypatch.syspath_prepend(tmp_path / "_more")
    message = refusal(tmp_path, f"{head}\n")
    assert begins(message, FIRST_LINE)
    assert said in message


WORDS = {
    "count(3)": "Count in a fact",
    "cap(3)": "Leave it out: a rule fires once for each signal.",
    "distinct(False)": "two patterns may match one fact",
    'timeout("t")': 'c.schedule(Reminder(), after="15m")',
    "s.total == 1": "Keep a fact",
}


@pytest.mark.parametrize("word", WORDS)
def test_words_of_durable_lang_are_named_as_what_they_are(tmp_path: Path, word: str) -> None:
    name = re.split(r"\W", word)[0]
    message = refused_rule(tmp_path, f"@when_all(fact(Order), {word})")
    assert begins(message, LINE, f"{name} is a word of durable.lang: it ")
    assert WORDS[word] in message


@pytest.mark.parametrize("name", ["count", "statechart", "post"])
def test_words_of_durable_lang_can_not_be_imported_from_ours(tmp_path: Path, name: str) -> None:
    message = refusal(tmp_path, f"from infobip_rules.lang import {name}\n")
    assert begins(message, FIRST_LINE, f"{name} is a word of durable.lang: it ")


@pytest.mark.parametrize("kind", ["statechart", "flowchart"])
def test_charts_are_refused_where_they_begin(tmp_path: Path, kind: str) -> None:
    message = refusal(tmp_path, f'x = 1\nwith {kind}("t"):\n    pass\n')
    assert begins(message, FIRST_LINE + 1, f"{kind} is a word of durable.lang: it describes states")
    assert "Keep the state in a fact" in message


def test_a_rule_outside_a_ruleset_is_refused(tmp_path: Path) -> None:
    message = refusal(tmp_path, "@when_all(fact(Order))\ndef found(c): pass\n")
    assert begins(message, FIRST_LINE, "The rule is in no ruleset.")
    assert 'Indent it under `with ruleset("..."):`.' in message


def test_a_ruleset_declared_twice_is_refused(tmp_path: Path) -> None:
    message = refusal(tmp_path, 'with ruleset("t"):\n    pass\nwith ruleset("t"):\n    pass\n')
    assert begins(message, FIRST_LINE + 2, "The ruleset 't' is declared twice in one file.")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("async def found(c): pass", "found is async. A rule's body only states effects: write a plain function."),
        ("def found(c): yield", "found is a generator."),
        ("async def found(c): yield", "found is an async generator."),
        ("def found(): pass", "found must take one argument. Write def rule(c): ..."),
        ("def found(c, d): pass", "found must take one argument."),
    ],
)
def test_a_body_that_could_not_run_is_refused(tmp_path: Path, body: str, said: str) -> None:
    message = refusal(tmp_path, f'with ruleset("t"):\n    @when_all(fact(Order))\n    {body}\n')
    assert begins(message, LINE)
    assert said in message


def test_a_rule_without_a_body_is_refused(tmp_path: Path) -> None:
    message = refusal(tmp_path, 'with ruleset("t"):\n    when_all(fact(Order))\n')
    assert begins(message, LINE, "The rule does nothing. Put it as a decorator on a function.")


def test_two_rules_of_one_name_are_refused_naming_both_places(tmp_path: Path) -> None:
    rule = "    @when_all(fact(Order))\n    def found(c): pass\n"
    message = refusal(tmp_path, 'with ruleset("t"):\n' + rule + rule)
    assert begins(message, LINE + 2, "The rule 'found' is declared twice in 't' (before at ")
    assert f":{LINE}). Give one of them another name." in message


@pytest.mark.parametrize(
    ("expression", "tree"),
    [
        (m.a == 1, {"a": 1}),
        (m.a.b != "x", {"$neq": {"a.b": "x"}}),
        (m.a < 1, {"$lt": {"a": 1}}),
        (m.a <= 1, {"$lte": {"a": 1}}),
        (m.a > 1, {"$gt": {"a": 1}}),
        (m.a >= 1, {"$gte": {"a": 1}}),
        (+m.a, {"$ex": {"a": 1}}),
        (-m.a, {"$nex": {"a": 1}}),
        ((m.a == 1) & (m.b == 2), {"$and": [{"a": 1}, {"b": 2}]}),
        ((m.a == 1) | (m.b == 2), {"$or": [{"a": 1}, {"b": 2}]}),
        (m.a.matches("x"), {"$mt": {"a": "x"}}),
        (m.a.imatches("x"), {"$imt": {"a": "x"}}),
        (m.a.anyItem(item.x == 1), {"$iany": {"a": {"$i.x": 1}}}),
        (m.a.allItems(item > 1), {"$iall": {"a": {"$gt": {"$i": 1}}}}),
        (m.a == c.first.b, {"a": {"first": "b"}}),
        (m.a > c.first.b + m.d, {"$gt": {"a": {"$add": {"$l": {"first": "b"}, "$r": {"$m": "d"}}}}}),
        (m["alias"] == 1, {"alias": 1}),
    ],
)
def test_an_expression_is_defined_as_durable_lang_defines_it(expression: Condition, tree: object) -> None:
    assert expression.define() == tree


def test_a_part_of_an_expression_can_be_used_again() -> None:
    order = c.order
    assert (m.a == order.x).define() == {"a": {"order": "x"}}
    assert (m.a == order.y).define() == {"a": {"order": "y"}}


def test_an_element_is_defined_with_its_type_for_a_bare_durable_host() -> None:
    element = signal(InfobipSmsReceivedMessage, m.keyword == "STOP")
    assert element.define() == {"$and": [{"type": "InfobipSmsReceivedMessage"}, {"keyword": "STOP"}]}
    assert fact(ClientAgent).define() == {"type": "ClientAgent"}


def test_naming_a_type_in_place_of_an_element_leaves_the_type_as_it_is() -> None:
    with pytest.raises(ValueError, match="is not a pattern"):
        c.client << Fact
    assert not hasattr(Fact, "alias")


def test_everything_a_rule_file_needs_comes_from_one_place() -> None:
    assert {"when_all", "when_any", "signal", "fact", "m", "c", "item", "all", "any", "none", "not_", "exists", "pri",
            "salience", "no_loop", "ruleset", "route", "first_contact", "Context"} == set(lang.__all__)  # fmt: skip


@pytest.mark.parametrize("attribute", ["salience(5)", "pri(-5)"])
def test_the_higher_salience_and_the_lower_pri_fire_first(tmp_path: Path, attribute: str) -> None:
    rules = f"""
        with ruleset("t"):
            @when_all(signal(InfobipSmsReceivedMessage))
            def first(c): pass

            @when_all(signal(InfobipSmsReceivedMessage), {attribute})
            def second(c): pass
        """
    effects = Session(tmp_path, rules).tell(received())
    assert [item.split("(")[0] for item in fired(effects)] == ["second", "first"]


def test_a_rule_is_titled_by_its_docstring_and_else_by_its_name(tmp_path: Path) -> None:
    rules = """
        with ruleset("t"):
            @when_all(fact(Order))
            def first(c):
                \"\"\"Greets.

                At length.
                \"\"\"

            @when_all(fact(Order))
            def second(c): pass
        """
    rulebook = Session(tmp_path, rules).rulebook
    assert [(rule.id, rule.title) for rule in rulebook.rules] == [("t/first", "Greets."), ("t/second", "second")]
