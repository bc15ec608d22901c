"""The parts of the reference that are made from the program: settings, commands, signals, errors and findings."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo

import infobip_rules
from infobip_rules.checks.catalogue import catalogue
from infobip_rules.cli import explaining
from infobip_rules.cli.program import program
from infobip_rules.facts import ClientAgent
from infobip_rules.limits import Limits
from infobip_rules.plugins.manager import Plugins
from infobip_rules.settings import Settings
from infobip_rules.signals import SIGNAL_TYPES, MessageMedia, ReportError, ReportStatus

README = Path(__file__).parents[1] / "README.md"

_FIELD = re.compile(r"((?: +#: .*\n)+) +(\w+): ")


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


# Settings.


def comments(kind: type) -> dict[str, str]:
    """What the `#:` lines above the fields of a class say, by the fields' names."""
    found = _FIELD.findall(inspect.getsource(kind))
    return {name: " ".join(re.findall(r"#: (.*)", lines)) for lines, name in found}


def default(field: FieldInfo) -> str:
    """A default as it is written in the environment."""
    if field.is_required():
        return "required"
    if field.default is None:
        return "none"
    return _code(str(field.default).lower() if isinstance(field.default, bool) else str(field.default))


def settings() -> str:
    """Every variable, with its default and meaning."""
    said = comments(Settings) | comments(Limits)
    rows = [(_code(f"INFOBIP_{name.upper()}"), default(Settings.model_fields[name]), said[name]) for name in said]
    return _table(("variable", "default", "meaning"), rows)


# Commands.


def commands_of(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Every command by its full name, groups resolved."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            if command.invoke_without_command:
                yield before + name, command
            yield from commands_of(command, f"{before}{name} ")
        else:
            yield before + name, command


def _parameter(parameter: Any) -> tuple[str, str, str]:
    spelt = [*parameter.opts, *parameter.secondary_opts]
    name = ", ".join(map(_code, spelt)) if parameter.param_type_name == "option" else _code(_argument(parameter))
    given = parameter.default
    unsaid = given is None or given is False or callable(given)
    return name, "required" if parameter.required else "" if unsaid else _code(str(given)), parameter.help or ""


def _argument(parameter: Any) -> str:
    return (parameter.metavar or parameter.name.upper()).strip("{}[]").removesuffix("}...").removesuffix("]...")


def _parameters(command: Any) -> str:
    shown = [parameter for parameter in command.params if "--help" not in parameter.opts]
    return _table(("option", "default", "meaning"), map(_parameter, shown)) if shown else ""


def commands() -> str:
    """Every command with its options, as `--help` tells them."""
    whole: Any = typer.main.get_command(program(Plugins()))
    sections = [
        f"## {name}\n\n`infobip-rules {name}`: {command.help}\n\n{_parameters(command)}"
        for name, command in commands_of(whole)
    ]
    return f"Before any command:\n\n{_parameters(whole)}\n" + "\n".join(sections)


# Signals and facts.


def _kind(annotation: Any) -> str:
    if annotation is Ellipsis:
        return "..."
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(parts[0])
    if origin in (Union, UnionType):
        return " | ".join(map(_kind, parts))
    if parts:
        return f"{annotation.__name__}[{', '.join(map(_kind, parts))}]"
    return {"NoneType": "None", "AwareDatetime": "datetime"}.get(annotation.__name__, annotation.__name__)


def _preset(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    given = field.get_default()
    return _code(f"{type(given).__name__}()" if isinstance(given, BaseModel) else repr(given))


def _fields(kind: type[BaseModel]) -> str:
    rows = [(_code(name), _code(_kind(field.annotation)), _preset(field)) for name, field in kind.model_fields.items()]
    return f"## {kind.__name__}\n\n{inspect.getdoc(kind)}\n\n{_table(('field', 'type', 'default'), rows)}"


def signals() -> str:
    """Every type of signal with its fields, and what they are made of."""
    return "\n".join(_fields(kind) for kind in (*SIGNAL_TYPES.values(), ReportStatus, ReportError, MessageMedia))


def facts() -> str:
    """The facts that the package brings."""
    return _fields(ClientAgent)


# Errors and findings.


def errors() -> str:
    """Every error by its id."""
    rows = [
        (kind.id, _code(kind.__name__), str(kind.exit_code), (inspect.getdoc(kind) or "").split("\n\n")[0])
        for kind in explaining.errors()
    ]
    return _table(("id", "error", "exit code", "meaning"), rows)


def findings() -> str:
    """Every finding of `check`, as `explain` tells it."""
    return "\n".join(
        f"### {entry.id} {entry.title}\n\n*{entry.severity}*. {entry.why}\n{_example('Instead of', entry.before)}"
        f"{_example('write', entry.after)}"
        for entry in catalogue().values()
    )


def _example(word: str, code: str) -> str:
    return f"\n{word}\n\n```python\n{code}\n```\n" if code else ""


def answers() -> str:
    """Every answer of `doctor`."""
    return _table(("id", "about"), ((id_, _coded(names)) for id_, names in explaining.answers().items()))


def _coded(names: str) -> str:
    return ", ".join(_code(name) if name.startswith("/") else name for name in names.split(", "))


# What else there is of a kind.

_EVENT = re.compile(r'log\.(debug|info|warning|error|exception)\(\s*"([a-z_]+\.[a-z_]+)')


def events() -> str:
    """Every event that is logged, with its level."""
    found: dict[str, set[str]] = {}
    for file in Path(infobip_rules.__file__).parent.rglob("*.py"):
        for level, event in _EVENT.findall(file.read_text(encoding="utf-8")):
            found.setdefault(event, set()).add("ERROR" if level == "exception" else level.upper())
    rows = [(_code(event), ", ".join(sorted(found[event]))) for event in sorted(found)]
    return _table(("event", "level"), rows)


def _of_readme(head: str) -> str:
    """A table of README, which its own tests hold to the program."""
    return README.read_text(encoding="utf-8").partition(f"| {head} |")[2].partition("\n\n")[0]


def conditions() -> str:
    """What may be asked of fields."""
    head = "condition | holds where"
    return f"| {head} |{_of_readme(head)}\n"


def groups() -> str:
    """What may stand around patterns."""
    head = "around patterns | meaning"
    return f"| {head} |{_of_readme(head)}\n"


def names() -> str:
    """The names that are imported from the package itself."""
    return ", ".join(map(_code, infobip_rules.__all__)) + ".\n"


def decisions() -> str:
    """The decision records, with their titles."""
    files = sorted((Path(__file__).parents[1] / "docs" / "decisions").glob("0*.md"))
    titles = [file.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ") for file in files]
    return "\n".join(f"- [{title}]({file.name})" for title, file in zip(titles, files, strict=True))


#: What pages ask for with `<!-- generated: NAME -->`.
GENERATED: Mapping[str, Callable[[], str]] = {
    function.__name__: function
    for function in (
        settings,
        commands,
        signals,
        facts,
        errors,
        findings,
        answers,
        events,
        conditions,
        groups,
        names,
        decisions,
    )
}
