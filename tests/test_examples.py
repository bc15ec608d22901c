"""The examples run, and print what README says one sees."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from infobip_rules.errors import JournalError

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
README = (ROOT / "README.md").read_text(encoding="utf-8")

PRINTED = {
    "first_reply.py": "385981234567 < You said: Hello\n",
    "evaluate_without_host.py": (
        "visits/first_visit: Nice to meet you.\n"
        "visits/next_visit: Welcome back, for the time no. 2.\n"
        "visits/next_visit: Welcome back, for the time no. 3.\n"
    ),
    "mount_in_starlette.py": (
        "GET / -> my own page\n"
        "webhook without its token -> 401\n"
        "webhook with its token -> 200\n"
        "385981234567 < This is a text message with a test link!! https://www.example.com/welcome\n"
    ),
    "plugin_for_durable_host.py": "385981234567 < You said: Hello (message 1)\n",
}
#: Those that want options.
OPTIONS = {
    "plugin_for_durable_host.py": ("--fake", "--port", "0", "--first-message", "Hello", "--exit-after-reply"),
}

#: Run by pytest.
TESTS = ("test_orders.py",)

#: Installed and run by `tests/plugins/test_installed.py`.
INSTALLED = ("plugin_package",)

#: Files for other programs, held by `tests/docs/test_monitoring.py`.
FILES = ("monitoring",)


def run(*command: str | Path) -> str:
    """What a program prints to stdout; it must end well."""
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", PRINTED)
def test_an_example_prints_what_it_is_to_print(name: str) -> None:
    assert run(EXAMPLES / name, *OPTIONS.get(name, ())) == PRINTED[name]


def started(*options: str) -> subprocess.Popen[str]:
    """The program with a host of durable-rules; nothing of the environment is a setting of its."""
    return subprocess.Popen(
        [sys.executable, EXAMPLES / "plugin_for_durable_host.py", *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_program_with_durable_rules_says_where_it_listens_and_ends_in_order(number: signal.Signals) -> None:
    with started("--fake", "--port", "0") as program:
        assert program.stderr
        said = program.stderr.readline()
        url = re.findall(r"^Listening at (http://127\.0\.0\.1:\d+),", said)
        assert url, said
        assert httpx.get(f"{url[0]}/health/ready", trust_env=False, timeout=60).status_code == 200
        program.send_signal(number)
        _, rest = program.communicate(timeout=60)
        assert program.returncode == 0, rest
        assert "Traceback" not in rest


def test_the_program_with_durable_rules_goes_on_after_a_kill_where_it_was(tmp_path: Path) -> None:
    options = ("--fake", "--port", "0", "--journal", f"sqlite:///{tmp_path}/trial.db", "--first-message")
    for text, answer in (("Hello", "You said: Hello (message 1)"), ("Again", "You said: Again (message 2)")):
        with started(*options, text) as program:
            assert program.stdout
            # What the kill cut off may be sent once more before.
            assert any(answer in line for line in program.stdout), f"{answer} was not sent"
            program.kill()


def test_the_program_with_durable_rules_says_which_settings_are_missing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, EXAMPLES / "plugin_for_durable_host.py", "--port", "0"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 3
    assert "INFOBIP_API_KEY is missing." in done.stderr
    assert "--fake" in done.stderr


def test_the_program_with_durable_rules_says_that_its_port_is_taken() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as other,
        started("--fake", "--port", str(other.getsockname()[1])) as program,
    ):
        _, said = program.communicate(timeout=60)
    assert program.returncode == 2
    assert said.startswith("Port ")


def test_the_program_with_durable_rules_says_that_its_journal_can_not_be_used(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, EXAMPLES / "plugin_for_durable_host.py", "--port", "0"],
        cwd=tmp_path,
        env={
            **os.environ,
            "INFOBIP_BASE_URL": "http://127.0.0.1:1",
            "INFOBIP_API_KEY": "key",
            "INFOBIP_PHONE_NUMBER": "385921004026",
            "INFOBIP_JOURNAL_URL": f"sqlite:///{tmp_path}/nowhere/journal.db",
        },
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == JournalError.exit_code
    assert done.stderr.startswith(f"The directory of the journal {tmp_path}/nowhere/journal.db does not exist.")
    assert "Traceback" not in done.stderr


def test_the_program_with_durable_rules_says_how_it_is_used() -> None:
    used = run(EXAMPLES / "plugin_for_durable_host.py", "--help")
    assert [word for word in ("--port", "--fake", "--first-message", "INFOBIP_") if word not in used] == []


def test_rules_in_drl_answer_in_a_host_for_trial() -> None:
    options = ("--port", "0", "--first-message", "join", "--exit-after-reply")
    conversation = run("-m", "infobip_rules", "dev", EXAMPLES / "in_drl", *options)
    answer = "Welcome! You are subscribed. Send STOP to leave."
    assert conversation == f"385981234567 > join\n385981234567 < {answer}\n385981234567 * DELIVERED\n"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("1001", "Order 1001: 2 parcel(s) on the way."),
        ("1003", "Dear gold customer, send us the number of your order."),
    ],
)
def test_own_facts_answer_in_a_host_for_trial(text: str, answer: str) -> None:
    options = ("--port", "0", "--first-message", text, "--exit-after-reply")
    conversation = run("-m", "infobip_rules", "dev", EXAMPLES / "own_facts", *options)
    assert conversation == f"385981234567 > {text}\n385981234567 < {answer}\n385981234567 * DELIVERED\n"


def test_every_example_is_run_here() -> None:
    there = {path.name for path in EXAMPLES.iterdir() if not path.name.startswith(("_", "."))}
    assert there == {*PRINTED, "in_drl", "own_facts", *TESTS, *INSTALLED, *FILES}


def test_the_examples_of_tests_pass() -> None:
    printed = run("-m", "pytest", "-q", *(EXAMPLES / name for name in TESTS))
    assert re.search(r"^2 passed in", printed, re.MULTILINE)


def table_of_examples() -> dict[str, str]:
    """What README says of each example."""
    rows = re.findall(r"^\| \[`examples/([^`/]+)/?`\]\([^)]+\) \| (.+) \|$", README, re.MULTILINE)
    return dict(rows)


def test_readme_has_a_line_for_every_example() -> None:
    assert set(table_of_examples()) == {*PRINTED, "in_drl", "own_facts", *TESTS, *INSTALLED, *FILES}


@pytest.mark.parametrize("name", PRINTED)
def test_readme_quotes_what_the_example_prints(name: str) -> None:
    quoted = re.findall(r"`([^`]+)`", table_of_examples()[name])
    printed = PRINTED[name].splitlines()
    assert quoted
    assert [line for line in quoted if line not in (*printed, " ".join(OPTIONS.get(name, ())))] == []
