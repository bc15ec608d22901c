"""Loading rule files: what is taken, what is refused, and that nothing stays behind."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from durable import lang as durable

from infobip_rules.errors import RuleFileError
from infobip_rules.facts import ClientAgent
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.signals import InfobipSmsReceivedMessage, InfobipSmsReceivedReport

RULE = """\
from infobip_rules import Fact, InfobipSmsReceivedMessage
from infobip_rules.lang import *

class {fact}(Fact):
    n: int = 0

with ruleset("{ruleset}"):
    @when_all(signal(InfobipSmsReceivedMessage), fact({fact}))
    def {name}(c): pass
"""


def write(folder: Path, name: str, source: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(source, encoding="utf-8")
    return file


def rule(fact: str = "Order", ruleset: str = "shop", name: str = "sell") -> str:
    return RULE.format(fact=fact, ruleset=ruleset, name=name)


def refusal(*paths: Path) -> RuleFileError:
    with pytest.raises(RuleFileError) as refused:
        load_rules(paths)
    return refused.value


def test_a_file_gives_its_rules_and_types(tmp_path: Path) -> None:
    file = write(tmp_path, "shop.py", rule())
    rulebook = load_rules([file])
    assert [(rule.id, rule.where) for rule in rulebook.rules] == [("shop/sell", f"{file}:8")]
    assert "Order" in rulebook.fact_types
    assert rulebook.fact_types["ClientAgent"] is ClientAgent
    assert rulebook.sources == (str(file),)


def test_a_rulebook_says_which_signals_it_listens_to(tmp_path: Path) -> None:
    rulebook = load_rules([write(tmp_path, "shop.py", rule())])
    assert rulebook.listens_to(InfobipSmsReceivedMessage)
    assert not rulebook.listens_to(InfobipSmsReceivedReport)


def test_a_folder_is_loaded_in_order_of_names_and_rules_are_numbered_through(tmp_path: Path) -> None:
    write(tmp_path, "b.py", rule("B", "b"))
    write(tmp_path, "a.py", rule("A", "a"))
    write(tmp_path, "more/c.py", rule("C", "c"))
    assert [(rule.ruleset, rule.order) for rule in load_rules([tmp_path]).rules] == [("a", 0), ("b", 1), ("c", 2)]


@pytest.mark.parametrize(
    "name", ["_shared.py", "test_shop.py", "conftest.py", ".hidden.py", "_drafts/x.py", "notes.txt"]
)
def test_files_that_are_no_rule_files_are_left_out_of_a_folder(tmp_path: Path, name: str) -> None:
    write(tmp_path, "shop.py", rule())
    write(tmp_path, name, "raise RuntimeError('was loaded')")
    assert len(load_rules([tmp_path]).rules) == 1


def test_a_folder_may_stand_below_a_hidden_one(tmp_path: Path) -> None:
    write(tmp_path, ".config/_private/rules/shop.py", rule())
    assert len(load_rules([tmp_path / ".config" / "_private" / "rules"]).rules) == 1


def test_a_file_named_twice_is_loaded_once(tmp_path: Path) -> None:
    file = write(tmp_path, "shop.py", rule())
    assert len(load_rules([file, tmp_path, str(file)]).rules) == 1


def test_a_rule_file_imports_what_lies_beside_it(tmp_path: Path) -> None:
    write(tmp_path, "_prices_of_the_shop.py", "LIMIT = 3")
    write(tmp_path, "shop.py", "from _prices_of_the_shop import LIMIT\n" + rule())
    assert len(load_rules([tmp_path]).rules) == 1
    assert str(tmp_path) not in sys.path


def test_a_file_without_rules_gives_types_only(tmp_path: Path) -> None:
    types = "from infobip_rules import Fact, Signal\nclass Order(Fact): pass\nclass Tick(Signal): pass\n"
    rulebook = load_rules([write(tmp_path, "types_only.py", types)])
    assert rulebook.rules == ()
    assert "Order" in rulebook.fact_types
    assert "Tick" in rulebook.signal_types


def test_types_with_postponed_annotations_are_understood(tmp_path: Path) -> None:
    file = write(tmp_path, "shop.py", "from __future__ import annotations\n" + rule())
    assert load_rules([file]).fact_types["Order"].model_validate({"n": 3})


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        ("x = 1\nwith ruleset(:\n", 2, "The file is not Python: invalid syntax. Mend the line."),
        ("def f():\nreturn\n", 2, "The file is not Python: expected an indented block"),
        ("x = 1\ny = 1 / 0\n", 2, "ZeroDivisionError: division by zero. Mend the line, then load again."),
        ("\n\nimport no_such_module_of_the_shop\n", 3, "There is no module 'no_such_module_of_the_shop'. Put no_such_"),
        ("raise SystemExit(3)\n", 1, "SystemExit: 3"),
        ("def f():\n    raise KeyError('x')\nf()\n", 2, "KeyError: 'x'"),
        ("from infobip_rules.lang import *\nwith ruleset('a'):\n    with ruleset('b'):\n        pass\n", 3,
         "The ruleset 'b' stands inside another. Put it beside the other."),
        ("from infobip_rules.lang import *\nx = m.a == 1 and m.b == 2\n", 2, "A condition was used as true or false"),
        ("x = '\x00'\n", 1, "null bytes"),
    ],
)  # fmt: skip
def test_a_file_that_does_not_run_is_refused_at_its_line(tmp_path: Path, source: str, line: int, said: str) -> None:
    file = write(tmp_path, "broken.py", source)
    message = str(refusal(file))
    assert re.match(rf"{re.escape(str(file))}:{line}(:\d+)?: ", message)
    assert said in message


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "broken.py"
    file.write_bytes(b"x = 1\ny = '\xff'\n")
    assert str(refusal(file)).startswith(f"{file}:")


def test_missing_paths_are_named_all(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    text = write(tmp_path, "rules.txt", "")
    message = str(refusal(tmp_path / "nowhere", tmp_path / "empty", text))
    assert f"{tmp_path / 'nowhere'} does not exist. Name a rule file or a folder of rule files." in message
    assert f"No rule file is in {tmp_path / 'empty'}. Rule files end in .py or .drl." in message
    assert f"{text} is no rule file. Rule files end in .py or .drl." in message


def test_problems_of_several_files_are_told_in_one_go(tmp_path: Path) -> None:
    write(tmp_path, "a.py", rule("A", "a").replace("fact(A)", "fact(A, m.m == 1), count(3)"))
    write(tmp_path, "b.py", rule("B", "b").replace("fact(B)", "fact(B, m.m == 1)") + "    when_all(fact(B))\n")
    write(tmp_path, "c.py", "x = \n")
    write(tmp_path, "d.py", rule("D", "d"))
    problems = [str(problem) for problem in refusal(tmp_path).problems]
    assert [Path(problem.split(":", 1)[0]).name for problem in problems] == ["a.py", "a.py", "b.py", "b.py", "c.py"]


def test_a_rule_file_that_another_one_imports_is_told_from_a_second_declaration(tmp_path: Path) -> None:
    write(tmp_path, "orders_of_a_shop.py", rule("Order"))
    write(tmp_path, "parcels.py", "from orders_of_a_shop import Order\n" + rule("Parcel", "parcels"))
    message = str(refusal(tmp_path))
    assert "The rule shop/sell is there twice: its file is a rule file, and another one imports it." in message
    assert "begins with _" in message


def test_what_rule_files_share_stands_in_a_file_that_is_none(tmp_path: Path) -> None:
    write(tmp_path, "_types_of_a_shop.py", "from infobip_rules import Fact\n\nclass Shared(Fact):\n    n: int = 0\n")
    for name in ("a", "b"):
        write(
            tmp_path,
            f"{name}.py",
            "from _types_of_a_shop import Shared\n"
            + rule("Own", name).replace("fact(Own)", "fact(Shared)").replace("class Own(Fact):\n    n: int = 0\n", ""),
        )
    assert len(load_rules([tmp_path]).rules) == 2


@pytest.mark.parametrize("name", ["rules.py", "rules.drl"])
def test_a_file_that_can_not_be_read_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).symlink_to(tmp_path / "gone")
    message = str(refusal(tmp_path))
    assert f"{name}" in message
    assert "can't be read: No such file or directory." in message


def test_one_rule_declared_in_two_files_is_refused_naming_both(tmp_path: Path) -> None:
    first = write(tmp_path, "a.py", rule("A"))
    second = write(tmp_path, "b.py", rule("B"))
    message = str(refusal(tmp_path))
    assert message.startswith(f"{second}:8: The rule shop/sell is also declared at {first}:8.")
    assert "Give the ruleset or the rule another name." in message


def test_one_ruleset_may_be_spread_over_files(tmp_path: Path) -> None:
    write(tmp_path, "a.py", rule("A", name="sell"))
    write(tmp_path, "b.py", rule("B", name="buy"))
    assert [rule.id for rule in load_rules([tmp_path]).rules] == ["shop/sell", "shop/buy"]


def test_two_fact_types_of_one_name_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "a.py", rule("Order", "a"))
    write(tmp_path, "b.py", rule("Order", "b"))
    assert "Two fact types are called Order" in str(refusal(tmp_path))


@pytest.mark.parametrize(
    "source",
    [
        "from infobip_rules.lang import *\nwith ruleset('t'):\n    1 / 0\n",
        "from infobip_rules.lang import *\nwith ruleset('t'):\n    when_all(any(1))\n",
        "from durable.lang import *\nstatechart('t')\n",
        "from durable.lang import *\nwith ruleset('t'):\n    with when_all(m.x == 1):\n        1 / 0\n",
        "from infobip_rules.lang import *\nruleset('t').__enter__()\n",
        "import sys\nsys.path.clear()\n1 / 0\n",
        "import durable.lang\ndurable.lang._rulesets = {}\n1 / 0\n",
    ],
)
def test_nothing_stays_behind_in_durable_lang(tmp_path: Path, source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    file = write(tmp_path, "leaving_traces.py", source)
    modules = set(sys.modules)
    try:
        load_rules([file])
    except RuleFileError as refused:
        assert refused.problems  # noqa: PT017 - one of the files is not refused
    assert durable._rulesets == {}
    assert durable._ruleset_stack == []
    assert durable._rule_stack == []
    assert {name for name in set(sys.modules) - modules if "leaving_traces" in name} <= {
        "infobip_rules_file_leaving_traces"
    }


def test_rulesets_that_somebody_else_declared_are_left_alone(tmp_path: Path) -> None:
    theirs = durable.ruleset("theirs")
    try:
        load_rules([write(tmp_path, "shop.py", rule(ruleset="theirs"))])
        assert durable._rulesets == {"theirs": theirs}
    finally:
        durable._rulesets.clear()


def test_a_file_that_failed_can_be_mended_and_loaded_again(tmp_path: Path) -> None:
    file = write(tmp_path, "shop.py", rule() + "1 / 0\n")
    assert refusal(file).problems
    write(tmp_path, "shop.py", rule())
    assert len(load_rules([file]).rules) == 1


def test_loading_rules_starts_no_thread_and_opens_no_durable_host(tmp_path: Path) -> None:
    file = write(tmp_path, "shop.py", rule())
    program = (
        "import sys, threading\nfrom infobip_rules.rulefiles.loader import load_rules\n"
        "from durable import lang\nload_rules([sys.argv[1]])\n"
        "assert threading.active_count() == 1 and lang._main_host is None\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", program, str(file)], check=True)


RULES = """\
from infobip_rules import Fact, InfobipSmsReceivedMessage
from infobip_rules.lang import *

