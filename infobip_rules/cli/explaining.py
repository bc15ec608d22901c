"""`explain`: the meaning of an id: a finding of `check`, an error, an answer of `doctor`."""

from __future__ import annotations

import inspect
import pkgutil
import re
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import infobip_rules
from infobip_rules import doctor
from infobip_rules.checks.catalogue import CatalogueEntry, catalogue
from infobip_rules.cli.output import put
from infobip_rules.durable_rules import DurableRulesError
from infobip_rules.engine.rules.fields import closest
from infobip_rules.errors import InfobipRulesError

#: An answer in the source of `infobip_rules.doctor`: its id and its name.
_ANSWER = re.compile(r'"(DOC\d\d)"[,:]\s*"([^"]+)"')
#: Beside what `doctor` says on the machine, what an answer is about, where its name does not say it.
_ABOUT = {
    "DOC02": (
        "Only the plugin for hosts of durable-rules (infobip_rules.plugin) needs durable-rules, so that it is a note if it "
        "is missing or does not work: everything else works without. It is the extra `durable`, a C extension that is "
        "compiled when it is installed; `doctor` gives the command. IR140 is the error of a program that needs it."
    ),
}
#: Modules that are not imported to find errors: they do work when imported, or need pytest.
_LEFT_OUT = ("__main__", "infobip_rules.testing.plugin")
_WIDTH = 120


class UnknownFindingError(InfobipRulesError, LookupError):
    """There is no finding, error or answer of an id."""

    id = "IR811"
    exit_code = 2


def explain(id_: str | None) -> None:
    """Prints what an id means, or the list of all. Raises UnknownFindingError."""
    explained = {entry.id: _finding(entry) for entry in catalogue().values()}
    explained |= {kind.id: _error(kind) for kind in errors() if kind.id not in explained}
    explained |= {name: _answer(name, about) for name, about in answers().items()}
    if id_ is None:
        put("\n".join(_listed()))
        return
    lines = explained.get(id_.strip().upper())
    if lines is None:
        raise UnknownFindingError(f"There is no finding {id_!r}.", closest(id_.upper(), list(explained)))
    put("\n".join(lines))


def errors() -> list[type[InfobipRulesError]]:
    """Every error of the package, by id; without those of modules whose libraries, of an extra, are not installed."""
    for module in pkgutil.walk_packages(infobip_rules.__path__, "infobip_rules."):
        if not module.name.endswith(_LEFT_OUT):
            with suppress(DurableRulesError, ModuleNotFoundError):
                import_module(module.name)
    # A subclass without an id of its own counts as its base class.
    own = [
        kind
        for kind in _kinds(InfobipRulesError)
        if "id" in vars(kind) and kind.__module__.startswith("infobip_rules.")
    ]
    return sorted(own, key=lambda kind: (kind.id, kind.__name__))


def answers() -> Mapping[str, str]:
    """The subject of each answer of `doctor`, by its id."""
    names: dict[str, dict[str, None]] = {}
    for file in sorted(Path(doctor.__path__[0]).glob("*.py")):
        for id_, name in _ANSWER.findall(file.read_text(encoding="utf-8")):
            names.setdefault(id_, {})[name] = None
    return {id_: ", ".join(names[id_]) for id_ in sorted(names)}


def _kinds(root: type[InfobipRulesError]) -> set[type[InfobipRulesError]]:
    return {root} | {kind for sub in root.__subclasses__() for kind in _kinds(sub)}


def _listed() -> Iterator[str]:
    for entry in catalogue().values():
        yield f"{entry.id}  {entry.severity:7}  {entry.title}"
    for kind in errors():
        if kind.id not in catalogue():
            yield f"{kind.id}    error    {_meaning(kind)[0]}"
    for id_, about in answers().items():
        yield f"{id_}    doctor   {about}"


def _finding(entry: CatalogueEntry) -> list[str]:
    lines = [f"{entry.id} {entry.title} ({entry.severity})", "", entry.why]
    for word, code in (("Before", entry.before), ("After", entry.after)):
        if code:
            lines += ["", f"{word}:", "", *(f"    {line}".rstrip() for line in code.splitlines())]
    return [*lines, "", f"Where it is meant to be, a comment says so:  # check: ignore {entry.id} the reason"]


def _error(kind: type[InfobipRulesError]) -> list[str]:
    first, *rest = _meaning(kind)
    ends = f"A command that meets it ends with {kind.exit_code}."
    return [f"{kind.id} {kind.__name__} (error)", "", first, *rest, "", ends]


def _answer(id_: str, about: str) -> list[str]:
    text = "`infobip-rules doctor` says how this is on this machine, and what to do about it."
    more = textwrap.wrap(_ABOUT.get(id_, ""), _WIDTH)
    return [f"{id_} {about} (an answer of doctor)", "", *more, *([""] if more else []), text]


def _meaning(kind: type[InfobipRulesError]) -> list[str]:
    return (inspect.getdoc(kind) or kind.__name__).splitlines()
