"""RULE020 to RULE024: literal texts of messages: parts, Unicode, URLs, and what can't be sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from infobip_rules.channels.sms.parts import SHORTENED_URL, Parts, check_text, count_parts, urls_in
from infobip_rules.checks.bodies import Send
from infobip_rules.checks.case import Case
from infobip_rules.checks.finding import Finding, remedy_for
from infobip_rules.engine.rules.model import Rule
from infobip_rules.errors import TextError

#: Public shorteners that carriers filter, as their links are anybody's.
_SHORTENERS = frozenset(
    {
        *("bit.ly", "bitly.com", "bl.ink", "buff.ly", "cutt.ly", "goo.gl", "is.gd", "lnkd.in", "ow.ly", "qr.ae"),
        *("rb.gy", "rebrand.ly", "s.id", "shorte.st", "shorturl.at", "soo.gd", "t.co", "t.ly", "tiny.cc"),
        *("tinyurl.com", "tr.im", "v.gd", "adf.ly"),
    }
)
_PLAIN = {
    "’": "'",
    "‘": "'",
    "“": '"',
    "”": '"',
    "„": '"',
    "–": "-",
    "—": "-",
    "…": "...",
    "\u00a0": " ",
    "\u202f": " ",
}


def text_findings(case: Case) -> Iterator[Finding]:
    """Yields findings on the texts that rules send, as far as they are literals in their bodies."""
    for rule in case.rulebook.rules:
        for send in dict.fromkeys(case.body(rule).sends):
            yield from _size(rule, send)
            yield from _urls(rule, send)


def _size(rule: Rule, send: Send) -> Iterator[Finding]:
    text = "".join(send.pieces)
    if send.whole:
        try:
            check_text(text, shorten_url=bool(send.shorten_url))
        except TextError as problem:
            yield _finding("RULE024", rule, send, f"{rule.id} can't send its text. {problem.fact}", problem.remedy)
            return
    counted = count_parts(text, shorten_url=bool(send.shorten_url))
    least = "" if send.whole else "at least "
    if counted.forced_by is not None:
        yield _forced(rule, send, counted, least)
    elif counted.parts > 1:
        yield _finding(
            "RULE020",
            rule,
            send,
            f"{rule.id} sends a text of {least}{counted.parts} parts ({counted.units} characters).",
            "Each part is billed: shorten it to 160 characters if one part is to do.",
        )


def _forced(rule: Rule, send: Send, counted: Parts, least: str) -> Finding:
    character = counted.forced_by or ""
    plain = _PLAIN.get(character)
    remedy = (
        f"Write {plain!r} for it."
        if plain
        else "If the language needs it, all is well: a part then holds 70 characters."
    )
    parts = f"{counted.parts} part{'' if counted.parts == 1 else 's'}"
    return _finding(
        "RULE021",
        rule,
        send,
        f"{rule.id} sends a text that travels as Unicode because of {character!r} (U+{ord(character):04X}): {least}{parts}.",
        remedy,
    )


def _urls(rule: Rule, send: Send) -> Iterator[Finding]:
    for place, piece in enumerate(send.pieces):
        for url in urls_in(piece):
            # After the end of a piece, something unknown may continue the URL.
            open_end = piece.endswith(url) and (place + 1 < len(send.pieces) or not send.whole)
            yield from _url(rule, send, url, open_end=open_end)


def _url(rule: Rule, send: Send, url: str, *, open_end: bool) -> Iterator[Finding]:
    host = re.sub(r"^www\.", "", (_host(url) or "").lower())
    if host in _SHORTENERS:
        yield _finding(
            "RULE023",
            rule,
            send,
            f"{rule.id} sends a link of {host}; carriers filter messages with links of public shorteners.",
            remedy_for(
                send.where,
                python="Send the address itself, with shorten_url=True where it is long.",
                drl="Send the address itself, with true as third argument where it is long.",
            ),
        )
    elif len(url) > SHORTENED_URL and send.shorten_url is False:
        more = "more than " if open_end else ""
        yield _finding(
            "RULE022",
            rule,
            send,
            f"{rule.id} sends a URL of {more}{len(url)} characters as it is.",
            remedy_for(
                send.where,
                python=f"With shorten_url=True it has {SHORTENED_URL}.",
                drl=f"With true as third argument, sendSmsTextMessage(phone, text, true), it has {SHORTENED_URL}.",
            ),
        )


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _finding(id_: str, rule: Rule, send: Send, reason: str, remedy: str) -> Finding:
    return Finding(id=id_, where=send.where, reason=reason, remedy=remedy, rule=rule.id)
