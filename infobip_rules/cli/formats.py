"""The forms in which findings are printed."""

from __future__ import annotations

from enum import StrEnum


class CheckFormat(StrEnum):
    """What `check` can print: lines for people, JSON, or annotations that GitHub shows beside the code."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
