"""Small charts as SVG, and in words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from infobip_rules.web.overview.charts import GAP, HEIGHT, WIDTH, chart

POINTS = st.lists(st.tuples(st.just("14:00"), st.integers(0, 10**9)), max_size=40)


@given(POINTS)
def test_every_bar_stays_within_the_picture_and_above_nothing(points: list[tuple[str, int]]) -> None:
    drawn = chart("sent", "Sent", points)
    assert len(drawn.bars) == sum(count > 0 for _, count in points)
    for bar in drawn.bars:
        assert 0 <= bar.x <= bar.x + bar.width <= WIDTH
        assert 0 < bar.height <= HEIGHT
        assert abs(bar.y + bar.height - HEIGHT) < 0.02


def test_a_chart_says_what_it_shows() -> None:
    drawn = chart("sent", "Sent", [("14:00", 1), ("15:00", 12), ("16:00", 0)])
    assert drawn.description == "13 in all, most of them at 15:00: 12."
    assert [bar.description for bar in drawn.bars] == ["14:00: 1", "15:00: 12"]
    assert drawn.bars[0].width == WIDTH / 3 - GAP


def test_an_empty_chart_says_so() -> None:
    assert chart("sent", "Sent", []).description == chart("sent", "Sent", [("14:00", 0)]).description
    assert chart("sent", "Sent", []).description == "None in this time."


def test_a_small_count_beside_a_great_one_stays_visible() -> None:
    small, _ = chart("sent", "Sent", [("14:00", 1), ("15:00", 10**9)]).bars
    assert small.height == 1.5
