"""The check of who may use a page: a browser that shows a page of this program, under a name of this machine."""

from __future__ import annotations

from typing import Protocol
from urllib.parse import SplitResult, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from infobip_rules.errors import InfobipRulesError
from infobip_rules.infobip.account import is_loopback


class ForeignPageError(InfobipRulesError, PermissionError):
    """A request to a page came from another site."""

    id = "IR603"


class Guard(Protocol):
    """The check at the entrance of pages."""

    def check(self, request: Request) -> None:
        """Raises InfobipRulesError for a request that is not admitted."""
        ...

    def admit(self, request: Request, path: str) -> Response | None:
        """The answer that admits a browser with a token from now on, and leads to `path`; None if there is none."""
        ...


def check_same_origin(request: Request) -> None:
    """Raises ForeignPageError for a change that a page of another site asks for.

    Browsers say where a request comes from and let no page change it: `Sec-Fetch-Site`, or `Origin` compared with `Host`.
    A request that says neither is not of a browser, and is refused too: programs have the API.
    """
    if request.method in {"GET", "HEAD"}:
        return
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin", "")
    own = _split(origin).netloc.lower() == request.headers.get("host", "").lower()
    if not (site == "same-origin" if site is not None else own):
        raise ForeignPageError("Another page than ours asked for this.", "Use the page itself.")


def check_loopback_name(request: Request) -> None:
    """Raises ForeignPageError for a host name that is not this machine's.

    A foreign name that leads to 127.0.0.1 would make a foreign page one of the same origin.
    """
    name = _split(f"//{request.headers.get('host', '')}").hostname or ""
    if not is_loopback(name):
        raise ForeignPageError(
            "This page is there for this machine only.", "Open it as http://127.0.0.1, or start with --host."
        )


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:  # such as http://[
        raise ForeignPageError(
            "What the request says of where it comes from is no address.", "Use the page itself."
        ) from None
