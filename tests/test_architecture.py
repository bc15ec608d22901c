"""The shape of the package: floors, no circles of imports, small modules, and that public names are explained and annotated."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "infobip_rules"
LONGEST_MODULE = 400

#: Modules without I/O, which every other may import. They may import each other, as long as there is no circle.
#: `infobip` is here for its formats (phone numbers, parts, bodies, statuses); its client has a floor of its own.
GROUND = """
    actions background clock errors facts garbage_collection infobip limits plugins progress quoting receiver redaction
    routing settings signals telemetry timers
"""
#: The floors, from the top. A module imports its own part and what stands on lower floors: nothing above, nothing beside.
#: A part is a folder or a module; where a module has another floor than its folder, it is named with the folder.
FLOORS = (
    "__main__",
    "cli",
    "checks doctor scaffold",
    "phonepage serving testing",
    "web",
    "plugin",
    "host pages",
    "delivery",
    "durablehost",
    "evaluators",
    "lang",
    "rulefiles",
    "engine",
    "channels durable_rules regex sandbox",
    "infobip.bounded infobip.client journal",
    GROUND,
)
#: Floors that have no module yet.
TO_COME: set[str] = set()

#: Parts that know less than their floor would allow, and all that they know.
SECLUDED = {
    "engine": f"channels {GROUND}",
    "rulefiles": f"channels engine regex {GROUND}",
    "evaluators": f"channels engine rulefiles regex {GROUND}",
    "channels": GROUND,
    "journal": GROUND,
    "sandbox": "clock errors infobip.phone",
    "regex": "",
    "pages": GROUND,
    "durablehost": f"channels durable_rules engine evaluators {GROUND}",
}

#: What only its own part may import.
PRIVATE = {"journal.sqlite": "journal"}

#: The rooms inside a part, from the top: a room imports only rooms after it.
ROOMS = {
    "engine": ("explain", "session", "agenda", "network", "rules"),
    "rulefiles.drl": ("conversion", "compiling", "body", "java", "syntax"),
}

#: Modules that name what stands above them in annotations only, imported where types are checked.
FOR_ANNOTATIONS = {PACKAGE / "plugins" / "specs.py"}

#: The parts that may import a library. Of what is not named here, every part may import it.
IMPORTERS = {
    "durable": "durablehost",
    "durable_rules_engine": "durable_rules durablehost",
    "re2": "regex",
    "httpx": "infobip.bounded infobip.client sandbox cli.simulate doctor.webhook",  # the last two play Infobip's part
    "jinja2": "pages",
    "lark": "rulefiles.drl.syntax",
    "markupsafe": "pages",
    "msgspec": "evaluators",
    "opentelemetry": "telemetry.spans",
    "pluggy": "plugins",
    "prometheus_client": "web.overview",
    "pytest": "testing.plugin",
    "rich": "cli",
    "sqlalchemy": "journal.sqlite",
    "sqlite3": "journal.sqlite",
    "starlette": "pages phonepage sandbox serving web",
    "starlette.types": "cli",
    "structlog": "cli",
    "typer": "cli",
    "uvicorn": "sandbox serving",
    "uvloop": "serving",
}


def modules(*folders: Path) -> dict[str, Path]:
    """The file of every module below `folders`, by its full name."""
    found = {}
    for folder in folders:
        for file in sorted(folder.rglob("*.py")):
            name = ".".join(file.relative_to(ROOT).with_suffix("").parts)
            found[name.removesuffix(".__init__")] = file
    return found


MODULES = {name.removeprefix("infobip_rules").lstrip("."): file for name, file in modules(PACKAGE).items()}


@cache
def tree(file: Path) -> ast.Module:
    parsed = ast.parse(file.read_text(encoding="utf-8"))
    if file in FOR_ANNOTATIONS:
        parsed.body = [node for node in parsed.body if not _is_for_annotations(node)]
    return parsed


def _is_for_annotations(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def imports(file: Path) -> Iterator[str]:
    """Everything a module imports, by full name; inside functions and for annotations too."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            beside = file.parents[node.level - 1].relative_to(ROOT).parts if node.level else ()
            module = ".".join((*beside, *([node.module] if node.module else [])))
            yield from (f"{module}.{alias.name}" for alias in node.names)


def imported_modules(file: Path, known: Iterable[str]) -> set[str]:
    """Which of the `known` modules a module imports."""
    return {name if name in known else name.rpartition(".")[0] for name in imports(file)} & set(known)


