"""The names of one function: which are its own, how each is bound, and which are asked about before they are read."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import lru_cache

_SCOPES = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
_COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_ASKING = frozenset(
    {"isinstance", "issubclass", "hasattr", "getattr", "setattr", "type", "callable", "vars", "delattr"}
)


class Bindings:
    """The names that a function binds: a name to the one expression that it stands for, to None if that is not certain."""

    def __init__(self, body: Iterable[ast.AST], parameters: Iterable[str] = ()) -> None:
        self.values: dict[str, ast.expr | None] = dict.fromkeys(parameters)
        self._bound = set(self.values)
        #: Parameters that nothing else is bound to.
        self.untouched = set(self.values)
        nodes = list(body)
        for node in nodes:
            self._read(node)
        for node in nodes:
            self._nonlocal(node)

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def _bind(self, name: str, value: ast.expr | None) -> None:
        self.untouched.discard(name)
        self.values[name] = None if name in self._bound else value
        self._bound.add(name)

    def _read(self, node: ast.AST) -> None:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.NamedExpr(target=ast.Name(id=name), value=value)
            ):
                self._bind(name, value)
                self._read(value)
                return
            case ast.AnnAssign(target=ast.Name(id=name), value=value):
                if value is not None:
                    self._bind(name, value)
                    self._read(value)
                return
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                self._bind(name, None)
            case ast.alias(name=name, asname=asname):
                self._bind((asname or name).split(".")[0], None)
            case (
                ast.ExceptHandler(name=str() as name)
                | ast.MatchAs(name=str() as name)
                | ast.MatchStar(name=str() as name)
            ):
                self._bind(name, None)
            case ast.MatchMapping(rest=str() as name):
                self._bind(name, None)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                for name in names:
                    self._bind(name, None)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            self._bind(node.name, None)
            return
        if isinstance(node, ast.Lambda):
            return
        if isinstance(node, _COMPREHENSIONS):
            self._walrus(node)
            return
        for child in ast.iter_child_nodes(node):
            self._read(child)

    def _walrus(self, node: ast.AST) -> None:
        for inner in ast.walk(node):
            if isinstance(inner, ast.NamedExpr) and isinstance(inner.target, ast.Name):
                self._bind(inner.target.id, None)

    def _nonlocal(self, node: ast.AST) -> None:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Nonlocal):
                for name in inner.names:
                    self._bind(name, None)


def bound_inside(node: ast.AST) -> Iterator[str]:
    """Yields the names that a function or comprehension inside another function binds for itself."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
        yield from (argument.arg for argument in every if argument is not None)
    for inner in ast.walk(node):
        match inner:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) if inner is not node:
                yield name
            case ast.alias(name=name, asname=asname):
                yield (asname or name).split(".")[0]
            case (
                ast.ExceptHandler(name=str() as name)
                | ast.MatchAs(name=str() as name)
                | ast.MatchStar(name=str() as name)
            ):
                yield name


@lru_cache(maxsize=64)
def names_of_module(tree: ast.Module) -> frozenset[str]:
    """Returns the names that a module binds, or that one of its functions declares global."""
    found = set(Bindings(tree.body).values)
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            found |= set(node.names)
    return frozenset(found)


def dotted(node: ast.AST) -> str:
    """Returns `c.visit.count` as text; empty for what is no chain of names."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.insert(0, node.attr)
        node = node.value
    return ".".join([node.id, *names]) if isinstance(node, ast.Name) else ""


def asked_about(body: Iterable[ast.AST]) -> set[str]:
    """Returns what the function asks the type of, or whether it has something: its type is not what the pattern says then."""
    asked: set[str] = set()
    for node in (inner for statement in body for inner in ast.walk(statement)):
        match node:
            case ast.Call(func=ast.Name(id=name), args=[first, ast.Constant(value=str() as attribute), *_]) if name in (
                "hasattr",
                "getattr",
            ):
                asked.add(f"{dotted(first)}.{attribute}")
                asked.add(dotted(first) if "." in dotted(first) else f"{dotted(first)}.")
            case ast.Call(func=ast.Name(id=name), args=[first, *_]) if name in _ASKING:
                asked.add(dotted(first))
            case ast.Match(subject=subject):
                asked.add(dotted(subject))
    return asked - {""}
