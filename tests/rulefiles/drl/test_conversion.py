"""`infobip-rules convert`: the Python rules do what the DRL rules do, and what they can't is marked."""

from __future__ import annotations

from pathlib import Path

import pytest

from infobip_rules.cli.converting import print_converted
from infobip_rules.errors import RuleFileError
from infobip_rules.rulefiles.drl.conversion.files import converted
from infobip_rules.testing.conversation import parse
from infobip_rules.testing.playing import play
from infobip_rules.testing.rules import Rules
from tests.rulefiles.drl.answering import answers

DOCUMENTED = """rule "Example rule for replying to received SMS messages"
    when
        signal: InfobipSmsReceivedMessage() from entry-point "signals"
        ClientAgent(phone: getConnection("phone"))
    then

        String text = "This is a text message with a test link!! " + "https://...";
        InfobipAdapterAPI.sendSmsTextMessage(phone, text);
        delete(signal);
end
"""
SHOP = """package shop
declare Order
    number : String
    total : int
    paid : boolean
end
rule "new order" salience 5 no-loop when
    s : InfobipSmsReceivedMessage(text matches "(?i)order .*", keyword != null) from entry-point "signals"
    not Order(total > 5)
then
    Order o = new Order();
    o.setNumber(s.getText().substring(6));
    o.setTotal(s.getText().length() / 2);
    insert(o);
    int n = 0;
    for (int i = 0; i < 3; i++) { n += i; }
    if (n > 2 && !o.isPaid()) { InfobipAdapterAPI.sendSmsTextMessage(s.getFrom(), "n is " + n, true); } else { n++; }
    delete(s);
end
rule "pay" when
    s : InfobipSmsReceivedMessage(keyword in ("PAY", "MONEY")) from entry-point "signals"
    $o : Order($n : number, !paid, total < 10, number != s.keyword)
then
    $o.setPaid(true);
    update($o);
    modify($o) { setTotal($o.getTotal() + 1) }
    String state = $o.isPaid() ? "paid " : "open ";
    InfobipAdapterAPI.sendSmsTextMessage(s.getFrom(), state + $n + " " + $o.getTotal() % 4);
    delete(s);
end
rule "many" salience -1 when
    s : InfobipSmsReceivedMessage(text str[endsWith] "?", text contains "100%") from entry-point "signals"
    exists Order(paid)
then
    String word = s.getText().trim().toLowerCase();
    while (!word.isEmpty()) {
        word = word.substring(1);
        if (word.startsWith("p") || word.equals("?")) { InfobipAdapterAPI.sendSmsTextMessage(s.from, word); break; }
    }
    return;
end
"""


def compared(folder: Path, source: str, messages: list[str]) -> list[list[tuple[str, bool]]]:
    """What both forms answer; they must agree."""
    drl, python = folder / "rules_in_drl.drl", folder / "rules_in_python.py"
    drl.write_text(source, encoding="utf-8")
    python.write_text(converted(drl), encoding="utf-8")
    told = answers(drl, messages)
    assert answers(python, messages) == told
    return told


def test_the_documented_rule_answers_alike(tmp_path: Path) -> None:
    assert compared(tmp_path, DOCUMENTED, ["hello"]) == [
        [("This is a text message with a test link!! https://...", False)]
    ]


def test_rules_with_facts_loops_and_changes_answer_alike(tmp_path: Path) -> None:
    messages = ["order A1", "pay", "order B2 and more", "is it 100% paid?", "money", "is it 100%?"]
    assert compared(tmp_path, SHOP, messages) == [
        [("n is 3", True)],
        [("paid A1 1", False)],
        [("n is 3", True)],
        [("paid?", False)],
        [("paid B2 and more 1", False)],
        [("?", False)],
    ]


ROOT = Path(__file__).parents[3]
CONVERSATIONS = sorted((ROOT / "rules").glob("*.sms.txt"))


@pytest.mark.parametrize("file", CONVERSATIONS, ids=lambda file: file.name)
def test_the_shipped_files_of_drl_do_in_python_what_a_conversation_says(tmp_path: Path, file: Path) -> None:
    conversation = parse(file.read_text(encoding="utf-8"))
    for path in conversation.rules:
        text = converted(ROOT / "examples" / "in_drl" / Path(path).with_suffix(".drl"))
        assert "not converted" not in text
        (tmp_path / path).write_text(text, encoding="utf-8")
    assert play(conversation, Rules(*(tmp_path / path for path in conversation.rules))) is None


