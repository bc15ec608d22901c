"""Rules that are right, of every shape that Python has: nothing is found in them."""

from __future__ import annotations

import sys
import types
from importlib import import_module
from pathlib import Path, PurePath
from textwrap import indent

import pytest

from infobip_rules.checks.body_mistakes import read_function
from infobip_rules.checks.mistakes import Findings
from infobip_rules.checks.registry import review
from infobip_rules.checks.source import read_sources
from infobip_rules.rulefiles.loader import load_rules
from tests.checks.test_python_mistakes import ANSWER, EITHER, HEAD, SEND, found

#: Stands in a file of its own beside the rules.
OWN_MODULE = """\
from __future__ import annotations

GREETING = "Hello"


def greet(context, name: str = "you") -> str:
    context.insert_logical
    return f"{GREETING}, {name}"


class Prices:
    small = 3
"""
ABOVE = """\
import contextlib
import dataclasses
import enum
import json
import os.path
import re
from typing import Any, Optional

import prices_of_ours
from prices_of_ours import Prices, greet

LIMIT = 3
TEXTS = {"A": "Hello", "B": "Bye"}
PHONE = "385981234567"
cache = None


class Kind(enum.Enum):
    SMALL = "small"


class Loyal(Visit):
    points: int = 0


class Note(Fact):
    text: str | int = ""
    about: Optional[str] = None
    anything: Any = None
    kind: Kind = Kind.SMALL
    visit: Visit | None = None

    @property
    def short(self) -> str:
        return str(self.text)[:10]

    def shout(self, times: int = 1) -> str:
        return str(self.text).upper() * times


class Free(Fact):
    model_config = {"extra": "allow", "frozen": False}


@dataclasses.dataclass
class Draft:
    text: str = ""

    def __post_init__(self) -> None:
        self.text = self.text.strip()


def helper(one, *more, key=None, **rest):
    return one


def send(context, text, *, twice=False):
    InfobipAdapterAPI.send_sms_text_message(context.signal.from_, text)
    if twice:
        send(context, text)


def describe(value):
    if isinstance(value, str):
        return value.upper()
    if isinstance(value, Visit):
        return value.state
    return value.from_


def remember(text: str) -> None:
    global cache
    cache = text


def conditions(word):
    return m.keyword == word


"""
FINE = {
    "a reply": (
        'InfobipAdapterAPI.send_sms_text_message(c.signal.from_, f"You wrote {c.signal.text!r:>10}")\n'
        "c.delete(c.signal)"
    ),
    "a reply with its arguments by name": 'InfobipAdapterAPI.sendSmsTextMessage(phone=PHONE, text="Hello", shortenUrl=True)',
    "arguments that are handed on": (
        'given = {"phone": PHONE, "text": "Hello"}\nInfobipAdapterAPI.send_sms_text_message(**given)'
    ),
    "a message id": ('number = InfobipAdapterAPI.send_sms_text_message(PHONE, "Hello")\nprint(number + "!")'),
    "a sender alias": ('send_it = InfobipAdapterAPI.send_sms_text_message\nsend_it(PHONE, "Hello")'),
    "an answer of a helper": ("send(c, greet(c, c.signal.from_), twice=True)\nhelper(1, 2, 3, key=4, other=5)"),
    "a helper that asks for the type": ("describe(c.visit)\ndescribe(c.signal)\ndescribe(c.signal.text)"),
    "a module of one's own": "print(prices_of_ours.GREETING, Prices.small, prices_of_ours.greet(c))",
    "modules": "print(os.path.join('a', 'b'), re.match('a', c.signal.text), json.dumps({}), dates.datetime.now(UTC))",
    "a loop": (
        "for number, tag in enumerate(c.visit.tags):\n"
        "    print(number, tag.upper(), tag.anything)\n"
        "else:\n"
        "    print(number)"
    ),
    "a loop over a field of models": (
        "total = 0\nfor one in [c.visit, c.visit]:\n    total += one.count\n    one = one.state\nprint(total)"
    ),
    "comprehensions": (
        "m = [item for item in c.visit.tags if item]\n"
        "print({one: two for one, two in c.visit.notes.items()}, m, *(one for one in m))"
    ),
    "a comprehension variable of an element's name": "print([visit.anything for visit in [1, 2]], [signal for signal in 'ab'])",
    "a walrus": (
        "if (found := re.search('[0-9]+', c.signal.text)) is not None:\n"
        "    print(found.group(), found[0])\n"
        "if any((last := one) for one in c.visit.tags):\n"
        "    print(last)"
    ),
    "a match statement": (
        "match c.signal.keyword:\n"
        '    case "A" | "B" as letter:\n'
        "        print(letter.lower())\n"
        "    case str() if c.visit.count:\n"
        "        pass\n"
        "    case other:\n"
        "        print(other.anything)"
    ),
    "a match on types": (
        "match c.visit:\n"
        "    case Loyal(points=points):\n"
        "        print(points, c.visit.points)\n"
        "    case Visit(count=count):\n"
        "        print(count)"
    ),
    "a subclass that has the field": (
        "print(c.visit.points)\nif isinstance(c.visit, Loyal):\n    c.modify(c.visit, points=c.visit.points + 1)"
    ),
    "an optional field": (
        "if c.visit.seen and c.visit.seen.year > 2000:\n    print(c.visit.seen.isoformat(), c.now - c.visit.seen)"
    ),
    "fields of any type": (
        "note = Note(text=1)\n"
        "print(note.text.anything, note.anything.at.all, note.about, note.kind.value, note.short, "
        "note.shout(times=2))"
    ),
    "a fact that is built": (
        'note = Note(text="a", about=None, visit=c.visit)\n'
        "c.insert(note)\n"
        'c.modify(note, text=c.signal.text + "!", anything=[m for m in "ab"])'
    ),
    "a fact that an insert gives back": (
        'order = c.insert(Order(number="7"))\nc.modify(order, number=order.number + "8")\nc.delete(order)'
    ),
    "a new version": (
        "visit = c.modify(c.visit, count=c.visit.count + 1, seen=c.now)\n"
        "print(visit.count, visit.model_copy(), visit.model_dump())"
    ),
    "a draft that is filled": (
        "tags = list(c.visit.tags)\n"
        'tags.append("a")\n'
        "notes = {**c.visit.notes}\n"
        'notes["a"] = "b"\n'
        "c.modify(c.visit, tags=tags, notes=notes)"
    ),
    "a dataclass of one's own": (
        'draft = Draft(" a ")\ndraft.text += "b"\nprint(draft.text, dataclasses.replace(draft, text="c"))'
    ),
    "a fact that may have any field": ("free = Free(anything=1)\nfree.more = 2\nprint(free.anything, free.more)"),
    "a name that is bound twice": (
        "one = c.visit\n"
        "one = c.signal.text\n"
        "print(one.upper())\n"
        'visit = c.visit if c.visit.count else "none"\n'
        "print(visit.lower())"
    ),
    "a name that is bound in branches": ('if c.visit.count:\n    text = "a"\nelse:\n    text = 5\nprint(text + "b")'),
    "an own m, c and signal": (
        'm = "a"\nsignal = c.signal\nprint(f"{m} {signal.text}")\nitem = 3\nfact = {}\nfact["a"] = item'
    ),
    "what is asked for first": (
        'print(hasattr(c, "visits"), getattr(c.visit, "more", 3), c.visit.more if hasattr(c.visit, "more") '
        "else 0)\n"
        'if hasattr(c, "visits"):\n'
        "    print(c.visits)"
    ),
    "what is tried": (
        "try:\n"
        "    print(c.visit.more, nothing, c.visit.count.upper())\n"
        "    c.insert(Order())\n"
        "except (AttributeError, Exception):\n"
        "    pass"
    ),
    "what is suppressed": (
        "with contextlib.suppress(Exception):\n"
        '    c.modify(c.visit, cuont=int("a"))\n'
        '    InfobipAdapterAPI.send_sms_text_message("0981", "a")'
    ),
    "timers": (
        'c.schedule(Reminder(order="7"), after="1d", name=f"reminder {c.visit.count}")\n'
        "c.schedule(Reminder(), after=timedelta(days=1))\n"
        "c.schedule(Reminder(), at=c.now + timedelta(hours=2))\n"
        "c.schedule(Reminder(), after=90.5)\n"
        'c.cancel("reminder")'
    ),
    "a timer with what it is given": (
        'when = {"after": "1d"}\n'
        "c.schedule(Reminder(), **when)\n"
        'name = c.schedule(Reminder(), after=f"{c.visit.count}d")\n'
        "c.cancel(name)"
    ),
    "a local class and function": (
        "class Local:\n"
        "    text = m_text = 3\n"
        "    def show(self): return self.text\n"
        "def inner(visit, *, more=c.visit.count):\n"
        "    nonlocal_ = visit.anything\n"
        "    return more, nonlocal_\n"
        "print(inner(1), Local().show(), (lambda one, c=None: (one.anything, c))(2))"
    ),
    "a name that is deleted and an import": (
        "import math as mathematics\nx = 1\ndel x\nprint(mathematics.pi)\nfrom string import digits\nprint(digits)"
    ),
    "texts that are joined": (
        'print("a" + str(c.visit.count), "a" * c.visit.count, "%d" % c.visit.count, "a" "b", c.signal.text + '
        '"b", ", ".join(c.visit.tags))'
    ),
    "a dict of texts": 'InfobipAdapterAPI.send_sms_text_message(PHONE, TEXTS.get(c.signal.keyword, "What?"))',
    "a text that is chosen": 'InfobipAdapterAPI.send_sms_text_message(PHONE, "a" if c.visit.count > LIMIT else "b")',
    "a number that may be absent": (
        'phone = c.client.get_connection("phone")\n'
        "if phone:\n"
        '    InfobipAdapterAPI.send_sms_text_message(phone, "a")\n'
        'InfobipAdapterAPI.send_sms_text_message(c.client.connections["phone"], "b")'
    ),
    "durable's words that are ours too": (
        'c.assert_fact({"type": "Visit", "count": 1}) if c.visit.count < 0 else None\nc.retract_fact(c.visit)'
    ),
    "other words of c": ("c.halt()\nc.update(c.visit)\nc.set_focus('group')\nprint(c.now.isoformat())"),
    "globals": ("remember(c.signal.text)\nprint(cache, LIMIT + 1, __name__, __file__, NotImplemented)"),
    "unpacking": (
        "first, *rest = c.signal.text.split()\n"
        "(a, b), d = (1, 2), 3\n"
        "print(first.upper(), rest[0], a + b + d)\n"
        "for a, (b, d) in []:\n"
        "    pass"
    ),
    "sending in a with and a while": (
        "with open(os.devnull) as file:\n    print(file.read())\nwhile False:\n    break"
    ),
    "assert and raise": (
        "assert c.visit.count >= 0, 'never'\nif c.visit.count > 100:\n    raise ValueError(c.visit.state)"
    ),
    "a changed list that is given back": ('c.visit.tags.append("a")\nc.modify(c.visit, tags=c.visit.tags)'),
    "starred and keyword arguments": ("print(*c.visit.tags, sep=c.visit.state)\nhelper(*[1], **{})"),
    "a text with a name in it": 'print("m.text and c.visitt")  # c.visittt, m.text',
    "an unused condition of one's own": "print(conditions)",
    "an abbreviated context": ("context = c\ncontext.delete(context.signal)"),
}
CHOICES = {
    "if": ("if c.first:\n    print(c.first.text)\nelif c.second:\n    c.delete(c.second)"),
    "is not None": ("if c.first is not None and c.first.text:\n    print(c.first.text)"),
    "or": "print((c.first or c.second).model_dump())",
    "and": "print(c.first and c.first.text)",
    "conditional expression": "print(c.first.text if c.first else c.second.count)",
    "early return": ("if c.first is None:\n    return\nprint(c.first.text)"),
    "assert": ("assert c.first\nprint(c.first.text)"),
    "match": (
        "match c.first:\n    case None:\n        print(c.second.count)\n    case _:\n        print(c.first.text)"
    ),
    "getattr": ('first = getattr(c, "first", None)\nif first:\n    print(first.text)\nprint(hasattr(c, "second"))'),
    "a comprehension": "print([one.model_dump() for one in (c.first, c.second) if one])",
    "a helper": ("if c.first:\n    send_one(c.first)\nif c.second:\n    send_one(c.second)"),
    "only what is always there": "print(c.first, c.second, bool(c.first))",
}


