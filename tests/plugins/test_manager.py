"""Plugins by their hooks: what is built in, what is installed, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module, invalidate_caches
from itertools import repeat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from infobip_rules.checks.registry import review
from infobip_rules.errors import PluginError, PluginsNotLoadedError
from infobip_rules.facts import Fact
from infobip_rules.plugins import hookimpl
from infobip_rules.plugins.implementation import signature
from infobip_rules.plugins.manager import BUILT_IN, HOOKS, Plugins
from infobip_rules.plugins.types import fact_types
from infobip_rules.rulefiles.loader import load_rules

from .broken import installed


class Visit(Fact):
    """A fact of a plugin's."""


def plugin(**hooks: Any) -> SimpleNamespace:
    """A plugin with these functions as its hooks."""
    return SimpleNamespace(**{name: hookimpl(function) for name, function in hooks.items()})


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for distributions, which is looked into."""
    monkeypatch.syspath_prepend(str(tmp_path))
    invalidate_caches()
    return tmp_path


def problems(plugins: Plugins) -> list[str]:
    return [str(problem) for problem in plugins.problems]


@pytest.mark.parametrize(("module", "hooks"), BUILT_IN.items())
def test_what_is_built_in_implements_the_hooks_that_are_told_of_it(module: str, hooks: Sequence[str]) -> None:
    marked = [getattr(value, "infobip_rules_impl", None) for value in vars(import_module(module)).values()]
    names = [name for name, value in vars(import_module(module)).items() if hasattr(value, "infobip_rules_impl")]
    named = [options["specname"] for options in marked if options]

    assert sorted(specified or name for name, specified in zip(names, named, strict=True)) == sorted(hooks)


def test_every_hook_but_that_without_a_default_is_implemented_by_what_is_built_in() -> None:
    assert {hook for hooks in BUILT_IN.values() for hook in hooks} | {"route"} == HOOKS


def test_what_is_built_in_is_asked_first_then_plugins_by_name() -> None:
    plugins = Plugins.of(alpha=plugin(fact_types=lambda: ()), beta=plugin(fact_types=lambda: ()))

    assert [one.plugin.name for one in plugins.implementing("fact_types")] == [
        "infobip_rules.plugins.own_types",
        "alpha",
        "beta",
    ]


def test_a_hook_may_leave_out_arguments() -> None:
    plugins = Plugins.of(acme=plugin(route=lambda: "the-one"))

    (route,) = plugins.implementing("route")

    assert route(signal=object()) == "the-one"


def test_a_hook_that_is_a_generator_gives_what_it_yields() -> None:
    def types() -> Iterator[type[Fact]]:
        yield Visit

    assert fact_types(Plugins.of(acme=plugin(fact_types=types)))["Visit"] is Visit


def test_a_plugin_may_be_an_object_whose_methods_are_hooks() -> None:
    class Acme:
        @hookimpl
        def fact_types(self) -> list[type[Fact]]:
            return [Visit]

    assert fact_types(Plugins.of(acme=Acme()))["Visit"] is Visit


def broken() -> Any:
    raise ZeroDivisionError("call 385981234567")


def broken_later() -> Iterator[type[Fact]]:
    yield Visit
    raise ZeroDivisionError


def leaving() -> Any:
    raise SystemExit(3)


class WordlessError(Exception):
    """An error that can't be shown."""

    def __str__(self) -> str:
        raise SystemExit(1)


def wordless() -> Any:
    raise WordlessError


async def asynchronous() -> Any:
    return [Visit]


def leaving_later() -> Iterator[type[Fact]]:
    yield Visit
    raise SystemExit(3)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (broken, "raised ZeroDivisionError: call 385*****4567."),
        (broken_later, "raised ZeroDivisionError."),
        (leaving, "raised SystemExit: 3."),
        (wordless, "raised WordlessError."),
        (asynchronous, "returned a coroutine, and no list of what it adds."),
        (lambda: repeat(Visit), "gave more than 10,000, maybe without end."),
        (leaving_later, "raised SystemExit: 3."),
        (lambda: None, "returned None, and no list of what it adds."),
        (lambda: "Visit", "returned a str, and no list of what it adds."),
        (lambda: [Visit, "Visit"], "gave a str."),
        (lambda: [Fact], "gave Fact."),
        (lambda: [Visit, Visit], "adds Visit, which is also added by itself."),
        (lambda: [type("ClientAgent", (Fact,), {})], "adds ClientAgent, which is also added by infobip_rules."),
    ],
)
def test_a_hook_that_does_not_what_it_is_for_is_named_with_its_plugin_its_signature_and_a_remedy(
    function: Any, said: str
) -> None:
    with pytest.raises(PluginError) as raised:
        fact_types(Plugins.of(acme=plugin(fact_types=function)))

    problem = raised.value
    assert problem.fact.startswith("The plugin acme (types.SimpleNamespace): its hook fact_types ")
    assert said in problem.fact
    assert "the hook is fact_types() -> Iterable[type[Fact]]." in problem.remedy
    assert (problem.context["plugin"], problem.context["hook"]) == ("acme", "fact_types")
    assert problem.context["signature"] == "fact_types() -> Iterable[type[Fact]]"
    assert problem.exit_code == 3


