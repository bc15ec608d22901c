"""Statecharts, flowcharts and timers."""

from __future__ import annotations

from tests.docs.durable_rows.row import Row

_OWN_CHART = """
class Progress(Fact):
    step: str

with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text == "order"), none(fact(Progress)))
    def ask(c):
        c.insert(Progress(step="asked"))
        say("Sure?")

    @when_all(
        c.signal << signal(InfobipSmsReceivedMessage, m.text == "yes"),
        c.progress << fact(Progress, m.step == "asked"),
    )
    def accept(c):
        c.modify(c.progress, step="ordered")
        say("Ordered.")
"""
_REFUSED = """
with statechart("rows"):
    with state("input"):
        pass
"""

ROWS = (
    Row(
        name="statechart, state, to",
        texts=("order", "yes", "yes"),
        plugin="""
with ruleset("rows"):
    @when_all((m.type == "InfobipSmsReceivedMessage") & (m.text == "order"))
    def ask(c):
        if c.s.step is None:
            c.s.step = "asked"
            say("Sure?")

    @when_all((m.type == "InfobipSmsReceivedMessage") & (m.text == "yes"))
    def accept(c):
        if c.s.step == "asked":
            c.s.step = "ordered"
            say("Ordered.")
""",
        risky="""
with statechart("rows"):
    with state("new"):
        @to("asked")
        @when_all((m.type == "InfobipSmsReceivedMessage") & (m.text == "order"))
        def ask(c):
            say("Sure?")

    with state("asked"):
        @to("ordered")
        @when_all((m.type == "InfobipSmsReceivedMessage") & (m.text == "yes"))
        def accept(c):
            say("Ordered.")

    state("ordered")
""",
        own=_OWN_CHART,
        answers=("Sure?", "Ordered."),
        refused=_REFUSED,
    ),
    Row(
        name="a state in a state",
        texts=("enter", "go on", "cancel", "go on"),
        plugin="""
with ruleset("rows"):
    @when_all(m.text == "enter")
    def enter(c):
        if c.s.step is None:
            c.s.step = "work.process"
            say("entered")

    @when_all(m.text == "go on")
    def go_on(c):
        if c.s.step == "work.process":
            say("going on")

    @when_all(m.text == "cancel")
    def cancel(c):
        if (c.s.step or "").startswith("work."):
            c.s.step = "canceled"
            say("canceled")
""",
        risky="""
with statechart("rows"):
    with state("work"):
        with state("enter"):
            @to("process")
            @when_all(m.text == "enter")
            def enter(c):
                say("entered")

        with state("process"):
            @to("process")
            @when_all(m.text == "go on")
            def go_on(c):
                say("going on")

        @to("canceled")
        @when_all(m.text == "cancel")
        def cancel(c):
            say("canceled")

    state("canceled")
""",
        own="""
class Progress(Fact):
    step: str

with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text == "enter"), none(fact(Progress)))
    def enter(c):
        c.insert(Progress(step="work.process"))
        say("entered")

    @when_all(
        c.signal << signal(InfobipSmsReceivedMessage, m.text == "go on"),
        fact(Progress, m.step == "work.process"),
    )
    def go_on(c):
        say("going on")

    @when_all(
        c.signal << signal(InfobipSmsReceivedMessage, m.text == "cancel"),
        c.progress << fact(Progress, m.step.matches("work.*")),
    )
    def cancel(c):
        c.modify(c.progress, step="canceled")
        say("canceled")
""",
        answers=("entered", "going on", "canceled"),
        refused=_REFUSED,
    ),
    Row(
        name="flowchart, stage, run",
        texts=("order", "again", "yes"),
        plugin="""
with ruleset("rows"):
    @when_all((m.type == "InfobipSmsReceivedMessage") & ((m.text == "order") | (m.text == "again")))
    def ask(c):
        if c.s.step == (None if c.m.text == "order" else "asked"):
            c.s.step = "asked"
            say("Sure?")

    @when_all((m.type == "InfobipSmsReceivedMessage") & (m.text == "yes"))
    def accept(c):
        if c.s.step == "asked":
            c.s.step = "ordered"
            say("Ordered.")
""",
        risky="""
with flowchart("rows"):
    with stage("new"):
        to("asked").when_all((m.type == "InfobipSmsReceivedMessage") & (m.text == "order"))

    with stage("asked"):
        @run
        def ask(c):
            say("Sure?")

        to("ordered").when_all((m.type == "InfobipSmsReceivedMessage") & (m.text == "yes"))
        to("asked").when_all((m.type == "InfobipSmsReceivedMessage") & (m.text == "again"))

    with stage("ordered"):
        @run
        def accept(c):
            say("Ordered.")
""",
        own=_OWN_CHART
        + """
    @when_all(
        c.signal << signal(InfobipSmsReceivedMessage, m.text == "again"),
        fact(Progress, m.step == "asked"),
    )
    def ask_again(c):
        say("Sure?")
""",
        answers=("Sure?", "Sure?", "Ordered."),
        refused=_REFUSED.replace("statechart", "flowchart").replace("state(", "stage("),
    ),
    Row(
        name='c.start_timer("t", 1), timeout("t")',
        texts=("remind", "@2s"),
        plugin="""
with ruleset("rows"):
    @when_all(m.type == "InfobipSmsReceivedMessage")
    def remind(c):
        c.schedule({"type": "Reminder"}, after="1s")
        say("later")

    @when_all(m.type == "Reminder")
    def reminded(c):
        say("now")
""",
        risky="""
with ruleset("rows"):
    @when_all(m.type == "InfobipSmsReceivedMessage")
    def remind(c):
        c.start_timer("reminder", 1)
        say("later")

    @when_all(timeout("reminder"))
    def reminded(c):
        say("now")
""",
        own="""
class Reminder(Signal):
    pass

with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def remind(c):
        c.schedule(Reminder(), after="1s", name="reminder")
        say("later")

    @when_all(signal(Reminder))
    def reminded(c):
        say("now")
""",
        answers=("later", "now"),
        refused="""
with ruleset("rows"):
    @when_all(timeout("reminder"))
    def reminded(c):
        say("now")
""",
    ),
    Row(
        name='c.cancel_timer("t")',
        texts=("remind", "cancel", "@2s"),
        plugin="""
with ruleset("rows"):
    @when_all(m.text == "remind")
    def remind(c):
        c.schedule({"type": "Reminder"}, after="1s", name="reminder")
        say("later")

    @when_all(m.text == "cancel")
    def cancel(c):
        c.cancel("reminder")
        say("never")

    @when_all(m.type == "Reminder")
    def reminded(c):
        say("now")
""",
        risky="""
with ruleset("rows"):
    @when_all(m.text == "remind")
    def remind(c):
        c.start_timer("reminder", 1)
        say("later")

    @when_all(m.text == "cancel")
    def cancel(c):
        c.cancel_timer("reminder")
        say("never")

    @when_all(timeout("reminder"))
    def reminded(c):
        say("now")
""",
        own="""
class Reminder(Signal):
    pass

with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text == "remind"))
    def remind(c):
        c.schedule(Reminder(), after="1s", name="reminder")
        say("later")

    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text == "cancel"))
    def cancel(c):
        c.cancel("reminder")
        say("never")

    @when_all(signal(Reminder))
    def reminded(c):
        say("now")
""",
        answers=("later", "never"),
        refused="""
with ruleset("rows"):
    @when_all(signal(InfobipSmsReceivedMessage))
    def cancel(c):
        c.cancel_timer("reminder")
""",
    ),
    Row(
        name='c.start_timer("t", 1, True), c.reset_timer("t")',
        texts=("remind", "@2s"),
        plugin="""
with ruleset("rows"):
    @when_all(m.type == "InfobipSmsReceivedMessage")
    def remind(c):
        c.schedule({"type": "Reminder"}, after="1s")
        say("later")

    @when_all(m.type == "Reminder")
    def reminded(c):
        say("now")
""",
        trap="""
with ruleset("rows"):
    @when_all(m.type == "InfobipSmsReceivedMessage")
    def remind(c):
        c.start_timer("reminder", 1, True)
        say("later")

    @when_all(timeout("reminder"))
    def reminded(c):
        say("now")
        c.reset_timer("reminder")
""",
        trapped=("later",),
        own="""
class Reminder(Signal):
    pass

with ruleset("rows"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def remind(c):
        c.schedule(Reminder(), after="1s")
        say("later")

    @when_all(signal(Reminder))
    def reminded(c):
        say("now")
""",
        answers=("later", "now"),
        refused="""
with ruleset("rows"):
    @when_all(signal(InfobipSmsReceivedMessage))
    def remind(c):
        c.start_timer("reminder", 1, True)
""",
    ),
)
