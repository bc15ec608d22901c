"""One request to Infobip and one reply, as plain values, and the errors that a reply can carry."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import orjson

from infobip_rules.infobip.phone import mask_numbers
from infobip_rules.infobip.tolerant import read_object, read_objects

_LONGEST_TEXT = 200
#: Seconds that a reply can make us wait.
LONGEST_WAIT = 86_400.0
#: Digits of a number of seconds that are read.
_DIGITS = 15

_NO_SCOPE = "The API key may not do this (nothing is sent until that is mended): give it the scope {scope} in the Infobip Portal."
_REDIRECTED = "Set INFOBIP_BASE_URL to where the account really is: redirects are not followed."
_REMEDIES = {
    400: "Sending the same again is of no use: mend the message (permanent).",
    401: "The API key is wrong, revoked or expired (nothing is sent until that is mended): check INFOBIP_API_KEY and that "
    "it belongs to INFOBIP_BASE_URL.",
    402: "The account has not enough credit (nothing is sent until that is mended): top it up.",
    404: "Nothing is there (permanent): check INFOBIP_BASE_URL, the account's personal host with nothing after it.",
    413: "The request is too large for what stands before Infobip: sending the same again is of no use (permanent).",
    429: "Infobip takes no more requests for the moment (temporary).",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What is asked of Infobip, without host and credentials."""

    method: Literal["GET", "POST"]
    path: str
    json: Mapping[str, Any] | None = field(default=None, repr=False)
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes | None:
        """The body as JSON, in which no text whatever fails to be encoded; None without a body."""
        if self.json is None:
            return None
        try:
            return orjson.dumps(self.json)
        except orjson.JSONEncodeError:  # half a surrogate pair, which is no UTF-8, but can be escaped
            return json.dumps(self.json, separators=(",", ":")).encode("ascii")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What Infobip, or something on the way to it, answered."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    def header(self, name: str) -> str:
        """The value of a header, whatever the case of its name; empty if there is none."""
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), "")

    def document(self) -> Any:
        """The body as JSON; None if it is not JSON."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiFault:
    """The error in a reply, from either of Infobip's two envelopes or whatever text came instead; numbers masked."""

    status: int
    #: Such as E400 or BAD_REQUEST; empty if the reply has none.
    code: str = ""
    text: str = ""
    #: What Infobip advises.
    action: str = ""
    #: `property: what is wrong with it`, one for each.
    violations: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The fault in a sentence or two, for logs and users."""
        code = f" ({self.code})" if self.code else ""
        said = f": {self.text.rstrip('.')}" if self.text else ""
        violations = f" {'; '.join(self.violations)}." if self.violations else ""
        return f"Infobip answered {self.status}{code}{said}.{violations}"


def read_fault(reply: Reply) -> ApiFault:
    """The error that a reply carries. Never raises: an unknown shape becomes its text, shortened."""
    envelope = read_object(reply.document())
    legacy = read_object(read_object(envelope.get("requestError")).get("serviceException"))
    if legacy:
        return ApiFault(
            status=reply.status,
            code=_text(legacy.get("messageId")),
            text=_text(legacy.get("text")),
            violations=_legacy_violations(legacy.get("validationErrors")),
        )
    if "errorCode" in envelope or "description" in envelope:
        return ApiFault(
            status=reply.status,
            code=_text(envelope.get("errorCode")),
            text=_text(envelope.get("description")),
            action=_text(envelope.get("action")),
            violations=_violations(envelope),
        )
    return ApiFault(status=reply.status, text=_plain(reply.body))


def remedy_for(status: int, *, scope: str) -> str:
    """What to do about a refused request, by the status of the answer; empty if there is nothing to say.

    `scope` is what a key needs for the request.
    """
    if status == 403:
        return _NO_SCOPE.format(scope=scope)
    return _REMEDIES.get(status, _REDIRECTED if 300 <= status < 400 else "")


def retry_after(reply: Reply) -> float | None:
    """Seconds that a reply asks to wait, at most a day; None if it does not say.

    A date is measured against the reply's own `Date`, so that a wrong clock on this machine does no harm.
    """
    asked = _asked_wait(reply)
    return None if asked is None else min(asked, LONGEST_WAIT)


def longer_than_waited(reply: Reply) -> str:
    """What to say where a reply asks for a longer wait than it gets; empty where it does not."""
    asked = _asked_wait(reply)
    return "" if asked is None or asked <= LONGEST_WAIT else "It asks to wait for longer than a day: a day is waited."


def _asked_wait(reply: Reply) -> float | None:
    value = reply.header("Retry-After").strip()
    if re.fullmatch(r"[0-9]+", value):
        return float(value[:_DIGITS])  # whatever is longer is beyond every wait already
    until, now = http_date(value), http_date(reply.header("Date"))
    if until is None or now is None:
        return None
    return max((until - now).total_seconds(), 0.0)


def http_date(value: str) -> datetime | None:
    """The moment of a `Date` header, aware; None where there is none that can be read."""
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _text(value: object) -> str:
    said = " ".join(str(value).split()) if isinstance(value, str | int) else ""
    return mask_numbers(said if len(said) <= _LONGEST_TEXT else f"{said[:_LONGEST_TEXT]}...")


def _violations(envelope: object) -> tuple[str, ...]:
    listed = read_objects(envelope, "violations") or ()
    return tuple(f"{_text(entry.get('property'))}: {_text(entry.get('violation'))}" for entry in listed)


def _legacy_violations(errors: object) -> tuple[str, ...]:
    if not isinstance(errors, dict):
        return (_text(errors),) if _text(errors) else ()
    found = ((name, said if isinstance(said, list) else [said]) for name, said in errors.items())
    return tuple(f"{_text(name)}: {', '.join(_text(violation) for violation in said)}" for name, said in found)


def _plain(body: bytes) -> str:
    # A gateway's page: its words are of use, its markup and style sheet are not.
    page = body[:4096].decode("utf-8", "replace")
    page = re.sub(r"(?is)<(script|style)\b.*?(</\1>|\Z)", " ", page)
    return _text(html.unescape(re.sub(r"<[^>]*>", " ", page)))