@pytest.mark.parametrize(
    "source",
    [
        "def fact_types():\n    return helped()\n",
        "def fact_types():\n    yield from helped()\n",
        "def fact_types():\n    return map(helped, [1])\n",
    ],
)
def test_an_exception_is_named_with_the_line_of_the_plugin_that_it_came_through(site: Path, source: str) -> None:
    # The library that the plugin called is not where it is fixed.
    installed(site, "lines", f"import json\ndef helped(*_):\n    return json.loads('no')\n@hookimpl\n{source}")

    with pytest.raises(PluginError, match="raised JSONDecodeError") as raised:
        fact_types(Plugins.installed())

    assert f"Fix it at {site}/acme_lines.py:4; the hook is fact_types()" in raised.value.remedy


def test_a_check_that_raises_is_named_with_its_line(site: Path) -> None:
    installed(site, "lines", "@hookimpl\ndef checks(): return [wrong]\ndef wrong(case):\n    return 1 / 0\n")
    rulebook = load_rules([])

    with pytest.raises(PluginError, match="gave the check wrong, which raised ZeroDivisionError") as raised:
        review(rulebook, Plugins.installed())

    assert f"Fix it at {site}/acme_lines.py:5;" in raised.value.remedy


def test_the_cause_is_kept() -> None:
    with pytest.raises(PluginError) as raised:
        fact_types(Plugins.of(acme=plugin(fact_types=broken)))

    assert isinstance(raised.value.__cause__, ZeroDivisionError)


def by_keyword(*, signal: object) -> None:
    """A route that can't be called as specified."""


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        (
            plugin(fact_type=lambda: ()),
            "its hook fact_type is none that there is. Did you mean fact_types() -> Iterable",
        ),
        (plugin(xyzzy=lambda: ()), "its hook xyzzy is none that there is. There are: channels, checks, commands"),
        (
            plugin(route=lambda message: None),
            "its hook route takes message, which it is not given. Write route(signal: Signal) -> str | None.",
        ),
        (
            plugin(route=by_keyword),
            "its hook route takes signal by keyword only. Write route(signal: Signal) -> str | None.",
        ),
        (
            SimpleNamespace(checks=hookimpl(wrapper=True)(lambda: (yield))),
            "its hook checks is a wrapper. Only add to what others give: write checks() -> Iterable[Check].",
        ),
        (SimpleNamespace(checks=lambda: ()), "implements no hook: nothing in types.SimpleNamespace is marked"),
    ],
)
def test_a_plugin_whose_hooks_are_not_as_specified_is_refused(shape: object, said: str) -> None:
    with pytest.raises(PluginError, match="The plugin acme") as raised:
        Plugins.of(acme=shape)

    assert said in str(raised.value)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(PluginsNotLoadedError) as raised:
        Plugins.of(one=plugin(unheard_of=lambda: ()), other=SimpleNamespace())

    assert len(raised.value.problems) == 2
    assert str(raised.value).count("[IR130]") == 2


def test_an_installed_plugin_is_loaded_with_where_it_is_from(site: Path) -> None:
    installed(site, "visits", "@hookimpl\ndef fact_types(): return []")

    (found,) = [one for one in Plugins.installed() if not one.built_in]

    assert (found.name, found.module, found.hooks) == ("visits", "acme_visits", ("fact_types",))
    assert (found.distribution, found.version, found.source) == ("acme-visits", "2.0", "acme-visits 2.0")


