"""Who may use a page: a browser that shows our own, asked for under a name of our own."""

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
    """Stands at the way in to pages."""

    def check(self, request: Request) -> None:
        """Raises InfobipRulesError for whoever is not let in."""
        ...

    def admit(self, request: Request, path: str) -> Response | None:
        """What lets a browser in for good that came with a token, on its way to `path`; None where nothing does."""
        ...


def check_same_origin(request: Request) -> None:
    """Raises ForeignPageError for a change that was asked for by another page than ours.

    Browsers say where a request comes from and let no page change it: `Sec-Fetch-Site`, or `Origin` compared with `Host`.
    What says neither is no browser, and is refused too, as it has the API.
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

    A stranger's name that leads to 127.0.0.1 would make the stranger's page one of the same origin.
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
