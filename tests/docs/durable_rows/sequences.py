"""Several messages in a rule: correlations, choices, lack of information, distinct."""

from __future__ import annotations

from tests.docs.durable_rows.row import Row

#: Each number that is written becomes a fact.
_READ = """
with ruleset("rows"):
    @when_all(m.type == "InfobipSmsReceivedMessage")
    def read(c):
        c.assert_fact({"type": "Quote", "price": int(c.m.text)})
"""
_OWN_READ = """
class Quote(Fact):
    price: int

with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def read(c):
        c.insert(Quote(price=int(c.signal.text)))
"""

ROWS = (
    Row(
        name="c.first << ..., c.second << ...",
        texts=("20", "5"),
        plugin=_READ
        + """
    @when_all(c.first << m.type == "Quote", c.second << m.price > c.first.price)
    def more(c):
        say(f"{c.second.price} is more than {c.first.price}")
""",
        own=_OWN_READ
        + """
    @when_all(c.first << fact(Quote), c.second << fact(Quote, m.price > c.first.price))
    def more(c):
        say(f"{c.second.price} is more than {c.first.price}")
""",
        answers=("20 is more than 5",),
    ),
    Row(
        name="a comparison with another message behind &",
        texts=("20", "5", "30"),
        plugin=_READ
        + """
    @when_all(c.first << m.type == "Quote", c.second << (m.type == "Quote") & (m.price > c.first.price))
    def more(c):
        say(f"{c.second.price} is more than {c.first.price}")
""",
        own=_OWN_READ
        + """
    @when_all(c.first << fact(Quote), c.second << fact(Quote, m.price > c.first.price))
    def more(c):
        say(f"{c.second.price} is more than {c.first.price}")
""",
        answers=("20 is more than 5", "30 is more than 5", "30 is more than 20"),
        own_answers=("20 is more than 5", "30 is more than 20", "30 is more than 5"),
    ),
    Row(
        name="& inside |, with another message",
        texts=("20", "5"),
        plugin=_READ
        + """
    @when_any(
        all(c.first << m.type == "Quote", c.second << (m.price > 9) & (m.price > c.first.price)),
        all(c.first << m.type == "Quote", c.second << m.price == c.first.price * 9),
    )
    def more(c):
        say("more")
""",
        trap=_READ
        + """
    @when_all(
        c.first << m.type == "Quote",
        c.second << ((m.price > 9) & (m.price > c.first.price)) | (m.price == c.first.price * 9),
    )
    def more(c):
        say("more")
""",
        trapped="may end it",
        own=_OWN_READ
        + """
    @when_all(
        c.first << fact(Quote),
        c.second << fact(Quote, ((m.price > 9) & (m.price > c.first.price)) | (m.price == c.first.price * 9)),
    )
    def more(c):
        say("more")
""",
        answers=("more",),
    ),
    Row(
        name="+, -, *, /",
        texts=("2", "9", "3"),
        plugin=_READ
        + """
    @when_all(c.first << m.type == "Quote", c.second << m.price > c.first.price * 2 + 1)
    def more(c):
        say(f"{c.second.price} is much more than {c.first.price}")
""",
        own=_OWN_READ
        + """
    @when_all(c.first << fact(Quote), c.second << fact(Quote, m.price > c.first.price * 2 + 1))
    def more(c):
        say(f"{c.second.price} is much more than {c.first.price}")
""",
        answers=("9 is much more than 2", "9 is much more than 3"),
    ),
    Row(
        name="/ by a field that may be 0",
        texts=("0", "9"),
        plugin=_READ
        + """
    @when_all(c.first << m.type == "Quote", c.second << m.price >= c.first.price * 2 + 9)
    def more(c):
        say(f"{c.second.price} of {c.first.price}")
""",
        trap=_READ
        + """
    @when_all(c.first << m.type == "Quote", c.second << m.price > c.first.price / c.first.price)
    def more(c):
        say(f"{c.second.price} of {c.first.price}")
""",
        trapped="ends the process",
        own=_OWN_READ
        + """
    @when_all(c.first << fact(Quote), c.second << fact(Quote, m.price > c.first.price / c.first.price))
    def more(c):
        say(f"{c.second.price} of {c.first.price}")
""",
        answers=("9 of 0",),
        own_answers=("9 of 9",),
    ),
    Row(
        name="c.first.id, c.first.sid",
        texts=("20", "5"),
        plugin=_READ.replace('"price"', '"number": c.m.text, "price"')
        + """
    @when_all(c.first << m.type == "Quote", c.second << m.number != c.first.number)
    def other(c):
        say(f"{c.second.price} beside {c.first.price}")
""",
        trap=_READ
        + """
    @when_all(c.first << m.type == "Quote", c.second << m.id != c.first.id)
    def other(c):
        say(f"{c.second.price} beside {c.first.price}")
""",
        trapped="may end it",
        own="""
class Quote(Fact):
    number: str
    price: int

with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def read(c):
        c.insert(Quote(number=c.signal.messageId, price=int(c.signal.text)))

    @when_all(c.first << fact(Quote), c.second << fact(Quote, m.number != c.first.number))
    def other(c):
        say(f"{c.second.price} beside {c.first.price}")
""",
        answers=("20 beside 5", "5 beside 20"),
        refused=_OWN_READ
        + """
    @when_all(c.first << fact(Quote), c.second << fact(Quote, m.id != c.first.id))
    def other(c):
        say(f"{c.second.price} beside {c.first.price}")
""",
    ),
    Row(
        name="distinct(True)",
        texts=("20", "5"),
        plugin=_READ
        + """
    @when_all(c.first << m.type == "Quote", c.second << m.type == "Quote")
    def pair(c):
        say(f"{c.second.price} and {c.first.price}")
""",
        own=_OWN_READ
        + """
    @when_all(c.first << fact(Quote), c.second << fact(Quote, m.price != c.first.price))
    def pair(c):
        say(f"{c.second.price} and {c.first.price}")
""",
        answers=("5 and 20", "20 and 5"),
        own_answers=("20 and 5", "5 and 20"),
        own_trap=_OWN_READ
        + """
    @when_all(c.first << fact(Quote), c.second << fact(Quote))
    def pair(c):
        say(f"{c.second.price} and {c.first.price}")
""",
        own_trapped=("20 and 20", "5 and 5", "20 and 5", "5 and 20"),
    ),
    Row(
        name="distinct(False)",
        texts=("20",),
        plugin=_READ
        + """
    @when_all(distinct(False), c.first << m.type == "Quote", c.second << m.price == c.first.price)
    def same(c):
        say(f"{c.second.price} and {c.first.price}")
""",
        own=_OWN_READ
        + """
    @when_all(c.first << fact(Quote), c.second << fact(Quote, m.price == c.first.price))
    def same(c):
        say(f"{c.second.price} and {c.first.price}")
""",
        answers=("20 and 20",),
        refused=_OWN_READ
        + """
    @when_all(distinct(False), c.first << fact(Quote), c.second << fact(Quote))
    def same(c):
        say("same")
""".replace("distinct(False)", '{"dist": False}'),
    ),
    Row(
        name="any(...), all(...)",
        texts=("approve", "1000", "jumbo", "10000"),
        plugin="""
with ruleset("rows"):
    @when_any(m.text == "approve", m.text == "jumbo")
    def read(c):
        c.assert_fact({"type": "Step", "step": (c.m_0 or c.m_1).text})

    @when_any(
        all(c.first << m.step == "approve", c.second << m.text == "1000"),
        all(c.third << m.step == "jumbo", c.fourth << m.text == "10000"),
    )
    def reply(c):
        say("small" if c.first else "large")
""",
        risky="""
with ruleset("rows"):
    @when_any(
        all(c.first << m.text == "approve", c.second << m.text == "1000"),
        all(c.third << m.text == "jumbo", c.fourth << m.text == "10000"),
    )
    def reply(c):
        say("small" if c.first else "large")
""",
        own="""
class Step(Fact):
    step: str

with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def read(c):
        c.insert(Step(step=c.signal.text))

    @when_any(
        all(c.first << fact(Step, m.step == "approve"), c.second << fact(Step, m.step == "1000")),
        all(c.third << fact(Step, m.step == "jumbo"), c.fourth << fact(Step, m.step == "10000")),
    )
    def reply(c):
        say("small" if c.first else "large")
""",
        answers=("small", "large"),
    ),
    Row(
        name="two events in one rule",
        texts=("one", "two"),
        plugin="""
with ruleset("rows"):
    @when_all((m.type == "InfobipSmsReceivedMessage") & (m.text == "one"))
    def keep(c):
        c.assert_fact({"type": "One", "word": c.m.text})

    @when_all(c.one << m.type == "One", c.two << m.text == "two")
    def reply(c):
        say(c.one.word + c.two.text)
""",
        risky="""
with ruleset("rows"):
    @when_all(c.one << m.text == "one", c.two << m.text == "two")
    def reply(c):
        say(c.one.text + c.two.text)
""",
        own="""
class One(Fact):
    word: str

with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text == "one"))
    def keep(c):
        c.insert(One(word=c.signal.text))

    @when_all(c.one << fact(One), c.two << signal(InfobipSmsReceivedMessage, m.text == "two"))
    def reply(c):
        say(c.one.word + c.two.text)
        c.delete(c.one)
""",
        answers=("onetwo",),
        own_trap="""
with ruleset("rows"):
    @when_all(
        c.one << signal(InfobipSmsReceivedMessage, m.text == "one"),
        c.two << signal(InfobipSmsReceivedMessage, m.text == "two"),
    )
    def reply(c):
        say(c.one.text + c.two.text)
""",
    ),
    Row(
        name="none(...)",
        texts=("hello", "stop", "hello"),
        plugin="""
with ruleset("rows"):
    @when_all((m.type == "InfobipSmsReceivedMessage") & (m.text == "stop"))
    def stop(c):
        c.assert_fact({"type": "Stopped"})
        say("stopped")

    @when_all(c.signal << (m.type == "InfobipSmsReceivedMessage") & (m.text == "hello"), none(m.type == "Stopped"))
    def reply(c):
        say("Hi")
""",
        own="""
class Stopped(Fact):
    pass

with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text == "stop"))
    def stop(c):
        c.insert(Stopped())
        say("stopped")

    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text == "hello"), none(fact(Stopped)))
    def reply(c):
        say("Hi")
""",
        answers=("Hi", "stopped"),
    ),
    Row(
        name="none(...) before other patterns",
        texts=("stop", "hello"),
        plugin="""
with ruleset("rows"):
    @when_all((m.type == "InfobipSmsReceivedMessage") & (m.text == "stop"))
    def stop(c):
        c.assert_fact({"type": "Stopped"})
        say("stopped")

    @when_all(
        c.client << m.type == "ClientAgent",
        c.signal << (m.type == "InfobipSmsReceivedMessage") & (m.text == "hello"),
        none(m.type == "Stopped"),
    )
    def reply(c):
        say("Hi")
""",
        trap="""
with ruleset("rows"):
    @when_all((m.type == "InfobipSmsReceivedMessage") & (m.text == "stop"))
    def stop(c):
        c.assert_fact({"type": "Stopped"})
        say("stopped")

    @when_all(
        c.client << m.type == "ClientAgent",
        none(m.type == "Stopped"),
        c.signal << (m.type == "InfobipSmsReceivedMessage") & (m.text == "hello"),
    )
    def reply(c):
        say("Hi")
""",
        trapped=("stopped", "Hi"),
        own="""
class Stopped(Fact):
    pass

with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text == "stop"))
    def stop(c):
        c.insert(Stopped())
        say("stopped")

    @when_all(
        c.client << fact(ClientAgent),
        none(fact(Stopped)),
        c.signal << signal(InfobipSmsReceivedMessage, m.text == "hello"),
    )
    def reply(c):
        say("Hi")
""",
        answers=("stopped",),
    ),
)
