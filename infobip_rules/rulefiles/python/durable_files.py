"""Rule files written for `durable.lang`: what to change in them before they run here."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from infobip_rules.engine.rules.durable_words import ON_CONTEXT, WORDS
from infobip_rules.errors import RuleError
from infobip_rules.rulefiles.python.positions import span_of_node


def durable_mistakes(tree: ast.Module, file: str) -> list[RuleError]:
    """Returns what to change in a file that imports from `durable.lang`, which must not be run; empty for any other file."""
    imports = [node for node in ast.walk(tree) if _is_durable(node)]
    if not imports:
        return []
    whole, names, modules = _bound(imports)
    found = [_import(node, file) for node in imports]
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if whole or name in names:
                found += _call(node, name, file)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=module), attr=name)) if module in modules:
                found += _call(node, name, file)
            case ast.Attribute(value=ast.Name(id="s"), attr=name) if whole or "s" in names:
                found.append(WORDS["s"].refusal(f"s.{name}", span_of_node(file, node).where()))
            case ast.FunctionDef(args=ast.arguments(args=[ast.arg(arg=context), *_])):
                found += _on_context(node, context, file)
    return sorted(found, key=_place)


def borrowed_words(names: Mapping[str, object], tree: ast.Module, file: str) -> list[RuleError]:
    """Returns what is wrong with words of `durable.lang` that another module brought into a file: they declare nothing here."""
    found = []
    for name in [name for name, value in names.items() if getattr(value, "__module__", "") == "durable.lang"]:
        place = span_of_node(file, _origin(tree, name)).where()
        remedy = WORDS[name].remedy if name in WORDS else f"Import {name} from infobip_rules.lang."
        found.append(
            RuleError(f"{name} is that of durable.lang, whose rulesets are not run here.", remedy, where=place)
        )
    return sorted(found, key=_place)


def _origin(tree: ast.Module, name: str) -> ast.stmt:
    """Returns the statement that imports a name, or a whole module that may hold it."""
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    named = [node for node in imports if any((alias.asname or alias.name) == name for alias in node.names)]
    whole = [node for node in imports if node.names[0].name == "*" and node.module != "infobip_rules.lang"]
    return (named or whole or tree.body)[0]


def _is_durable(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return any(alias.name.split(".")[0] == "durable" for alias in node.names)
    return isinstance(node, ast.ImportFrom) and node.level == 0 and (node.module or "").split(".")[0] == "durable"


def _bound(imports: list[ast.AST]) -> tuple[bool, set[str], set[str]]:
    """Returns whether every name was imported, the names that were, and those under which the module is known."""
    whole = False
    names: set[str] = set()
    modules: set[str] = set()
    for node in imports:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                whole = whole or alias.name == "*"
                (modules if node.module == "durable" else names).add(alias.asname or alias.name)
        elif isinstance(node, ast.Import):
            modules |= {alias.asname for alias in node.names if alias.asname}
    return whole, names, modules


def _import(node: ast.AST, file: str) -> RuleError:
    assert isinstance(node, ast.Import | ast.ImportFrom)  # noqa: S101 - as _is_durable selects
    return RuleError(
        "The file is written for durable.lang, whose rulesets are not run here.",
        "Write from infobip_rules.lang import c, fact, m, ruleset, signal, when_all, and name the type in each pattern. "
        "Or leave it as it is for a program with InfobipPlugin, which takes rulesets of durable.lang.",
        where=span_of_node(file, node).where(),
    )


def _call(node: ast.Call, name: str, file: str) -> Iterator[RuleError]:
    if (word := WORDS.get(name)) is not None:
        yield word.refusal(f"{name}(...)", span_of_node(file, node).where())
    elif name in ("when_all", "when_any"):
        untyped = [argument for argument in node.args if not _is_typed(argument)]
        if untyped:
            text = " ".join(span_of_node(file, untyped[0]).text().split())
            yield RuleError(
                f"The pattern {text} names no type.",
                "Write c.signal << signal(InfobipSmsReceivedMessage, ...), or fact(Order, ...), with the conditions in it.",
                where=span_of_node(file, untyped[0]).where(),
            )


def _is_typed(pattern: ast.expr) -> bool:
    if isinstance(pattern, ast.BinOp) and isinstance(pattern.op, ast.LShift):
        pattern = pattern.right
    name = pattern.func if isinstance(pattern, ast.Call) else None
    known = getattr(name, "id", getattr(name, "attr", ""))
    return known in ("signal", "fact", "pri", "salience", "no_loop") or known in WORDS or known == "timeout"


def _on_context(function: ast.FunctionDef, context: str, file: str) -> Iterator[RuleError]:
    for node in ast.walk(function):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=word) if name == context and word in ON_CONTEXT:
                place = span_of_node(file, node).where()
                yield ON_CONTEXT[word].refusal(f"{context}.{word}", place)


def _place(problem: RuleError) -> tuple[int, int]:
    _, line, column = problem.where.rsplit(":", 2)
    return int(line), int(column)
