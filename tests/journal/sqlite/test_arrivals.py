"""Arrivals: those of one commit are taken in by one statement, and each learns what became of its own."""

from __future__ import annotations

import sqlite3

from sqlalchemy import Connection

from infobip_rules.journal.records import Accepted
from infobip_rules.journal.requests import Arrival
from infobip_rules.journal.sqlite.arrivals import Accepting, accept_all
from infobip_rules.journal.sqlite.driver import driver
from tests.journal.make import a_signal, an_aside


def inserts(connection: Connection, arrivals: list[Arrival]) -> int:
    """How many statements take these arrivals in."""
    statements: list[str] = []
    raw: sqlite3.Connection = driver(connection)
    raw.set_trace_callback(statements.append)
    Accepting.together(connection, [Accepting(arrival) for arrival in arrivals])
    raw.set_trace_callback(None)
    # Those of triggers come as the statement that set them off.
    return len({statement for statement in statements if statement.lstrip().startswith("INSERT INTO inbox")})


def test_many_arrivals_are_one_statement(connection: Connection) -> None:
    assert inserts(connection, [Arrival(signals=[a_signal(f"m{number}")]) for number in range(50)]) == 1


def test_each_learns_of_its_own_signals_and_what_stands_twice_is_new_to_the_first(connection: Connection) -> None:
    first = Arrival(signals=[a_signal("a"), a_signal("b")], asides=[an_aside()])
    second = Arrival(signals=[a_signal("b"), a_signal("c")])
    one, none, other = accept_all(connection, [first, Arrival(), second])
    assert (one, none) == (Accepted(new=2, duplicates=0, ids=(1, 2)), Accepted(new=0, duplicates=0, ids=()))
    assert (other.new, other.duplicates, other.ids[0], other.new_ids) == (1, 1, 2, other.ids[1:])


def test_one_by_itself_is_taken_in_too(connection: Connection) -> None:
    assert Accepting(Arrival(signals=[a_signal("a")]))(connection).new == 1