def own_imports(module: str) -> list[str]:
    """The modules of the package that a module imports, by their names below `infobip_rules`; without the package itself."""
    known = {f"infobip_rules.{name}" for name in MODULES if name}
    names = imported_modules(MODULES[module], known)
    return sorted(name.removeprefix("infobip_rules.") for name in names)


def is_in(name: str, part: str) -> bool:
    return name == part or name.startswith(f"{part}.")


def is_any_of(name: str, parts: str) -> bool:
    return any(is_in(name, part) for part in parts.split())


def place(module: str) -> tuple[int, str] | None:
    """The floor of a module, counted from the ground, and its part there; by the longest name that is given."""
    places = [
        (len(part), (floor, part))
        for floor, parts in enumerate(reversed(FLOORS))
        for part in parts.split()
        if is_in(module, part)
    ]
    return max(places)[1] if places else None


def broken_rule(module: str, imported: str) -> str:
    """The rule that an import breaks; empty if it breaks none."""
    (floor, part), (other_floor, other_part) = place(module) or (0, ""), place(imported) or (0, "")
    top = module.partition(".")[0]
    if other_floor > floor:
        return f"{other_part} stands above {part}, and imports point down"
    for private, owner in PRIVATE.items():
        if is_in(imported, private) and not is_in(module, owner):
            return f"{private} is private to {owner}"
    if top == imported.partition(".")[0]:
        return room_rule(module, imported)
    if other_floor == floor != 0:
        return f"{part} and {other_part} stand on one floor and do not know each other"
    if top in SECLUDED and not is_any_of(imported, SECLUDED[top]):
        return f"{top} knows nothing but: {' '.join(SECLUDED[top].split()) or 'itself'}"
    return ""


def room_rule(module: str, imported: str) -> str:
    for part, rooms in ROOMS.items():
        own, other = (
            next((room for room in rooms if is_in(name, f"{part}.{room}")), None) for name in (module, imported)
        )
        if own and other and rooms.index(other) < rooms.index(own):
            return f"the rooms of {part} know each other in this direction only: {' -> '.join(rooms)}"
    return ""


def graph_of(files: Mapping[str, Path]) -> dict[str, set[str]]:
    """Which of these modules each of them imports."""
    return {name: imported_modules(file, files.keys() - {name}) for name, file in files.items()}


def circles(graph: Mapping[str, Iterable[str]]) -> list[str]:
    """The circles of imports among modules, each as `a -> b -> a`."""
    found: list[str] = []
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            found.append(" -> ".join((*path[path.index(name) :], name)))
        elif name not in done:
            for imported in sorted(graph[name]):
                visit(imported, (*path, name))
            done.add(name)

    for name in graph:
        visit(name, ())
    return found


def test_every_part_has_a_floor_and_every_floor_its_parts() -> None:
    assert [f"infobip_rules.{name} stands on no floor of FLOORS" for name in MODULES if name and not place(name)] == []
    named = {part for parts in FLOORS for part in parts.split()} - TO_COME
    assert [f"FLOORS names {part}, which does not exist" for part in sorted(named) if part not in MODULES] == []


@pytest.mark.parametrize("module", [module for module in MODULES if module])
def test_a_module_imports_only_what_stands_below_it(module: str) -> None:
    wrong = [
        f"infobip_rules.{module} imports infobip_rules.{name}: {rule}"
        for name in own_imports(module)
        if (rule := broken_rule(module, name))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("module", "imported", "rule"),
    [
        ("engine.rules.model", "host.host", "host stands above engine, and imports point down"),
        ("errors", "cli.output", "cli stands above errors, and imports point down"),
        ("settings", "infobip.client", "infobip.client stands above settings, and imports point down"),
        ("infobip.phone", "infobip.client", "infobip.client stands above infobip, and imports point down"),
        ("web.token", "serving.server", "serving stands above web, and imports point down"),
        ("phonepage.feed", "serving.server", "phonepage and serving stand on one floor and do not know each other"),
        (
            "journal.records",
            "infobip.client",
            "journal and infobip.client stand on one floor and do not know each other",
        ),
        ("engine.rules.model", "journal.records", "engine knows nothing but: "),
        ("sandbox.gate", "settings", "sandbox knows nothing but: clock errors infobip.phone"),
        ("regex.linear", "errors", "regex knows nothing but: itself"),
        ("host.host", "journal.sqlite.outbox", "journal.sqlite is private to journal"),
        (
            "engine.network.joins",
            "engine.session.context",
            "the rooms of engine know each other in this direction only",
        ),
        ("rulefiles.drl.syntax.parser", "rulefiles.drl.java.values", "the rooms of rulefiles.drl know each other in"),
        ("engine.session.context", "engine.network.joins", ""),
        ("infobip.client", "infobip.phone", ""),
        ("timers", "quoting", ""),
        ("cli.run", "engine.rules.model", ""),
    ],
)
def test_an_import_is_judged_by_the_rule_it_breaks(module: str, imported: str, rule: str) -> None:
    assert broken_rule(module, imported).startswith(rule)
    assert bool(broken_rule(module, imported)) == bool(rule)


