"""The listening socket of a host, opened before anything else is started."""

from __future__ import annotations

import errno
import ipaddress
import os
import socket

from infobip_rules.errors import InfobipRulesError

_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not listened at


class AddressError(InfobipRulesError, OSError):
    """The address to listen at can't be had.

    Another program has the port (`lsof -i :8080` names it), the port is below 1024 and so the system's, or the address
    is none of this machine's. `--port 8123` takes another port, `--port 0` any free one, under make `make run PORT=8123`;
    `--host 127.0.0.1` is for this machine only, `--host 0.0.0.0` for others too. Nothing was started, and no message is
    lost: Infobip repeats webhooks until a host takes them.
    """

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
    except (OSError, ValueError) as cause:  # ValueError: not a host name, such as one with a blank in it
        listener.close()
        raise _explained(host, port, cause) from None
    return listener


def _explained(host: str, port: int, cause: Exception) -> AddressError:
    code = cause.errno if isinstance(cause, OSError) and not isinstance(cause, socket.gaierror) else None
    if code == errno.EADDRINUSE:
        return AddressError(
            f"Port {port} of {host} is taken: another program listens at it.",
            f"Stop that one (`lsof -i :{port}` names it), or choose another port with --port (0: any free one{_by_make()}).",
        )
    if code == errno.EACCES:
        return AddressError(
            f"Port {port} of {host} is not for this user: ports below 1024 are the system's.",
            "Choose another with --port, such as 8080, and let a web server pass requests on to it.",
        )
    if code in {None, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
        return AddressError(
            f"{host!r} is no address of this machine.",
            "Give --host 127.0.0.1 to be reached from this machine only, or 0.0.0.0 to be reached from others too.",
        )
    reason = cause.strerror if isinstance(cause, OSError) else type(cause).__name__
    return AddressError(
        f"Port {port} of {host} can't be listened at: {reason}.",
        "Choose another with --port (0: any free one) or --host.",
    )


def _by_make() -> str:
    # `make run` hands on a port of its own, and takes no option.
    return "; with make: `make run PORT=8123`" if os.environ.get("MAKELEVEL") else ""


def url_of(listener: socket.socket) -> str:
    """The base URL under which this machine reaches what listens there."""
    host, port = listener.getsockname()[:2]
    host = _WILDCARDS.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_everywhere(listener: socket.socket) -> bool:
    """Whether it listens at all addresses of the machine."""
    return listener.getsockname()[0] in _WILDCARDS


def is_local(listener: socket.socket) -> bool:
    """Whether `url_of` leads to the loopback interface."""
    host = listener.getsockname()[0]
    return ipaddress.ip_address(_WILDCARDS.get(host, host)).is_loopback


def is_for_this_machine_only(listener: socket.socket) -> bool:
    """Whether only this machine reaches it: not if it listens at all addresses."""
    return ipaddress.ip_address(listener.getsockname()[0]).is_loopback
