"""The forms of log lines that can be asked for."""

from __future__ import annotations

from enum import StrEnum


class LogFormat(StrEnum):
    """How log lines are written."""

    TEXT = "text"
    JSON = "json"
