"""Each finding: found where it is, at its line, and not found where all is well."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

import pytest

from .reviewing import findings, marked_line

SEND = 'InfobipAdapterAPI.send_sms_text_message("385981234567", '


def rules(*sources: str) -> str:
    """A ruleset of rules."""
    return 'with ruleset("r"):\n' + "\n".join(indent(dedent(source), "    ") for source in sources)


def rule(patterns: str, body: str = "pass", *, name: str = "rule", attributes: str = "", mark: str = "") -> str:
    """One rule, its head on one line; `mark` goes behind it."""
    return f"@when_all({attributes}{patterns}){mark}\ndef {name}(c):\n{indent(dedent(body), '    ')}\n"


ANY = "c.signal << signal(InfobipSmsReceivedMessage)"
DELETE = "c.delete(c.signal)"
HELLO = SEND + '"Hello.")'
MARK = "  # <-"


def message(condition: str) -> str:
    return f"c.signal << signal(InfobipSmsReceivedMessage, {condition})"


FOUND = {
    "two values of one field": ("RULE010", rule(message('m.keyword == "A", m.keyword == "B"'), mark=MARK)),
    "a value outside a range": ("RULE010", rule("fact(Visit, m.count == 3, m.count > 5)", mark=MARK)),
    "ranges with nothing in common": ("RULE010", rule("fact(Visit, m.count < 3, m.count >= 3)", mark=MARK)),
    "a value that does not fit a pattern": (
        "RULE010",
        rule(message('m.keyword == "STOP", m.keyword.imatches("join.*")'), mark=MARK),
    ),
    "absent and compared": ("RULE010", rule(message('-m.keyword, m.keyword == "A"'), mark=MARK)),
    "every alternative excluded": (
        "RULE010",
        rule(message('(m.keyword == "A") | (m.keyword == "B"), m.keyword == "C"'), mark=MARK),
    ),
    "what a not forbids": ("RULE010", rule("fact(Visit, m.count > 1), none(fact(Visit))", mark=MARK)),
    "two answers": (
        "RULE011",
        rule(message('m.keyword == "A"'), HELLO, name="one") + rule(ANY, HELLO, name="two", mark=MARK),
    ),
    "a loop by modify": (
        "RULE012",
        rule("c.visit << fact(Visit, m.count >= 0)", "c.modify(c.visit, count=c.visit.count + 1)  # <-"),
    ),
    "a loop by a value that fits": (
        "RULE012",
        rule('c.visit << fact(Visit, m.state != "new")', 'c.modify(c.visit, state="old")  # <-'),
    ),
    "a loop by insert": ("RULE012", rule("c.visit << fact(Visit)", "c.insert(Visit(count=1))  # <-")),
    "unreachable": (
        "RULE013",
        rule(ANY, DELETE, name="one", attributes="salience(10), ")
        + rule(message('m.keyword == "A"'), HELLO, name="two", mark=MARK),
    ),
    "unreachable by order, past the agent that is always there": (
        "RULE013",
        rule(f"{ANY}, fact(ClientAgent)", DELETE, name="one") + rule(ANY, HELLO, name="two", mark=MARK),
    ),
    "a name that is not declared": ("RULE014", rule(ANY, "print(c.sginal.text)  # <-")),
    "a name that only a not declares": ("RULE014", rule(f"{ANY}, none(c.v << fact(Visit))", "print(c.v)  # <-")),
    "two parts": ("RULE020", rule(ANY, f'{SEND}"{"x" * 161}")  # <-')),
    "two parts at least": ("RULE020", rule(ANY, f'{SEND}f"{"x" * 161}{{c.signal.text}}")  # <-')),
    "unicode": ("RULE021", rule(ANY, f'{SEND}"Don’t")  # <-')),
    "a long url": ("RULE022", rule(ANY, f'{SEND}"https://www.example.com/a/long/way")  # <-')),
    "a shortener": ("RULE023", rule(ANY, f'{SEND}"See https://bit.ly/3abc", True)  # <-')),
    "an empty text": ("RULE024", rule(ANY, f'{SEND}" ")  # <-')),
    "a text too long": ("RULE024", rule(ANY, f'{SEND}"{"x" * 4001}")  # <-')),
}


@pytest.mark.parametrize("name", FOUND)
def test_it_is_found_at_its_line(name: str, tmp_path: Path) -> None:
    id_, source = FOUND[name]
    source = rules(source)

    (finding,) = findings(tmp_path, source)

    assert (finding.id, finding.line) == (id_, marked_line(source))
    assert finding.file == str(tmp_path / "rules.py")
    assert finding.reason.endswith(".")
    assert finding.remedy


FINE = {
    "ranges that meet": rule("fact(Visit, m.count <= 3, m.count >= 3)"),
    "alternatives of which one may hold": rule(message('(m.keyword == "A") | (m.keyword == "B"), m.keyword == "B"')),
    "regular expressions, which are not compared": rule(message('m.text.matches("a.*"), m.text.matches("b.*")')),
    "a percent escape": rule(message('m.text == "12", m.text.matches("%d%d")')),
    "a not that is narrower": rule("fact(Visit), none(fact(Visit, m.count > 1))"),
    "a not about another element": rule("c.v << fact(Visit), none(fact(Visit, m.count > c.v.count))"),
    "values of fields of two elements": rule("fact(Visit, m.count == 1), fact(Visit, m.count == 2)"),
    "two answers, where the first deletes": rule(message('m.keyword == "A"'), f"{HELLO}\n{DELETE}", name="one")
    + rule(ANY, HELLO, name="two"),
    "answers to different messages": rule(message('m.keyword == "A"'), HELLO, name="one")
    + rule(message('m.keyword == "B"'), HELLO, name="two"),
    "answers told apart by regular expressions": rule(message('m.text.imatches("a.*")'), HELLO, name="one")
    + rule(message('m.text.imatches("b.*")'), HELLO, name="two"),
    "answers told apart by a not": rule(f"{ANY}, none(fact(Visit))", HELLO, name="one")
    + rule(f"{ANY}, fact(Visit)", HELLO, name="two"),
    "answers told apart by a fact's field": rule(f'{ANY}, fact(Visit, m.state == "a")', HELLO, name="one")
    + rule(f'{ANY}, fact(Visit, m.state == "b")', HELLO, name="two"),
    "an answer that a fact inserted before keeps out": rule(ANY, HELLO + "\nc.insert(Visit())", name="one")
    + rule(f"{ANY}, none(fact(Visit))", HELLO, name="two"),
    "an answer in some cases only": rule(ANY, f"if c.signal.text:\n    {HELLO}", name="one")
    + rule(ANY, HELLO, name="two"),
    "answers at different salience": rule(ANY, HELLO, name="one", attributes="salience(1), ")
    + rule(ANY, HELLO, name="two"),
    "a counter with an end": rule("c.visit << fact(Visit, m.count < 3)", "c.modify(c.visit, count=c.visit.count + 1)"),
    "a counter that no-loop holds": rule(
        "c.visit << fact(Visit, m.count >= 0)", "c.modify(c.visit, count=c.visit.count + 1)", attributes="no_loop(), "
    ),
    "a field that nobody listens to": rule("c.visit << fact(Visit, m.count >= 0)", 'c.modify(c.visit, state="x")'),
    "a value that ends the match": rule('c.visit << fact(Visit, m.state == "a")', 'c.modify(c.visit, state="b")'),
    "a change behind a deleted signal": rule(
        f"{ANY}, c.visit << fact(Visit, m.count >= 0)", f"c.modify(c.visit, count=c.visit.count + 1)\n{DELETE}"
    ),
    "an insert that a not excludes": rule(f"{ANY}, none(fact(Visit))", "c.insert(Visit())"),
    "an insert that does not match": rule("fact(Visit, m.count == 0)", "c.insert(Visit(count=1))"),
    "reached, as the first is narrower": rule(message('m.keyword == "A"'), DELETE, name="one")
    + rule(message('m.keyword == "B"'), name="two"),
    "reached, as the first deletes only sometimes": rule(ANY, f"if c.signal.text:\n    {DELETE}", name="one")
    + rule(ANY, name="two"),
    "reached, as the first may leave before": rule(ANY, f"if c.signal.text:\n    return\n{DELETE}", name="one")
    + rule(ANY, name="two"),
    "reached, as the first needs a fact": rule(f"{ANY}, fact(Visit)", DELETE, name="one") + rule(ANY, name="two"),
    "reached, as it has the higher salience": rule(ANY, DELETE, name="one")
    + rule(ANY, name="two", attributes="salience(1), "),
    "names of one's own and of c": rule(ANY, "print(c.signal, c.now)\nc.cancel('x')"),
    "a name of one alternative": rule(f"any(c.a << fact(Visit), c.b << fact(Visit, m.count > 1)), {ANY}", "print(c.a)"),
    "one part": rule(ANY, f'{SEND}"{"x" * 160}")'),
    "a short url": rule(ANY, f'{SEND}"https://example.com/a.")'),
    "a url that is shortened": rule(ANY, f'{SEND}"https://www.example.com/a/long/way", shorten_url=True)'),
    "a text that is not known": rule(ANY, f"{SEND}c.signal.text)"),
}


@pytest.mark.parametrize("name", FINE)
def test_nothing_is_found_where_all_is_well(name: str, tmp_path: Path) -> None:
    assert findings(tmp_path, rules(FINE[name])) == []


def test_a_fact_that_nobody_reads_is_named_where_it_is_declared(tmp_path: Path) -> None:
    source = "class Lonely(Fact):  # <-\n    n: int = 0\n" + rules(rule(ANY, "c.insert(Lonely())"))

    (finding,) = findings(tmp_path, source)

    assert (finding.id, finding.line) == ("RULE030", marked_line(source))


def test_a_fact_is_read_through_a_type_below_or_above_it(tmp_path: Path) -> None:
    source = "class Base(Fact): ...\nclass Below(Base): ...\nclass Above(Fact): ...\nclass Low(Above): ...\n"

    assert findings(tmp_path, source + rules(rule("fact(Base), fact(Low)"))) == []


def test_a_ruleset_without_rules_is_found(tmp_path: Path) -> None:
    source = 'with ruleset("empty"):  # <-\n    pass\n'

    (finding,) = findings(tmp_path, source)

    assert (finding.id, finding.line) == ("RULE006", marked_line(source))
