"""What is generated in the pages is what the program says now, and stands where people read it."""

from __future__ import annotations

import pytest

from tests.docs.pages import DOCS, reference, text_of

API = "<!-- generated: api infobip_rules.host.Host start -->\n"


def test_no_page_is_stale() -> None:
    stale = [str(page.relative_to(DOCS)) for page in reference.stale()]
    assert stale == [], "run `make docs-reference` and commit what it writes"


def test_a_page_that_says_something_else_is_stale() -> None:
    page = text_of("docs/reference/settings.md")
    assert reference.refreshed(page) == page
    assert reference.refreshed(page.replace("INFOBIP_API_KEY", "INFOBIP_KEY")) == page


@pytest.mark.parametrize("page", sorted(path.name for path in (DOCS / "reference").glob("*.md")))
def test_a_page_of_the_reference_says_something_without_being_built(page: str) -> None:
    text = reference.unmarked(text_of(f"docs/reference/{page}"))
    assert len(text.splitlines()) > 15
    assert ":::" not in text


def test_a_mark_alone_is_filled_in_and_text_between_two_marks_stays() -> None:
    page = reference.refreshed(
        "# Page\n\n<!-- generated: names -->\n\nBy hand.\n\n<!-- generated: answers -->\n\nThe end.\n"
    )
    assert "`InfobipAdapterAPI`" in page
    assert "| DOC10" in page
    assert reference.unmarked(reference.handwritten(page)).split() == ["#", "Page", "By", "hand.", "The", "end."]
    assert reference.refreshed(page) == page


def test_a_mark_that_names_nothing_is_an_error() -> None:
    with pytest.raises(KeyError, match="nothing"):
        reference.refreshed("<!-- generated: nothing -->\n")


def test_lines_by_hand_keep_their_numbers() -> None:
    page = text_of("docs/reference/host.md")
    assert reference.handwritten(page).count("\n") == page.count("\n")


def test_a_class_stands_a_level_below_the_heading_above_it_and_its_members_below_that() -> None:
    page = reference.refreshed(f"# Page\n\n{API}\n## Part\n\n{API}")
    assert [line for line in page.splitlines() if line.startswith("#")] == [
        "# Page",
        "## Host",
        "### start",
        "## Part",
        "### Host",
        "#### start",
    ]
