"""Options that several commands take."""

from __future__ import annotations

import pytest

from infobip_rules.cli.options import LARGEST, signal_id


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("7", 7),
        ("0", 0),
        (str(LARGEST), LARGEST),
        (str(LARGEST + 1), None),
        ("9" * 5_000, None),
        ("-1", None),
        ("7a", None),
        ("", None),
    ],
)
def test_the_id_of_a_signal_is_a_number_that_sqlite_holds(name: str, id_: int | None) -> None:
    assert signal_id(name) == id_
