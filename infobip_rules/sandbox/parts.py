"""The parts of a text, for the sandbox to refuse and preview as Infobip does.

Its alphabets are its own on purpose: a mistake in the tables of `infobip_rules.channels.sms.parts` would not show in a fake that
shares them. A test compares the two.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}[]~\\|€\f")
#: The one national table the sandbox knows; it is enough to show what a language is good for.
_NATIONAL = {"TR": frozenset("çğıİĞŞş")}


class Capacity(NamedTuple):
    """The units of a part: of a text of one part, and of several."""

    single: int
    several: int


_GSM = Capacity(160, 153)
_GSM_SHIFTED = Capacity(155, 149)
_UCS2 = Capacity(70, 67)


class Size(NamedTuple):
    """The number of parts of a text, and of units left in the last one."""

    parts: int
    remaining: int


def size(text: str, language: str | None = None) -> Size:
    """The size of `text`, with the national table of `language` if there is one."""
    national = _NATIONAL.get(language or "", frozenset())
    if _fits(text, _BASIC | _EXTENDED):
        return _split(_costs(text), _GSM)
    if national and _fits(text, _BASIC | _EXTENDED | national):
        return _split(_costs(text), _GSM_SHIFTED)
    return _split((len(character.encode("utf-16-be")) // 2 for character in text), _UCS2)


def without_accents(text: str) -> str:
    """`text` as Infobip's transliteration would leave it, near enough: letters lose their marks."""
    plain = unicodedata.normalize("NFKD", text.replace("ı", "i"))
    return "".join(character for character in plain if not unicodedata.combining(character))


def _fits(text: str, alphabet: frozenset[str]) -> bool:
    return alphabet.issuperset(text)


def _costs(text: str) -> Iterator[int]:
    return (2 if character in _EXTENDED else 1 for character in text)


def _split(costs: Iterator[int], capacity: Capacity) -> Size:
    units = list(costs)
    total = sum(units)
    if total <= capacity.single:
        return Size(1, capacity.single - total)
    parts, used = 1, 0
    for cost in units:
        # An escape pair or a surrogate pair stays whole: it moves to the next part together.
        if used + cost > capacity.several:
            parts, used = parts + 1, 0
        used += cost
    return Size(parts, capacity.several - used)
