"""Signals in rule bodies: where what is inserted comes to, what is scheduled when, and what becomes of what is deleted."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.rulefiles.drl.evaluating import ANA, NOON, SIGNAL, Session, loaded, refused
from tests.rulefiles.drl.playing import DrlPlayback

REMINDER = "declare Reminder order : String end\n"
RING = """rule "Ring" when $r: Reminder() from entry-point "signals" then
    InfobipAdapterAPI.sendSmsTextMessage("385981234567", "order " + $r.getOrder());
end
"""


def ruled(body: str) -> str:
    return f'{REMINDER}rule "Tell" when {SIGNAL} then {body} end\n{RING}'


def test_a_signal_is_inserted_through_an_entry_point(tmp_path: Path) -> None:
    session = Session(loaded(ruled('drools.getEntryPoint("signals").insert(new Reminder("A7"));'), tmp_path))
    assert session.write("hello") == ["order A7"]


def test_without_entry_point_no_rule_finds_it_and_that_is_said_when_the_file_is_loaded(tmp_path: Path) -> None:
    rulebook = loaded(ruled('insert(new Reminder("A7"));'), tmp_path)
    session = Session(rulebook)
    assert session.write("hello") == []
    assert session.write("again") == []
    (warning,) = rulebook.warnings
    assert warning.endswith(
        'rules.drl:2:86: new Reminder("A7") is a signal, and no rule finds a signal that is inserted without entry point. '
        'Write drools.getEntryPoint("signals").insert(new Reminder("A7")).'
    )


def test_a_signal_that_is_deleted_and_inserted_does_not_come_again(tmp_path: Path) -> None:
    body = f'InfobipAdapterAPI.sendSmsTextMessage("{ANA}", "once"); delete(signal); insert(signal);'
    text = f'rule "Once" when {SIGNAL} then {body} end'
    assert Session(loaded(text, tmp_path)).write("hello") == ["once"]


def test_a_fact_comes_through_no_entry_point(tmp_path: Path) -> None:
    rules = f'rule "n" when {SIGNAL} Note() then end rule "Tell" when {SIGNAL} then {{}} end'
    text = "declare Note x : int end " + rules.format('drools.getEntryPoint("s").insert(new Note(1));')
    with pytest.raises(Exception, match="A Note is a fact; only signals come through entry points"):
        Session(loaded(text, tmp_path)).write("hello")


@pytest.mark.parametrize(
    ("point", "said"),
    [
        ("signal", "'signal': this would never match. Did you mean 'signals'?"),
        ("orders", "'orders': this would never match. There are: signals."),
    ],
)  # fmt: skip
def test_an_entry_point_that_nothing_feeds_is_refused_at_its_place(point: str, said: str, tmp_path: Path) -> None:
    (only,) = refused(f'rule "a" when not InfobipSmsReceivedMessage() from entry-point "{point}" then end', tmp_path)
    assert only.splitlines()[0] == (
        f"rules.drl:1:47: No InfobipSmsReceivedMessage comes through the entry point {said} [RULE001]"
    )


def test_an_entry_point_that_a_body_feeds_is_taken(tmp_path: Path) -> None:
    text = f"""{REMINDER}rule "Tell" when {SIGNAL} then drools.getEntryPoint("later").insert(new Reminder("A7")); end
