"""Small charts as SVG, with the same in words for those who do not see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: In units of the picture.
WIDTH, HEIGHT, GAP = 480, 96, 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """One bar of a chart, from its upper left corner."""

    x: float
    y: float
    width: float
    height: float
    #: Its label and count: `14:00: 12`.
    description: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """A bar chart as a template draws it."""

    id: str
    title: str
    total: int
    most: int
    #: The chart in a sentence, for those who do not see it.
    description: str
    bars: tuple[Bar, ...]
    #: The same as a table: label and count.
    points: tuple[tuple[str, int], ...]


def chart(id_: str, title: str, points: Sequence[tuple[str, int]]) -> Chart:
    """A chart of counts, each with the label of its hour or day, oldest first."""
    total, most = sum(count for _, count in points), max((count for _, count in points), default=0)
    step = WIDTH / max(len(points), 1)
    bars = [
        Bar(
            x=round(place * step + GAP / 2, 2),
            y=round(HEIGHT - height, 2),
            width=round(step - GAP, 2),
            height=round(height, 2),
            description=f"{label}: {count}",
        )
        for place, (label, count) in enumerate(points)
        if (height := _height(count, most))
    ]
    return Chart(
        id=id_,
        title=title,
        total=total,
        most=most,
        description=_description(points, total),
        bars=tuple(bars),
        points=tuple(points),
    )


def _height(count: int, most: int) -> float:
    # A count above 0 stays visible, however small it is beside the others.
    return max(HEIGHT * count / most, 1.5) if count else 0.0


def _description(points: Sequence[tuple[str, int]], total: int) -> str:
    if not total:
        return "None in this time."
    label, most = max(points, key=lambda point: point[1])
    return f"{total} in all, most of them at {label}: {most}."
