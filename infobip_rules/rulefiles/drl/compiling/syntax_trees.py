"""Syntax trees: renaming in them, and the names that they hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from functools import cache
from typing import Any, TypeVar

from infobip_rules.rulefiles.drl.syntax.syntax import BindingNode, Call, FoldNode, Name, PatternNode, SyntaxNode

_Tree = TypeVar("_Tree")


def _parts_of(node: Any) -> tuple[str, ...]:
    kind: Any = type(node)
    return _parts(kind)


@cache
def _parts(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if field.name != "at")


def renamed(tree: _Tree, change: Callable[[SyntaxNode], SyntaxNode | None]) -> _Tree:
    """Returns the tree with each node replaced by what `change` gives for it; its parts are examined if that is None."""
    made: _Tree = _renamed(tree, change)
    return made


def _renamed(tree: Any, change: Callable[[SyntaxNode], SyntaxNode | None]) -> Any:
    if isinstance(tree, tuple):
        made = tuple([_renamed(part, change) for part in tree])
        return made if any(new is not old for new, old in zip(made, tree, strict=True)) else tree
    if not isinstance(tree, SyntaxNode):
        return tree
    changed = change(tree)
    if changed is not None:
        return changed
    new, parts = {}, _parts_of(tree)
    for name in parts:
        part = getattr(tree, name)
        if isinstance(part, SyntaxNode | tuple) and (other := _renamed(part, change)) is not part:
            new[name] = other
    return replace(tree, **new) if new else tree


def nodes_in(tree: Any) -> Iterator[SyntaxNode]:
    """Yields every node of a tree, the outer before the inner ones."""
    if isinstance(tree, tuple):
        for part in tree:
            yield from nodes_in(part)
    elif isinstance(tree, SyntaxNode):
        yield tree
        for name in _parts_of(tree):
            yield from nodes_in(getattr(tree, name))


def names_bound(tree: Any) -> set[str]:
    """Returns names that conditions bind."""
    found = {node.name for node in nodes_in(tree) if isinstance(node, BindingNode)}
    whole = (node.binding for node in nodes_in(tree) if isinstance(node, PatternNode | FoldNode))
    return found | {name for name in whole if name is not None}


def names_in(tree: Any) -> set[str]:
    """Variables that a tree names, and functions it calls."""
    return {
        node.name for node in nodes_in(tree) if isinstance(node, Name) or (isinstance(node, Call) and not node.target)
    }
