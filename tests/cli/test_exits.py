"""The end of a command."""

from __future__ import annotations

import errno
import subprocess
import sys

import pytest

PROGRAM = """
import threading, time
from infobip_rules.cli.exits import ending_with_code, in_terms_of_options, leave_threads_behind, name_option, say
from infobip_rules.errors import ConfigurationError
{}
"""


def run(program: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PROGRAM.format(program)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)


def test_an_error_is_its_sentences_and_its_code() -> None:
    ended = run("with ending_with_code(): raise ConfigurationError('It is wrong.', 'Fix it.')")
    assert (ended.returncode, ended.stdout, ended.stderr) == (3, "", "It is wrong. Fix it. [IR100]\n")


def test_a_variable_that_came_by_an_option_is_named_so() -> None:
    ended = run(
        "name_option('INFOBIP_JOURNAL_URL', '--journal')\n"
        "with ending_with_code(): raise ConfigurationError('INFOBIP_JOURNAL_URL is wrong.')"
    )
    assert ended.stderr == "--journal is wrong. [IR100]\n"


def test_a_bug_has_a_traceback_without_numbers_and_asks_for_a_report() -> None:
    ended = run("with ending_with_code(): raise ValueError('of 385981234567')")
    assert ended.returncode == 1
    assert "ValueError" in ended.stderr
    assert "385981234567" not in ended.stderr
    assert "please report it" in ended.stderr


def test_ctrl_c_is_no_error() -> None:
    ended = run("with ending_with_code(): raise KeyboardInterrupt")
    assert (ended.returncode, ended.stderr) == (130, "")


@pytest.mark.parametrize(("number", "code"), [(errno.ENOSPC, 1), (errno.EPIPE, 141)])
def test_an_error_of_writing_ends_the_command(number: int, code: int) -> None:
    ended = run(f"with ending_with_code(): raise OSError({number}, 'x')")
    assert ended.returncode == code
    assert "bug" not in ended.stderr


@pytest.mark.parametrize(("code", "ends"), [("0", 0), ("None", 0), ("3", 3), ("'text'", 1)])
def test_threads_that_rules_started_do_not_keep_the_process(code: str, ends: int) -> None:
    ended = run(
        "threading.Thread(target=time.sleep, args=(600,), name='endless').start()\n" + f"leave_threads_behind({code})"
    )
    assert (ended.returncode, ended.stderr) == (ends, "Threads that rule files started are left behind: endless.\n")
