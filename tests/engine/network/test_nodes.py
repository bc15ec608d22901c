"""The node for each kind of term."""

from __future__ import annotations

import pytest

from infobip_rules.engine.network.accumulate_node import AccumulateNode
from infobip_rules.engine.network.existentials import Exists, NotExistsGroup
from infobip_rules.engine.network.from_node import FromNode
from infobip_rules.engine.network.joins import Filter, Join
from infobip_rules.engine.network.nodes import node_for
from infobip_rules.engine.network.staging import INSERT, Staged
from infobip_rules.engine.rules.model import Accumulate, Constraint, From, Term
from infobip_rules.engine.rules.model import Test as Eval
from tests.engine.parts import Payment, fact, match, none, pattern, some

COMPUTED = From(
    alias="v", type=None, source=lambda before: 1, text="", reads={}, constraints=(), joins=(), where="test"
)
EVAL = Eval(constraint=Constraint(text="", predicate=lambda *_: True, fields=frozenset()))


@pytest.mark.parametrize(
    ("term", "node"),
    [
        (pattern(), Join),
        (COMPUTED, FromNode),
        (EVAL, Filter),
        (none(pattern()), Exists),
        (some(pattern(), pattern(Payment)), NotExistsGroup),
        (none(none(pattern())), NotExistsGroup),
        (Accumulate(alias="", terms=(pattern(),), folds=(), constraints=(), joins=(), where=""), AccumulateNode),
    ],
)
def test_each_kind_of_term_has_its_node(term: Term, node: type) -> None:
    assert type(node_for(term)) is node


def test_a_pattern_that_stands_twice_inside_is_staged_in_both_nodes() -> None:
    twice, coming = pattern(), Staged()
    node = node_for(none(twice, none(twice)))  # as forall(A, A): holds, whatever is there
    node.stage(fact(1), INSERT, twice)
    coming.insert(match())
    assert len(node.run(coming).inserted) == 1
