"""README tells the truth: its code runs, its commands exist, its tables and its output are those of the program."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infobip_rules import InfobipSmsReceivedMessage, lang
from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.clock import SystemClock
from infobip_rules.engine.session.evaluation import Effects, evaluate
from infobip_rules.evaluators.jobs import SessionJob, SignalJob, judge
from infobip_rules.journal.records import DeadLetter, NewSignal
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.journal.sqlite.reader import FileReader
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.settings import Settings
from infobip_rules.signals import SIGNAL_TYPES
from tests.channels.composing import sms_of
from tests.cli.traces import Stage
from tests.docs.commands import PROGRAM, names, parse
from tests.journal import store

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
NOON = datetime(2026, 11, 9, 12, tzinfo=UTC)
ANA = "385981234567"
ACCOUNT = {
    "INFOBIP_BASE_URL": "http://127.0.0.1:9",
    "INFOBIP_API_KEY": "key",
    "INFOBIP_PHONE_NUMBER": "447491163443",
}

BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
PYTHON = [code for language, code in BLOCKS if language == "python"]
RULE, SUBSCRIPTION, CUSTOMER = PYTHON
(SHOWN,) = [code for language, code in BLOCKS if language == "text"]
TRACE, DEAD_LETTER = [code for language, code in BLOCKS if language == "console"]
(MENDING,) = [code for language, code in BLOCKS if language == "sh" and "replay" in code]


def rows(head: str) -> list[list[str]]:
    """The cells of the table whose first row is `head`."""
    table = README[README.index(f"\n| {head} |") :].split("\n\n", 1)[0].strip().splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table]


def coded(cell: str) -> list[str]:
    """What stands in backquotes (or, where there is a `|` in it, in HTML)."""
    return [
        code.replace("&#124;", "|")
        for pair in re.findall(r"`([^`]+)`|<code>(.+?)</code>", cell)
        for code in pair
        if code
    ]


def write_to(folder: Path, code: str, text: str) -> Effects:
    """What the rules of a code block do with somebody's first message."""
    file = folder / "readme.py"
    file.write_text(code, encoding="utf-8")
    rulebook = load_rules([file])
    received = InfobipSmsReceivedMessage.model_validate({"from": ANA, "text": text, "receivedAt": NOON.isoformat()})
    return evaluate(rulebook, None, [received], now=NOON, compose=BUILT_IN.compose, opening=rulebook.first_contact(ANA))


def texts(effects: Effects) -> list[str]:
    return [sms_of(message).text for message, _ in effects.messages]


# The code.


def test_the_rule_at_the_top_fits_ten_lines_and_replies(tmp_path: Path) -> None:
    assert len([line for line in RULE.splitlines() if line]) < 10
    assert texts(write_to(tmp_path, RULE, "Hello")) == [
        "This is a text message with a test link!! https://www.example.com/welcome"
    ]


def test_the_rules_about_writing_rules_welcome_a_subscriber(tmp_path: Path) -> None:
    effects = write_to(tmp_path, SUBSCRIPTION, "join")
    assert texts(effects) == ["Welcome!"]
    assert b'"Subscription",{"since":"2026-11-09T12:00:00Z","questions":0}' in effects.state


def test_an_agent_of_ones_own_is_greeted(tmp_path: Path) -> None:
    assert texts(write_to(tmp_path, CUSTOMER, "Hello")) == ["Welcome, gold customer."]


def test_an_agent_of_ones_own_is_found_as_client_agent_too(tmp_path: Path) -> None:
    looking_for_any = CUSTOMER.replace('fact(Customer, m.tier == "gold")', "fact(ClientAgent)")
    assert looking_for_any != CUSTOMER
    assert texts(write_to(tmp_path, looking_for_any, "Hello")) == ["Welcome, gold customer."]


# The tables.


def test_the_table_of_signals_has_every_signal_with_its_documented_fields() -> None:
    told = {coded(name)[0]: set(coded(fields)) for name, fields in rows("signal | fields")}
    there = {kind.__name__: {field.removesuffix("_") for field in kind.model_fields} for kind in SIGNAL_TYPES.values()}
    assert there == told