rule "First" when Reminder() from entry-point "signals" then end
rule "Later" when Reminder() from entry-point "later" then InfobipAdapterAPI.sendSmsTextMessage("{ANA}", "later"); end
"""
    assert Session(loaded(text, tmp_path)).write("hello") == ["later"]


@pytest.mark.parametrize(
    ("when", "due"),
    [
        ('"15m"', timedelta(minutes=15)),
        ("90", timedelta(seconds=90)),
        ("Duration.ofHours(2)", timedelta(hours=2)),
        ('new java.math.BigDecimal("1.5")', timedelta(seconds=1.5)),
        ("ZonedDateTime.now().plusDays(3)", timedelta(days=3)),
        ("Instant.now().plusSeconds(60)", timedelta(minutes=1)),
        ("signal.getReceivedAt().plusHours(1)", timedelta(hours=1)),
    ],
)
def test_a_signal_is_scheduled_after_a_time_or_at_a_moment(when: str, due: timedelta, tmp_path: Path) -> None:
    session = Session(loaded(ruled(f'schedule(new Reminder("A7"), {when}, "r");'), tmp_path))
    signal = {"from": ANA, "text": "x", "receivedAt": NOON.isoformat()}
    kind = session.rulebook.signal_types["InfobipSmsReceivedMessage"]
    (timer,) = session.tell(kind.model_validate(signal)).timers
    assert (timer.name, timer.due_at) == ("r", NOON + due)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('schedule(new Reminder("x"), LocalDateTime.now());', "a time without a zone. Write .atZone("),
        ('schedule(new Reminder("x"), LocalDate.now());', "a time without a zone. Write how long until then"),
        ('schedule(new Reminder("x"), "soon");', "The delay 'soon' can't be read. Write how long until then (\"15m\""),
        ('schedule(new Reminder("x"), true);', "true is boolean, which is no time."),
        ('schedule(new Reminder("x"), null);', "schedule can't be given null. Give a value."),
        ('schedule(new Reminder("x"), "1h", 5);', "The name of a timer is a text, and 5 is int."),
        ('schedule(new ClientAgent(), "1h");', "a fact; schedule gives signals."),
        ("delete(null);", "delete can't be given null. Give a value."),
        ('InfobipAdapterAPI.sendSmsTextMessage("1", null);', "sendSmsTextMessage can't be given null. Give a text."),
    ],
)
def test_what_can_never_be_scheduled_or_sent_is_refused_when_the_file_is_loaded(
    body: str, said: str, tmp_path: Path
) -> None:
    (only,) = refused(ruled(body), tmp_path)
    assert said in only


def test_a_phone_that_is_null_is_handed_on_to_the_action(tmp_path: Path) -> None:
    body = 'InfobipAdapterAPI.sendSmsTextMessage(agent.getConnection("fax"), "x");'
    text = f'rule "Tell" when {SIGNAL} agent: ClientAgent() then {body} end'
    playback = DrlPlayback(text, tmp_path)
    trace = playback.play(
        [
            {"op": "insert", "type": "ClientAgent", "as": "a", "fields": {}},
            {"op": "insert", "type": "InfobipSmsReceivedMessage", "as": "m", "entry_point": "signals"},
            {"op": "fire", "limit": 3},
        ]
    )
    assert "send null | x | false" in trace


# --- a fact that a body deletes and changes ----------------------------------------------------------------------------

LINGERING = """declare Order number : String paid : boolean end
rule "Order" when {signal} not Order() then insert(new Order("A7", false)); delete(signal); end
rule "Done" when {signal} $o: Order(!paid) then {body} delete(signal); end
rule "Paid" salience -1 {attributes} when $o: Order(paid) then
    InfobipAdapterAPI.sendSmsTextMessage("385981234567", "paid " + $o.getNumber());
end
rule "None" salience -2 when {signal} not Order() then InfobipAdapterAPI.sendSmsTextMessage("385981234567", "none"); end
"""


@pytest.mark.parametrize(
    "body",
    [
        "delete($o); modify($o) { setPaid(true) }",
        "modify($o) { setPaid(true) } delete($o);",
        "delete($o); $o.setPaid(true); update($o);",
    ],
)
def test_a_fact_that_is_deleted_and_changed_matches_once_more_and_is_gone(body: str, tmp_path: Path) -> None:
    session = Session(loaded(LINGERING.format(signal=SIGNAL, body=body, attributes=""), tmp_path))
    assert session.write("order") == []
    assert session.facts("Order") == [{"number": "A7", "paid": False}]
    assert session.write("done") == ["paid A7"]
    assert session.facts("Order") == []
    assert session.write("order") == []
    assert session.facts("Order") == [{"number": "A7", "paid": False}]


@pytest.mark.parametrize("attributes", ['agenda-group "later"', "timer(int: 1h)"])
def test_what_waits_with_it_waits_no_longer_than_the_evaluation(attributes: str, tmp_path: Path) -> None:
    text = LINGERING.format(signal=SIGNAL, body="delete($o); modify($o) { setPaid(true) }", attributes=attributes)
    session = Session(loaded(text, tmp_path))
    assert [session.write(word) for word in ("order", "done", "order")] == [[], [], []]
    assert session.facts("Order") == [{"number": "A7", "paid": False}]
