"""Lines of `.env`: ours set, all others kept."""

from __future__ import annotations

import io
from pathlib import Path

from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from infobip_rules.cli.envfile import with_variables, write_env_file

PRINTABLE = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)


def read(text: str) -> dict[str, str | None]:
    return dotenv_values(stream=io.StringIO(text), interpolate=False)


@given(PRINTABLE)
def test_a_value_is_read_back_as_it_was_written(value: str) -> None:
    assert read(with_variables("", {"KEY": value})) == {"KEY": value}


@given(PRINTABLE)
def test_a_value_replaces_the_one_before_whatever_that_was(before: str) -> None:
    text = with_variables("A=1\n", {"KEY": before})

    assert read(with_variables(text, {"KEY": "new"})) == {"A": "1", "KEY": "new"}


def test_comments_other_variables_and_their_order_stay() -> None:
    text = "# top\nA=1\nexport KEY=old # note\n\nB='two\nlines'\n"

    assert with_variables(text, {"KEY": "new"}) == "# top\nA=1\nKEY=new\n\nB='two\nlines'\n"


def test_a_last_line_without_its_end_is_not_run_into() -> None:
    assert with_variables("A=1", {"KEY": "new"}) == "A=1\nKEY=new\n"


def test_a_variable_that_stood_twice_stands_once() -> None:
    assert with_variables("KEY=1\nA=1\nKEY=2\n", {"KEY": "new"}) == "KEY=new\nA=1\n"


def test_a_variable_without_a_value_is_taken_out() -> None:
    assert with_variables("KEY=1\nA=1\n", {"KEY": None}) == "A=1\n"


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "real.env").write_text("A=1\n")
    (tmp_path / ".env").symlink_to("real.env")

    write_env_file(tmp_path / ".env", {"KEY": "new"})

    assert (tmp_path / ".env").is_symlink()
    assert (tmp_path / "real.env").read_text() == "A=1\nKEY=new\n"


def test_nothing_else_is_left_in_the_folder(tmp_path: Path) -> None:
    write_env_file(tmp_path / ".env", {"KEY": "new"})

    assert [file.name for file in tmp_path.iterdir()] == [".env"]