CONDITIONS = [code for row in rows("condition | holds where") for code in coded(row[0]) if len(code) > 2]
#: A type with the fields that the table's conditions read, beside elements that they refer to.
CONDITION_RULE = """
from infobip_rules import Fact, ReportStatus
from infobip_rules.lang import c, fact, item, m, ruleset, when_all

class Last(Fact):
    messageId: str = ""

class Limit(Fact):
    most: int = 0

class Looked(Fact):
    keyword: str = ""
    text: str = ""
    messageId: str = ""
    retries: int = 0
    tags: list[str] = []
    status: ReportStatus = ReportStatus()

with ruleset("table"):
    @when_all(c.last << fact(Last), c.limit << fact(Limit), c.looked << fact(Looked, {condition}))
    def rule(c):
        pass
"""


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_condition_of_the_table_loads(condition: str, tmp_path: Path) -> None:
    file = tmp_path / "condition.py"
    file.write_text(CONDITION_RULE.replace("{condition}", condition), encoding="utf-8")
    assert [rule.id for rule in load_rules([file]).rules] == ["table/rule"]


def test_every_word_around_patterns_is_in_the_language() -> None:
    words = {code.split("(")[0] for row in rows("around patterns | meaning") for code in coded(row[0])}
    assert words <= set(lang.__all__)
    assert {"when_all", "when_any", "none", "exists", "salience", "no_loop"} <= words


def test_the_table_of_settings_has_every_variable_with_its_default() -> None:
    told = {
        coded(name)[0]: " ".join(coded(default)) or default for name, default, _ in rows("variable | default | meaning")
    }
    there = {f"INFOBIP_{name.upper()}": _default(name) for name in Settings.model_fields}
    assert told == there


def _default(name: str) -> str:
    field = Settings.model_fields[name]
    if field.is_required():
        return "required"
    if isinstance(field.default, bool):  # as a file of settings spells it
        return str(field.default).lower()
    return "none" if field.default is None else str(field.default)


def test_python_versions_are_those_of_the_project_file() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"`{project['requires-python']}`" in README


# The commands.


def _commands() -> Iterator[str]:
    for language, code in BLOCKS:
        if language == "sh":
            yield from (line.split("#")[0].strip() for line in code.splitlines() if "infobip-rules" in line)
        if language == "console":
            yield from (line.removeprefix("$ ") for line in code.splitlines() if line.startswith("$ "))
    prose = re.sub(r"^```.*?^```", "", README, flags=re.MULTILINE | re.DOTALL)
    yield from (code for code in re.findall(r"`((?:\S*/)?infobip-rules [^`]+)`", prose))


COMMANDS = sorted({re.sub(r"^\S*infobip-rules", "infobip-rules", command) for command in _commands()})


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_exists_with_its_options(command: str) -> None:
    assert parse(shlex.split(command)[1:]).name in command.split()


def test_an_option_that_is_not_there_would_be_found() -> None:
    with pytest.raises(Exception, match="No such option"):
        parse(["run", "rules/", "--no-such-option"])


def test_the_table_of_commands_has_every_command() -> None:
    told = [coded(row[0])[0].removeprefix("infobip-rules ") for row in rows("command | does")]
    for name in names(PROGRAM):
        assert [line for line in told if line.startswith(name)], f"{name} is not in the table"


@pytest.mark.parametrize("row", rows("command | does"), ids=lambda row: row[0])
def test_the_options_that_the_table_names_exist(row: list[str]) -> None:
    command = parse(shlex.split(coded(row[0])[0])[1:])
    there = {spelt for option in command.params for spelt in option.opts}
    assert {code.split()[0] for code in coded(row[1]) if code.startswith("--")} <= there


# A dead letter.

ORDERS = """
from infobip_rules import InfobipAdapterAPI, InfobipSmsReceivedMessage
from infobip_rules.lang import c, ruleset, signal, when_all

with ruleset("orders"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def status(c):
        number = int(c.signal.text)
        InfobipAdapterAPI.send_sms_text_message(c.signal.from_, f"Order {number} is on its way.")
"""