def in_folder(folder: Path, rules: str) -> list[str]:
    """What is found in rules below `ABOVE`, with a module beside them that they import."""
    (folder / "prices_of_ours.py").write_text(OWN_MODULE)
    source = HEAD.replace('state: str = ""', 'state: str = ""', 1) + ABOVE + rules
    return [
        f"{finding.id} {finding.where} {finding.reason}" for finding in found(folder, source) if finding.id != "RULE012"
    ]


@pytest.fixture(autouse=True)
def _own_module_is_imported_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "prices_of_ours", raising=False)


@pytest.mark.parametrize("name", FINE)
def test_nothing_is_found_in_a_body_that_is_right(tmp_path: Path, name: str) -> None:
    assert in_folder(tmp_path, ANSWER + indent(FINE[name].replace("SEND", SEND), " " * 8) + "\n") == []


@pytest.mark.parametrize("name", CHOICES)
def test_nothing_is_found_where_an_element_is_asked_for_before_it_is_read(tmp_path: Path, name: str) -> None:
    above = "def send_one(one):\n    print(one.model_dump())\n\n\n"
    assert in_folder(tmp_path, above + EITHER + indent(CHOICES[name], " " * 8) + "\n") == []


HEADS = [
    'c.a << signal(InfobipSmsReceivedMessage, (m.keyword == "A") | (m.keyword == "B"), m.text.matches(".*x.*"))',
    'c.a << fact(Visit, m.asked == True, -m.seen, +m.state, m.line.name != "x")',
    "c.a << fact(Visit), c.b << fact(Visit, m.count > c.a.count + 1), none(fact(Order, m.number == c.b.state))",
    'c.a << fact(Visit, m.tags.anyItem(item == "x")), exists(fact(Order)), salience(3)',
    "any_of(c.a << fact(Visit), c.b << fact(Order)), c.d << fact(Visit)",
    "c.a << fact(Visit), *[fact(Order, m.number == str(number)) for number in range(3)]",
    "*(fact(Order, conditions_of(word)) for word in ('a', 'b'))",
]


