"""Records, as far as they do anything."""

from __future__ import annotations

from infobip_rules.journal.records import SessionWork
from tests.journal import store

from .make import ANA, a_message, a_signal, evaluated


def test_no_record_shows_a_phone_number_or_a_text() -> None:
    work = SessionWork(key=ANA, state="{}", version=1, first=1)
    shown = repr([a_signal(), a_message(), evaluated(1, a_message()), work])
    assert ANA not in shown
    assert "Welcome" not in shown
    assert "hello" not in shown


def test_the_store_offers_every_function_it_names() -> None:
    assert [name for name in store.__all__ if not hasattr(store, name)] == []
