"""Rulesets, facts, events and state."""

from __future__ import annotations

from tests.docs.durable_rows.row import Row

ROWS = (
    Row(
        name='ruleset("client")',
        texts=("hello",),
        plugin="""
with ruleset("rows"):
    @when_all(m.type == "InfobipSmsReceivedMessage")
    def reply(c):
        say("Hi")
""",
        own="""
with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def reply(c):
        say("Hi")
""",
        answers=("Hi",),
    ),
    Row(
        name="when_all, c.m",
        texts=("hello",),
        plugin="""
with ruleset("rows"):
    @when_all(m.type == "InfobipSmsReceivedMessage")
    def reply(c):
        say(c.m.text)
""",
        own="""
with ruleset("rows"):
    @when_all(signal(InfobipSmsReceivedMessage))
    def reply(c):
        say(c.m.text)
""",
        answers=("hello",),
    ),
    Row(
        name="when_any",
        texts=("yes", "no", "maybe"),
        plugin="""
with ruleset("rows"):
    @when_any(
        c.yes << (m.type == "InfobipSmsReceivedMessage") & (m.text == "yes"),
        c.no << (m.type == "InfobipSmsReceivedMessage") & (m.text == "no"),
    )
    def reply(c):
        say("agreed" if c.yes else "refused")
""",
        own="""
with ruleset("rows"):
    @when_any(
        c.yes << signal(InfobipSmsReceivedMessage, m.text == "yes"),
        c.no << signal(InfobipSmsReceivedMessage, m.text == "no"),
    )
    def reply(c):
        say("agreed" if c.yes else "refused")
""",
        answers=("agreed", "refused"),
    ),
    Row(
        name="c.assert_fact({...})",
        texts=("5", "7"),
        plugin="""
with ruleset("rows"):
    @when_all(m.type == "InfobipSmsReceivedMessage")
    def read(c):
        c.assert_fact({"type": "Quote", "price": int(c.m.text)})

    @when_all(m.type == "Quote")
    def quoted(c):
        say(f"noted {c.m.price}")
""",
        own="""
class Quote(Fact):
    price: int

with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def read(c):
        c.assert_fact({"type": "Quote", "price": int(c.signal.text)})

    @when_all(c.quote << fact(Quote))
    def quoted(c):
        say(f"noted {c.quote.price}")
""",
        answers=("noted 5", "noted 7"),
    ),
    Row(
        name="the same fact twice",
        texts=("5", "5"),
        plugin="""
with ruleset("rows"):
    @when_all(m.type == "InfobipSmsReceivedMessage")
    def read(c):
        price = int(c.m.text)
        if not [fact for fact in c.get_facts() if fact.get("price") == price]:
            c.assert_fact({"type": "Quote", "price": price})
        else:
            say("known")

    @when_all(m.type == "Quote")
    def quoted(c):
        say(f"noted {c.m.price}")
""",
        trap="""
with ruleset("rows"):
    @when_all(m.type == "InfobipSmsReceivedMessage")
    def read(c):
        c.assert_fact({"type": "Quote", "price": int(c.m.text)})

    @when_all(m.type == "Quote")
    def quoted(c):
        say(f"noted {c.m.price}")
""",
        trapped=("noted 5",),
        own="""
class Quote(Fact):
    price: int

with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def read(c):
        c.insert(Quote(price=int(c.signal.text)))

    @when_all(c.quote << fact(Quote))
    def quoted(c):
        say(f"noted {c.quote.price}")
""",
        answers=("noted 5", "known"),
        own_answers=("noted 5", "noted 5"),
    ),
    Row(
        name="a fact that no rule looks for",
        texts=("hello",),
        plugin="""
with ruleset("rows"):
    @when_all(m.type == "InfobipSmsReceivedMessage")
    def read(c):
        c.assert_fact({"type": "Seen", "text": c.m.text})
        say("seen")

    @when_all(m.type == "Seen")
    def keep(c):
        pass
""",
        trap="""
with ruleset("rows"):
    @when_all(m.type == "InfobipSmsReceivedMessage")
    def read(c):
        c.assert_fact({"type": "Seen", "text": c.m.text})
        say("seen")
""",
        trapped=(),
        own="""
class Seen(Fact):
    text: str

with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def read(c):
        c.insert(Seen(text=c.signal.text))
        say("seen")
""",
        answers=("seen",),
    ),
    Row(
        name="c.retract_fact(c.fact)",
        texts=("a", "stop", "b"),
        plugin="""
with ruleset("rows"):
    @when_all((m.type == "InfobipSmsReceivedMessage") & (m.text == "stop"))
    def stop(c):
        c.assert_fact({"type": "Stopped"})
        say("gone")

    @when_all(pri(1), c.signal << m.type == "InfobipSmsReceivedMessage", none(m.type == "Stopped"))
    def reply(c):
        say(f"known: {c.signal.text}")
""",
        risky="""
with ruleset("rows"):
    @when_all(
        c.signal << (m.type == "InfobipSmsReceivedMessage") & (m.text == "stop"),
        c.client << m.type == "ClientAgent",
    )
    def stop(c):
        c.retract_fact(c.client)
        say("gone")

    @when_all(pri(1), c.signal << m.type == "InfobipSmsReceivedMessage", c.client << m.type == "ClientAgent")
    def reply(c):
        say(f"known: {c.signal.text}")
""",
        own="""
with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text == "stop"), c.client << fact(ClientAgent))
    def stop(c):
        c.retract_fact(c.client)
        say("gone")

    @when_all(pri(1), c.signal << signal(InfobipSmsReceivedMessage), c.client << fact(ClientAgent))
    def reply(c):
        say(f"known: {c.signal.text}")
""",
        answers=("known: a", "gone"),
    ),
    Row(
        name="c.post({...})",
        texts=("5",),
        plugin="""
with ruleset("rows"):
    @when_all(m.type == "InfobipSmsReceivedMessage")
    def read(c):
        c.post({"type": "Order", "number": c.m.text})

    @when_all(c.order << m.type == "Order")
    def ordered(c):
        say(f"order {c.order.number}")
""",
        own="""
class Order(Signal):
    number: str

with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def read(c):
        c.insert(Order(number=c.signal.text))

    @when_all(c.order << signal(Order))
    def ordered(c):
        say(f"order {c.order.number}")
""",
        answers=("order 5",),
        refused="""
with ruleset("rows"):
    @when_all(signal(InfobipSmsReceivedMessage))
    def read(c):
        c.post({"type": "Order"})
""",
    ),
    Row(
        name="an event that two rules match",
        texts=("hello",),
        plugin="""
with ruleset("rows"):
    @when_all(m.type == "InfobipSmsReceivedMessage")
    def first(c):
        say("first")
        c.post({"type": "Heard", "text": c.m.text})

    @when_all(m.type == "Heard")
    def second(c):
        say("second")
""",
        trap="""
with ruleset("rows"):
    @when_all(m.type == "InfobipSmsReceivedMessage")
    def first(c):
        say("first")

    @when_all(m.type == "InfobipSmsReceivedMessage")
    def second(c):
        say("second")
""",
        trapped=("first",),
        own="""
with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def first(c):
        say("first")

    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def second(c):
        say("second")
        c.delete(c.signal)
""",
        answers=("first", "second"),
    ),
    Row(
        name="c.s.count",
        texts=("a", "b", "c"),
        plugin="""
with ruleset("rows"):
    @when_all(m.type == "InfobipSmsReceivedMessage")
    def reply(c):
        c.s.count = (c.s.count or 0) + 1
        say(c.s.count)
""",
        own="""
class Visits(Fact):
    count: int

with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage), none(fact(Visits)))
    def first(c):
        c.insert(Visits(count=1))
        say(1)
        c.delete(c.signal)

    @when_all(c.signal << signal(InfobipSmsReceivedMessage), c.visits << fact(Visits))
    def later(c):
        c.modify(c.visits, count=c.visits.count + 1)
        say(c.visits.count)
        c.delete(c.signal)
""",
        answers=("1", "2", "3"),
        refused="""
with ruleset("rows"):
    @when_all(signal(InfobipSmsReceivedMessage))
    def reply(c):
        c.s.count = 1
""",
    ),
    Row(
        name='s.status == "start"',
        texts=("go",),
        plugin="""
with ruleset("rows"):
    @when_all(m.type == "InfobipSmsReceivedMessage")
    def go(c):
        c.s.status = "start"

    @when_all(s.status == "start")
    def started(c):
        c.s.status = "next"
        say("started")

    @when_all(s.status == "next")
    def ended(c):
        c.s.status = "end"
        say("ended")
""",
        own="""
class Progress(Fact):
    status: str

with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def go(c):
        c.insert(Progress(status="start"))

    @when_all(c.progress << fact(Progress, m.status == "start"))
    def started(c):
        c.modify(c.progress, status="next")
        say("started")

    @when_all(c.progress << fact(Progress, m.status == "next"))
    def ended(c):
        c.modify(c.progress, status="end")
        say("ended")
""",
        answers=("started", "ended"),
        refused="""
with ruleset("rows"):
    @when_all(s.status == "start")
    def started(c):
        say("started")
""",
    ),
    Row(
        name="c.delete_state()",
        texts=("a", "forget", "b"),
        plugin="""
with ruleset("rows"):
    @when_all((m.type == "InfobipSmsReceivedMessage") & (m.text == "forget"))
    def forget(c):
        c.delete_state()
        say("forgotten")

    @when_all(pri(1), m.type == "InfobipSmsReceivedMessage")
    def reply(c):
        c.s.count = (c.s.count or 0) + 1
        say(c.s.count)
""",
        own="""
class Visits(Fact):
    count: int

with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text == "forget"), c.visits << fact(Visits))
    def forget(c):
        c.delete(c.visits)
        say("forgotten")
        c.delete(c.signal)

    @when_all(c.signal << signal(InfobipSmsReceivedMessage), none(fact(Visits)))
    def first(c):
        c.insert(Visits(count=1))
        say(1)
        c.delete(c.signal)
""",
        answers=("1", "forgotten", "1"),
        refused="""
with ruleset("rows"):
    @when_all(signal(InfobipSmsReceivedMessage))
    def forget(c):
        c.delete_state()
""",
    ),
    Row(
        name="c.get_facts(), c.get_pending_events()",
        texts=("5", "7"),
        plugin="""
with ruleset("rows"):
    @when_all(m.type == "InfobipSmsReceivedMessage")
    def read(c):
        c.assert_fact({"type": "Quote", "price": int(c.m.text)})
        say(len(c.get_facts()) + len(c.get_pending_events()))

    @when_all(m.type == "Quote")
    def keep(c):
        pass
""",
        own="""
class Quote(Fact):
    price: int

with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def read(c):
        c.insert(Quote(price=int(c.signal.text)))

    @when_all(c.quote << fact(Quote))
    def keep(c):
        say(c.quote.price)
""",
        answers=("2", "3"),
        own_answers=("5", "7"),
        refused="""
with ruleset("rows"):
    @when_all(signal(InfobipSmsReceivedMessage))
    def read(c):
        say(len(c.get_facts()))
""",
    ),
    Row(
        name="@when_start",
        texts=("hello", "hello"),
        plugin="""
with ruleset("rows"):
    @when_all(m.type == "InfobipSmsReceivedMessage")
    def reply(c):
        if c.s.step is None:
            c.s.step = "known"
            say("Welcome")
        say("Hi")
""",
        trap="""
with ruleset("rows"):
    @when_all(m.type == "InfobipSmsReceivedMessage")
    def reply(c):
        say("Hi")

    @when_start
    def start(host):
        host.post("rows", {"type": "Started"})
""",
        trapped=AttributeError,
        own="""
class Welcome(Fact):
    pass

@first_contact
def begin(phone):
    return [ClientAgent(connections={"phone": phone}), Welcome()]

with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage), c.welcome << fact(Welcome))
    def welcome(c):
        c.delete(c.welcome)
        say("Welcome")

    @when_all(pri(1), signal(InfobipSmsReceivedMessage))
    def reply(c):
        say("Hi")
""",
        answers=("Welcome", "Hi", "Hi"),
        refused="""
from durable.lang import when_start

with ruleset("rows"):
    @when_all(signal(InfobipSmsReceivedMessage))
    def reply(c):
        say("Hi")
""",
    ),
)
