"""Signal and fact types of plugins, as rules of both languages know them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.errors import PluginError, RuleFileError
from infobip_rules.facts import Fact
from infobip_rules.plugins.manager import Plugins
from infobip_rules.plugins.types import RESERVED, fact_types, signal_types
from infobip_rules.rulefiles.drl.body.actions import HELPER_METHODS
from infobip_rules.rulefiles.drl.compiling.types import OWN_TYPES, VALUES
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.signals import SIGNAL_TYPES, Signal

from .test_manager import plugin

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class ParcelMoved(Signal):
    """A signal of a plugin's."""

    entry_point = "parcels"
    place: str


class Parcel(Fact):
    """A fact of a plugin's."""

    place: str


PLUGINS = Plugins.of(acme=plugin(signal_types=lambda: [ParcelMoved], fact_types=lambda: [Parcel]))

DRL = """
rule "Follow a parcel"
    when
        $moved: ParcelMoved(place != "") from entry-point "parcels"
        not Parcel()
    then
        insert(new Parcel($moved.place));
        delete($moved);
end
"""
PYTHON = f"""
from {__name__} import Parcel, ParcelMoved
from infobip_rules.lang import c, fact, m, none, ruleset, signal, when_all

with ruleset("parcels"):

    @when_all(c.moved << signal(ParcelMoved, m.place != ""), none(fact(Parcel)))
    def follow(c):
        c.insert(Parcel(place=c.moved.place))
        c.delete(c.moved)
"""


def loaded(folder: Path, name: str, source: str) -> Rulebook:
    file = folder / name
    file.write_text(source)
    return load_rules([file], plugins=PLUGINS)


def test_what_is_built_in_comes_by_the_same_hook() -> None:
    assert dict(signal_types(Plugins())) == SIGNAL_TYPES


@pytest.mark.parametrize(("name", "source"), [("rules.drl", DRL), ("rules.py", PYTHON)])
def test_rules_name_them(tmp_path: Path, name: str, source: str) -> None:
    rulebook = loaded(tmp_path, name, source)

    assert rulebook.signal_types["ParcelMoved"] is ParcelMoved
    assert rulebook.fact_types["Parcel"] is Parcel
    assert rulebook.listens_to(ParcelMoved)


def test_without_the_plugin_a_drl_file_does_not_load(tmp_path: Path) -> None:
    file = tmp_path / "rules.drl"
    file.write_text(DRL)

    with pytest.raises(RuleFileError, match="There is no type ParcelMoved"):
        load_rules([file], plugins=Plugins())


def test_an_entry_point_of_theirs_is_one_that_there_is(tmp_path: Path) -> None:
    with pytest.raises(RuleFileError, match="No ParcelMoved comes through the entry point 'parcel'"):
        loaded(tmp_path, "rules.drl", DRL.replace('"parcels"', '"parcel"'))


def test_stored_facts_of_theirs_are_read_though_no_file_names_them(tmp_path: Path) -> None:
    assert loaded(tmp_path, "rules.py", "").fact_types["Parcel"] is Parcel


def test_a_file_that_declares_a_type_of_their_name_does_not_load(tmp_path: Path) -> None:
    with pytest.raises(RuleFileError, match="Two fact types are called Parcel"):
        loaded(tmp_path, "rules.py", "from infobip_rules import Fact\nclass Parcel(Fact): pass")


def test_a_signal_type_that_is_none_is_the_plugins_mistake(tmp_path: Path) -> None:
    file = tmp_path / "rules.drl"
    file.write_text(DRL)

    with pytest.raises(PluginError, match="its hook signal_types gave Parcel"):
        load_rules([file], plugins=Plugins.of(acme=plugin(signal_types=lambda: [Parcel])))


def test_a_name_is_that_of_one_type_only(tmp_path: Path) -> None:
    file = tmp_path / "rules.py"
    file.write_text("")
    both = Plugins.of(
        acme=plugin(signal_types=lambda: [ParcelMoved], fact_types=lambda: [type("ParcelMoved", (Fact,), {})])
    )

    with pytest.raises(PluginError, match="its hook fact_types adds ParcelMoved, which is a signal type as well"):
        load_rules([file], plugins=both)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("not a name", "adds 'not a name', which no rule can name."),
        ("class", "adds 'class', which no rule can name."),
        ("String", "adds String, which is a class of the rule languages."),
        ("Rule", "adds Rule, which is a class of the rule languages."),
    ],
)
def test_a_type_has_a_name_that_is_free(name: str, said: str) -> None:
    with pytest.raises(PluginError) as raised:
        fact_types(Plugins.of(acme=plugin(fact_types=lambda: [type(name, (Fact,), {})])))

    assert said in raised.value.fact


def test_the_classes_that_drl_has_are_reserved() -> None:
    own = {*signal_types(Plugins()), *fact_types(Plugins())}

    assert {*VALUES, *OWN_TYPES, *HELPER_METHODS} - own == RESERVED
