"""The meaning of an id."""

from __future__ import annotations

import pytest

from infobip_rules.cli.explaining import UnknownFindingError, answers, errors, explain


@pytest.mark.parametrize("id_", ["RULE012", "rule012", " IR803 ", "IR706", "DOC20"])
def test_findings_errors_and_answers_are_explained(id_: str, capsys: pytest.CaptureFixture[str]) -> None:
    explain(id_)
    assert capsys.readouterr().out.startswith(id_.strip().upper())


@pytest.mark.parametrize("id_", ["IR140", "DOC02"])
def test_of_durable_rules_it_is_said_who_needs_it_and_how_it_is_installed(
    id_: str, capsys: pytest.CaptureFixture[str]
) -> None:
    explain(id_)
    said = " ".join(capsys.readouterr().out.split())
    for part in ("Only the plugin", "everything else works without", "the extra `durable`", "compiled", "doctor"):
        assert part in said


def test_without_an_id_all_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    explain(None)
    listed = {line.split()[0] for line in capsys.readouterr().out.splitlines()}
    assert {"RULE012", "IR803", "DOC20"} <= listed


def test_an_unknown_id_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownFindingError, match=r"no finding 'DOC2O'\. Did you mean 'DOC"):
        explain("DOC2O")


def test_answers_of_doctor_are_found_in_its_modules() -> None:
    assert {"DOC01", "DOC10", "DOC20", "DOC30", "DOC40"} <= answers().keys()
    assert answers()["DOC33"] == "dead letters, messages given up"


def test_errors_are_in_the_order_of_their_ids() -> None:
    ids = [kind.id for kind in errors()]
    assert ids == sorted(ids)
