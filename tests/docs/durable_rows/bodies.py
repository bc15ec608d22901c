"""What bodies do, and when: priorities, batches, asynchronous actions, errors."""

from __future__ import annotations

from tests.docs.durable_rows.row import Row

ROWS = (
    Row(
        name="pri(1)",
        texts=("50",),
        plugin="""
with ruleset("rows"):
    @when_all(m.type == "InfobipSmsReceivedMessage")
    def read(c):
        c.assert_fact({"type": "Quote", "price": int(c.m.text)})

    @when_all(pri(2), (m.type == "Quote") & (m.price < 300))
    def second(c):
        say("second")

    @when_all(pri(1), (m.type == "Quote") & (m.price < 100))
    def first(c):
        say("first")
""",
        own="""
class Quote(Fact):
    price: int

with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def read(c):
        c.insert(Quote(price=int(c.signal.text)))

    @when_all(pri(2), fact(Quote, m.price < 300))
    def second(c):
        say("second")

    @when_all(pri(1), fact(Quote, m.price < 100))
    def first(c):
        say("first")
""",
        answers=("first", "second"),
    ),
    Row(
        name="count(3)",
        texts=("a", "b", "c", "d"),
        plugin="""
with ruleset("rows"):
    @when_all(count(3), m.type == "InfobipSmsReceivedMessage")
    def three(c):
        say("three")
""",
        own="""
class Visits(Fact):
    count: int

with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage), none(fact(Visits)))
    def first(c):
        c.insert(Visits(count=1))
        c.delete(c.signal)

    @when_all(c.signal << signal(InfobipSmsReceivedMessage), c.visits << fact(Visits))
    def later(c):
        c.modify(c.visits, count=c.visits.count + 1)
        c.delete(c.signal)

    @when_all(c.visits << fact(Visits, m.count == 3))
    def three(c):
        c.delete(c.visits)
        say("three")
""",
        answers=("three",),
        refused="""
with ruleset("rows"):
    @when_all(count(3), signal(InfobipSmsReceivedMessage))
    def three(c):
        say("three")
""",
    ),
    Row(
        name="cap(2)",
        texts=("a b c",),
        plugin="""
with ruleset("rows"):
    @when_all(m.type == "InfobipSmsReceivedMessage")
    def read(c):
        for word in c.m.text.split():
            c.post({"type": "Word", "word": word})

    @when_all(cap(2), m.type == "Word")
    def batch(c):
        say(len(c.m))
""",
        own="""
class Word(Signal):
    word: str

with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def read(c):
        for word in c.signal.text.split():
            c.insert(Word(word=word))

    @when_all(c.word << signal(Word))
    def each(c):
        say(c.word.word)
""",
        answers=("2", "1"),
        own_answers=("a", "b", "c"),
        refused="""
with ruleset("rows"):
    @when_all(cap(2), signal(InfobipSmsReceivedMessage))
    def batch(c):
        say("batch")
""",
    ),
    Row(
        name="def action(c, complete)",
        texts=("hello",),
        plugin="""
with ruleset("rows"):
    @when_all(m.type == "InfobipSmsReceivedMessage")
    def reply(c, complete):
        say("done")
        complete(None)
""",
        own="""
with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def reply(c):
        say("done")
""",
        answers=("done",),
        refused="""
with ruleset("rows"):
    @when_all(signal(InfobipSmsReceivedMessage))
    def reply(c, complete):
        complete(None)
""",
    ),
    Row(
        name="c.renew_action_lease()",
        texts=("hello",),
        plugin="""
with ruleset("rows"):
    @when_all(m.type == "InfobipSmsReceivedMessage")
    def reply(c):
        c.renew_action_lease()
        say("done")
""",
        own="""
with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def reply(c):
        say("done")
""",
        answers=("done",),
        refused="""
with ruleset("rows"):
    @when_all(signal(InfobipSmsReceivedMessage))
    def reply(c):
        c.renew_action_lease()
""",
    ),
    Row(
        name="+s.exception",
        texts=("7", "x"),
        plugin="""
with ruleset("rows"):
    @when_all(m.type == "InfobipSmsReceivedMessage")
    def read(c):
        try:
            say(int(c.m.text) + 1)
        except ValueError:
            c.post({"type": "Problem"})

    @when_all(m.type == "Problem")
    def problem(c):
        say("a number, please")
""",
        trap="""
with ruleset("rows"):
    @when_all(m.type == "InfobipSmsReceivedMessage")
    def read(c):
        say(int(c.m.text) + 1)

    @when_all(+s.exception)
    def problem(c):
        say("a number, please")
        c.s.exception = None
""",
        trapped=("8",),
        own="""
class Problem(Signal):
    pass

with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def read(c):
        try:
            say(int(c.signal.text) + 1)
        except ValueError:
            c.insert(Problem())

    @when_all(signal(Problem))
    def problem(c):
        say("a number, please")
""",
        answers=("8", "a number, please"),
        refused="""
with ruleset("rows"):
    @when_all(+s.exception)
    def problem(c):
        say("problem")
""",
    ),
    Row(
        name='c.assert_fact("other", {...})',
        texts=("hello",),
        plugin="""
with ruleset("other"):
    @when_all(m.type == "Noted")
    def note(c):
        say(f"noted {c.m.text}")

with ruleset("rows"):
    @when_all(m.type == "InfobipSmsReceivedMessage")
    def reply(c):
        c.assert_fact("other", {"type": "Noted", "text": c.m.text})
""",
        own="""
class Noted(Fact):
    text: str

with ruleset("other"):
    @when_all(c.noted << fact(Noted))
    def note(c):
        say(f"noted {c.noted.text}")

with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def reply(c):
        c.insert(Noted(text=c.signal.text))
""",
        answers=("noted hello",),
        refused="""
with ruleset("rows"):
    @when_all(signal(InfobipSmsReceivedMessage))
    def reply(c):
        c.assert_fact("other", {"type": "Noted"})
""",
    ),
)
