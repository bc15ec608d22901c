"""The listening socket of a host."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from infobip_rules.cli.listening import AddressError, is_everywhere, is_for_this_machine_only, is_local, listen, url_of

MAKEFILE = Path(__file__).parents[2] / "Makefile"


def test_a_free_port_is_taken_and_named() -> None:
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        assert url_of(listener) == f"http://127.0.0.1:{port}"
        assert (is_everywhere(listener), is_local(listener), is_for_this_machine_only(listener)) == (False, True, True)


def test_all_addresses_are_reached_by_loopback_and_by_others() -> None:
    with listen("0.0.0.0", 0) as listener:  # noqa: S104 - what is tested
        assert url_of(listener).startswith("http://127.0.0.1:")
        assert (is_everywhere(listener), is_local(listener), is_for_this_machine_only(listener)) == (True, True, False)


def test_a_taken_port_is_said_with_its_remedy() -> None:
    with listen("127.0.0.1", 0) as listener, pytest.raises(AddressError, match="is taken") as problem:
        listen("127.0.0.1", listener.getsockname()[1])
    assert "--port" in problem.value.remedy


@pytest.mark.parametrize(("level", "said"), [("1", True), ("", False)])
def test_the_remedy_is_one_for_make_where_that_started_it(
    monkeypatch: pytest.MonkeyPatch, level: str, said: bool
) -> None:
    monkeypatch.setenv("MAKELEVEL", level)  # make sets it for what it starts
    with listen("127.0.0.1", 0) as listener, pytest.raises(AddressError) as problem:
        listen("127.0.0.1", listener.getsockname()[1])
    assert ("make run PORT=" in problem.value.remedy) is said
    assert "--port $(PORT)" in MAKEFILE.read_text(encoding="utf-8")


@pytest.mark.parametrize("host", ["no such host", "192.0.2.1", "host.invalid"])
def test_a_name_that_is_no_address_of_this_machine_is_said(host: str) -> None:
    with pytest.raises(AddressError, match="is no address of this machine"):
        listen(host, 0)


def test_answers_do_not_wait_for_acknowledgements() -> None:
    with listen("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP
