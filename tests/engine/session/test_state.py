"""What a session remembers: read back as it was, through changes of the rules and types too."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from tests.engine.sessions import AGENT, Session, acting, failure, fired, received

ANY_NOTE = 'with ruleset("t"):\n    @when_all(fact(Note))\n    def noted(c): pass\n'


def test_facts_of_a_type_that_is_gone_are_kept_and_warned_of(tmp_path: Path) -> None:
    session = Session(tmp_path, 'class Old(Fact):\n    n: int\n\nwith ruleset("t"):\n    pass\n')
    session.tell(opening=(session.make("Old", n=5), AGENT))
    session.deploy(ANY_NOTE)
    effects = session.tell(session.make("Tick"))
    assert effects.warnings == ("A stored fact of type Old is kept aside: no rule file knows that type.",)
    assert [name for name, _ in session.facts] == ["Old", "ClientAgent"]


def test_facts_that_no_longer_fit_their_type_are_kept_and_come_back(tmp_path: Path) -> None:
    old = 'class Mark(Fact):\n    n: str = ""\n\nwith ruleset("t"):\n    pass\n'
    session = Session(tmp_path, old)
    session.tell(opening=(session.make("Mark", n="five"),))
    session.deploy(old.replace('str = ""', "int = 0"))
    effects = session.tell()
    assert effects.warnings == ("A stored Mark is kept aside: its field 'n' no longer fits the type.",)
    session.deploy(old)
    assert session.tell().warnings == ()
    assert session.facts == [("Mark", {"n": "five"})]


def test_a_new_field_with_a_default_is_filled_in(tmp_path: Path) -> None:
    old = 'class Mark(Fact):\n    n: int = 0\n\nwith ruleset("t"):\n    pass\n'
    session = Session(tmp_path, old)
    session.tell(opening=(session.make("Mark", n=1),))
    session.deploy(
        "class Mark(Fact):\n    n: int = 0\n    p: int = 7\n\n"
        'with ruleset("t"):\n    @when_all(signal(Tick), fact(Mark, m.p == 7))\n    def seen(c): pass\n'
    )
    assert fired(session.tell(session.make("Tick"))) == ["seen(Tick, Mark#1)"]


def test_facts_keep_their_numbers_and_their_order(tmp_path: Path) -> None:
    session = acting(
        tmp_path,
        "if c.order.number == '7': c.delete(c.order)\nelse: c.modify(c.order, total=1)\nc.insert(Note())",
        pattern="signal(Tick), c.order << fact(Order)",
    )
    session.tell(session.make("Tick"))
    assert orjson.loads(session.state or b"")["facts"][0][:2] == [2, "Note"]
    assert orjson.loads(session.state or b"")["next"] == 3


def test_a_rule_added_by_a_deploy_fires_once_for_stored_facts(tmp_path: Path) -> None:
    session = Session(tmp_path, ANY_NOTE)
    session.tell(opening=(session.make("Note", n=1), session.make("Note", n=2)))
    session.deploy(ANY_NOTE + "\n    @when_all(fact(Note))\n    def added(c): pass\n")
    assert fired(session.tell(received())) == ["added(Note#1)", "added(Note#2)"]
    assert fired(session.tell(received())) == []


def test_a_rule_that_needs_a_signal_does_not_fire_for_a_deploy(tmp_path: Path) -> None:
    session = Session(tmp_path, ANY_NOTE)
    session.tell(opening=(session.make("Note"),))
    session.deploy(ANY_NOTE + "\n    @when_all(signal(Tick), fact(Note))\n    def added(c): pass\n")
    assert fired(session.tell(received())) == []
    assert fired(session.tell(session.make("Tick"))) == ["added(Tick, Note#1)"]


def test_a_rule_that_was_taken_away_and_put_back_fires_once_more(tmp_path: Path) -> None:
    session = Session(tmp_path, ANY_NOTE)
    session.tell(opening=(session.make("Note"),))
    session.deploy('with ruleset("t"):\n    pass\n')
    session.tell()
    session.deploy(ANY_NOTE)
    assert fired(session.tell()) == ["noted(Note#1)"]


def test_the_opening_facts_are_inserted_once(tmp_path: Path) -> None:
    session = Session(tmp_path, ANY_NOTE)
    for _ in range(2):
        session.tell(opening=(session.make("Note"),))
    assert session.facts == [("Note", {})]


def test_a_moment_is_read_back_as_it_was(tmp_path: Path) -> None:
    moment = datetime(2026, 11, 9, 12, 0, 0, 123456, tzinfo=UTC)
    session = acting(tmp_path, "c.insert(Order(placed=c.now))")
    session.tell(session.make("Tick"), now=moment)
    assert session.facts[-1] == ("Order", {"placed": moment})


@pytest.mark.parametrize(
    "value", ["2**70", 'float("nan")', 'float("inf")', '"\\ud800"', "{1, 2}", "datetime(2026, 1, 1)", "object()"]
)
def test_a_fact_that_would_not_be_read_back_as_it_is_is_refused(tmp_path: Path, value: str) -> None:
    session = acting(tmp_path, f"c.insert(Order(anything={value}))")
    before = session.state
    assert "A fact of type Order can't be kept" in str(failure(session, session.make("Tick")))
    assert session.state == before


@pytest.mark.parametrize("value", ["1e22", "1e-7", "2**63 - 1", "-2**63", '"č😀\\x00\\n"', "None", '[1, {"a": "b"}]'])
def test_unusual_values_are_read_back_as_they_are(tmp_path: Path, value: str) -> None:
    rules = f"""
        with ruleset("t"):
            @when_all(signal(Tick, m.n == 1))
            def keep(c): c.insert(Order(anything={value}))

            @when_all(signal(Tick, m.n == 2), c.order << fact(Order))
            def look(c): c.modify(c.order, number=str(c.order.anything == {value}))
        """
    session = Session(tmp_path, rules)
    session.tell(session.make("Tick", n=1))
    session.tell(session.make("Tick", n=2))
    assert session.facts[0][1]["number"] == "True"
