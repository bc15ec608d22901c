"""Mistakes that beginners make in rule files written in Python, each told at its column; and rules that are right."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import indent

import pytest

from infobip_rules.checks.catalogue import severity_of
from infobip_rules.checks.finding import Finding, Severity
from infobip_rules.checks.isolation import check_files
from infobip_rules.checks.loading import findings_of
from infobip_rules.checks.registry import review
from infobip_rules.errors import RuleFileError
from infobip_rules.rulefiles.loader import load_rules

HEAD = """\
import datetime as dates
import random
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel

from infobip_rules import ClientAgent, Fact, InfobipAdapterAPI, InfobipSmsReceivedMessage, Signal
from infobip_rules.lang import c, exists, fact, item, m, none, ruleset, salience, signal, when_all, when_any
from infobip_rules.lang import all as all_of, any as any_of


class Line(BaseModel):
    name: str = ""


class Visit(Fact):
    count: int = 0
    asked: bool = False
    state: str = ""
    tags: list[str] = []
    notes: dict[str, str] = {}
    seen: datetime | None = None
    line: Line = Line()


class Order(Fact):
    number: str


class Reminder(Signal):
    order: str = ""


"""
#: Stands before the place that a mistake is told at.
MARK = "«"
ANSWER = """\
with ruleset("t"):

    @when_all(c.signal << signal(InfobipSmsReceivedMessage), c.visit << fact(Visit), c.client << fact(ClientAgent))
    def answer(c):
"""
EITHER = """\
with ruleset("t"):

    @when_any(all_of(c.first << signal(InfobipSmsReceivedMessage)), all_of(c.second << fact(Visit)))
    def answer(c):
