"""The results of `doctor`, and the exit code that they come to."""

from __future__ import annotations

import pytest

from infobip_rules.doctor.result import Result, exit_code, note, ok, problem, skipped

FINE = [ok("DOC01", "Python", "3.11"), note("DOC12", "sender", "a name"), skipped("DOC20", "key", "--offline.")]


@pytest.mark.parametrize(
    ("problems", "code"),
    [
        ([], 0),
        (["DOC01"], 1),
        (["DOC33"], 1),
        (["DOC20"], 4),
        (["DOC11"], 3),
        (["DOC40", "DOC20"], 4),
        (["DOC40", "DOC20", "DOC13"], 3),
    ],
)
def test_settings_come_before_the_account_and_the_account_before_all_else(problems: list[str], code: int) -> None:
    results: list[Result] = [*FINE, *(problem(id_, "name", "wrong.", "Fix it.") for id_ in problems)]
    assert exit_code(results) == code