@pytest.fixture
def dead_letter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with rules and a journal, whose one signal died of them."""
    monkeypatch.chdir(tmp_path)
    Path("rules").mkdir()
    Path("rules/orders.py").write_text(ORDERS, encoding="utf-8")
    fields = {"messageId": "2f9c", "from": ANA, "text": "A7", "receivedAt": NOON.isoformat()}
    payload = json.dumps(fields)
    new = NewSignal(
        dedup_key="m:2f9c",
        session_key=ANA,
        kind="InfobipSmsReceivedMessage",
        payload=payload,
        raw=payload,
        received_at=NOON,
    )
    signal_job = SignalJob(id=1, kind=new.kind, payload=payload)
    job = SessionJob(key=ANA, state=None, signals=(signal_job,), now=NOON)
    error = judge(load_rules([Path("rules")]), job, signal_job, None, channels=BUILT_IN).error
    assert error is not None
    letter = DeadLetter(
        session_key=ANA, inbox_id=1, reason=str(error), rule=error.rule, traceback=error.traceback, at=NOON
    )
    with FileJournal.open("sqlite:///infobip-rules.db", clock=SystemClock()) as journal:
        journal.submit(lambda connection: store.accept(connection, [new])).result()
        journal.submit(lambda connection: store.bury(connection, letter)).result()
    return tmp_path


def run(command: str, folder: Path) -> str:
    """What a command of README says on stdout; it has to end well."""
    words = [sys.executable, "-m", "infobip_rules", *shlex.split(command, comments=True)[1:]]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_dead_letter_is_shown_as_readme_shows_it(dead_letter: Path) -> None:
    command, shown = DEAD_LETTER.removeprefix("$ ").split("\n", 1)
    # The marks under a line of the rule differ from one Python to the next.
    seen = [line for line in run(command, dead_letter).splitlines() if line.strip(" ^~")]
    assert seen == shown.splitlines()


def test_a_dead_letter_is_taken_up_again_as_readme_says(dead_letter: Path) -> None:
    mended = ORDERS.replace("int(c.signal.text)", "c.signal.text")
    (dead_letter / "rules" / "orders.py").write_text(mended, encoding="utf-8")

    listed, _, tried, replayed = [run(command, dead_letter) for command in MENDING.splitlines()]

    assert "orders/status" in listed
    assert tried.startswith("Signal 1, dry run: 1 would fire, 1 would be sent")
    assert replayed == "1 pending\n"
    with FileReader.open("sqlite:///infobip-rules.db") as reader:
        assert reader.read(store.depth).pending == 1


QUIZ = """from infobip_rules import ClientAgent, InfobipSmsReceivedMessage
from infobip_rules.lang import c, fact, m, ruleset, signal, when_all

with ruleset("quiz"):

    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.keyword == "JOIN"), c.client << fact(ClientAgent))
    def join(c):
        'Join the quiz.'
"""


def test_a_mistyped_keyword_is_told_as_readme_tells_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("rules").mkdir()
    Path("rules/quiz.py").write_text(QUIZ, encoding="utf-8")
    Stage("sqlite:///infobip-rules.db", load_rules([Path("rules")])).says("JION", person=ANA)

    command, shown = TRACE.removeprefix("$ ").split("\n", 1)

    def timeless(said: str) -> str:
        return re.sub(r"in [0-9.]+ ms", "in 0.2 ms", said)

    assert timeless(run(command, tmp_path)) == shown


# What one sees.


def _as_shown(line: str) -> str:
    """A line without what differs from run to run."""
    line = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:8080", line).replace(" --url http://127.0.0.1:8080", "")
    line = re.sub(r"\S+infobip-rules-\w+/", "/tmp/", line)  # noqa: S108 - only shown
    return re.sub(r"^\d{4}-\S+Z ", "", line).rstrip()


def test_make_run_shows_what_readme_shows() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (command,) = re.findall(r"infobip-rules (dev .+)", makefile)
    shown = SHOWN.splitlines()
    with subprocess.Popen(
        [sys.executable, "-m", "infobip_rules", *shlex.split(command), "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as host:
        assert host.stdout is not None
        seen = [host.stdout.readline() for _ in shown]
        host.send_signal(signal.SIGINT)
        host.stdout.read()
        assert host.wait(30) == 0
    # Conversation and log are two streams; which of them is first differs.
    assert sorted(map(_as_shown, seen)) == sorted(map(_as_shown, shown))
    assert [line.rstrip() for line in seen if line.startswith(ANA)] == [line for line in shown if line.startswith(ANA)]


def test_every_make_target_that_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^|`)make (\w+)", README, re.MULTILINE))
    assert named == {"run", "test", "bench", "dist", "docs"}
    assert named <= set(re.findall(r"^(\w+):", makefile, re.MULTILINE))


@pytest.mark.parametrize("page", ["README.md", "docs/drools-differences.md"])
def test_every_link_leads_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    assert links
    assert [link for link in links if not ((ROOT / page).parent / link.split("#")[0]).exists()] == []


def test_every_decision_is_listed() -> None:
    there = sorted(path.name for path in (ROOT / "docs" / "decisions").glob("0*.md"))
    assert re.findall(r"\(docs/decisions/([^)]+)\)", README) == there


def test_every_shipped_rule_file_is_named() -> None:
    there = {path.name for path in (ROOT / "rules").glob("*.py")}
    assert set(re.findall(r"\(rules/([^)]+\.py)\)", README)) == there