"""


def found(folder: Path, source: str, name: str = "rules.py") -> list[Finding]:
    """What is wrong in the file, as `check` tells it; advice and what nobody reads left aside."""
    file = folder / name
    file.write_text(source.replace(MARK, ""), encoding="utf-8")
    try:
        findings = review(load_rules([file]))
    except RuleFileError as problem:
        findings = list(findings_of(problem))
    return [finding for finding in findings if severity_of(finding.id) is not Severity.ADVICE]


def marked(source: str) -> list[tuple[int, int]]:
    """Line and column of each mark."""
    places = []
    for number, line in enumerate(source.splitlines(), 1):
        while MARK in line:
            places.append((number, line.index(MARK) + 1))
            line = line.replace(MARK, "", 1)
    return places


def place(finding: Finding) -> tuple[int, int]:
    _, line, column = finding.where.rsplit(":", 2)
    return int(line), int(column)


def said(finding: Finding) -> str:
    return f"{finding.reason} {finding.remedy}"


def told(folder: Path, source: str) -> Finding:
    """The one thing that is told of a file, at its mark, with a caret below it."""
    (finding,) = found(folder, source)
    assert [place(finding)] == marked(source)
    line, caret = finding.excerpt.splitlines()
    written = source.replace(MARK, "").splitlines()[place(finding)[0] - 1]
    assert line.strip() == written.strip()
    assert caret.index("^") - (len(line) - len(line.lstrip())) == place(finding)[1] - 1 - (
        len(written) - len(written.lstrip())
    )
    assert not re.search(r"object at 0x|<function|<class|ModelMetaclass|NoneType|Condition'|_Names", said(finding))
    return finding


SEND = "InfobipAdapterAPI.send_sms_text_message"
#: Each with the finding and how it begins; `SEND` is written out.
BODIES = {
    'SEND(c.signal.from_, f"You wrote {«m.text}")': (
        "RULE040",
        "m.text is a condition, not the text. Write c.signal.text.",
    ),
    "SEND(c.signal.from_, «m.text)": ("RULE040", "m.text is a condition, not the text. Write c.signal.text."),
    'SEND(c.signal.from_, "You came " + str(«m.count))': (
        "RULE040",
        "m.count is a condition, not a value. Write c.visit.count.",
    ),
    ('if «m.text == "A":\n    c.delete(c.signal)'): (
        "RULE040",
        "m.text is a condition, not the text. Write c.signal.text.",
    ),
    "c.modify(c.visit, count=«m.count + 1)": ("RULE040", "m.count is a condition, not a value. Write c.visit.count."),
    "print([one for one in c.visit.tags if one == «m.state])": (
        "RULE040",
        "m.state is a condition, not a value. Write c.visit.state.",
    ),
    "print(«item)": ("RULE040", "item is a condition, not a value. Write c.<element>.<field>."),
    "c.delete(«signal)": (
        "RULE040",
        "signal is here signal(...) of patterns, not the element. An element is read on c: write c.signal.",
    ),
    "print(«signal.text)": (
        "RULE040",
        "signal is here signal(...) of patterns, not the element. An element is read on c: write c.signal.",
    ),
    "if «none(c.visit): pass": (
        "RULE040",
        ("none is a word of patterns; in a body it does nothing. Take it out, or put it into the patterns above."),
    ),
    "print(«visit.count)": ("RULE043", "There is no name 'visit'. An element is read on c: write c.visit."),
    "c.modify(«visit, count=1)": ("RULE043", "There is no name 'visit'. An element is read on c: write c.visit."),
    "print(«Vist())": ("RULE043", "There is no name 'Vist'. Did you mean 'Visit'?"),
    "print(«true)": ("RULE043", "There is no name 'true'. Python writes True."),
    "print(«InfobipSmsReceivedReport)": (
        "RULE043",
        ("There is no name 'InfobipSmsReceivedReport'. Import it: from infobip_rules import InfobipSmsReceivedReport."),
    ),
    "print(«json.dumps({}))": ("RULE043", "There is no name 'json'. Define or import it above this line."),
    "«post('t', {})": ("RULE043", "post is a word of durable.lang: it gives an event to a ruleset of durable.lang."),
    "print(c.«visitt.count)": ("RULE014", "t/answer reads c.visitt, which it does not declare. Did you mean 'visit'?"),
    "c.«inserd(Visit())": ("RULE014", "t/answer reads c.inserd, which it does not declare. Did you mean 'insert'?"),
    "c.«post({})": (
        "RULE014",
        (
            "c.post is a word of durable.lang: it gives an event to the ruleset. Write c.insert(...), with a "
            "signal or a fact."
        ),
    ),
    "print(c.«s.count)": ("RULE014", "c.s is a word of durable.lang: it keeps a state beside the facts. Keep a fact"),
    'SEND(c.signal.«form_, "hello")': (
        "RULE002",
        "InfobipSmsReceivedMessage has no field 'form_'. Did you mean 'from_'?",
    ),
    "print(c.signal.«getText())": ("RULE002", "InfobipSmsReceivedMessage has no field 'getText'. Write c.signal.text."),
    'SEND(c.client.«phone, "hello")': (
        "RULE002",
        "ClientAgent has no field 'phone'. Write c.client.get_connection(\"phone\").",
    ),
    'c.signal.«reply("hello")': (
        "RULE002",
        ("InfobipSmsReceivedMessage has no field 'reply'. Write InfobipAdapterAPI.send_sms_text_message(phone, text)."),
    ),
    ("visit = c.visit\nprint(visit.«cuont)"): ("RULE002", "Visit has no field 'cuont'. Did you mean 'count'?"),
    "print(c.visit.line.«nmae)": ("RULE002", "Line has no field 'nmae'. Did you mean 'name'?"),
    "print(Visit.«count)": (
        "RULE002",
        "Visit is the type: 'count' is read of a fact or signal of it. Write c.visit.count.",
    ),
    'print(«c.signal["text"])': ("RULE002", "InfobipSmsReceivedMessage has fields, not keys. Write c.signal.text."),
    'print(c.signal.text.«contains("A"))': (
        "RULE002",
        "c.signal.text is text, which has no 'contains'. Write \"A\" in c.signal.text.",
    ),
    "print(c.signal.text.«toUpperCase())": (
        "RULE002",
        "c.signal.text is text, which has no 'toUpperCase'. Write c.signal.text.upper().",
    ),
    "print(c.signal.text.«lenght)": (
        "RULE002",
        "c.signal.text is text, which has no 'lenght'. Write len(c.signal.text).",
    ),
    "c.modify(c.visit, «cuont=1)": ("RULE002", "Visit has no field 'cuont'. Did you mean 'count'?"),
    "c.insert(Order(«nubmer='7'))": ("RULE002", "Order has no field 'nubmer'. Did you mean 'number'?"),
    "c.schedule(Reminder(«ordr='7'), after='1d')": ("RULE002", "Reminder has no field 'ordr'. Did you mean 'order'?"),
    'InfobipAdapterAPI.«send_sms(c.signal.from_, "hello")': (
        "RULE002",
        "InfobipAdapterAPI has no 'send_sms'. Did you mean 'send_sms_text_message'?",
    ),
    "print(dates.«now())": ("RULE002", "The module datetime has no 'now'. Write dates.datetime.now."),
    "print(random.«choise([1]))": ("RULE002", "The module random has no 'choise'. Did you mean 'choice'?"),
    "c.visit.«count += 1": (
        "RULE041",
        "Visit can't be changed in place: facts are values. Write c.modify(c.visit, count=c.visit.count + 1).",
    ),
    ("visit = c.visit\nvisit.«count = 2"): (
        "RULE041",
        "Visit can't be changed in place: facts are values. Write c.modify(visit, count=2).",
    ),
    'c.signal.«text = "A"': ("RULE041", "InfobipSmsReceivedMessage can't be changed in place: signals are values."),
    ("new = Order(number='1')\nnew.«number = 3\nc.insert(new)"): (
        "RULE041",
        "Order can't be changed in place: facts are values. Give the field as it is made: Order(number=3).",
    ),
    "del c.visit.«count": ("RULE041", "Visit can't be changed in place"),
    "c.«total = 5": (
        "RULE041",
        "c.total can't be set. Keep it in a fact, c.insert(...), or in a variable of the body.",
    ),
    "c.«visit = Visit()": ("RULE041", "c.visit can't be set. Change it by c.modify(c.visit, ...)."),
    '«c.visit.tags.append("a")': (
        "RULE041",
        (
            "c.visit.tags is changed in place: no rule sees it, and it is not kept. Write c.modify(c.visit, "
            "tags=[*c.visit.tags, ...])."
        ),
    ),
    '«c.visit.notes["a"] = "b"': (
        "RULE041",
        (
            "c.visit.notes is changed in place: no rule sees it, and it is not kept. Write c.modify(c.visit, "
            "notes={**c.visit.notes, ...})."
        ),
    ),
    "c.insert(«Visit)": ("RULE042", "Visit is the type; insert a fact of it. Write c.insert(Visit(...))."),
    "c.insert(«{'count': 1})": (
        "RULE042",
        "c.insert(...) takes a fact or signal, not a dict. Write c.insert(Order(...)).",
    ),
    "c.insert(«None)": ("RULE042", "c.insert(...) takes a fact or signal, not None."),
    "c.insert(«c.signal.text)": ("RULE042", "c.insert(...) takes a fact or signal, not a str."),
    "c.insert(«Order())": ("RULE042", "Order(...) lacks number. Write Order(number=...), or give the field a default."),
    'c.insert(«Order("7"))': ("RULE042", "Order takes its fields by name. Write Order(number='7')."),
    "c.insert(Order(«number=7))": ("RULE042", "Order.number can't be 7: Input should be a valid string"),
    'c.modify(c.visit, «count="many")': ("RULE042", "Visit.count can't be 'many': Input should be a valid integer"),
    "c.modify(c.visit, «state=None)": ("RULE042", "Visit.state can't be None: Input should be a valid string"),
    "c.modify(c.visit, «{'count': 1})": (
        "RULE042",
        (
            "c.modify(...) is given {'count': 1}, which it does not take. Give fields by name: c.modify(c.visit, "
            "count=1)."
        ),
    ),
    "c.modify(«c.visit.count, count=1)": (
        "RULE042",
        "c.modify(...) takes a fact or signal, not c.visit.count. Write c.modify(c.visit, count=...).",
    ),
    "«c.modify(count=1)": ("RULE042", "c.modify(...) lacks value."),
    "c.delete(«Visit)": ("RULE042", "Visit is the type, not an element. Write c.delete(c.visit)."),
    'c.delete(«"visit")': (
        "RULE042",
        "c.delete(...) takes an element of the rule, not 'visit'. Write c.delete(c.signal).",
    ),
    "c.«delete": ("RULE042", "c.delete is not called. Write c.delete(...)."),
    "«c.signal()": ("RULE042", "c.signal is a value, not a function. Leave the brackets out."),
    "«c.signal.text()": ("RULE042", "c.signal.text is a value, not a function. Leave the brackets out."),
    "print(c.«now())": ("RULE042", "c.now is a moment, not a function. Write c.now."),
    'c.schedule(Reminder(), «after="1 day")': (
        "RULE042",
        "The delay '1 day' can't be read. Write 1d, 24h, or a timedelta.",
    ),
    'c.schedule(Reminder(), «after="2 hours")': (
        "RULE042",
        "The delay '2 hours' can't be read. Write 2h, or a timedelta.",
    ),
    'c.schedule(Reminder(), «after="soon")': (
        "RULE042",
        "The delay 'soon' can't be read. Give a timedelta, seconds, or e.g.",
    ),
    "c.schedule(Reminder(), «after=-5)": ("RULE042", "The delay -5 is negative."),
    "«c.schedule(Reminder())": ("RULE042", "A timer needs at or after, neither is given."),
    'c.schedule(«Reminder, after="1d")': (
        "RULE042",
        "Reminder is the type; schedule a signal of it. Write c.schedule(Reminder(...)).",
    ),
    'c.schedule(«Visit(), after="1d")': (
        "RULE042",
        "c.schedule(...) takes a signal, not a Visit. Write a signal: Reminder(...).",
    ),
    'c.schedule(Reminder(), «at="tomorrow")': ("RULE042", "at='tomorrow' is no moment."),
    'SEND(c.signal.from_, "hello", «shorten=True)': (
        "RULE042",
        "send_sms_text_message has no argument 'shorten'. Did you mean 'shorten_url'?",
    ),
    "«SEND(c.signal.from_)": ("RULE042", "InfobipAdapterAPI.send_sms_text_message(...) lacks text."),
    'SEND(c.signal.from_, «"You came " + c.visit.count)': (
        "RULE042",
        ('A text and c.visit.count (int) can\'t be joined by +. Write str(c.visit.count), or f"... {c.visit.count}".'),
    ),
    "«helper()": ("RULE042", "helper(...) lacks one."),
    'SEND(«"0981234567", "hello")': (
        "RULE025",
        "'0981234567' is not E.164 (8 to 15 digits, the country code first). Give country code and number",
    ),
    'SEND(«385981234567, "hello")': (
        "RULE025",
        'A message needs a phone number as text, not 385981234567 (int). Write "385981234567".',
    ),
    'SEND(«c.client, "hello")': (
        "RULE025",
        'A message needs a phone number, not c.client (ClientAgent). Write c.client.get_connection("phone").',
    ),
    'SEND(«c.signal, "hello")': (
        "RULE025",
        "A message needs a phone number, not c.signal (InfobipSmsReceivedMessage). Write c.signal.from_.",
    ),
    "SEND(c.signal.from_, «None)": ("RULE024", "A message needs a text, not None. Give the text."),
    "SEND(c.signal.from_, «5)": ("RULE024", "A message needs a text, not 5 (int). Write str(5)."),
    "SEND(c.signal.from_, «c.visit.count)": (
        "RULE024",
        "A message needs a text, not c.visit.count (int). Write str(c.visit.count).",
    ),
    "SEND(c.signal.from_, «c.signal)": (
        "RULE024",
        "A message needs a text, not c.signal (InfobipSmsReceivedMessage). Write c.signal.text.",
    ),
    "SEND(c.signal.from_, text=«None)": ("RULE024", "A message needs a text, not None. Give the text."),
}
HELPER = "def helper(one):\n    return one\n\n\n"


@pytest.mark.parametrize("body", BODIES)
def test_a_mistake_in_a_body_is_found_by_check_at_its_column(tmp_path: Path, body: str) -> None:
    id_, words = BODIES[body]
    finding = told(tmp_path, HEAD + HELPER + ANSWER + indent(body.replace("SEND", SEND), " " * 8) + "\n")
    assert finding.id == id_
    assert finding.rule == "t/answer"
    assert said(finding).startswith(words)


HEADS = {
    "c.signal << signal(InfobipSmsReceivedMessage), c.visit << fact(Visit, «m.asked)": (
        "m.asked alone is not a condition. Write m.asked == True (+m.asked asks whether it is there)."
    ),
    'signal(InfobipSmsReceivedMessage, m.text.«startswith("A"))': (
        'm.text.startswith(...) is no condition. Write m.text.matches("A.*").'
    ),
    'signal(InfobipSmsReceivedMessage, m.text.«endswith("A"))': (
        'm.text.endswith(...) is no condition. Write m.text.matches(".*A").'
    ),
    'signal(InfobipSmsReceivedMessage, m.text.«lower() == "stop")': (
        'm.text.lower(...) is no condition. Write m.text.imatches("a"), which takes any case.'
    ),
    'signal(InfobipSmsReceivedMessage, m.text.«equals("A"))': 'm.text.equals(...) is no condition. Write m.text == "A".',
    'signal(InfobipSmsReceivedMessage, m.keyword == «"A" | m.keyword == "B")': (
        '& and | bind closer than ==: "A" | m.keyword was computed first. Put each comparison in '
        'parentheses: (m.keyword == "A") | (m.keyword == "B").'
    ),
    'signal(InfobipSmsReceivedMessage, «m.text == "A" and m.keyword == "B")': (
        "A condition was used as true or false (by `and`, `or`, `not`, `in` or a chained comparison). Join "
        'conditions with & and |, each in parentheses. Write (m.text == "A") & (m.keyword == "B").'
    ),
    'signal(InfobipSmsReceivedMessage, «"A" in m.text)': (
        "`in` asks m.text for a part of it while the file is loaded, when there is no text yet. Write "
        'm.text.matches("(?s).*A.*").'
    ),
    "signal(InfobipSmsReceivedMessage, «len(m.text) > 5)": "m.text is a condition, not the text.",
    "c.visit << fact(Visit), c.other << fact(Visit, m.count == «visit.count)": (
        "There is no name 'visit'. Did you mean 'Visit'?"
    ),
    "«visit << fact(Visit)": "There is no name 'visit'. An element is named on c: write c.visit << ...",
    "c.visit << «Visit": "Visit is not a pattern, but the type to look for. Write fact(Visit).",
    "c.visit << fact(«InfobipSmsReceivedMessage)": "fact() takes a fact type first, not InfobipSmsReceivedMessage.",
    "«signal()": "signal(...) lacks 'kind'. Write signal(InfobipSmsReceivedMessage, ...).",
    "fact(Visit, «count=3)": "fact(...) has no argument 'count'. Conditions are written with m: fact(..., m.count == ...).",
    "fact(Visit), «salience=10": "when_all(...) has no argument 'salience'. Write salience(10) among the patterns.",
    "«visit=fact(Visit)": "when_all(...) has no argument 'visit'. An element is named on c: write c.visit << ...",
    "«c.visit == fact(Visit)": "c.visit is compared with a pattern. Name an element with <<: c.visit << ...",
    "signal(«InfobipSmsRecievedMessage)": (
        "There is no name 'InfobipSmsRecievedMessage'. Did you mean 'InfobipSmsReceivedMessage'?"
    ),
    "signal(«InfobipSmsReceivedReport)": (
        "There is no name 'InfobipSmsReceivedReport'. Import it: from infobip_rules import InfobipSmsReceivedReport."
    ),
    "fact(Visit, m.asked == «true)": "There is no name 'true'. Python writes True.",
    "fact(Visit), «count(3)": "count is a word of durable.lang: it waits until so many events have come.",
    "fact(Visit, m.«cuont > 3)": "Visit has no field 'cuont'. Did you mean 'count'?",
}


@pytest.mark.parametrize("head", HEADS)
def test_a_mistake_in_a_pattern_is_told_at_its_column(tmp_path: Path, head: str) -> None:
    source = f'{HEAD}with ruleset("t"):\n\n    @when_all({head})\n    def answer(c):\n        pass\n'
    assert said(told(tmp_path, source)).startswith(HEADS[head])


FILES = {
    "from infobip_rules import «Fcat\n": "infobip_rules has no 'Fcat'. Did you mean 'Fact'?",
    "from infobip_rules import «when_all\n": "infobip_rules has no 'when_all'. Write from infobip_rules.lang import when_all.",
    "from infobip_rules.lang import «Fact\n": "infobip_rules.lang has no 'Fact'. Write from infobip_rules import Fact.",
    "from infobip_rules.lang import «when_al\n": "infobip_rules.lang has no 'when_al'. Did you mean 'when_all'?",
    "from infobip_rules.lang import «count\n": "count is a word of durable.lang: it waits until so many events have come.",
    "from «infobip_rule import Fact\n": "There is no module 'infobip_rule'. Did you mean 'infobip_rules'?",
    "import «no_such_module_of_ours\n": (
        "There is no module 'no_such_module_of_ours'. Put no_such_module_of_ours.py beside the rule file"
    ),
    ("class Visits(Fact):\n    «count = 0\n"): "The field 'count' has no type. Write count: int = 0.",
    (
        'with ruleset("t"):\n    @when_all(signal(InfobipSmsReceivedMessage, m.«from == "A"))\n    def a(c): pass\n'
    ): "`from` is a word of Python: m.from can't be read. Write m.from_.",
    (
        'with ruleset("t"):\n'
        "    @when_all(signal(InfobipSmsReceivedMessage))\n"
        "    def a(c):\n"
        "        print(c.signal.«from)\n"
    ): "`from` is a word of Python: c.signal.from can't be read. Write c.signal.from_.",
    (
        'with ruleset("t"):\n    @when_all(fact(Visit, (m.count > 1) «&& (m.count < 3)))\n    def a(c): pass\n'
    ): "`&&` is not Python. Write &, with each comparison in parentheses.",
    (
        'with ruleset("t"):\n    @«when_all\n    def a(c): pass\n'
    ): "@when_all stands over a without patterns. Write @when_all(c.signal << signal(...))",
    ('with ruleset("t"):\n    @«salience(10)\n    @when_all(fact(Visit))\n    def a(c): pass\n'): (
        "salience(...), pri(...) and no_loop() are no decorators. Write them among the patterns: "
        "@when_all(salience(10), ...)."
    ),
    ("with «ruleset():\n    pass\n"): "ruleset(...) lacks 'name'. Write with ruleset(\"name\"):.",
    ("@«when_all(fact(Visit))\ndef a(c): pass\n"): 'The rule is in no ruleset. Indent it under `with ruleset("..."):`.',
    ('with «rulest("t"):\n    pass\n'): "There is no name 'rulest'. Did you mean 'ruleset'?",
}


@pytest.mark.parametrize("source", FILES)
def test_a_mistake_in_a_file_is_told_in_plain_words(tmp_path: Path, source: str) -> None:
    assert said(told(tmp_path, HEAD + source)).startswith(FILES[source])


def test_a_body_whose_argument_has_another_name_does_not_reach_the_c_of_patterns(tmp_path: Path) -> None:
    source = HEAD + ANSWER.replace("answer(c)", "answer(context)") + "        context.delete(«c.signal)\n"
    words = "c names elements in patterns; the argument of this body is context. Write context.<element>."
    assert said(told(tmp_path, source)) == words


def test_any_of_a_star_import_is_not_pythons(tmp_path: Path) -> None:
    head = HEAD.replace(
        "from infobip_rules.lang import c,", "from infobip_rules.lang import *\nfrom infobip_rules.lang import c,"
    )
    finding = told(tmp_path, head + ANSWER + "        print(«any(one for one in c.visit.tags))\n")
    assert finding.id == "RULE040"
    assert said(finding).startswith("any(...) is here the any(...) of patterns, which is always true.")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            "print(«c.first.text)",
            "c.first is None where another alternative of the rule matched. Ask first: if c.first: ...",
        ),
        ("c.delete(«c.second)", "c.second is None where another alternative of the rule matched."),
        ("second = c.second\nprint(«second.count)", "c.second is None where another alternative"),
        ("if «c.first.text:\n    pass", "c.first is None where another alternative"),
        ("print(c.«third)", "t/answer reads c.third, which it does not declare. There are: first, second."),
    ],
)
def test_an_element_that_may_be_absent_is_asked_for_first(tmp_path: Path, body: str, words: str) -> None:
    assert said(told(tmp_path, HEAD + EITHER + indent(body, " " * 8) + "\n")).startswith(words)


def test_a_mistake_in_a_function_that_a_body_calls_is_found_where_it_stands_once(tmp_path: Path) -> None:
    source = (
        HEAD
        + "def note(context, visit):\n    context.modify(visit, «cuont=1)\n\n\n"
        + ANSWER
        + "        note(c, c.visit)\n"
    )
    again = source + ANSWER.split("\n", 2)[2].replace("answer", "again") + "        note(c, visit=c.visit)\n"
    (finding,) = found(tmp_path, again)
    assert [place(finding)] == marked(source)
    assert said(finding) == "Visit has no field 'cuont'. Did you mean 'count'?"


ALL_AT_ONCE = """\
from infobip_rules import «Fcat
with ruleset("t"):

    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.«keywrd == "A", (m.«txt == "B") & (m.«kyword == "C")))
    def first(c):
        c.delete(c.signal)

    @when_all(c.signal << signal(InfobipSmsReceivedMessage, «m.text == "A" and m.keyword == "B"), fact(«Vist))
    def second(c):
        c.delete(c.signal)

    @when_all(c.order << fact(«Odrer), c.visit << fact(Visit, m.state == c.order.number, m.«cuont > 1))
    def third(c):
        c.delete(c.order)

    @when_all(fact(Visit, «m.asked, m.state.«startswith("a")), salience(1))
    def fourth(c):
        pass

    @when_all(fact(Fcat))
    def fifth(c):
        pass
