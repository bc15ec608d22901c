"""The shape of the package: dependencies point one way, modules stay small, what is public is explained and annotated."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "infobip_rules"
LONGEST_MODULE = 400

#: From the bottom up; what is named in none of the first three stands in the last but one: host, plugin, delivery and so on.
PURE = {
    "actions",
    "clock",
    "collecting",
    "concealing",
    "errors",
    "facts",
    "limits",
    "plugins",
    "progress",
    "quoting",
    "receiving",
    "routing",
    "settings",
    "signals",
    "timers",
}
SIDES = {"infobip", "journal", "engine", "drl", "lang"}
FRONTS = {"web", "serving", "sandbox", "testing", "cli", "__main__"}

#: Whom a side knows besides: the engine's loader compiles files in Drools' language.
KNOWN = {"engine": {"drl"}}

#: The packages that may import a library.
IMPORTERS = {
    "durable": {"engine"},
    "durable_rules_engine": {"engine"},
    "re2": {"engine"},
    "httpx": {"infobip", "sandbox"},
    "lark": {"drl"},
    "msgspec": {"engine"},
    "starlette": {"web", "sandbox", "pages"},
    "jinja2": {"pages"},
    "markupsafe": {"pages"},
    "typer": {"cli"},
    "sqlalchemy": {"journal"},
    "pluggy": {"plugins"},
    "pytest": set(),
}
#: Modules that name what stands above them, or what is imported elsewhere, in annotations only: where types are checked.
FOR_ANNOTATIONS = {"plugins.specs"}
#: What others may import of them all the same: names for annotations, and what plays Infobip's part: it posts webhooks.
ALLOWED = {
    "starlette.types": {"cli", "serving"},
    "httpx": {"cli.simulate", "doctor.webhook"},
    "pytest": {"testing.plugin"},
}


def modules() -> list[str]:
    """Every module of the package, by its name below `infobip_rules`; empty for the package itself."""
    names = [".".join(file.relative_to(PACKAGE).with_suffix("").parts) for file in sorted(PACKAGE.rglob("*.py"))]
    return [name.removesuffix("__init__").removesuffix(".") for name in names]


MODULES = modules()


@cache
def tree(module: str) -> ast.Module:
    path = PACKAGE.joinpath(*module.split(".")) if module else PACKAGE
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    parsed = ast.parse(file.read_text(encoding="utf-8"))
    if module in FOR_ANNOTATIONS:
        parsed.body = [node for node in parsed.body if not _is_for_types(node)]
    return parsed


def _is_for_types(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def imports(module: str) -> Iterator[str]:
    """Everything a module imports, by full name; inside functions too."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_imports(module: str) -> Iterator[str]:
    """The modules of the package that a module imports, by their names below `infobip_rules`."""
    for name in imports(module):
        if name.split(".", 1)[0] == PACKAGE.name:
            below = name.removeprefix(PACKAGE.name).lstrip(".")
            yield below if below in MODULES else below.rpartition(".")[0]


@cache
def reaches_the_wire(module: str) -> bool:
    """Whether a module of `infobip` sends requests, or imports one that does; the others read and write formats only."""
    if any(is_named(name, "httpx") for name in imports(module)):
        return True
    return any(reaches_the_wire(name) for name in own_imports(module) if is_named(name, "infobip") and name != module)


def layer(module: str) -> int:
    """How far up a module stands."""
    top = module.partition(".")[0]
    if top in PURE or (top == "infobip" and not reaches_the_wire(module)):
        return 0
    if top in SIDES:
        return 1
    return 3 if top in FRONTS else 2


def is_named(name: str, allowed: str) -> bool:
    return name == allowed or name.startswith(f"{allowed}.")


@pytest.mark.parametrize("module", [module for module in MODULES if module])
def test_a_module_imports_only_what_lies_below_it_or_beside_it(module: str) -> None:
    upward = [name for name in own_imports(module) if name and layer(name) > layer(module)]
    assert upward == []


@pytest.mark.parametrize(
    "module", [module for module in MODULES if module.partition(".")[0] in ("infobip", "journal", "engine")]
)
def test_infobip_journal_and_engine_do_not_know_each_other(module: str) -> None:
    own = module.partition(".")[0]
    others = [
        name
        for name in own_imports(module)
        if layer(name) == 1 and name.partition(".")[0] not in (own, "lang", *KNOWN.get(own, ()))
    ]
    assert others == []


@pytest.mark.parametrize("module", [module for module in MODULES if module.partition(".")[0] in ("web", "sandbox")])
def test_what_serves_http_knows_no_other_front(module: str) -> None:
    own = module.partition(".")[0]
    assert [name for name in own_imports(module) if layer(name) == 3 and name.partition(".")[0] != own] == []


@pytest.mark.parametrize("module", MODULES)
def test_a_library_is_imported_only_where_it_belongs(module: str) -> None:
    top = module.partition(".")[0]
    astray = [
        name
        for name in imports(module)
        for library, packages in IMPORTERS.items()
        if is_named(name, library) and top not in packages
    ]
    allowed = [name for name, places in ALLOWED.items() if any(is_named(module, place) for place in places)]
    assert [name for name in astray if not any(is_named(name, one) for one in allowed)] == []


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: str(file.relative_to(PACKAGE)))
def test_no_module_is_too_long(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE


Named = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def public(module: str) -> Iterator[Named]:
    """The public functions and classes of a module, and the public methods of its public classes."""
    for node in tree(module).body:
        if isinstance(node, Named) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from (one for one in node.body if isinstance(one, Named) and not one.name.startswith("_"))


def unannotated(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    arguments = function.args
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg):
        if argument is not None and argument.annotation is None and argument.arg not in ("self", "cls"):
            yield f"{function.name}({argument.arg})"
    if function.returns is None:
        yield f"{function.name} ->"


@pytest.mark.parametrize("module", MODULES)
def test_what_is_public_says_what_it_is_for(module: str) -> None:
    names = [f"{node.name} (line {node.lineno})" for node in public(module) if ast.get_docstring(node) is None]
    assert names == []


@pytest.mark.parametrize("module", [module for module in MODULES if tree(module).body])
def test_a_module_opens_with_what_it_is_for(module: str) -> None:
    assert ast.get_docstring(tree(module))


@pytest.mark.parametrize("module", MODULES)
def test_every_function_is_annotated(module: str) -> None:
    functions = [node for node in ast.walk(tree(module)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert [gap for function in functions for gap in unannotated(function)] == []
