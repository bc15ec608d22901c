"""Rule files: finding, running and compiling them, all problems in one go, nothing half loaded."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import EnumMeta
from pathlib import Path
from types import ModuleType
from typing import Any

from infobip_rules.channels.installed import channels_of
from infobip_rules.engine.network.rulebook import Rulebook, open_session
from infobip_rules.engine.rules.entry_points import check_entry_point
from infobip_rules.engine.rules.model import Rule, patterns_of
from infobip_rules.errors import InfobipRulesError, RuleError, RuleFileError
from infobip_rules.facts import Fact
from infobip_rules.plugins import types as plugin_types
from infobip_rules.plugins.manager import Plugins, loaded_plugins
from infobip_rules.plugins.routing import route_of
from infobip_rules.routing import ROLE
from infobip_rules.rulefiles.python.compiler import compile_ruleset
from infobip_rules.rulefiles.python.declarations import Declarations, collecting
from infobip_rules.rulefiles.python.durable_files import borrowed_words, durable_mistakes
from infobip_rules.rulefiles.python.mistakes import file_of, pointed_at
from infobip_rules.rulefiles.python.partial_run import PartialRun
from infobip_rules.rulefiles.python.python_errors import mistake, syntax_mistake
from infobip_rules.signals import Signal

#: Rules in Drools' language.
DRL = ".drl"
SUFFIXES = (".py", DRL)


@dataclass(kw_only=True, slots=True)
class _Loaded:
    rules: list[Rule] = field(default_factory=list)
    problems: list[InfobipRulesError] = field(default_factory=list)
    facts: list[type[Fact]] = field(default_factory=list)
    signals: list[type[Signal]] = field(default_factory=list)
    roles: dict[str, Callable[..., Any]] = field(default_factory=dict)
    #: Plain values of the modules by name: what globals of `.drl` files stand for.
    values: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def load_rules(
    paths: Iterable[str | Path],
    *,
    begun: Callable[[Path], object] | None = None,
    signal_types: Iterable[type[Signal]] = (),
    plugins: Plugins | None = None,
) -> Rulebook:
    """Returns the rulebook of all rule files under `paths` (files, or folders with everything in them that ends in `.py` or
    `.drl`).

    Files are loaded in order of their names, those in Python first, so that rules in DRL know their types; rules are
    numbered as they are declared. Files whose name begins with `_` or `test_`, and conftest.py, are left out. `begun`
    is called with each file right before it is run; `signal_types` are types that rules may name besides those of the
    package and of the files, such as those of channels; `plugins` (those that are installed) add types, channels and
    routes. Raises RuleFileError with everything that is wrong, and PluginError.
    """
    plugins = plugins or loaded_plugins()
    files = sorted(_find(paths), key=lambda file: file.suffix == DRL)
    signals_of_plugins = plugin_types.signal_types(plugins)
    gathered = _Loaded(
        facts=[*plugin_types.fact_types(plugins, signals_of_plugins).values()],
        signals=[
            *signals_of_plugins.values(),
            *channels_of(plugins).signal_types.values(),
            *signal_types,
        ],
    )
    for file in files:
        if file.suffix != DRL:
            if begun is not None:
                begun(file)
            _load(file, gathered)
    drl = [file for file in files if file.suffix == DRL]
    for file in drl:
        if begun is not None:
            begun(file)
    _check_entry_points(gathered)
    _load_drl(drl, gathered)
    _check_names(gathered)
    if gathered.problems:
        raise RuleFileError(gathered.problems)
    try:
        return Rulebook(
            gathered.rules,
            fact_types=gathered.facts,
            signal_types=gathered.signals,
            route=route_of(gathered.roles.get("route"), plugins),
            first_contact=gathered.roles.get("first_contact", open_session),
            sources=[str(file) for file in files],
            warnings=gathered.warnings,
        )
    except RuleError as problem:
        raise RuleFileError([problem]) from None


def _find(paths: Iterable[str | Path]) -> list[Path]:
    files: dict[Path, None] = {}
    problems: list[InfobipRulesError] = []
    for path in map(Path, paths):
        if path.is_dir():
            every = sorted(file for file in path.rglob("*") if file.suffix in SUFFIXES)
            found = [file for file in every if _is_rule_file(file.relative_to(path))]
            if not found:
                problems.append(RuleError(f"No rule file is in {path}.", f"Rule files end in {' or '.join(SUFFIXES)}."))
            files.update(dict.fromkeys(found))
        elif not path.exists():
            problems.append(RuleError(f"{path} does not exist.", "Name a rule file or a folder of rule files."))
        elif path.suffix not in SUFFIXES:
            problems.append(RuleError(f"{path} is no rule file.", f"Rule files end in {' or '.join(SUFFIXES)}."))
        else:
            files[path] = None
    if problems:
        raise RuleFileError(problems)
    return list(files)


def _is_rule_file(file: Path) -> bool:
    hidden = any(part.startswith((".", "_")) for part in file.parts)
    return not (hidden or file.name.startswith("test_") or file.name == "conftest.py")


def _load(file: Path, gathered: _Loaded) -> None:
    module, declared, problems = _execute(file)
    if problems:
        sys.modules.pop(module.__name__, None)
    found: list[InfobipRulesError] = list(problems)
    for ruleset in declared:
        rules, mistakes = compile_ruleset(ruleset, first=len(gathered.rules))
        gathered.rules += rules
        found += mistakes
    gathered.problems += pointed_at(found, str(file))
    for name, value in list(vars(module).items()):
        _gather(value, file, gathered)
        plain = isinstance(value, EnumMeta) or not (callable(value) or isinstance(value, ModuleType))
        if plain and not name.startswith("_"):
            gathered.values.setdefault(name, value)


def _load_drl(files: Sequence[Path], gathered: _Loaded) -> None:
    if not files:
        return
    # Its parser is loaded only if there is something to parse.
    from infobip_rules.rulefiles.drl.compiling.compiler import compile_files

    types = {kind.__name__: kind for kind in (*gathered.facts, *gathered.signals)}
    compiled = compile_files(files, types=types, values=gathered.values, first=len(gathered.rules))
    gathered.rules += compiled.rules
    gathered.facts += compiled.facts
    gathered.signals += compiled.signals
    gathered.problems += compiled.problems
    gathered.warnings += compiled.warnings


def _execute(file: Path) -> tuple[ModuleType, Sequence[Any], Sequence[RuleError]]:
    """Runs a rule file as a module of its own, and takes the rulesets that it declared."""
    module = _module(file)
    try:
        source = file.read_bytes()
        tree = ast.parse(source, str(file))
    except OSError as problem:
        fact = f"The file can't be read: {problem.strerror}."
        return module, (), [RuleError(fact, "See that it is a file, and may be read.", where=str(file))]
    except SyntaxError as problem:
        return module, (), [syntax_mistake(problem, file)]
    except (ValueError, RecursionError, MemoryError) as problem:
        return module, (), [mistake(problem, file, {})]
    if foreign := durable_mistakes(tree, str(file)):
        return module, (), foreign
    try:
        with _declaring(file, module) as declared:
            exec(compile(source, str(file), "exec"), module.__dict__)  # noqa: S102 - rule files are the user's own code
        return module, list(declared.rulesets.values()), borrowed_words(vars(module), tree, str(file))
    except KeyboardInterrupt:  # Ctrl-C during a file that takes too long
        raise
    except Exception as problem:
        first = _as_mistake(problem, file, module)
    except BaseException as problem:
        return module, (), [mistake(problem, file, vars(module))]
    return _run_partially(file, tree, first)


def _run_partially(
    file: Path, tree: ast.Module, first: RuleError
) -> tuple[ModuleType, Sequence[Any], Sequence[RuleError]]:
    """Runs a file that failed once more, piece by piece, for all its mistakes; `first` is what it failed with."""
    module = _module(file)
    pieces = PartialRun(file, module.__dict__)
    try:
        with _declaring(file, module) as declared:
            pieces.run(tree)
    except KeyboardInterrupt:
        raise
    except BaseException:  # what it goes on with was not meant to be run without what failed
        return module, (), pieces.found or [first]
    return module, list(declared.rulesets.values()), pieces.found or [first]


def _as_mistake(problem: Exception, file: Path, module: ModuleType) -> RuleError:
    known = isinstance(problem, RuleError) and problem.where
    return problem if known and isinstance(problem, RuleError) else mistake(problem, file, vars(module))


def _module(file: Path) -> ModuleType:
    module = ModuleType(f"infobip_rules_file_{file.stem}")
    module.__file__ = str(file)
    return module


@contextmanager
def _declaring(file: Path, module: ModuleType) -> Iterator[Declarations]:
    """Collects what a file declares."""
    sys.modules[module.__name__] = module
    sys.path.insert(0, str(file.parent))
    try:
        with collecting() as declared:
            yield declared
    finally:
        with suppress(ValueError):
            sys.path.remove(str(file.parent))


def _gather(value: object, file: Path, gathered: _Loaded) -> None:
    if isinstance(value, type) and issubclass(value, Fact) and value is not Fact:
        gathered.facts.append(value)
    elif isinstance(value, type) and issubclass(value, Signal) and value is not Signal:
        gathered.signals.append(value)
    elif role := getattr(value, ROLE, None) if callable(value) else None:
        other = gathered.roles.setdefault(role, value)  # type: ignore[arg-type]  # callable, as checked above
        if other is not value:
            line = getattr(getattr(value, "__code__", None), "co_firstlineno", 1)
            gathered.problems.append(
                RuleError(f"@{role} stands on two functions.", "Keep one of them.", where=f"{file}:{line}")
            )


def _check_entry_points(gathered: _Loaded) -> None:
    """Checks the entry points of Python rules; those in DRL are checked with their types."""
    patterns = (pattern for rule in gathered.rules for terms in rule.branches for pattern in patterns_of(terms))
    for kind, point, where in dict.fromkeys((pattern.type, pattern.entry_point, pattern.where) for pattern in patterns):
        try:
            check_entry_point(kind, point, gathered.signals, where)
        except RuleError as problem:
            gathered.problems += pointed_at([problem], file_of(where))


def _check_names(gathered: _Loaded) -> None:
    seen: dict[str, str] = {}
    for rule in gathered.rules:
        if rule.id in seen:
            gathered.problems.append(_declared_twice(rule, seen[rule.id]))
        seen.setdefault(rule.id, rule.where)


def _declared_twice(rule: Rule, before: str) -> RuleError:
    if Path(rule.where).absolute() == Path(before).absolute():
        fact = f"The rule {rule.id} is there twice: its file is a rule file, and another one imports it."
        remedy = "Put what both need into a file whose name begins with _, and let both import that."
    else:
        fact = f"The rule {rule.id} is also declared at {before}."
        remedy = "Give the ruleset or the rule another name."
    return RuleError(fact, remedy, where=rule.where, same_as=before)
