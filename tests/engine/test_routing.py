"""Routing: the functions of a rule file that say where signals belong and what sessions start with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from infobip_rules.engine.network.rulebook import open_session
from infobip_rules.errors import RuleFileError
from infobip_rules.facts import ClientAgent, Fact
from infobip_rules.routing import first_contact, route
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.signals import Signal
from tests.engine.sessions import ANA, FIRST_LINE, load, received, write_rules

BY_KEYWORD = """
@route
def by_keyword(signal):
    return f"order-{signal.keyword}" if signal.keyword.isdigit() else None
"""


def test_a_marked_function_says_which_session_a_signal_belongs_to(tmp_path: Path) -> None:
    rulebook = load(tmp_path, BY_KEYWORD)
    assert rulebook.route is not None
    assert rulebook.route(received(keyword="12")) == "order-12"
    assert rulebook.route(received(keyword="HELP")) is None


def test_without_a_marked_function_there_is_no_route(tmp_path: Path) -> None:
    assert load(tmp_path, "").route is None


def test_a_session_starts_with_the_agent_of_its_person(tmp_path: Path) -> None:
    assert load(tmp_path, "").first_contact is open_session
    assert open_session(ANA) == (ClientAgent(connections={"phone": ANA}),)


def test_a_marked_function_says_what_a_session_starts_with(tmp_path: Path) -> None:
    rulebook = load(tmp_path, "@first_contact\ndef start(phone):\n    return [Order(number=phone)]\n")
    assert [fact.model_dump()["number"] for fact in rulebook.first_contact("7")] == ["7"]


def test_marking_leaves_a_function_as_it_is() -> None:
    def to_one(signal: Signal) -> str:
        return signal.entry_point

    assert route(to_one) is to_one
    assert to_one(received()) == "signals"


def test_marking_a_first_contact_leaves_it_as_it_is() -> None:
    def start(phone: str) -> Sequence[Fact]:
        return open_session(phone)

    assert first_contact(start) is start
    assert start(ANA) == open_session(ANA)


@pytest.mark.parametrize("role", ["route", "first_contact"])
def test_two_functions_of_one_role_are_refused_at_the_second(tmp_path: Path, role: str) -> None:
    file = write_rules(tmp_path, f"@{role}\ndef one(x): return None\n\n@{role}\ndef two(x): return None\n")
    with pytest.raises(RuleFileError) as refused:
        load_rules([file])
    assert str(refused.value).startswith(f"{file}:{FIRST_LINE + 3}: @{role} stands on two functions. Keep one of them.")


def test_a_marked_function_may_be_imported_into_a_second_file(tmp_path: Path) -> None:
    source = "from infobip_rules.lang import route\n" + BY_KEYWORD
    (tmp_path / "_routes_of_the_shop.py").write_text(source, encoding="utf-8")
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text("from _routes_of_the_shop import by_keyword\n", encoding="utf-8")
    rulebook = load_rules([tmp_path])
    assert rulebook.route is not None
    assert rulebook.route.__name__ == "by_keyword"
