"""All mistakes of a file are told in one go, in the order of the file, and none that only follows from another."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from tests.rulefiles.drl.evaluating import refused

TYPES = """declare Item
    name : String
    price : double
end
"""


def places(marked: str) -> tuple[str, list[str]]:
    """The text without its marks, and the line:column of what stands behind each `~`."""
    found = []
    for number, line in enumerate(marked.split("\n"), 1):
        found += [f"{number}:{mark.start() + 1 - order}" for order, mark in enumerate(re.finditer("~", line))]
    return marked.replace("~", ""), found


def told(text: str, folder: Path) -> list[str]:
    return [":".join(mistake.split(":")[1:3]) for mistake in refused(text, folder)]


@pytest.mark.parametrize(
    "marked",
    [
        # Constraints of one pattern, and of several.
        'rule r when Item(~nam == "x", ~prise > 1 && ~cost < 2, price > 1) Item(~name) then end',
        "rule r when ~Itm() not ~Itn() exists (~Imt() and ~Iten()) then end",
        "rule r when Item(price > ~$x) Item(price < ~$y) then end",
        # What a wrong binding was to name is not looked for.
        "rule r when $i: ~Itm($p: price) Item(price > $p) then $i.setPrice($p); double d = $p; end",
        "rule r when $i: Item($p: ~prise) Item(price > $p, ~cost > 1) then $i.setPrice($p); $i.~setCost(1); end",
        "rule r when accumulate(Item($p: ~prise); $sum: sum($p), $n: count()) Item(price > $sum) then end",
        "rule r when accumulate(Item($p: price); ~$sum: summ($p)) Item(price > $sum) then double d = $sum; end",
        'rule r when ~itms("x", $i;) Item(price > $i, ~cost > 1) then end',
        "rule r when Item($p: price) from ~$nothing Item(price > $p, ~cost > 1) then end",
        # Statements, also inside others.
        'rule r when $i: Item() then $i.~setNam("x"); ~foo(); int n = ~bar; n = n + 1; ~baz = 3; end',
        'rule r when $i: Item() then if (~foo > 1) { ~bar(); } else { $i.~getNo(); } while (~x) { ~y(); } end',
        "rule r when $i: Item() then for (String s : $i.~getNames()) { s.~nothing(); $i.setName(s); } end",
        "rule r when $i: Item() then for (int n = ~foo; n < ~bar; n++) { ~baz(n); } end",
        'rule r when $i: Item() then modify($i) { ~setNam("x"), setPrice(~cost), setName("x") } end',
        "rule r when then var x = ~foo(); x.bar(); String y = ~bar(); y.~nothing(); end",
        # Attributes, and the body besides.
        'rule r ~salience ("x") date-effective "24-Dec-2026" when then ~foo(); end',
        'rule r salience 5 ~date-effective "soon" ~date-expires "late" when then end',
        # Types, functions, globals, queries: what uses a wrong one is not told of.
        "declare A\n ~x : Strin\n ~y : Nope\nend\nrule r when $a: A(x == 1) then insert(new A()); end",
        "declare A\n ~x : Strin\nend\ndeclare B extends A\n a : A\nend\nrule r when B(a != null) then end",
        "~function Strin f(String x) { return x; }\nrule r when then f(1); end",
        "function int f(String x) { ~foo(); return x.~lenght(); }\nrule r when then f(~1); end",
        "~global String g\nrule r when Item(name == g) then String s = g; end",
        "query q(String $n) Item(~nam == $n) end rule r when q(\"x\";) then end rule s when q(\"y\";) then end",
        "declare A ~x } end\nrule r when A() then insert(new A()); end",
        "query q(~5) Item() end\nrule r when q() then end",
        "rule a when Item(name ~= 5) then end\nrule b extends a when Item(nam == 1) then end",
        "rule a when Item(~nam == 1) then end\nrule b extends a when Item(~prise == 1) then end",
        # Syntax of some rules, meaning of others.
        "rule a when Item(name ~= 5) then foo(~; end\nrule b when Item(~nam == 1) then ~foo(); end\nrule c when then x ~y z; end",
        "~rule a when Item(nam == 1) then\nrule b when then ~foo(); end",
        "rule a when Item(~nam == 1) then end\n~function f { }\nrule b when then ~foo(); end",
        # Behind a statement that can't be read the others are read all the same.
        'rule r when $i: Item() then ~try { $i.~setNam("x"); } catch (Exception e) { Log.info(e.getMessage()); } ~foo(); end',
        'rule r when $i: Item() then ~assert $i != null; int[] a = ~{1, 2}; a.nope(); ~throw new Error("x"); ~foo(); end',
        "rule r when $i: Item() then outer~: for (int n = 0; n < 3; n++) { continue outer; } ~foo(); end",
        'rule r when $i: Item() then ~switch ($i.getName()) { case "a": foo(); break; default: bar(); } $i.~setNam("x"); end',
        "rule r when $i: Item() then double d = $i.getPrice()~\n d = d + 1; ~foo();\nend",
        "rule r when $i: Item() then if (true) { $i.setPrice(1)~ } ~foo(); end",
        "rule r when $i: Item() then var x = list ~-> 1; x.bar(); $i.~nope(); end",
        "function int f(int x) { ~try { x = 1; } finally { x = ~y; } ~assert x > 1; return ~z; }\n"
        "rule r when then f(1); ~g(); end",
        "rule r when Item() if (price > 1) ~do[more] then foo(); then[more] bar(); end",
        "rule r when Item() then ~foo(); ~then[more] ~bar(); then[most] ~baz(); end",
        "rule r dialect \"mvel\" when Item(name ~isa 5) then\n foo()\n y ~z\n bar()\nend",
        # A type that can't be made whole is not made, and an enum is no type.
        "~declare enum Stage NEW, DONE; end\ndeclare A stage : Stage n : int end\n"
        "rule r when $a: A(stage == Stage.NEW, m == 1) then insert(new A(Stage.NEW, 1)); modify($a) { setStage(Stage.DONE) } end",
        "~declare Order @role(event) end\nrule r when $o: Order(total > 1, $n: number) then insert(new Order(1, 2));"
        " $o.setTotal(1); modify($o) { setX(1) } double d = $o.total; end",
        "~declare window W Item() over window:length(2) end\nrule r when Item() from window W then foo(); end",
        # A way of matching that has the same mistake as another.
        "rule r when (Item(~nam == 1) or Item(~prise == 2)) Item(~cost == 1) then ~foo(); end",
    ],
)  # fmt: skip
def test_every_mistake_is_told_once_and_none_that_follows(marked: str, tmp_path: Path) -> None:
    text, wanted = places(TYPES + marked)
    assert told(text, tmp_path) == wanted


def test_a_mistake_in_two_files_is_told_in_both(tmp_path: Path) -> None:
    (tmp_path / "b.drl").write_text("rule b when Nope() then end")
    assert told("rule a when Nope() then end rule c when then foo(); end", tmp_path) == ["1:13", "1:46"]


@pytest.mark.parametrize(
    "text",
    [
        "rule r when then " + "foo();\n" * 10_000 + "end",
        "rule r when Item(" + "nam == 1,\n" * 5_000 + "price > 1) then end",
        "function void f() { " + "foo();\n" * 10_000 + "}",
        "".join(f"rule r{n} when Itm() then end\n" for n in range(4_000)),
        "declare A " + "".join(f" x{n} : Strin\n" for n in range(4_000)) + "end",
    ],
    ids=["body", "pattern", "function", "rules", "type"],
)
def test_more_than_fifty_mistakes_of_a_file_are_not_looked_for(text: str, tmp_path: Path) -> None:
    started = time.process_time()
    assert len(told(TYPES + text, tmp_path)) == 50
    assert time.process_time() - started < 3  # seconds of this process; 0.9 when nothing else runs
