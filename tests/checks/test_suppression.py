"""Comments that say that a finding is meant to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from .reviewing import findings

SOURCE = """
with ruleset("r"):
    @when_all(signal(InfobipSmsReceivedMessage))
    def reply(c):
        {above}
        InfobipAdapterAPI.send_sms_text_message("385981234567", "{text}"){beside}
"""


def found(folder: Path, *, above: str = "pass", beside: str = "") -> list[str]:
    source = SOURCE.format(above=above, beside=beside, text="https://www.example.com/a/b/c/d")
    return [finding.id for finding in findings(folder, source)]


@pytest.mark.parametrize(
    "comment", ["# check: ignore RULE022 to be read whole", "#check:ignore RULE020, RULE022 both are meant"]
)
def test_a_comment_beside_or_above_suppresses(comment: str, tmp_path: Path) -> None:
    assert found(tmp_path, beside=f"  {comment}") == []
    assert found(tmp_path, above=comment) == []
    assert found(tmp_path, above=f"{comment}\n        # and more about it") == []


@pytest.mark.parametrize(
    "comment", ["# check: ignore RULE022", "# check: ignore RULE020 another one", "# ignore RULE022 for a reason"]
)
def test_without_a_reason_or_with_another_id_it_does_not(comment: str, tmp_path: Path) -> None:
    assert found(tmp_path, above=comment) == ["RULE022"]


def test_a_comment_above_other_code_does_not(tmp_path: Path) -> None:
    assert found(tmp_path, above="# check: ignore RULE022 meant\n        x = 1") == ["RULE022"]
