"""Networks of rules that match a fact each, and matches to queue in them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from infobip_rules.engine.network.alpha import AlphaNetwork
from infobip_rules.engine.network.branch_network import BranchNetwork
from infobip_rules.engine.network.elements import Element, Tuple
from tests.engine.drools.specs import TYPES, rules_of

ON_A = {"when": [{"type": "A", "as": "a"}], "then": []}


def networks(*attributes: dict[str, Any], branches: int = 1) -> list[BranchNetwork]:
    """The networks of rules `r0`, `r1` and so on with these attributes, of which the first has so many branches."""
    rules = rules_of([{"name": f"r{n}", "attributes": given, **ON_A} for n, given in enumerate(attributes)])
    rules[0] = replace(rules[0], branches=rules[0].branches * branches)
    return [BranchNetwork(branch) for branch in AlphaNetwork(rules).branches]


def match(recency: int = 0, *, x: int = 0) -> Tuple:
    """A match of one element, which came about with the change of that number."""
    return Tuple((Element(1, TYPES["A"](x=x, y=0), None, []),), recency, None)
