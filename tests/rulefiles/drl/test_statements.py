"""Statements and functions of bodies: they do what Java does."""

from __future__ import annotations

import pytest

from infobip_rules.rulefiles.drl.java.failures import BodyError
from tests.rulefiles.drl.bodies import run
from tests.rulefiles.drl.order_bodies import said


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        ("int n = 0; for (int i = 0; i < 4; i++) { if (i == 2) continue; n += i; } say(n);", ["4"]),
        ("int n = 0; while (true) { n++; if (n > 3) break; } say(n);", ["4"]),
        ('for (String one : Arrays.asList("a", "b")) say(one);', ["a", "b"]),
        ("for (int i = 0; i < 2; i++) for (int j = 0; j < 2; j++) { if (j == 1) break; say(i + j); }", ["0", "1"]),
        ("int i = 5; if (i > 3) { say(1); } else if (i > 2) { say(2); } else { say(3); }", ["1"]),
        ("say(1); if (1 < 2) return; say(2);", ["1"]),
        ("int n = 7; n += 1.9; say(n); n -= 1; n *= 2; n /= 3; n %= 4; say(n);", ["8", "0"]),
        ("byte b = 127; b += 1; say(b);", ["-128"]),
        ('String s = "a"; s += 1; s += null; s += 2.0; say(s);', ["a1null2.0"]),
        ("double d = 5; long l = 3; say(d + l);", ["8.0"]),
        ("char c = 'a'; c++; say(c);", ["b"]),
        ("var x = 5; say(x / 2);", ["2"]),
        ("final int n = 1; say(n);", ["1"]),
        ("{ int n = 1; say(n); } { int n = 2; say(n); }", ["1", "2"]),
        ("int[] a = new int[] {3, 1, 2}; Arrays.sort(a); a[0] = 9; say(a[0] + a[1] + a.length);", ["14"]),
        ('Map<String, Integer> m = new HashMap<>(); m.put("a", 1); m.put("a", m.get("a") + 1); say(m);', ["{a=2}"]),
        (
            "List<Integer> l = new ArrayList<>(); l.add(1); l.add(2); int n = 0; for (Integer i : l) n += i; say(n);",
            ["3"],
        ),
        ('for (Map.Entry<String, Integer> e : Map.of("k", 5).entrySet()) say(e.getKey() + e.getValue());', ["k5"]),
        ("Object o = 5; if (o instanceof Integer) { Integer i = (Integer) o; say(i + 1); }", ["6"]),
        ('Iterator<String> it = Arrays.asList("a").iterator(); while (it.hasNext()) say(it.next());', ["a"]),
    ],
)
def test_statements_do_what_they_do_in_java(body: str, texts: list[str]) -> None:
    assert said(body) == texts


def test_functions_call_each_other_and_themselves() -> None:
    functions = """
    function int factorial(int n) { if (n < 2) { return 1; } return n * factorial(n - 1); }
    function String shout(String text) { return text.toUpperCase() + "!" + factorial(4); }
    """
    outcome = run('InfobipAdapterAPI.sendSmsTextMessage("1", shout("hi"));', functions=functions)
    assert outcome.texts == ["HI!24"]


def test_a_function_without_end_is_ended() -> None:
    with pytest.raises(BodyError, match="calls itself too often"):
        run("again(1);", functions="function int again(int n) { return again(n + 1); }")
