"""What is said of one message: comparisons, operators, patterns of texts, nested fields, lists."""

from __future__ import annotations

from tests.docs.durable_rows.row import Row

_DURABLE = """
with ruleset("rows"):
    @when_all(%s)
    def reply(c):
        say(c.m.text)
"""
_OWN = """
with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage, %s))
    def reply(c):
        say(c.signal.text)
"""
_MESSAGE = '(m.type == "InfobipSmsReceivedMessage")'

ROWS = (
    Row(
        name="==, !=, <, <=, >, >=",
        texts=("a", "b", "c"),
        plugin=_DURABLE % f'{_MESSAGE} & (m.text != "a") & (m.text < "c")',
        own=_OWN % '(m.text != "a") & (m.text < "c")',
        answers=("b",),
    ),
    Row(
        name="&",
        texts=("a", "b"),
        plugin=_DURABLE % f'{_MESSAGE} & (m.text >= "a") & (m.text < "b")',
        own=_OWN % '(m.text >= "a") & (m.text < "b")',
        answers=("a",),
    ),
    Row(
        name="|",
        texts=("a", "b", "c"),
        plugin=_DURABLE % f'{_MESSAGE} & ((m.text == "a") | (m.text == "b"))',
        own=_OWN % '(m.text == "a") | (m.text == "b")',
        answers=("a", "b"),
    ),
    Row(
        name="| on a fact, in the first pattern",
        texts=("5",),
        plugin="""
with ruleset("rows"):
    @when_all(m.type == "InfobipSmsReceivedMessage")
    def read(c):
        c.assert_fact({"type": "Quote", "price": int(c.m.text)})
        c.post({"type": "Quoted"})

    @when_all(c.event << m.type == "Quoted", c.quote << (m.type == "Quote") & ((m.price > 1) | (m.price < 9)))
    def quoted(c):
        say(c.quote.price)
""",
        trap="""
with ruleset("rows"):
    @when_all(m.type == "InfobipSmsReceivedMessage")
    def read(c):
        c.assert_fact({"type": "Quote", "price": int(c.m.text)})

    @when_all((m.type == "Quote") & ((m.price > 1) | (m.price < 9)))
    def quoted(c):
        say(c.m.price)
""",
        trapped=("5", "5"),
        own="""
class Quote(Fact):
    price: int

with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def read(c):
        c.insert(Quote(price=int(c.signal.text)))

    @when_all(c.quote << fact(Quote, (m.price > 1) | (m.price < 9)))
    def quoted(c):
        say(c.quote.price)
""",
        answers=("5",),
    ),
    Row(
        name="and, or, not",
        texts=("a", "b"),
        plugin=_DURABLE % '(m.text == "a") & (m.type == "InfobipSmsReceivedMessage")',
        trap=_DURABLE % '(m.text == "a") and (m.type == "InfobipSmsReceivedMessage")',
        trapped=("a", "b"),
        own=_OWN % '(m.text >= "a") & (m.text < "b")',
        answers=("a",),
        refused=_OWN % '(m.text >= "a") and (m.text < "b")',
    ),
    Row(
        name="+m.field",
        texts=("a",),
        plugin=_DURABLE % f"{_MESSAGE} & (+m.text)",
        own=_OWN % "+m.text",
        answers=("a",),
    ),
    Row(
        name="-m.field",
        texts=("hello", "order 7"),
        plugin="""
with ruleset("rows"):
    @when_all(m.type == "InfobipSmsReceivedMessage")
    def read(c):
        words = c.m.text.split()
        c.post({"type": "Read"} if len(words) < 2 else {"type": "Read", "number": words[1]})

    @when_all((m.type == "Read") & (-m.number))
    def ask(c):
        say("Which number?")

    @when_all((m.type == "Read") & (+m.number))
    def order(c):
        say(c.m.number)
""",
        own="""
class Read(Signal):
    number: str | None = None

with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def read(c):
        words = c.signal.text.split()
        c.insert(Read(number=words[1] if len(words) > 1 else None))

    @when_all(signal(Read, -m.number))
    def ask(c):
        say("Which number?")

    @when_all(c.read << signal(Read, +m.number))
    def order(c):
        say(c.read.number)
""",
        answers=("Which number?", "7"),
    ),
    Row(
        name="-m.field alone",
        texts=("hello",),
        plugin="""
with ruleset("rows"):
    @when_all(m.type == "InfobipSmsReceivedMessage")
    def read(c):
        c.post({"type": "Read"})

    @when_all((m.type == "Read") & (-m.number))
    def ask(c):
        say("Which number?")
""",
        trap=_DURABLE % "-m.number",
        trapped=(),
        own="""
class Read(Signal):
    number: str | None = None

with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def read(c):
        c.insert(Read())

    @when_all(signal(Read, -m.number))
    def ask(c):
        say("Which number?")
""",
        answers=("Which number?",),
    ),
    Row(
        name='matches("...")',
        texts=("7", "order 12", "an order 12"),
        plugin=_DURABLE % f'{_MESSAGE} & m.text.matches("order %d+")',
        own=_OWN % 'm.text.matches("order %d+")',
        answers=("order 12",),
    ),
    Row(
        name='imatches("...")',
        texts=("JOIN us", "enjoy"),
        plugin=_DURABLE % f'{_MESSAGE} & m.text.imatches("join.*")',
        own=_OWN % 'm.text.imatches("join.*")',
        answers=("JOIN us",),
    ),
    Row(
        name="groups in a pattern",
        texts=("5help sto",),
        plugin=_DURABLE % f'{_MESSAGE} & (m.text.matches(".*help.*") | m.text.matches(".*stop.*"))',
        trap=_DURABLE % f'{_MESSAGE} & m.text.matches(".*(help|stop).*")',
        trapped=(),
        own=_OWN % 'm.text.matches(".*(help|stop).*")',
        answers=("5help sto",),
    ),
    Row(
        name="m.field.field",
        texts=("EUR", "USD"),
        plugin="""
with ruleset("rows"):
    @when_all(m.type == "InfobipSmsReceivedMessage")
    def read(c):
        c.post({"type": "Order", "price": {"currency": c.m.text}})

    @when_all((m.type == "Order") & (m.price.currency == "EUR"))
    def euro(c):
        say(c.m.price.currency)
""",
        own="""
from pydantic import BaseModel

class Price(BaseModel):
    currency: str

class Order(Signal):
    price: Price

with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def read(c):
        c.insert(Order(price=Price(currency=c.signal.text)))

    @when_all(c.order << signal(Order, m.price.currency == "EUR"))
    def euro(c):
        say(c.order.price.currency)
""",
        answers=("EUR",),
    ),
    Row(
        name="anyItem, allItems",
        texts=("gold red", "red"),
        plugin="""
with ruleset("rows"):
    @when_all(m.type == "InfobipSmsReceivedMessage")
    def read(c):
        c.post({"type": "Tagged", "tags": c.m.text.split()})

    @when_all((m.type == "Tagged") & m.tags.anyItem(item == "gold"))
    def gold(c):
        say("gold")

    @when_all((m.type == "Tagged") & m.tags.allItems(item == "red"))
    def red(c):
        say("only red")
""",
        own="""
class Tagged(Signal):
    tags: list[str]

with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def read(c):
        c.insert(Tagged(tags=c.signal.text.split()))

    @when_all(signal(Tagged, m.tags.anyItem(item == "gold")))
    def gold(c):
        say("gold")

    @when_all(signal(Tagged, m.tags.allItems(item == "red")))
    def red(c):
        say("only red")
""",
        answers=("gold", "only red"),
    ),
    Row(
        name="m.debit > m.credit * 2",
        texts=("5 2", "3 2"),
        plugin="""
with ruleset("rows"):
    @when_all(m.type == "InfobipSmsReceivedMessage")
    def read(c):
        debit, credit = c.m.text.split()
        c.post({"type": "Entry", "debit": int(debit), "credit": int(credit)})

    @when_all((m.type == "Entry") & (m.debit > m.credit * 2))
    def much(c):
        say(f"{c.m.debit} is much")

    @when_all(pri(1), m.type == "Entry")
    def little(c):
        say(f"{c.m.debit} is little")
""",
        own="""
class Entry(Signal):
    debit: int
    credit: int

with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def read(c):
        debit, credit = c.signal.text.split()
        c.insert(Entry(debit=int(debit), credit=int(credit)))

    @when_all(c.entry << signal(Entry, m.debit > m.credit * 2))
    def much(c):
        say(f"{c.entry.debit} is much")
        c.delete(c.entry)

    @when_all(pri(1), c.entry << signal(Entry))
    def little(c):
        say(f"{c.entry.debit} is little")
""",
        answers=("5 is much", "3 is little"),
    ),
)
