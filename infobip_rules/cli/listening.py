"""The address that a host listens at, taken before anything else is started."""

from __future__ import annotations

import ipaddress
import socket

from infobip_rules.errors import InfobipRulesError

_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not listened at


class AddressError(InfobipRulesError, OSError):
    """The address to listen at can't be had."""

    id = "IR800"
    exit_code = 2


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens at `host` and `port` (0: any free one). Raises AddressError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, asyncio turns Nagle's algorithm off; else every answer waits 40 ms for an ACK.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as cause:
        listener.close()
        raise AddressError(
            f"Port {port} of {host} can't be listened at: {cause.strerror}.",
            "Stop what uses it, or choose another with --port (0: any free one) or --host.",
        ) from None
    return listener


def url_of(listener: socket.socket) -> str:
    """The base URL under which this machine reaches what listens there."""
    host, port = listener.getsockname()[:2]
    host = _WILDCARDS.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_local(listener: socket.socket) -> bool:
    """Whether `url_of` leads to the loopback interface."""
    host = listener.getsockname()[0]
    return ipaddress.ip_address(_WILDCARDS.get(host, host)).is_loopback