def test_a_plugin_that_can_not_be_imported_is_left_out_and_named(site: Path) -> None:
    installed(site, "broken", "import nothing_of_that_name")
    installed(site, "sound", "@hookimpl\ndef fact_types(): return []")

    plugins = Plugins.installed()

    assert [one.name for one in plugins if not one.built_in] == ["sound"]
    assert problems(plugins) == [
        "The plugin broken (acme-broken 2.0) can't be imported: acme_broken raised ModuleNotFoundError: No module named "
        f"'nothing_of_that_name'. Fix the package at {site}/acme_broken.py:2. Until then uninstall acme-broken, or set "
        "INFOBIP_PLUGINS=off. [IR130]"
    ]


@pytest.mark.parametrize("value", ["acme_odd : : x", "../x", "acme_odd:"])
def test_an_entry_point_that_names_no_module_is_said_to(site: Path, value: str) -> None:
    installed(site, "odd", "")
    (site / "acme_odd-2.0.dist-info" / "entry_points.txt").write_text(f"[infobip_rules]\nodd = {value}\n")

    (said,) = problems(Plugins.installed())

    assert f"odd (acme-odd 2.0) can't be imported: {value!r} is not `module` or `module:object`." in said


@pytest.mark.parametrize(
    ("line", "reason"),
    [(b"a line", "a line of it is not `name = module:object`"), (b"odd = \xff", "it is not UTF-8")],
)
def test_entry_points_that_can_not_be_read_keep_no_other_plugin_out(site: Path, line: bytes, reason: str) -> None:
    installed(site, "sound", "@hookimpl\ndef checks(): return []")
    installed(site, "odd", "")
    points = site / "acme_odd-2.0.dist-info" / "entry_points.txt"
    points.write_bytes(b"[infobip_rules]\n" + line + b"\n")

    plugins = Plugins.installed()

    assert [one.name for one in plugins if not one.built_in] == ["sound"]
    assert problems(plugins) == [
        f"The entry_points.txt of acme-odd can't be read: {reason}. Fix the package. Until then uninstall acme-odd, or "
        "set INFOBIP_PLUGINS=off. [IR130]"
    ]

    points.write_bytes(b"[console_scripts]\n" + line + b"\n")

    assert problems(Plugins.installed()) == []


def test_a_plugin_of_a_distribution_without_a_name_is_shown_by_its_module(site: Path) -> None:
    installed(site, "odd", "@hookimpl\ndef checks(): return []")
    (site / "acme_odd-2.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\n")

    (found,) = [one for one in Plugins.installed() if not one.built_in]

    assert (found.distribution, found.version, found.source) == ("", "", "acme_odd")


def test_two_plugins_of_one_name_are_not_both_loaded(site: Path) -> None:
    installed(site / "a", "twin", "@hookimpl\ndef checks(): return []")
    folder = site / "a" / "other-2.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 2.0\n")
    (folder / "entry_points.txt").write_text("[infobip_rules]\ntwin = acme_twin\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(site / "a"))
        (problem,) = problems(Plugins.installed())

    assert "has the name of another one" in problem


def test_a_module_is_one_plugin_not_two(site: Path) -> None:
    installed(site, "visits", "@hookimpl\ndef checks(): return []")
    points = site / "acme_visits-2.0.dist-info" / "entry_points.txt"
    points.write_text("[infobip_rules]\nvisits = acme_visits\nalso = acme_visits\n")

    (problem,) = problems(Plugins.installed())

    assert "The plugin also (acme-visits 2.0) is the same module as the plugin visits." in problem


def test_only_those_that_are_chosen_are_imported(site: Path) -> None:
    installed(site, "wanted", "@hookimpl\ndef checks(): return []")
    installed(site, "unwanted", "raise RuntimeError")

    assert problems(Plugins.installed("wanted")) == []
    assert [one.name for one in Plugins.installed("wanted") if not one.built_in] == ["wanted"]
    assert [one.name for one in Plugins.installed("off") if not one.built_in] == []


def test_one_that_is_chosen_and_not_there_is_named(site: Path) -> None:
    installed(site, "visits", "@hookimpl\ndef checks(): return []")

    assert problems(Plugins.installed("visit, visits")) == [
        "INFOBIP_PLUGINS names the plugin visit, which is not installed. Did you mean visits? [IR130]"
    ]


def test_a_signature_is_shown_as_it_is_written() -> None:
    assert signature("delivery_policies") == "delivery_policies(limits: Limits, channels: Channels) -> Iterable[Policy]"
