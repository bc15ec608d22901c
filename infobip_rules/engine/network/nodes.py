"""The node for each kind of term."""

from __future__ import annotations

from infobip_rules.engine.network.accumulates import Folding
from infobip_rules.engine.network.existentials import Exists, Group
from infobip_rules.engine.network.from_node import Source
from infobip_rules.engine.network.joins import Filter, Join
from infobip_rules.engine.network.staging import Node
from infobip_rules.engine.network.subnetwork import Inner
from infobip_rules.engine.rules.model import Accumulate, Existential, From, Pattern, Term, patterns_of


def node_for(term: Term) -> Node:
    """The node that matches `term` behind others."""
    if isinstance(term, Pattern):
        return Join(term)
    if isinstance(term, From):
        return Source(term)
    if isinstance(term, Accumulate):
        return Folding(term, _inner(term.terms))
    if isinstance(term, Existential):
        first, *others = term.terms
        if isinstance(first, Pattern) and not others:
            return Exists(first, negated=term.negated)
        return Group(_inner(term.terms), negated=term.negated)
    return Filter(term)


def _inner(terms: tuple[Term, ...]) -> Inner:
    nodes = [node_for(term) for term in terms]
    holders: dict[int, list[Node]] = {}
    for term, node in zip(terms, nodes, strict=True):
        for pattern in patterns_of((term,)):
            holders.setdefault(id(pattern), []).append(node)
    return Inner(nodes, holders)
