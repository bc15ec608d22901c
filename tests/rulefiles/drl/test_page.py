"""docs/drl.md: both forms of each construct load, and answer what the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.rulefiles.drl.answering import answers

PAGE = (Path(__file__).parents[3] / "docs" / "drl.md").read_text(encoding="utf-8")
SECTIONS = [part for part in PAGE.split("\n## ")[1:] if "```java" in part]


def block(section: str, language: str) -> str:
    (text,) = re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)
    return text


def promised(section: str) -> tuple[list[str], list[str]]:
    """What is told, and what is answered to each."""
    (told, answered) = re.findall(r"^Told (.*): both answer (.*)\.$", section, re.MULTILINE)[0]
    wanted = ["".join(re.findall(r"`([^`]*)`", item)) for item in answered.split("; ")]
    return re.findall(r"`([^`]*)`", told), wanted


def test_the_page_has_its_sections() -> None:
    assert len(SECTIONS) >= 6


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.split("\n", 1)[0])
@pytest.mark.parametrize("language", ["java", "python"])
def test_a_form_answers_what_the_page_says(tmp_path: Path, section: str, language: str) -> None:
    file = tmp_path / ("rules.drl" if language == "java" else "rules.py")
    text = block(section, language)
    file.write_text(text, encoding="utf-8")
    told, wanted = promised(section)
    assert ["".join(text for text, _ in some) for some in answers(file, told)] == wanted