class Order(Fact):
    n: int = 0

{above}
with ruleset("shop"):
    @when_all(signal(InfobipSmsReceivedMessage, m.txt == "A"))
    def first(c): pass

    {inside}

    @when_all(fact(Order, m.m == 1))
    def last(c): pass
{below}
"""


@pytest.mark.parametrize(
    ("above", "inside", "below", "more"),
    [
        ("", "", "", []),
        ("", "1 / 0", "", ["ZeroDivisionError: division by zero."]),
        (
            "from datetime import dat, UTC",
            "when_all(fact(Order, m.day == dat))",
            "print(UTC)",
            ["datetime has no 'dat'"],
        ),
        ("LIMIT = 1 / 0", "@when_all(fact(Order, m.n > LIMIT))\n    def more(c): pass", "", ["ZeroDivisionError"]),
        (
            "from nowhere_of_ours import *",
            "@when_all(fact(Parcel))\n    def more(c): pass",
            "",
            ["no module 'nowhere_of_ours'"],
        ),
        (
            "x = nothing\nif True:\n    LIMIT = 1",
            "when_all(fact(Order, m.n > LIMIT))(print)",
            "",
            ["no name 'nothing'"],
        ),
        ("class Broken(Fact):\n    n = 0\n", "@when_all(fact(Broken))\n    def more(c): pass", "", ["'n' has no type"]),
        (
            "",
            "for n in range(3):\n        @when_all(fact(Order, m.o == n))\n        def more(c): pass",
            "",
            ["declared twice", "no field 'o'"],
        ),
        ("", "", "nothing.at_all()", ["no name 'nothing'"]),
        ("", "def many(one): return m.o == one\n    when_all(fact(Order, many(1)))(print)", "", ["no field 'o'"]),
        (
            "",
            "@when_all(fact(Order, (m.o == 1) | (m.p == 2)))\n    def more(c): pass",
            "",
            ["no field 'o'", "no field 'p'"],
        ),
    ],
)
def test_a_mistake_hides_none_behind_it_and_what_follows_from_it_is_not_told(
    tmp_path: Path, above: str, inside: str, below: str, more: list[str]
) -> None:
    source = RULES.format(above=above, inside=inside, below=below)
    facts = [problem.fact for problem in refusal(write(tmp_path, "shop.py", source)).problems]
    others = [fact for fact in facts if "no field 'txt'" not in fact and "no field 'm'" not in fact]
    assert len(facts) - len(others) == 2
    assert [any(part in fact for part in more) for fact in others] == [True] * len(more)


def test_behind_a_mistake_only_what_declares_is_run(tmp_path: Path) -> None:
    left = tmp_path / "left"
    source = f"nothing\nimport pathlib\nif True:\n    pathlib.Path({str(left)!r}).touch()\n"
    (problem,) = refusal(write(tmp_path, "shop.py", source)).problems
    assert "There is no name 'nothing'." in str(problem)
    assert not left.exists()


def test_a_file_that_leaves_the_process_after_a_mistake_is_told_with_the_mistake(tmp_path: Path) -> None:
    source = "from sys import exi\nclass Leaving:\n    raise SystemExit(3)\n"
    (problem,) = refusal(write(tmp_path, "shop.py", source)).problems
    assert "sys has no 'exi'. Did you mean 'exit'?" in str(problem)


def test_columns_count_characters(tmp_path: Path) -> None:
    source = RULES.format(above="", inside="", below="").replace('m.txt == "A"', 'm.text == "Čšž €", m.txt == "A"')
    problem = str(refusal(write(tmp_path, "shop.py", source)).problems[0])
    line, caret = problem.splitlines()[1:]
    assert line[caret.index("^") :].startswith("txt")


POINTED = """\
from typing import ClassVar
from infobip_rules import InfobipSmsReceivedMessage, Signal
from infobip_rules.lang import *