def test_the_package_is_imported_by_full_names() -> None:
    relative = [
        f"{module}, line {node.lineno}"
        for module, file in MODULES.items()
        for node in ast.walk(tree(file))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []


@pytest.mark.parametrize("folder", ["infobip_rules", "tests", "benchmarks", "scripts"])
def test_no_modules_import_each_other_in_a_circle(folder: str) -> None:
    assert circles(graph_of(modules(ROOT / folder))) == []


def test_a_circle_is_found_however_long_and_inside_functions_too(tmp_path: Path) -> None:
    texts = {"a": "import b", "b": "def late():\n    from c import thing", "c": "import a", "d": "import a"}
    files = {name: tmp_path / f"{name}.py" for name in texts}
    for name, file in files.items():
        file.write_text(texts[name], encoding="utf-8")
    assert circles(graph_of(files)) == ["a -> b -> c -> a"]


@pytest.mark.parametrize("module", MODULES)
def test_a_library_is_imported_only_where_it_belongs(module: str) -> None:
    wrong = []
    for name in imports(MODULES[module]):
        libraries = [library for library in IMPORTERS if is_in(name, library)]
        if libraries and not any(is_any_of(module, IMPORTERS[library]) for library in libraries):
            wrong.append(f"infobip_rules.{module} imports {name}, which only these import: {IMPORTERS[libraries[0]]}")
    assert wrong == []


#: Folders that keep a journal, each in its way, and the modules that open them.
KEEPERS = [name for name in MODULES if name.startswith("journal.") and MODULES[name].name == "__init__.py"]
OPENERS = {"journal", "journal.implementations"}


@pytest.mark.parametrize("module", [name for name in MODULES if not is_any_of(name, " ".join(KEEPERS))])
def test_how_a_journal_is_kept_is_known_only_where_it_is_opened(module: str) -> None:
    known = [
        name for name in imports(MODULES[module]) if is_any_of(name, " ".join(f"infobip_rules.{k}" for k in KEEPERS))
    ]
    assert module in OPENERS or known == []


@pytest.mark.parametrize("keeper", KEEPERS)
def test_ways_to_keep_a_journal_do_not_know_each_other(keeper: str) -> None:
    others = [f"infobip_rules.{other}" for other in KEEPERS if other != keeper]
    own = [file for name, file in MODULES.items() if is_in(name, keeper)]
    assert [name for file in own for name in imports(file) if others and is_any_of(name, " ".join(others))] == []


def test_no_module_is_too_long() -> None:
    lengths = {module: len(file.read_text(encoding="utf-8").splitlines()) for module, file in MODULES.items()}
    assert {module: length for module, length in lengths.items() if length > LONGEST_MODULE} == {}


Named = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def public(file: Path) -> Iterator[Named]:
    """The public functions and classes of a module, and the public methods of its public classes."""
    for node in tree(file).body:
        if isinstance(node, Named) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from (item for item in node.body if isinstance(item, Named) and not item.name.startswith("_"))


def unannotated(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    arguments = function.args
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg):
        if argument is not None and argument.annotation is None and argument.arg not in ("self", "cls"):
            yield f"{function.name}({argument.arg})"
    if function.returns is None:
        yield f"{function.name} ->"


def test_a_public_name_says_what_it_is_for() -> None:
    unexplained = [
        f"{module}.{node.name} (line {node.lineno})"
        for module, file in MODULES.items()
        for node in public(file)
        if ast.get_docstring(node) is None
    ]
    assert unexplained == []


def test_a_module_opens_with_what_it_is_for() -> None:
    trees = {module: tree(file) for module, file in MODULES.items()}
    assert [module for module, node in trees.items() if node.body and not ast.get_docstring(node)] == []


def test_every_function_is_annotated() -> None:
    gaps = [
        f"{module}: {gap}"
        for module, file in MODULES.items()
        for node in ast.walk(tree(file))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for gap in unannotated(node)
    ]
    assert gaps == []


ENGINE = [module for module in MODULES if is_in(module, "engine")]
#: What a named tuple offers to everybody, whatever its names look like.
OF_NAMED_TUPLES = {"_asdict", "_fields", "_make", "_replace"}


def private_names(file: Path) -> set[str]:
    """The private names that a module gives itself: of functions, methods, attributes of `self`, slots."""
    found: set[str] = set()
    for node in ast.walk(tree(file)):
        if isinstance(node, Named):
            found.add(node.name)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.add(node.attr)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
    return {name for name in found if name.startswith("_")}


@pytest.mark.parametrize("module", ENGINE)
def test_no_module_of_the_engine_uses_a_private_name_of_another(module: str) -> None:
    file = MODULES[module]
    own = private_names(file) | OF_NAMED_TUPLES
    astray = [
        f"{ast.unparse(node)} (line {node.lineno})"
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Attribute)
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
        and node.attr not in own
    ]
    imported = [name for name in imports(file) if re.search(r"\._(?!_)", name)]
    assert astray + imported == []


