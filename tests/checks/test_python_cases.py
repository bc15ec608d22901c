"""Rule files with one typical mistake each: what their first line says is what is read of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.checks.test_python_mistakes import found, said

_TEXT = (Path(__file__).parent / "python_cases.txt").read_text(encoding="utf-8")
CASES = dict(item.split("\n", 1) for item in _TEXT.removeprefix("=== ").split("\n=== "))
#: Line and column, and what is said there; nothing where the file is right.
WANTED: dict[str, list[tuple[str, str]]] = {
    "bad_duration": [
        ("15:20", "InfobipSmsReceivedMessage is the type"),
        ("15:47", "The delay '1 day' can't be read. Write 1d, 24h, or a timedelta."),
    ],
    "bool_field": [("13:85", "Write m.asked == True (+m.asked asks whether it is there).")],
    "call_of_condition": [("13:68", 'm.text.startswith(...) is no condition. Write m.text.matches("A.*").')],
    "change_in_place": [("15:17", "facts are values. Write c.modify(c.visit, count=c.visit.count + 1).")],
    "condition_as_text": [("15:78", "m.text is a condition, not the text. Write c.signal.text.")],
    "element_that_may_be_absent": [],
    "field_in_body": [("15:58", "InfobipSmsReceivedMessage has no field 'form_'. Did you mean 'from_'?")],
    "insert_class": [("15:18", "Visit is the type; insert a fact of it. Write c.insert(Visit(...)).")],
    "local_number": [("15:49", "'0981234567' is not E.164")],
    "modify_unknown": [("15:27", "Visit has no field 'cuont'. Did you mean 'count'?")],
    "or_without_parentheses": [
        ("13:74", 'Put each comparison in parentheses: (m.keyword == "A") | (m.keyword == "B").'),
    ],
    "text_none": [("15:65", "A message needs a text, not None.")],
    "two_mistakes": [
        ("13:63", "InfobipSmsReceivedMessage has no field 'keywrd'. Did you mean 'keyword'?"),
        ("17:63", "InfobipSmsReceivedMessage has no field 'txt'. Did you mean 'text'?"),
        ("21:61", 'Write (m.text == "A") & (m.keyword == "B").'),
    ],
    "unknown_keyword": [("15:74", "send_sms_text_message has no argument 'shorten'. Did you mean 'shorten_url'?")],
}


def test_every_case_is_looked_at() -> None:
    assert CASES.keys() == WANTED.keys()


@pytest.mark.parametrize("name", WANTED)
def test_what_is_wrong_is_told_at_its_column(name: str, tmp_path: Path) -> None:
    told = [(finding.where.split(":", 1)[1], said(finding)) for finding in found(tmp_path, CASES[name])]
    assert [place for place, _ in told] == [place for place, _ in WANTED[name]]
    assert all(words in sentence for (_, words), (_, sentence) in zip(WANTED[name], told, strict=True))
