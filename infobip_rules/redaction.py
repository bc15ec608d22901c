"""Redaction of secrets: those that this process knows are replaced in errors, logs and output."""

from __future__ import annotations

import json
from urllib.parse import quote, quote_plus

#: The variables whose values are secrets: the settings that are a SecretStr.
SECRET_VARIABLES = ("INFOBIP_API_KEY", "INFOBIP_WEBHOOK_TOKEN", "INFOBIP_WEBHOOK_HMAC_SECRET")
#: A shorter word is too short to be a secret, and replacing it would spoil ordinary sentences.
SHORTEST = 8
HIDDEN = "***"

#: Every spelling of every secret, the longest first, so that no part of one remains.
_spellings: list[str] = []


def conceal(*secrets: str | None) -> None:
    """Redacts these words in errors, logs and dead letters from now on; None and words under 8 characters are ignored."""
    new = {spelt for secret in secrets if secret and len(secret) >= SHORTEST for spelt in _spelt(secret)}
    _spellings[:] = sorted(new.union(_spellings), key=len, reverse=True)


def without_secrets(text: str) -> str:
    """The text with `***` for every secret that was given to `conceal`."""
    for spelling in _spellings:
        if spelling in text:
            text = text.replace(spelling, HIDDEN)
    return text


def _spelt(secret: str) -> set[str]:
    """A secret as it is, as Python and JSON quote it, and as it stands in a URL."""
    return {
        secret,
        repr(secret)[1:-1],
        json.dumps(secret)[1:-1],
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
    }
