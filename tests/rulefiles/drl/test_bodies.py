"""Bodies of rules: statements, facts that setters change, what the engine is told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

import pytest
from pydantic import AwareDatetime, Field

from infobip_rules import ClientAgent, Fact, InfobipSmsReceivedMessage
from infobip_rules.actions import SendOptions
from infobip_rules.engine.rules.moment import MOMENT
from infobip_rules.rulefiles.drl.java.failures import BodyError
from tests.rulefiles.drl.bodies import TYPES, Outcome, refusal, run

NOON = datetime(2026, 11, 9, 12, tzinfo=UTC)


class Order(Fact):
    """Something to change."""

    number: str = ""
    total: int = 0
    paid: bool = False
    tags: list[str] = Field(default_factory=list)
    due: AwareDatetime | None = None

    def describe(self, prefix: str = "order") -> str:
        return f"{prefix} {self.number}"

    def _secret(self) -> str:
        return "secret"


class Ticket(Fact):
    """A type that needs its fields."""

    code: str
    seats: int


class Keyed(Fact):
    """A declared type with a key."""

    drl_keys: ClassVar[tuple[str, ...]] = ("code",)
    code: str
    note: str | None = None


KNOWN = {**TYPES, "Order": Order, "Ticket": Ticket, "Keyed": Keyed}


SAY = 'function void say(Object o) { InfobipAdapterAPI.sendSmsTextMessage("1", String.valueOf(o)); }'


def done(body: str, **values: object) -> Outcome:
    return run(body, functions=SAY, types=KNOWN, **values)


def said(body: str, **values: object) -> list[str]:
    """What a body sends by `say(x)`."""
    return done(body, **values).texts


def failing(body: str, **values: object) -> str:
    with pytest.raises(BodyError) as problem:
        done(body, **values)
    return str(problem.value)


# --- statements --------------------------------------------------------------------------------------------------------


def test_the_documented_body_sends_and_deletes() -> None:
    agent = ClientAgent(connections={"phone": "385981234567"})
    message = InfobipSmsReceivedMessage.model_validate({"from": "385981234567", "receivedAt": NOON.isoformat()})
    outcome = done(
        """String text = "This is a text message with a test link!! " + "https://...";
        InfobipAdapterAPI.sendSmsTextMessage(client.getConnection("phone"), text);
        delete(signal);""",
        client=agent,
        signal=message,
    )
    assert outcome.sent == [("385981234567", "This is a text message with a test link!! https://...", False)]
    assert outcome.told == [("delete", message)]


def test_a_message_to_null_is_for_delivery_to_drop() -> None:
    agent = ClientAgent(connections={"phone": "385981234567"})
    outcome = done('InfobipAdapterAPI.sendSmsTextMessage(agent.getConnection("fax"), "x"); say("on");', agent=agent)
    assert outcome.sent[0] == (None, "x", False)
    assert outcome.texts == ["x", "on"]


def test_the_third_argument_asks_for_short_urls() -> None:
    assert done('InfobipAdapterAPI.sendSmsTextMessage("1", "x", true);').sent == [("1", "x", True)]


def test_the_fourth_and_fifth_argument_are_callback_data_and_how_long_it_is_worth_sending() -> None:
    body = 'InfobipAdapterAPI.sendSmsTextMessage("1", "x", false, "order 7", "10m");'
    assert done(body).options == [SendOptions("order 7", 600.0)]
    assert done('InfobipAdapterAPI.sendSmsTextMessage("1", "x", true, null, null);').options == [SendOptions()]
    assert done('InfobipAdapterAPI.sendSmsTextMessage("1", "x");').options == [SendOptions()]


@pytest.mark.parametrize(("more", "said"), [("data, null", "4001 characters"), ('"", "49h"', "worth sending")])
def test_what_can_not_be_sent_with_a_message_fails_where_the_rule_calls(more: str, said: str) -> None:
    data = 'String data = ""; for (int i = 0; i < 4001; i++) { data += "x"; }'
    with pytest.raises(BodyError, match=said) as raised:
        done(f'{data} InfobipAdapterAPI.sendSmsTextMessage("1", "x", false, {more});')
    assert raised.value.where.startswith("rules.drl:")


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


# --- facts -------------------------------------------------------------------------------------------------------------


def test_a_setter_and_an_update_are_one_change_that_names_its_field() -> None:
    told = done("order.setTotal(5); update(order);", order=Order()).told
    assert told == [("amend", {"total": 5}), ("modify", "Order", {"total": 5})]


def test_modify_names_every_field_it_sets() -> None:
    told = done('modify(order) { setTotal(5), setNumber("A"), setPaid(true) }', order=Order()).told
    assert told[-1] == ("modify", "Order", {"total": 5, "number": "A", "paid": True})


def test_modify_takes_assignments_of_mvel() -> None:
    assert done('modify(order) { number = "B" }', order=Order()).told[-1] == ("modify", "Order", {"number": "B"})


def test_rules_are_told_of_what_modify_changed_at_the_end_of_the_block() -> None:
    order = Order()
    body = (
        'if (1 < 2) { modify(order) { setTotal(5) } say("a"); modify(order) { setNumber("B") } } insert(new Order());'
    )
    assert done(body, order=order).told == [
        ("amend", {"total": 5}),
        ("amend", {"number": "B"}),
        ("modify", "Order", {"total": 5, "number": "B"}),
        ("insert", Order()),
    ]


def test_a_setter_alone_tells_nobody() -> None:
    assert done("order.setTotal(5);", order=Order()).told == [("amend", {"total": 5})]


def test_a_setter_is_seen_by_the_lines_below() -> None:
    assert said("order.setTotal(order.getTotal() + 5); say(order.getTotal());", order=Order(total=1)) == ["6"]


def test_a_second_name_is_the_same_object() -> None:
    body = 'Order other = order; other.setTotal(5); say(order.getTotal() + " " + (order == other));'
    assert said(body, order=Order()) == ["5 true"]


def test_an_update_of_an_unchanged_fact_lets_all_rules_look_again() -> None:
    order = Order()
    assert done("update(order);", order=order).told == [("update", order)]


def test_a_field_set_under_a_condition_counts_as_set() -> None:
    assert done("if (1 > 2) { order.setTotal(5); } update(order);", order=Order(total=3)).told == [
        ("modify", "Order", {"total": 3})
    ]


def test_a_collection_of_a_fact_is_changed_in_place() -> None:
    told = done('modify(order) { getTags().add("x") }', order=Order(tags=["a"])).told
    assert told[-1] == ("modify", "Order", {"tags": ["a", "x"]})


def test_the_original_fact_stays_as_it_was() -> None:
    order = Order(tags=["a"])
    done('order.getTags().add("x"); order.setTotal(9);', order=order)
    assert order == Order(tags=["a"])


def test_a_new_fact_is_complete_when_it_is_inserted() -> None:
    told = done('Ticket t = new Ticket(); t.setCode("x"); t.setSeats(2); insert(t);').told
    assert told == [("insert", Ticket(code="x", seats=2))]


def test_a_new_fact_has_nulls_and_zeros_until_they_are_set() -> None:
    assert said("Ticket t = new Ticket(); say(t); say(t.getCode() + t.getSeats());") == [
        "Ticket( code=null, seats=0 )",
        "null0",
    ]


def test_what_a_type_needs_is_named_when_it_lacks() -> None:
    text = failing("insert(new Ticket());")
    assert "Ticket.code can't be null" in text
    assert "rules.drl:4:" in text


def test_a_constructor_takes_all_fields_or_the_keys() -> None:
    told = done('insert(new Ticket("x", 2)); insert(new Keyed("k")); insertLogical(new Keyed("k", "n"));').told
    assert told == [
        ("insert", Ticket(code="x", seats=2)),
        ("insert", Keyed(code="k")),
        ("insert_logical", Keyed(code="k", note="n")),
    ]


def test_a_fact_changed_after_its_insertion_is_that_fact() -> None:
    told = done('Keyed k = new Keyed("a"); insert(k); k.setNote("late"); update(k); delete(k);').told
    assert [line[0] for line in told] == ["insert", "amend", "modify", "delete"]


def test_facts_are_equal_by_identity_or_key() -> None:
    body = 'say(new Ticket("a", 1).equals(new Ticket("a", 1)) + " " + new Keyed("a", "x").equals(new Keyed("a", "y")));'
    assert said(body) == ["false true"]


def test_a_method_of_the_class_is_called_as_java_calls_it() -> None:
    assert said('say(order.describe() + order.describe("o"));', order=Order(number="7")) == ["order 7o 7"]


def test_fields_are_read_by_getter_and_by_name() -> None:
    message = InfobipSmsReceivedMessage.model_validate({"from": "385", "text": "hi", "receivedAt": NOON.isoformat()})
    assert said('say("" + m.getFrom() + m.from + m.getText() + m.text);', m=message) == ["385385hihi"]


# --- the session -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("drools.halt();", ("halt",)),
        ('drools.setFocus("g");', ("set_focus", "g")),
        ('drools.getKnowledgeRuntime().getAgenda().getAgendaGroup("g").setFocus();', ("set_focus", "g")),
        ('kcontext.getKieRuntime().getAgenda().getAgendaGroup("g").setFocus();', ("set_focus", "g")),
        ("kcontext.getKieRuntime().halt();", ("halt",)),
        ('drools.insert(new Keyed("a"));', ("insert", Keyed(code="a"))),
        ('cancel("name");', ("cancel", "name")),
    ],
)
def test_drools_helpers_reach_the_session(body: str, told: tuple[object, ...]) -> None:
    assert done(body).told == [told]


def test_moments_are_those_of_the_evaluation() -> None:
    before = MOMENT.set(NOON)
    try:
        texts = said("say(LocalDate.now()); say(Instant.now()); say(new Date().getTime());")
    finally:
        MOMENT.reset(before)
    assert texts == ["2026-11-09", "2026-11-09T12:00Z", "1794225600000"]


def test_lines_for_the_log_go_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", logger="infobip_rules.rules"):
        done('Log.info("total {}", 5); System.out.println("x" + 1);')
    assert caplog.messages == ["total 5", "x1"]


# --- what fails --------------------------------------------------------------------------------------------------------


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