class Alarm(Signal):
    entry_point: ClassVar[str] = "alarms"

with ruleset("pointed"):
    @when_all(none(signal({kind}, entry_point="{point}")))
    def listen(c): pass
"""


@pytest.mark.parametrize(
    ("kind", "point", "said"),
    [
        ("InfobipSmsReceivedMessage", "signal", "'signal': this would never match. Did you mean 'signals'?"),
        ("InfobipSmsReceivedMessage", "alarms", "'alarms': this would never match. There are: signals."),
        ("Alarm", "alarm", "'alarm': this would never match. Did you mean 'alarms'?"),
        ("Signal", "alrms", "'alrms': this would never match. Did you mean 'alarms'?"),
    ],
)
def test_an_entry_point_that_nothing_feeds_is_refused(kind: str, point: str, said: str, tmp_path: Path) -> None:
    source = POINTED.format(kind=kind, point=point)
    file = write(tmp_path, "pointed.py", source)
    (only,) = refusal(file).problems
    text, line, caret = str(only).splitlines()
    column = source.splitlines()[8].index("entry_point") + 1
    assert text == f"{file}:9:{column}: No {kind} comes through the entry point {said} [RULE001]"
    assert caret.index("^") == line.index("entry_point")


@pytest.mark.parametrize(("kind", "point"), [("Alarm", "alarms"), ("Signal", "alarms"), ("Signal", "signals")])
def test_an_entry_point_that_a_type_names_is_taken(kind: str, point: str, tmp_path: Path) -> None:
    assert load_rules([write(tmp_path, "pointed.py", POINTED.format(kind=kind, point=point))]).rules
