"""What `doctor` says of the machine: its Python, and whether durable-rules works on it."""

from __future__ import annotations

import pytest

from infobip_rules.doctor.machine import durable_result, libraries_result, python_result
from infobip_rules.doctor.result import State


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 12, 1), (3, 13, 0)])
def test_a_python_that_tests_run_on_is_fine(version: tuple[int, int, int]) -> None:
    assert python_result(version).state is State.OK


def test_a_later_python_is_named_as_untried() -> None:
    result = python_result((3, 14, 0))
    assert (result.state, result.says) == (State.NOTE, "3.14.0 is untried.")
    assert result.hint == "It should work; tests run on 3.11 to 3.13."


def test_an_older_python_is_a_problem() -> None:
    result = python_result((3, 10, 4))
    assert (result.state, result.hint) == (State.PROBLEM, "Use Python 3.11 or later.")


def test_durable_rules_is_named_with_its_version_and_how_it_loads() -> None:
    result = durable_result()
    assert result.state is State.OK
    assert result.says.startswith("2.")
    assert "loads" in result.says


def test_libraries_that_the_host_does_without_are_a_note_that_says_what_takes_their_place() -> None:
    result = libraries_result({"google-re2": None, "httpx": "0.28.1", "uvloop": None})
    assert (result.state, result.says) == (State.NOTE, "not installed: google-re2, uvloop.")
    assert result.hint == (
        "Python's own re matches patterns, for a tenth of a second each at most; "
        "Python's own event loop serves, at more for each webhook."
    )


def test_a_library_that_is_needed_is_a_problem() -> None:
    result = libraries_result({"google-re2": None, "httpx": None})
    assert (result.state, result.says) == (State.PROBLEM, "not installed: google-re2, httpx.")


def test_libraries_are_named_with_their_versions() -> None:
    result = libraries_result({"httpx": "0.28.1", "uvloop": "0.22.1"})
    assert (result.state, result.says) == (State.OK, "httpx 0.28.1, uvloop 0.22.1")
