"""An Infobip account: its base URL and API key, as people paste them and as HTTP needs them."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\]")


def read_base_url(value: str) -> str:
    """The base URL as `https://host[:port]`, given with or without scheme and trailing slash.

    Plain http is for this machine only. Raises ValueError (one sentence, which does not repeat the value) for anything
    that is not just a host.
    """
    url = read_url(value)
    if url.path or url.query:
        raise ValueError("holds a path or a query: give the host only, such as https://xxxxx.api.infobip.com.")
    if url.scheme == "http" and not is_loopback(url.hostname or ""):
        raise ValueError("begins with http://, which would send the API key in the clear: write https://.")
    return f"{url.scheme}://{url.netloc}"


def read_url(value: str) -> SplitResult:
    """An http(s) URL in parts: https where no scheme is given, the host in small letters, no slash at the end.

    Raises ValueError for what is no such URL, and for one with a user or a fragment in it.
    """
    typed = value.strip()
    try:
        url = urlsplit(typed if "://" in typed else f"https://{typed}")
        host = url.netloc.rpartition("@")[2].lower()
        well_formed = bool(_HOST.fullmatch(re.sub(r":[0-9]+$", "", host))) and url.port != 0
    except ValueError:
        well_formed = False
    if not well_formed or re.search(r"\s", typed):
        raise ValueError("is not a URL: give a host, such as https://xxxxx.api.infobip.com.")
    if url.scheme not in {"http", "https"}:
        raise ValueError("begins with something else than https://.")
    if "@" in url.netloc or url.fragment:
        raise ValueError("holds a user name or a fragment (#), which have no place in it.")
    return url._replace(netloc=host, path=url.path.rstrip("/"))


def read_api_key(key: str) -> str:
    """The API key itself, if it can go into a header as it is.

    Raises ValueError (one sentence, which does not repeat the key) for what is typically pasted along with it.
    """
    if re.match(r"(?i)(?:authorization:\s*)?(?:app|basic|bearer)\s", key.lstrip()):
        raise ValueError("begins with a word such as 'App ': paste the key alone, without what goes before it.")
    if re.search(r"\s", key):
        raise ValueError("holds a space or a line break: paste the key alone, on one line.")
    if not key:
        raise ValueError("is empty.")
    if not (key.isascii() and key.isprintable()):
        raise ValueError("holds a character that no API key has: copy it again, as it is.")
    return key


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
