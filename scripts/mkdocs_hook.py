"""Hooks of the documentation's build: the navigation, and pages without the marks for what is generated."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import reference


def on_config(config: Any) -> Any:
    """Names every decision in the navigation, and puts pages at its end that it does not name."""
    docs = Path(config["docs_dir"])
    config["nav"].append({"Decisions": sorted(_paths(docs, "decisions/*.md"), key=lambda path: "index" not in path)})
    named = set(_named(config["nav"]))
    config["nav"] += [path for path in _paths(docs, "**/*.md") if path not in named]
    return config


def _paths(docs: Path, pattern: str) -> list[str]:
    return sorted(path.relative_to(docs).as_posix() for path in docs.glob(pattern))


def _named(nav: Any) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
    else:
        for part in nav.values() if isinstance(nav, dict) else nav:
            yield from _named(part)


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Leaves out the marks around what is generated."""
    return reference.unmarked(markdown)
