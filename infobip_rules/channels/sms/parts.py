"""Parts of a text message: what a text costs, which character makes it cost more, and whether it can be sent at all."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

from infobip_rules.errors import TextError

#: Infobip rejects what is longer than either (REJECTED_MESSAGE_TOO_LONG).
MOST_PARTS = 25
MOST_BYTES = 4000
#: Every shortened URL comes out this long.
SHORTENED_URL = 23

#: The GSM 03.38 default alphabet, without its escape character.
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: Its extension table: each costs an escape character more.
_EXTENDED = "^{}[]~\\|€\f"
#: Units that fit in a message of one part, and in each part of a longer one (the rest is the header that joins them).
_ROOM = {"GSM-7": (160, 153), "UCS-2": (70, 67)}
_FORCING = re.compile(f"[^{re.escape(_BASIC + _EXTENDED)}]")
#: Characters that take two units, which belong together: the escape and what it escapes, or a surrogate pair.
_PAIRS = {
    "GSM-7": re.compile(f"[{re.escape(_EXTENDED)}]"),
    "UCS-2": re.compile("[\U00010000-\U0010ffff]"),
}
_URL = re.compile(r"""https?://\S*[^\s.,;:!?)\]'"]""", re.IGNORECASE)
_SURROGATE = re.compile("[\ud800-\udfff]")


class Parts(NamedTuple):
    """What a text costs: `parts` messages on the bill, and why."""

    #: How the text travels: one character outside GSM-7 turns all of it to UCS-2.
    encoding: Literal["GSM-7", "UCS-2"]
    #: Septets of GSM-7 (extended characters count 2) or UTF-16 units of UCS-2.
    units: int
    #: How many messages it is split into, and billed as.
    parts: int
    #: The first character that GSM-7 lacks, or None.
    forced_by: str | None
    #: Units still free in the last part.
    remaining: int


def count_parts(text: str, *, shorten_url: bool = False) -> Parts:
    """How many parts a text is sent in; with `shorten_url` every URL over 23 characters counts as 23.

    An estimate then: what Infobip shortened shows in the message count of its answer.
    """
    text = _shortened(text) if shorten_url else text
    forcing = _FORCING.search(text)
    encoding: Literal["GSM-7", "UCS-2"] = "GSM-7" if forcing is None else "UCS-2"
    single, room = _ROOM[encoding]
    pairs = [pair.start() for pair in _PAIRS[encoding].finditer(text)]
    units = len(text) + len(pairs)
    parts, remaining = (1, single - units) if units <= single else _pack(len(text), pairs, room)
    forced_by = None if forcing is None else forcing.group()
    return Parts(encoding=encoding, units=units, parts=parts, forced_by=forced_by, remaining=remaining)


def ucs2_note(text: str, *, shorten_url: bool = False) -> str | None:
    """What to tell whoever writes a text that travels as UCS-2: which character forces it, and what it costs; else None."""
    if _FORCING.search(text) is None:
        return None
    counted = count_parts(text, shorten_url=shorten_url)
    if counted.forced_by is None:  # in a URL that is shortened
        return None
    plain = count_parts(_FORCING.sub("?", text), shorten_url=shorten_url)
    return (
        f"The text goes as UCS-2 because of {named_character(counted.forced_by)}: it costs {_counted(counted.parts)}, "
        f"without such characters {_counted(plain.parts)}."
    )


def named_character(character: str) -> str:
    """A character as somebody finds it in a text: as it looks, if it can be seen, and by its code point."""
    code = f"U+{ord(character):04X}"
    return f"{character!r} ({code})" if character.isprintable() else code


def _counted(parts: int) -> str:
    return "1 part" if parts == 1 else f"{parts} parts"


def check_text(text: str, *, shorten_url: bool = False) -> Parts:
    """The parts of a text that can be sent.

    Raises TextError for an empty one, one with half a character in it (a lone surrogate), and one over 25 parts or 4000
    bytes of UTF-8, which Infobip would reject.
    """
    if not text.strip():
        raise TextError("The text of the message is empty.", "Give it at least one character that is not a space.")
    if not text.isascii() and (broken := _SURROGATE.search(text)):
        raise TextError(
            f"The text holds half a character (a lone surrogate) at position {broken.start()}.",
            "Cut texts between characters, not between UTF-16 units.",
            position=broken.start(),
        )
    counted = count_parts(text, shorten_url=shorten_url)
    size = len((_shortened(text) if shorten_url else text).encode())
    if counted.parts > MOST_PARTS or size > MOST_BYTES:
        raise _too_long(counted, size)
    return counted


def urls_in(text: str) -> list[str]:
    """The URLs in a text, as Infobip finds them to shorten."""
    return _URL.findall(text)


def _too_long(counted: Parts, size: int) -> TextError:
    forced = counted.forced_by
    cause = f" in {counted.encoding}" if forced is None else f", being UCS-2 because of {named_character(forced)}"
    return TextError(
        f"The text is too long: {counted.parts} parts and {size} bytes{cause}.",
        f"Infobip takes {MOST_PARTS} parts and {MOST_BYTES} bytes at most: shorten it, or send several messages.",
        parts=counted.parts,
        bytes=size,
    )


def _shortened(text: str) -> str:
    return _URL.sub(
        lambda url: "x" * min(len(url.group()), SHORTENED_URL) if len(url.group()) > SHORTENED_URL else url.group(),
        text,
    )


def _pack(length: int, pairs: Iterable[int], room: int) -> tuple[int, int]:
    """How many parts so many characters fill, and what is free in the last; `pairs` are the places of those of two units."""
    more = 0
    for place in pairs:
        # Where one unit is left of a part, it stays empty, and the pair goes into the next.
        more += 2 if (place + more) % room == room - 1 else 1
    parts = -(-(length + more) // room)
    return parts, parts * room - length - more
