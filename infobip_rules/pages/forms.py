"""Forms that a page posts, and their answers: a status for a script, a page for a browser without one."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import aclosing
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from infobip_rules.errors import InfobipRulesError
from infobip_rules.pages.headers import HEADERS, back_to

#: Bytes; a text message of the greatest length, each character escaped, has room.
LONGEST = 64 * 1024
_MOST_FIELDS = 32


class FormError(InfobipRulesError, ValueError):
    """A form that a page posted can't be read."""

    id = "IR604"


async def read_form(request: Request) -> Mapping[str, str]:
    """The fields of a form; the last of several with one name. Raises FormError."""
    body = bytearray()
    async with aclosing(request.stream()) as chunks:
        async for chunk in chunks:
            body += chunk
            if len(body) > LONGEST:
                raise FormError(f"The form is larger than {LONGEST} bytes.", "Write less.")
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise FormError("The form can't be read.", "Load the page again.") from None


def done(request: Request, path: str) -> Response:
    """The answer to a form that was handled: 204 for the page's own script, which gets the rest as events, else `path` again."""
    if request.headers.get("x-requested-with") == "page":
        return Response(status_code=204, headers=HEADERS)
    return back_to(path)