def test_what_a_send_takes_besides_keeps_its_names(tmp_path: Path) -> None:
    file = tmp_path / "rules.drl"
    body = 'InfobipAdapterAPI.sendSmsTextMessage("385981234567", "x", false, "order 7", "10m");'
    file.write_text(f'rule "code" when a : ClientAgent() then {body} end', encoding="utf-8")
    assert 'shorten_url=False, callback_data="order 7", valid_for="10m")' in " ".join(converted(file).split())


def test_a_file_whose_rules_are_of_no_package_answers_alike_in_python(tmp_path: Path) -> None:
    text = (ROOT / "tests" / "rulefiles" / "drl" / "documented_rule.drl").read_text(encoding="utf-8")
    assert all(compared(tmp_path, text, ["hello", "again"]))


def test_what_has_no_python_form_is_marked_and_never_skipped(tmp_path: Path) -> None:
    file = tmp_path / "rules.drl"
    file.write_text(
        """rule "sum" when accumulate(ClientAgent($i : identifier); $n : count($i)) then end
rule "quiet" when a : ClientAgent() then
    InfobipAdapterAPI.sendSmsTextMessage("385981234567", String.format("%5d", 3));
    a.setIdentifier("x");
end
""",
        encoding="utf-8",
    )
    text = converted(file)
    assert '# not converted: rule "sum" (`accumulate`, line 1)' in text
    assert "# not converted: setters on a without update, line 4" in text
    assert 'raise NotImplementedError("line 4 of rules.drl was not converted")' in text
    assert '# not converted: `String.format("%5d", 3)`, line 3' in text


def test_timers_and_expiry_are_marked(tmp_path: Path) -> None:
    file = tmp_path / "rules.drl"
    file.write_text("declare Offer @expires(1h) x: int end\nrule later timer(5s) when Offer() then end\n")
    text = converted(file)
    assert "# not converted: @expires; schedule a signal (c.schedule) whose rule deletes the fact" in text
    assert 'rule "later" (`timer`: let c.schedule give the session a signal later, line 2)' in text


def test_a_broken_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "rules.drl"
    file.write_text('rule "x" when Nothing() then end', encoding="utf-8")
    with pytest.raises(RuleFileError, match="Nothing"):
        converted(file)


def test_the_command_prints_the_file_and_tells_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "rules.drl"
    file.write_text(DOCUMENTED + 'rule "all" when forall(ClientAgent()) then end', encoding="utf-8")
    print_converted(file)
    told = capsys.readouterr()
    assert "@when_all(c.signal << signal(InfobipSmsReceivedMessage)" in told.out
    assert told.err.strip() == '# not converted: rule "all" (`forall`, line 11)'


def test_what_is_scheduled_or_inserted_keeps_its_fields_and_its_time(tmp_path: Path) -> None:
    file = tmp_path / "rules.drl"
    file.write_text(
        """declare Reminder order : String end
rule "ask" when $m: InfobipSmsReceivedMessage() from entry-point "signals" then
    schedule(new Reminder(), "15m");
    schedule(new Reminder("x"), Duration.ofMinutes(5), "n");
    schedule(new Reminder("y"), $m.getReceivedAt());
    drools.getEntryPoint("signals").insert(new Reminder("z"));
    insert(new Reminder("nowhere"));
end
rule "ring" when $r: Reminder() from entry-point "signals" then delete($r); end
""",
        encoding="utf-8",
    )
    lines = [line.strip() for line in converted(file).splitlines()]
    assert lines[lines.index('"""Ask."""') + 1 :][:5] == [
        'c.schedule(Reminder(), after="15m")',
        'c.schedule(Reminder(order="x"), after=timedelta(minutes=5), name="n")',
        'c.schedule(Reminder(order="y"), at=c.m_.receivedAt)',
        'c.insert(Reminder(order="z"))',
        '# not converted: `insert(new Reminder("nowhere"))`: no rule of Drools looks for a signal that is inserted so, line 7',
    ]
    assert "from datetime import timedelta" in lines


def test_a_signal_that_comes_through_another_entry_point_is_not_converted(tmp_path: Path) -> None:
    file = tmp_path / "rules.drl"
    file.write_text(
        """declare Reminder order : String end
rule "tell" when ClientAgent() then drools.getEntryPoint("later").insert(new Reminder("x")); end
rule "ring" when Reminder() from entry-point "signals" then end
""",
        encoding="utf-8",
    )
    assert "in Python a signal comes through its type's entry point, line 2" in converted(file)