"""


def test_all_mistakes_of_a_file_are_told_at_once_and_none_that_follows_from_another(tmp_path: Path) -> None:
    source = HEAD + ALL_AT_ONCE
    findings = found(tmp_path, source)
    assert [place(finding) for finding in findings] == marked(source)
    assert len({finding.reason for finding in findings}) == len(findings)


def test_all_mistakes_of_bodies_are_told_at_once(tmp_path: Path) -> None:
    bodies = [body for body in BODIES if MARK in body]
    rules = "".join(
        ANSWER.split("\n", 2)[2].replace("answer", f"answer_{number}")
        + indent(body.replace("SEND", SEND), " " * 8)
        + "\n\n"
        for number, body in enumerate(bodies)
    )
    source = HEAD + HELPER + 'with ruleset("t"):\n\n' + rules
    assert {
        place(finding) for finding in found(tmp_path, source) if finding.id in {id_ for id_, _ in BODIES.values()}
    } == set(marked(source))


def test_check_tells_them_through_its_own_process(tmp_path: Path) -> None:
    file = tmp_path / "rules.py"
    file.write_text(HEAD + ANSWER + "        c.insert(Visit)\n        c.delete(visit)\n")
    checked = check_files([file])
    assert checked.loaded
    assert [finding.id for finding in checked.findings if severity_of(finding.id) is Severity.ERROR] == [
        "RULE042",
        "RULE043",
    ]
    assert all(
        finding.excerpt.endswith("^") for finding in checked.findings if severity_of(finding.id) is Severity.ERROR
    )
