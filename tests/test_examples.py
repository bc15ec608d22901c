"""The examples run, and print what README says one sees."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

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
    "plugin_for_durable_host.py": "385981234567 < You said: Hello\n",
}

#: Run by pytest.
TESTS = ("test_orders.py",)

#: Installed and run by `tests/plugins/test_installed.py`.
INSTALLED = ("plugin_package",)


def run(*command: str | Path) -> str:
    """What a program prints to stdout; it must end well."""
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", PRINTED)
def test_an_example_prints_what_it_is_to_print(name: str) -> None:
    assert run(EXAMPLES / name) == PRINTED[name]


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
    assert there == {*PRINTED, "in_drl", "own_facts", *TESTS, *INSTALLED}


def test_the_examples_of_tests_pass() -> None:
    printed = run("-m", "pytest", "-q", *(EXAMPLES / name for name in TESTS))
    assert re.search(r"^2 passed in", printed, re.MULTILINE)


def table_of_examples() -> dict[str, str]:
    """What README says of each example."""
    rows = re.findall(r"^\| \[`examples/([^`/]+)/?`\]\([^)]+\) \| (.+) \|$", README, re.MULTILINE)
    return dict(rows)


def test_readme_has_a_line_for_every_example() -> None:
    assert set(table_of_examples()) == {*PRINTED, "in_drl", "own_facts", *TESTS, *INSTALLED}


@pytest.mark.parametrize("name", PRINTED)
def test_readme_quotes_what_the_example_prints(name: str) -> None:
    quoted = re.findall(r"`([^`]+)`", table_of_examples()[name])
    printed = PRINTED[name].splitlines()
    assert quoted
    assert [line for line in quoted if line not in printed] == []
