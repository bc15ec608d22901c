"""The parts of the documentation that are made from the program: settings, commands, signals, errors, classes and so on.

They stand in the pages between two marks, and are committed: `make docs-reference` writes them anew. A mark names what
is wanted, with its arguments: `<!-- generated: settings -->`, `<!-- generated: api infobip_rules.host.Host start -->`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer
from api_reference import code, comments, documentation, entry, fields, table
from prometheus_client import Metric
from pydantic import BaseModel
from pydantic.fields import FieldInfo

import infobip_rules
from infobip_rules.checks.catalogue import catalogue
from infobip_rules.cli import explaining
from infobip_rules.cli.command_line import program
from infobip_rules.facts import ClientAgent
from infobip_rules.journal.records import Depth
from infobip_rules.journal.views import Tally
from infobip_rules.limits import Limits
from infobip_rules.plugins import specs
from infobip_rules.plugins.implementation import signature
from infobip_rules.plugins.manager import HOOKS, Plugins
from infobip_rules.settings import Settings
from infobip_rules.signals import SIGNAL_TYPES, MessageMedia, ReportError, ReportStatus
from infobip_rules.telemetry import HostTelemetry
from infobip_rules.web.overview.metrics import COUNTED, Figures, families

ROOT = Path(__file__).parents[1]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
README = ROOT / "README.md"
DOCS = ROOT / "docs"


# Settings.


def default(field: FieldInfo) -> str:
    """A default as it is written in the environment."""
    if field.is_required():
        return "required"
    if field.default is None:
        return "none"
    return code(str(field.default).lower() if isinstance(field.default, bool) else str(field.default))


def settings() -> str:
    """Every variable, with its default and meaning."""
    meanings = comments(Settings) | comments(Limits)
    rows = [
        (code(f"INFOBIP_{name.upper()}"), default(Settings.model_fields[name]), meaning)
        for name, meaning in meanings.items()
    ]
    return table(("variable", "default", "meaning"), rows)


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
    name = ", ".join(map(code, spelt)) if parameter.param_type_name == "option" else code(_argument(parameter))
    given = parameter.default
    unsaid = given is None or given is False or callable(given)
    return name, "required" if parameter.required else "" if unsaid else code(str(given)), parameter.help or ""


def _argument(parameter: Any) -> str:
    return (parameter.metavar or parameter.name.upper()).strip("{}[]").removesuffix("}...").removesuffix("]...")


def _parameters(command: Any) -> str:
    shown = [parameter for parameter in command.params if "--help" not in parameter.opts]
    return table(("option", "default", "meaning"), map(_parameter, shown)) if shown else ""


def commands() -> str:
    """Every command with its options, as `--help` shows them."""
    whole: Any = typer.main.get_command(program(Plugins()))
    sections = [
        f"## {name}\n\n`infobip-rules {name}`: {command.help}\n\n{_parameters(command)}"
        for name, command in commands_of(whole)
    ]
    return f"Before any command:\n\n{_parameters(whole)}\n" + "\n".join(sections)


# Signals and facts.


def model(kind: type[BaseModel]) -> str:
    """A model with its fields, under a heading."""
    return f"## {kind.__name__}\n\n{documentation(kind)}\n\n{fields(kind)}"


def signals() -> str:
    """Every type of signal with its fields, and what they are made of."""
    return "\n".join(model(kind) for kind in (*SIGNAL_TYPES.values(), ReportStatus, ReportError, MessageMedia))


def facts() -> str:
    """The facts that the package brings."""
    return model(ClientAgent)


# Errors and findings.


def errors() -> str:
    """Every error by its id."""
    rows = [
        (kind.id, code(kind.__name__), str(kind.exit_code), documentation(kind).split("\n\n")[0])
        for kind in explaining.errors()
    ]
    return table(("id", "error", "exit code", "meaning"), rows)


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
    return table(("id", "about"), ((id_, _coded(names)) for id_, names in explaining.answers().items()))


def _coded(names: str) -> str:
    return ", ".join(code(name) if name.startswith("/") else name for name in names.split(", "))


# What else there is of a kind.

#: Logged as they stand, or the hint of a channel, which is logged as INFO.
_EVENT = re.compile(r'(?:log\.(debug|info|warning|error|exception)|Hint)\(\s*"([a-z_]+\.[a-z_0-9]+)')


def events() -> str:
    """Every event that is logged, with its level."""
    found: dict[str, set[str]] = {}
    for file in Path(infobip_rules.__file__).parent.rglob("*.py"):
        for level, event in _EVENT.findall(file.read_text(encoding="utf-8")):
            found.setdefault(event, set()).add({"": "INFO", "exception": "ERROR"}.get(level, level.upper()))
    rows = [(code(event), ", ".join(sorted(found[event]))) for event in sorted(found)]
    return table(("event", "level"), rows)


def metrics() -> str:
    """Every family of metrics, with its type and labels."""
    nothing: dict[str, Any] = dict.fromkeys(("pending", "dead", "ready", "sending", "unknown", "asides"), 0)
    depth = Depth(**nothing, pending_since=None, ready_since=None)
    counted = [Tally(what=what, label="", since=EPOCH, count=0, last_at=EPOCH) for what in COUNTED]
    there = families(Figures(totals=counted, depth=depth, telemetry=HostTelemetry(), now=EPOCH))
    return table(("metric", "type", "labels", "meaning"), map(_metric, there))


def _metric(family: Metric) -> tuple[str, str, str, str]:
    suffix = {"counter": "_total", "info": "_info"}.get(family.type, "")
    labels = sorted({label for sample in family.samples for label in sample.labels})
    meaning = family.documentation
    if family.type == "histogram":
        bounds = [sample.labels["le"] for sample in family.samples if sample.name.endswith("_bucket")]
        meaning = f"{meaning} Buckets: {', '.join(bounds[:-1])}."
        labels = []
    return code(family.name + suffix), family.type, ", ".join(map(code, labels)), meaning


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
    return ", ".join(map(code, infobip_rules.__all__)) + ".\n"


def hooks() -> str:
    """Every hook with its specification."""
    there = [name for name in vars(specs) if name in HOOKS]
    return "\n".join(f"### `{signature(name)}`\n\n{inspect.getdoc(getattr(specs, name))}\n" for name in there)


def decisions() -> str:
    """The decision records, with their titles."""
    files = sorted((DOCS / "decisions").glob("0*.md"))
    titles = [file.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ") for file in files]
    return "\n".join(f"- [{title}]({file.name})" for title, file in zip(titles, files, strict=True))


#: What a mark without arguments may name; `api` takes the name of a class or function, and of those of its members to show.
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
        hooks,
        metrics,
        decisions,
    )
}

# Pages.

_MARKED = re.compile(
    r"^<!-- generated: (?P<wanted>[^>]+) -->\n"
    r"(?:(?:(?!<!-- generated: ).*\n)*?<!-- end of what is generated -->\n)?",
    re.MULTILINE,
)
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#+) ", re.MULTILINE)


def refreshed(page: str) -> str:
    """The text of a page, with everything between its marks made anew; a KeyError for a mark that names nothing."""
    return _MARKED.sub(lambda mark: _generated(mark["wanted"], _level(page[: mark.start()])), page)


def handwritten(page: str) -> str:
    """The text of a page with empty lines for what is generated, so that the others keep their numbers."""
    return _MARKED.sub(lambda mark: "\n" * mark[0].count("\n"), page)


def unmarked(page: str) -> str:
    """The text of a page without the marks."""
    return re.sub(r"^<!-- (?:generated: .+|end of what is generated) -->\n", "", page, flags=re.MULTILINE)


def stale() -> list[Path]:
    """The pages in which something generated is not as it would be now."""
    return [page for page in _pages() if refreshed(text := page.read_text(encoding="utf-8")) != text]


def _pages() -> list[Path]:
    return sorted(DOCS.rglob("*.md"))


def _level(above: str) -> int:
    """A level below the last heading that was written by hand."""
    headings = _HEADING.findall(_FENCED.sub("", handwritten(above)))
    return len(headings[-1]) + 1 if headings else 1


def _generated(wanted: str, level: int) -> str:
    name, *arguments = wanted.split()
    made = entry(*arguments, level=level) if name == "api" else GENERATED[name]()
    return f"<!-- generated: {wanted} -->\n\n{made.strip()}\n\n<!-- end of what is generated -->\n"


def main() -> None:
    """Writes the pages that are stale, and names them."""
    for page in stale():
        page.write_text(refreshed(page.read_text(encoding="utf-8")), encoding="utf-8")
        print(f"Written: {page.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
