"""Access to what `dev` serves."""

from __future__ import annotations

from infobip_rules.cli.dev_access import DevAccess


def test_this_machine_needs_no_token_and_is_shown_none() -> None:
    access = DevAccess.of(None, local=True)
    assert (access.token, access.query, access.option, access.hints) == (None, "", "", ())


def test_a_token_that_is_set_is_never_shown() -> None:
    access = DevAccess.of("the-token-that-is-set", local=False)
    assert (access.token, access.query, access.option) == ("the-token-that-is-set", "?token=***", "")
    assert "the-token-that-is-set" not in "".join(access.hints)


def test_for_others_a_token_is_made_up_and_shown_to_whoever_started_it() -> None:
    access, another = (DevAccess.of(None, local=False) for _ in range(2))
    assert access.token
    assert access.token != another.token
    assert access.query == f"?token={access.token}"
    assert access.option == f" --token {access.token}"
