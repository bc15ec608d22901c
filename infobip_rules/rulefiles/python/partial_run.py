"""Partial run of a rule file that failed, statement by statement, to find all its mistakes and not just the first.

After a mistake only what declares is still run (imports, types,
functions, rules), and what asks for a name whose own piece failed is not reported.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from infobip_rules.errors import RuleError
from infobip_rules.rulefiles.python.lang import Skipped
from infobip_rules.rulefiles.python.python_errors import mistake

#: Names under which the file reaches what it is run by; no file has them, as they are no names of Python.
_PIECE, _ATTEMPT, _GOES_ON = "piece of the file", "attempt", "goes on"
_DECLARING = ast.ClassDef | ast.FunctionDef | ast.Import | ast.ImportFrom | ast.Assign | ast.AnnAssign | ast.With
_ELEMENTS = frozenset({"signal", "fact", "all", "any", "none", "not_", "exists", "when_all", "when_any"})
#: What binds names where it stands, or can't stand in a function of its own.
_BOUND_TO_ITS_PLACE = ast.NamedExpr | ast.Await | ast.Yield | ast.YieldFrom | ast.Starred

_Node = TypeVar("_Node", bound=ast.AST)


class PartialRun:
    """The run of one file's statements, which collects what they raise."""

    def __init__(self, file: Path, known: dict[str, Any]) -> None:
        self.file = file
        self.known = known
        self.found: list[RuleError] = []
        #: Names whose own piece failed.
        self.unreadable: set[str] = set()

    def run(self, tree: ast.Module) -> None:
        """Runs the file in the names it was given; BaseException reaches the caller, as was meant by what raised it."""
        bound: list[frozenset[str]] = []
        body = [piece for statement in tree.body for piece in _pieces(statement, bound, top=True)]
        code = compile(_module(body), str(self.file), "exec")
        given = {
            _PIECE: lambda number: _Piece(self, bound[number]),
            _ATTEMPT: self.attempt,
            _GOES_ON: lambda number: self._goes_on(bound[number]),
        }
        self.known |= given
        exec(code, self.known)  # noqa: S102 - rule files are the user's own code
        for name in given:
            self.known.pop(name, None)

    def _goes_on(self, names: frozenset[str]) -> bool:
        """Returns whether a statement that does not declare is still run; what it would bind is unreadable if it is not."""
        if self.found:
            self.unreadable |= {name for name in names if name not in self.known}
        return not self.found

    def attempt(self, evaluate: Callable[[], Any], alias: str = "") -> Any:
        """Returns the value of a part of a rule; a placeholder if it raises."""
        try:
            return evaluate()
        except Exception as problem:
            self.take(problem)
            return Skipped(alias)

    def take(self, problem: BaseException) -> None:
        """Adds a mistake, unless it follows from a reported one."""
        name = getattr(problem, "name", None) if isinstance(problem, NameError) else None
        # A failed `import *` may have been to bring any name.
        if name is not None and (name in self.unreadable or "*" in self.unreadable):
            return
        found = problem if isinstance(problem, RuleError) and problem.where else mistake(problem, self.file, self.known)
        if (found.where, found.fact) not in [(known.where, known.fact) for known in self.found]:
            self.found.append(found)


class _Piece:
    """One statement."""

    def __init__(self, pieces: PartialRun, names: frozenset[str]) -> None:
        self.pieces = pieces
        self.names = names

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: type[BaseException] | None, problem: BaseException | None, _at: TracebackType | None) -> bool:
        if not isinstance(problem, Exception):
            return False
        self.pieces.unreadable |= {name for name in self.names if name not in self.pieces.known}
        self.pieces.take(problem)
        return True


def _pieces(statement: ast.stmt, bound: list[frozenset[str]], *, top: bool) -> Iterator[ast.stmt]:
    match statement:
        case ast.ImportFrom(module="__future__") | ast.Expr(value=ast.Constant()) | ast.Pass() | ast.Global():
            yield statement
            return
        case ast.ImportFrom(names=names) | ast.Import(names=names) if len(names) > 1:
            for alias in names:
                alone = ast.copy_location(_import_of(statement, alias), alias)
                yield _piece(alone, [alone], bound)
            return
        case ast.With(items=items, body=body) if any(_is_ruleset(item.context_expr) for item in items):
            inner = [piece for statement in body for piece in _pieces(statement, bound, top=False)]
            yield _piece(statement, [ast.copy_location(ast.With(items=items, body=inner), statement)], bound)
            return
        case ast.FunctionDef(decorator_list=decorators) if decorators:
            statement.decorator_list = [_attempted(decorator) for decorator in decorators]
    piece = _piece(statement, [statement], bound)
    if top and not isinstance(statement, _DECLARING):
        number = ast.Constant(value=len(bound) - 1)
        goes_on = ast.Call(func=ast.Name(id=_GOES_ON, ctx=ast.Load()), args=[number], keywords=[])
        yield _located(ast.If(test=goes_on, body=[piece], orelse=[]), statement)
    else:
        yield piece


def _piece(statement: ast.stmt, body: list[ast.stmt], bound: list[frozenset[str]]) -> ast.With:
    bound.append(frozenset(_names(statement)))
    enter = ast.Call(func=ast.Name(id=_PIECE, ctx=ast.Load()), args=[ast.Constant(value=len(bound) - 1)], keywords=[])
    made = ast.With(items=[ast.withitem(context_expr=enter)], body=body)
    _located(enter, statement)
    return ast.copy_location(made, statement)


def _import_of(statement: ast.stmt, alias: ast.alias) -> ast.Import | ast.ImportFrom:
    if isinstance(statement, ast.ImportFrom):
        return ast.ImportFrom(module=statement.module, names=[alias], level=statement.level)
    return ast.Import(names=[alias])


def _names(statement: ast.stmt) -> Iterator[str]:
    """Yields the names that a statement binds."""
    for node in ast.walk(statement):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.alias(name=name, asname=asname):
                yield (asname or name).split(".")[0]
            case ast.Name(id=name, ctx=ast.Store()):
                yield name


def _is_ruleset(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "ruleset"


def _attempted(node: ast.expr) -> ast.expr:
    """Returns the head of a rule, its patterns and their conditions each evaluated by itself."""
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args) if name in _ELEMENTS:
            # The type itself is not set apart: without it nothing of the pattern can be examined.
            first = 1 if name in ("signal", "fact") else 0
            node.args = [*args[:first], *(_attempt(argument) for argument in args[first:])]
        case ast.BinOp(op=ast.LShift(), right=right):
            node.right = _attempted(right)
    return node


def _attempt(node: ast.expr) -> ast.expr:
    if any(isinstance(part, _BOUND_TO_ITS_PLACE) for part in ast.walk(node)):
        return node
    alias = ""
    match node:
        case ast.BinOp(left=ast.Attribute(attr=name) | ast.Name(id=name), op=ast.LShift()):
            alias = name
    arguments = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
    alone = ast.copy_location(ast.Lambda(args=arguments, body=_attempted(node)), node)
    call = ast.Call(func=ast.Name(id=_ATTEMPT, ctx=ast.Load()), args=[alone, ast.Constant(value=alias)], keywords=[])
    return _located(call, node)


def _located(made: _Node, like: ast.AST) -> _Node:
    return ast.fix_missing_locations(ast.copy_location(made, like))


def _module(body: Iterable[ast.stmt]) -> ast.Module:
    return ast.fix_missing_locations(ast.Module(body=list(body), type_ignores=[]))
