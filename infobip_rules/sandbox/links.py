"""Infobip's URL shortener."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

#: A shortened URL has exactly this many characters.
SHORT_URL_LENGTH = 23
_URL = re.compile(r"https?://\S+")


class Shortened(NamedTuple):
    """A text with short URLs, and the original URL by each of them."""

    text: str
    links: dict[str, str]


def shorten(text: str, serial: Iterator[int], *, domain: str = "s.test", remove_protocol: bool = False) -> Shortened:
    """Replaces each URL of `text` longer than a short one; `serial` numbers the short ones."""
    links: dict[str, str] = {}

    def short(match: re.Match[str]) -> str:
        if len(match[0]) <= SHORT_URL_LENGTH:
            return match[0]
        url = _short_url(domain, next(serial))
        if remove_protocol:
            url = url.removeprefix("https://")
        links[url] = match[0]
        return url

    return Shortened(_URL.sub(short, text), links)


def _short_url(domain: str, number: int) -> str:
    start = f"https://{domain}/"
    return start + f"{number:0{max(1, SHORT_URL_LENGTH - len(start))}x}"
