"""Errors: a fact, a remedy, an id, and no secret."""

from __future__ import annotations

import pytest

from infobip_rules.cli.explaining import errors
from infobip_rules.errors import EvaluationError, InfobipRulesError, RuleError, RuleFileError, RulesNotLoadedError
from infobip_rules.redaction import conceal


def test_an_error_reads_as_fact_remedy_and_id() -> None:
    assert str(InfobipRulesError("It is wrong.", "Fix it.")) == "It is wrong. Fix it. [IR000]"
    assert str(InfobipRulesError("It is wrong.")) == "It is wrong. [IR000]"


def test_the_context_is_kept_beside_the_text() -> None:
    assert InfobipRulesError("It is wrong.", line=3).context == {"line": 3}


def test_known_secrets_are_left_out_of_all_parts() -> None:
    conceal("the-key-of-this-test")
    problem = EvaluationError("the-key-of-this-test", "the-key-of-this-test", traceback="x the-key-of-this-test")
    assert (problem.fact, problem.remedy, problem.traceback) == ("***", "***", "x ***")


@pytest.mark.parametrize(
    ("context", "id_"),
    [
        ({}, "RULE001"),
        ({"field": "a", "type": "B"}, "RULE002"),
        ({"field": "a"}, "RULE001"),
        ({"same_as": "r"}, "RULE003"),
    ],
)
def test_an_error_of_a_rule_has_the_id_of_its_finding(context: dict[str, str], id_: str) -> None:
    assert RuleError("It is wrong.", **context).id == id_


def test_rule_files_are_one_error_with_all_problems() -> None:
    problems = [RuleError("First.", where="a.py:1"), RuleError("Second.", where="b.py:2")]
    together = RuleFileError(problems)
    assert together.problems == tuple(problems)
    assert str(together) == "a.py:1: First. [RULE001]\nb.py:2: Second. [RULE001]"


def test_what_a_worker_could_not_load_has_no_second_id() -> None:
    assert str(RulesNotLoadedError("a.py:1: First. [RULE001]")) == "a.py:1: First. [RULE001]"


def test_every_error_of_the_package_has_an_id_of_its_own() -> None:
    kinds = errors()
    assert len({kind.id for kind in kinds}) == len(kinds)
    assert len({kind.__name__ for kind in kinds}) == len(kinds)
