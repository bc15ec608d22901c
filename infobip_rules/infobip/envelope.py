"""The envelope of inbound webhooks: `{"results": [...]}` in UTF-8, with bounds on how deep and how long it may be."""

from __future__ import annotations

import codecs
import json
from collections.abc import Mapping
from typing import NoReturn

import orjson

from infobip_rules.errors import WebhookError

#: Infobip posts up to 2000 results at once.
MOST_RESULTS = 5000
#: Its own bodies have 4 levels.
MOST_LEVELS = 32

#: What begins whatever gzip has made.
_GZIP = b"\x1f\x8b"
_EXPECTED = 'Post a JSON object with a list, {"results": [...]}, in UTF-8, as Infobip does.'


def read_results(body: bytes) -> list[object]:
    """The entries of `results`, whatever they are; for a click report, which comes without a list, that report alone.

    Raises WebhookError (`context["http_status"]` is 400, or 413 for too many results) for anything else.
    """
    document = _read_json(body.removeprefix(codecs.BOM_UTF8))
    if _is_too_deep(document, body):
        raise refused(f"The body is nested deeper than {MOST_LEVELS} levels.")
    if not isinstance(document, dict):
        raise refused("The body is not a JSON object.")
    if is_click(document):
        return [document]
    results = document.get("results")
    if not isinstance(results, list):
        raise refused("The body has no list of `results`.")
    if len(results) > MOST_RESULTS:
        raise refused(f"The body has {len(results)} results, more than {MOST_RESULTS}.", http_status=413)
    return results


def is_click(document: Mapping[str, object]) -> bool:
    """Whether an object tells that somebody followed a short link."""
    return document.get("notificationType") == "CLICKED"


def refused(fact: str, *, http_status: int = 400, remedy: str = _EXPECTED) -> WebhookError:
    """The error for a body that is not taken, with the HTTP status that says so."""
    return WebhookError(fact, remedy, http_status=http_status)


def _read_json(body: bytes) -> object:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return _read_loosely(body)


def _read_loosely(body: bytes) -> object:
    if not body.strip():
        raise refused("The body is empty.")
    # orjson gives up a whole body for one half surrogate pair or endless number; those are for single items to answer for.
    try:
        return json.loads(body.decode(), parse_constant=_no_constant)
    except UnicodeDecodeError:
        compressed = body.startswith(_GZIP)
        raise refused("The body is compressed with gzip." if compressed else "The body is not UTF-8.") from None
    except (ValueError, RecursionError):
        raise refused("The body is not JSON.") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON.")


def _is_too_deep(document: object, body: bytes) -> bool:
    if body.count(b"{") + body.count(b"[") <= MOST_LEVELS:
        return False
    level = _containers([document])
    for _ in range(MOST_LEVELS):
        if not level:
            return False
        level = [inner for outer in level for inner in _containers(_content(outer))]
    return bool(level)


def _containers(values: list[object]) -> list[object]:
    return [value for value in values if isinstance(value, dict | list)]


def _content(container: object) -> list[object]:
    if isinstance(container, dict):
        return list(container.values())
    return container if isinstance(container, list) else []