@pytest.mark.parametrize("module", ENGINE)
def test_no_class_of_the_engine_goes_on_in_another_module(module: str) -> None:
    """Its parts are held, and not inherited: what is imported of the engine is the base of no class."""
    file = MODULES[module]
    engine = {name.rpartition(".")[2] for name in imports(file) if is_in(name, f"{PACKAGE.name}.engine")}
    bases = [
        base.id
        for node in ast.walk(tree(file))
        if isinstance(node, ast.ClassDef)
        for base in node.bases
        if isinstance(base, ast.Name) and base.id in engine
    ]
    assert bases == []


#: What says SMS outside the folder of that channel: names that users type or that Infobip documents, each with its reason.
DOCUMENTED = {
    r"InfobipSms(ReceivedMessage|SentMessage|ReceivedReport)": "signals that rules name",
    r"Sms(ReceivedMessage|ReceivedReport)": "data models that rules name",
    r"send_sms_text_message|sendSmsTextMessage": "the action that rules call",
    r"/?sms[-_](received[-_]message|delivery[-_]report)": "paths that Infobip's portal is given",
    r"(INFOBIP_)?SMS_DELIVERY_REPORTING_ENABLED|sms_delivery_reporting_enabled": "a setting",
    r"\.sms\.txt": "how conversation files end",
    r"https://sms\.example\.com": "an example in an error",
    r"smsCount": "a field of Infobip's bodies",
    r"simulate sms|simulate\.command\(\"sms\"\)|simulate_sms": "a command",
    r"Infobip SMS": "what the package says of itself",
}
#: Modules outside the folder that may know SMS, and why.
KNOW_SMS = {
    "channels.builtin": "registers it",
    "channels.adapter_api": "has its documented action",
    "checks.message_texts": "judges texts that rules give to the documented action",
    "cli.bodies": "writes and checks bodies of the documented webhooks",
    "cli.send": "is the documented command that sends a text",
    "journal.sqlite.contents": "makes contents of what journals kept when there was no other channel",
    "signals": "has its documented signals",
}


def says_sms(text: str) -> list[str]:
    """The lines of a module that say SMS in other than documented names."""
    for name in DOCUMENTED:
        text = re.sub(name, "", text)
    return [line.strip() for line in text.splitlines() if re.search("sms", line, re.IGNORECASE)]


@pytest.mark.parametrize(
    "module", [module for module in MODULES if not is_any_of(module, "channels.sms sandbox") and module not in KNOW_SMS]
)
def test_nothing_outside_its_channel_says_sms(module: str) -> None:
    assert says_sms(MODULES[module].read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("module", KNOW_SMS)
def test_a_module_that_may_know_sms_does(module: str) -> None:
    assert says_sms(MODULES[module].read_text(encoding="utf-8")), f"take {module} out of KNOW_SMS"


@pytest.mark.parametrize("name", DOCUMENTED)
def test_a_documented_name_is_said_somewhere(name: str) -> None:
    texts = (file.read_text(encoding="utf-8") for file in MODULES.values())
    assert any(re.search(name, text) for text in texts), f"take {name} out of DOCUMENTED"


def test_only_what_registers_or_offers_a_channel_imports_it() -> None:
    others = [module for module in MODULES if not is_in(module, "channels.sms")]
    importing = {module for module in others if any(is_in(name, "channels.sms") for name in own_imports(module))}
    assert importing == {"channels.builtin", "channels.adapter_api", "checks.message_texts", "cli.send"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("signal(InfobipSmsReceivedMessage)", []),
        ("a text of an SMS", ["a text of an SMS"]),
        ("OutgoingSms", ["OutgoingSms"]),
        ('path = "/sms/3/messages"', ['path = "/sms/3/messages"']),
    ],
)
def test_what_says_sms_is_found(text: str, found: list[str]) -> None:
    assert says_sms(text) == found
