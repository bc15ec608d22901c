"""`check` and `explain`: findings as data, exit codes, and files that resist being loaded."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import infobip_rules
from infobip_rules.checks.catalogue import catalogue
from infobip_rules.checks.isolation import check_files

from .conftest import REPLY, Start

ROOT = Path(__file__).parents[2]
LONG_URL = "https://www.example.com/a/long/way/to/go"
UNKNOWN_FIELD = REPLY.replace("Message), c", "Message, m.txt == 'a'), c").replace("import c,", "import c, m,")
TWO_ANSWERS = REPLY.replace("        c.delete(c.signal)\n", "") + (
    "    @when_all(c.signal << signal(InfobipSmsReceivedMessage))\n"
    "    def again(c):\n"
    '        InfobipAdapterAPI.send_sms_text_message(c.signal.from_, "again")\n'
)


def write(folder: Path, source: str, name: str = "rules.py") -> Path:
    file = folder / name
    file.write_text(source)
    return file


def test_rules_without_findings_are_counted(bare: Start, rules: Path) -> None:
    command = bare("check", rules)

    assert command.wait() == 0
    assert command.out == ["1 rule in 1 file."]


def test_every_problem_of_every_file_is_told_with_its_line(bare: Start, tmp_path: Path) -> None:
    write(tmp_path, "x = 1\nraise LookupError('first')\n", "one.py")
    write(tmp_path, "\n\ndef (:\n", "two.py")

    command = bare("check", tmp_path)

    assert command.wait() == 1
    assert [line.split(": ")[:2] for line in command.out if ": error" in line] == [
        [f"{tmp_path}/one.py:2:1", "error RULE001"],
        [f"{tmp_path}/two.py:3:5", "error RULE001"],
    ]


@pytest.mark.parametrize(
    ("source", "id_"),
    [
        (UNKNOWN_FIELD, "RULE002"),
        (REPLY + REPLY.replace('"client"', '"other"') + REPLY, "RULE003"),
        (REPLY + REPLY[REPLY.index("    @when_all") :], "RULE003"),
    ],
)  # fmt: skip
def test_unknown_fields_and_doubled_names_have_ids_of_their_own(source: str, id_: str, tmp_path: Path) -> None:
    checked = check_files([write(tmp_path, source)])

    assert not checked.loaded
    assert [finding.id for finding in checked.findings] == [id_]


def test_a_path_that_is_not_there_is_a_problem_of_loading(bare: Start, tmp_path: Path) -> None:
    command = bare("check", tmp_path / "nowhere.py")

    assert command.wait() == 1
    assert "does not exist" in command.out[0]


@pytest.mark.parametrize(("options", "code"), [((), 0), (("--strict",), 1)])
def test_warnings_fail_where_it_is_strict(bare: Start, tmp_path: Path, options: tuple[str, ...], code: int) -> None:
    command = bare("check", write(tmp_path, TWO_ANSWERS), *options)

    assert command.wait() == code
    assert f"{tmp_path}/rules.py:10: warning RULE011: " in command.out[0]
    assert command.err == ["1 warning. `infobip-rules explain RULE011` says more."]


def test_advice_never_fails(bare: Start, tmp_path: Path) -> None:
    command = bare("check", "--strict", write(tmp_path, REPLY.replace('"You wrote: "', f'"{LONG_URL} "')))

    assert command.wait() == 0
    assert "advice RULE022" in command.out[0]


def test_errors_always_fail(bare: Start, tmp_path: Path) -> None:
    command = bare("check", write(tmp_path, REPLY.replace("c.signal.text", "c.message.text")))

    assert command.wait() == 1
    assert "error RULE014" in command.out[0]


def test_json_holds_all_of_a_finding(bare: Start, tmp_path: Path) -> None:
    command = bare("check", "--format", "json", write(tmp_path, TWO_ANSWERS))

    assert command.wait() == 0
    printed = json.loads("\n".join(command.out))
    assert (printed["loaded"], printed["rules"], printed["files"]) == (True, 2, 1)
    (finding,) = printed["findings"]
    assert (finding["id"], finding["severity"], finding["line"]) == ("RULE011", "warning", 10)
    assert finding["rule"] == "client/again"


def test_github_shows_findings_beside_the_code(bare: Start, tmp_path: Path) -> None:
    write(tmp_path, TWO_ANSWERS, "two,rules.py")
    write(tmp_path, "raise ValueError('50 %\\nor more')", "wrong.py")

    assert (
        bare("check", "--format", "github", "two,rules.py")
        .wait_for_line("::")
        .startswith("::warning file=two%2Crules.py,line=10,title=RULE011::client/again answers")
    )
    wrong = bare("check", "--format", "github", "wrong.py").wait_for_line("::")
    assert wrong.startswith("::error file=wrong.py,line=1,col=1,title=RULE001::ValueError: 50 %25%0Aor more")


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        ("import os\nos._exit(0)\n", 1, "ends the process (exit code 0)"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n", 1, "ends the process (exit code -9)"),
        ("x = 1\nraise KeyboardInterrupt\n", 2, "raises KeyboardInterrupt"),
        ("while True:\n    pass\n", 1, "takes longer than 9 s"),
        ("import os, time\nif not os.fork():\n    time.sleep(99)\nos._exit(0)\n", 1, "ends the process (exit code 0)"),
    ],
)
def test_a_file_that_resists_is_named_and_never_counts_as_checked(
    bare: Start, tmp_path: Path, source: str, line: int, said: str
) -> None:
    write(tmp_path, REPLY, "a.py")
    write(tmp_path, source, "b.py")

    command = bare("check", "--timeout", "9" if "longer" in said else "30", tmp_path)

    assert command.wait() == 1
    assert len(command.out) == 1
    assert command.out[0].startswith(f"{tmp_path}/b.py:{line}: error RULE004: {tmp_path}/b.py could not be checked: ")
    assert said in command.out[0]
    assert ("--timeout gives the check more time" in command.out[0]) == ("longer" in said)


def test_a_file_that_waits_for_input_gets_none(bare: Start, tmp_path: Path) -> None:
    command = bare("check", write(tmp_path, "input('Name: ')\n"))

    assert command.wait() == 1
    assert "rules.py:1:1: error RULE001: EOFError" in command.out[0]


def test_what_a_file_prints_is_no_data(bare: Start, tmp_path: Path) -> None:
    command = bare("check", "--format", "json", write(tmp_path, f"print('hello')\n{REPLY}"))

    assert command.wait() == 0
    assert json.loads("\n".join(command.out))["findings"] == []
    assert "hello" in command.err


THREAD = "import threading\nthreading.Thread(target=threading.Event().wait, name='mine').start()\n"


def test_a_thread_that_a_file_starts_keeps_nothing_waiting(bare: Start, tmp_path: Path) -> None:
    assert bare("check", write(tmp_path, THREAD + REPLY)).wait() == 0


@pytest.mark.parametrize("command", ["run", "dev"])
def test_a_host_ends_though_a_rule_file_left_a_thread_behind(start: Start, tmp_path: Path, command: str) -> None:
    host = start(command, write(tmp_path, THREAD + REPLY), "--port", "0", "--in-process")
    host.wait_for_line("Listening at ")

    assert host.end(signal.SIGTERM) == 0
    assert host.err[-1] == "Threads that rule files started are left behind: mine."


def test_a_host_that_could_not_start_ends_with_its_code_all_the_same(bare: Start, tmp_path: Path) -> None:
    assert bare("run", write(tmp_path, THREAD + REPLY)).wait() == 3  # no settings


#: Rules for a bare host of durable-rules; a package, whose rules tests/plugins checks with it installed; and alerts, no rules.
LEFT_OUT = {"monitoring", "plugin_for_durable_host.py", "plugin_package"}
EXAMPLES = {path.name for path in (ROOT / "examples").iterdir() if path.name[0].isalpha()} - LEFT_OUT


@pytest.mark.parametrize("path", ["rules", *(f"examples/{name}" for name in sorted(EXAMPLES))])
def test_in_what_is_shipped_nothing_is_found(bare: Start, tmp_path: Path, path: str) -> None:
    copy = tmp_path / "shipped" / path
    copy.parent.mkdir(parents=True)
    (shutil.copytree if (ROOT / path).is_dir() else shutil.copy)(ROOT / path, copy)

    command = bare("check", "--strict", copy)

    assert command.wait() == 0, command.said
    assert re.fullmatch(r"\d+ rules? in \d files?\.", "\n".join(command.out))


def test_explain_tells_what_why_and_how(bare: Start) -> None:
    command = bare("explain", "rule012")

    assert command.wait() == 0
    assert command.out[0] == "RULE012 A rule that can run in circles (warning)"
    assert [line for line in command.out if line.endswith(":") and not line.startswith(" ")] == ["Before:", "After:"]


def test_explain_without_an_id_lists_all(bare: Start) -> None:
    command = bare("explain")

    assert command.wait() == 0
    assert command.out[0] == "RULE001  error    The file does not load"


def test_explain_of_an_unknown_id_is_wrong_use(bare: Start) -> None:
    command = bare("explain", "RULE013x")

    assert command.wait() == 2
    assert "RULE013" in command.err[0]


def test_a_mistake_in_drl_is_shown_with_its_line_and_column(bare: Start, tmp_path: Path) -> None:
    file = write(tmp_path, 'rule "a" when ClientAgent(identifier soundslike "x") then end\n', "rules.drl")
    command = bare("check", file)
    assert command.wait() == 1
    assert command.out[0].startswith(f"{file}:1:38: error RULE001: soundslike is not supported. ")
    shown, caret = command.out[1:3]
    assert shown[caret.index("^") :].startswith("soundslike")


def test_a_timer_without_end_is_warned_of_in_drl(bare: Start, tmp_path: Path) -> None:
    source = 'rule "nudge" timer(int: 10m 1d) when InfobipSmsReceivedMessage() from entry-point "signals" then end\n'
    file = write(tmp_path, source, "rules.drl")
    command = bare("check", "--strict", file)
    assert command.wait() == 1
    assert command.out[0].startswith(
        f"{file}:1: warning RULE015: rules/nudge fires for each InfobipSmsReceivedMessage "
    )


def test_explain_knows_every_id_that_the_program_has(bare: Start) -> None:
    package = Path(infobip_rules.__file__).parent
    text = "\n".join(file.read_text(encoding="utf-8") for file in package.rglob("*.py"))
    ids = {*re.findall(r'"((?:IR|DOC|RULE)\d{2,3})"', text), *catalogue()}
    listed = bare("explain")
    assert listed.wait() == 0
    assert ids - {line.split()[0] for line in listed.out} == set()


@pytest.mark.parametrize(
    ("id_", "said"), [("IR403", "not the one any more"), ("ir100", "ends with 3"), ("DOC31", "disk")]
)
def test_explain_tells_of_errors_and_answers_too(bare: Start, id_: str, said: str) -> None:
    command = bare("explain", id_)
    assert command.wait() == 0
    assert said in command.said


@pytest.mark.parametrize(
    ("source", "id_"),
    [(UNKNOWN_FIELD, "RULE002"), (REPLY + REPLY[REPLY.index("    @when_all") :], "RULE003"), ("def (:\n", "RULE001")],
)
def test_one_finding_has_one_id_in_check_host_dev_and_pytest(
    start: Start, tmp_path: Path, source: str, id_: str
) -> None:
    file = write(tmp_path, source)
    (tmp_path / "hello.sms.txt").write_text(f"rules: {file.name}\n> 385981234567: hello\n")
    checked = start("check", file)
    assert checked.wait() == 1
    assert f"error {id_}:" in checked.said
    for command in (start("run", file, "--port", "0"), start("dev", file, "--port", "0")):
        assert command.wait() == 3
        assert f"[{id_}]" in command.said
    played = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:asyncio", "hello.sms.txt"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert f"[{id_}]" in played.stdout