@pytest.mark.parametrize("head", HEADS)
def test_nothing_is_found_in_patterns_that_are_right(tmp_path: Path, head: str) -> None:
    rules = (
        "def conditions_of(word):\n    return m.number == word\n\n\n"
        f'with ruleset("t"):\n\n    @when_all({head})\n    def answer(c):\n        pass\n'
    )
    assert in_folder(tmp_path, rules) == []


MODULES = [
    *("argparse", "ast", "calendar", "configparser", "csv", "dataclasses", "difflib", "email.message", "fractions"),
    *("gettext", "http.client", "inspect", "json.decoder", "logging", "random", "shutil", "statistics"),
    PurePath.__module__,  # Python 3.13 has it in a package
    *("string", "subprocess", "tarfile", "textwrap", "typing", "unittest.mock", "urllib.parse", "uuid", "zipfile"),
]


@pytest.mark.parametrize("name", MODULES)
def test_nothing_is_found_in_python_itself(name: str) -> None:
    module = import_module(name)
    assert module.__file__
    sources, findings = read_sources([module.__file__]), Findings()
    kinds = [module, *(value for value in vars(module).values() if isinstance(value, type))]
    functions = [value for kind in kinds for value in vars(kind).values() if isinstance(value, types.FunctionType)]
    read = [function for function in functions if read_function(function, sources, findings)]

    assert len(read) > 3
    assert list(findings) == []


@pytest.mark.parametrize("name", ["rules", "examples"])
def test_nothing_is_found_in_the_rules_that_come_with_the_package(name: str) -> None:
    folder = Path(__file__).parents[2] / name
    for file in sorted(folder.glob("*.py")):
        if file.name.startswith("test_") or "durable" in file.name or "mount" in file.name or "without" in file.name:
            continue
        assert [
            finding
            for finding in review(load_rules([file]))
            if finding.id in {"RULE002", "RULE014"} or finding.id >= "RULE040"
        ] == []
