"""The nodes of a branch's network: for each kind of term the node that matches it."""

from __future__ import annotations

from typing import assert_never

from infobip_rules.engine.network.accumulate_node import AccumulateNode
from infobip_rules.engine.network.existentials import Exists, NotExistsGroup
from infobip_rules.engine.network.from_node import FromNode
from infobip_rules.engine.network.joins import Filter, Join
from infobip_rules.engine.network.staging import Node
from infobip_rules.engine.network.subnetwork import Subnetwork
from infobip_rules.engine.rules.model import Accumulate, Existential, From, Pattern, Term, Test


def node_for(term: Term) -> Node:
    """Returns a node that matches `term` behind others."""
    match term:
        case Pattern():
            return Join(term)
        case From():
            return FromNode(term)
        case Accumulate():
            return AccumulateNode(term, _subnetwork(term.terms))
        case Existential(terms=(Pattern() as pattern,)):
            return Exists(pattern, negated=term.negated)
        case Existential():
            return NotExistsGroup(_subnetwork(term.terms), negated=term.negated)
        case Test():
            return Filter(term)
        case _:
            assert_never(term)


def _subnetwork(terms: tuple[Term, ...]) -> Subnetwork:
    nodes = [node_for(term) for term in terms]
    holders: dict[int, list[Node]] = {}
    for term, node in zip(terms, nodes, strict=True):
        for pattern in term.patterns():
            holders.setdefault(id(pattern), []).append(node)
    return Subnetwork(nodes, holders)
