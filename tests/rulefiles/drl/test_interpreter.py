"""Bodies as a whole: failures as they run, what is refused when they are loaded, and what they can't reach."""

from __future__ import annotations

import pytest

from infobip_rules import ClientAgent
from infobip_rules.rulefiles.drl.java.failures import BodyError
from tests.rulefiles.drl.bodies import refusal
from tests.rulefiles.drl.order_bodies import KNOWN, SAY, Order, done, failing


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("String s = null; say(s.length());", "`s` is null"),
        (
            'InfobipAdapterAPI.sendSmsTextMessage("1", agent.getConnection("fax"));',
            '`agent.getConnection("fax")` is null',
        ),
        ('String s = "x"; boolean b = s.startsWith((String) null);', "null"),
        (
            "Object o = order; Object when = LocalDateTime.of(2026, 1, 2, 3, 4); schedule(o, when);",
            "a time without a zone",
        ),
        ("Object o = order; Object when = new ArrayList(); schedule(o, when);", "A List is no time"),
        ("Integer n = null; int i = n + 1;", "`n` is null"),
        ("Integer n = null; int i = n;", "`n` is null"),
        ('Object o = "x"; Integer i = (Integer) o;', "A String is no Integer"),
        ("while (true) { }", "1,000,000 times"),
        ('String s = "x"; while (true) { s += s; }', "100,000"),
        ('String s = "x".repeat(1000000);', "100,000"),
        ("List l = new ArrayList(); while (true) { l.add(1); }", "100,000"),
        ("int i = 1 / 0;", "ArithmeticException"),
        ("String s = Arrays.asList(1).get(3).toString();", "IndexOutOfBounds"),
        ("order.setTags(null);", "Order.tags"),
    ],
)
def test_a_failure_names_its_place_and_what_is_wrong(body: str, text: str) -> None:
    message = failing(body, agent=ClientAgent(), order=Order())
    assert text in message
    assert "rules.drl:4:" in message


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ('String s = "x"; s.lenght();', "Did you mean 'length'?"),
        ("strin s = 5;", "class strin is not known"),
        ("say(agnt);", "Did you mean 'agent'?"),
        ("agent = null;", "was bound by the conditions"),
        ("int n = 1; int n = 2;", "declared twice"),
        ('int n = "x";', "can't be given a String"),
        ("String s = 5;", "String.valueOf"),
        ("int n = 2.5;", "Write (int) before it"),
        ('"x".substring();', "substring(int)"),
        ('InfobipAdapterAPI.sendSmsTextMessage("1");', "phone, text"),
        ("agent.setNothing(1);", "no method setNothing"),
        ("if (5) { }", "neither true nor false"),
        ("new Ticket(1, 2, 3);", "does nothing"),
        ('insert(new Ticket("x"));', "0 or 2"),
        ("5 + 5;", "do nothing"),
        ("return 5;", "nothing to give a value back to"),
        ("break;", "outside a loop"),
        ("Runtime.getRuntime();", "Runtime is not known"),
        ("boolean b = true + 1 > 2;", "has no meaning"),
        ('boolean b = "a" < "b";', "compareTo"),
    ],
)
def test_what_java_would_refuse_is_refused_when_the_rule_is_loaded(body: str, text: str) -> None:
    error = refusal(body, functions=SAY, types=KNOWN, agent=ClientAgent())
    assert text in str(error)
    assert error.where.startswith("rules.drl:4:")


@pytest.mark.parametrize(
    "expression",
    [
        "order.__class__",
        "order._secret()",
        "order.getClass()",
        "order.model_dump()",
        "order.modelDump()",
        "order.copy()",
        "order.json()",
        "order.dict()",
        "order.model_fields",
        "order.__dict__",
        '"x".__class__',
        '"x".format("y")',
        '"x".encode()',
        "Order.construct()",
        "Order.__init__()",
        "System.exit(0)",
        'Class.forName("java.lang.Runtime")',
        '"x".getClass()',
        "os.system",
        "drools.getClass()",
        "order.describe.__globals__",
    ],
)
def test_nothing_of_python_or_of_reflection_can_be_reached(expression: str) -> None:
    assert refusal(f"Object x = {expression};", types=KNOWN, order=Order()).where


@pytest.mark.parametrize("name", ["_secret", "__class__", "model_dump", "copy", "getClass", "__init__"])
def test_nothing_of_python_can_be_reached_through_a_value_of_unknown_type(name: str) -> None:
    with pytest.raises(BodyError, match="has no method"):
        done(f"Object o = order; o.{name}();", order=Order())
