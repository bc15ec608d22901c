"""From declared rules to the rule model."""

from __future__ import annotations

from pathlib import Path

from infobip_rules.engine.rules.model import Existential, Pattern, Rule, patterns_of
from tests.engine.sessions import FIRST_LINE, load


def compiled(folder: Path, head: str) -> Rule:
    """One rule with this head."""
    rules = f'with ruleset("t"):\n    @{head}\n    def found(c):\n        """What it is for."""\n'
    return load(folder, rules).rules[0]


def aliases(rule: Rule) -> list[list[str]]:
    return [[pattern.alias for pattern in patterns_of(branch)] for branch in rule.branches]


def test_a_rule_keeps_what_it_is_called_for_and_where_it_stands(tmp_path: Path) -> None:
    rule = compiled(tmp_path, "when_all(fact(Order), salience(3), no_loop())")
    assert (rule.id, rule.ruleset, rule.name, rule.title) == ("t/found", "t", "found", "What it is for.")
    assert (rule.salience, rule.no_loop, rule.order, rule.enabled) == (3, True, 0, True)
    assert rule.where == f"{tmp_path / 'rules_under_test.py'}:{FIRST_LINE + 1}"


def test_patterns_keep_their_type_and_entry_point(tmp_path: Path) -> None:
    rule = compiled(tmp_path, "when_all(c.a << signal(Tick), c.d << fact(Order))")
    (branch,) = rule.branches
    assert [(pattern.alias, pattern.type.__name__, pattern.entry_point) for pattern in patterns_of(branch)] == [
        ("a", "Tick", "signals"),
        ("d", "Order", None),
    ]


def test_elements_without_a_name_get_durable_langs(tmp_path: Path) -> None:
    assert aliases(compiled(tmp_path, "when_all(fact(Order))")) == [["m"]]
    assert aliases(compiled(tmp_path, "when_all(fact(Order), c.x << fact(Order), fact(Note))")) == [["m_0", "x", "m_2"]]


def test_conditions_on_one_element_are_kept_apart_from_joins(tmp_path: Path) -> None:
    head = "when_all(c.o << fact(Order, m.total > 1), c.p << fact(Payment, (m.amount > 2) & (m.number == c.o.number)))"
    order, payment = patterns_of(compiled(tmp_path, head).branches[0])
    assert [constraint.text for constraint in order.constraints] == ["m.total > 1"]
    assert [constraint.text for constraint in payment.constraints] == ["m.amount > 2"]
    assert [(join.text, join.joins) for join in payment.joins] == [
        ("m.number == c.o.number", {0: frozenset({"number"})})
    ]


def test_only_an_equality_with_a_plain_value_is_found_through_the_index(tmp_path: Path) -> None:
    head = 'when_all(fact(Order, m.number == "A", m.total == 1, m.notes.x == "A", m.total > 1, m.anything == 1))'
    (pattern,) = patterns_of(compiled(tmp_path, head).branches[0])
    assert [constraint.equals for constraint in pattern.constraints] == [
        ("number", "A"),
        ("total", 1),
        None,
        None,
        None,
    ]


def test_the_index_knows_a_field_by_its_attribute(tmp_path: Path) -> None:
    (pattern,) = patterns_of(
        compiled(tmp_path, 'when_all(signal(InfobipSmsReceivedMessage, m["from"] == "1"))').branches[0]
    )
    assert [constraint.equals for constraint in pattern.constraints] == [("from_", "1")]


def test_the_same_conditions_make_the_same_pattern_whatever_their_order(tmp_path: Path) -> None:
    head = "when_all(c.a << fact(Order, m.total > 1, m.paid == True), c.b << fact(Order, (m.paid == True) & (m.total > 1)))"
    first, second = patterns_of(compiled(tmp_path, head).branches[0])
    assert first.key == second.key


def test_a_pattern_listens_to_the_fields_it_reads_and_to_those_read_later(tmp_path: Path) -> None:
    head = """when_all(
        c.o << fact(Order, m.total > 1),
        c.n << fact(Note),
        none(fact(Payment, m.number == c.o.number)),
    )"""
    order, note, payment = patterns_of(compiled(tmp_path, head).branches[0])
    assert order.listens == {"total", "number"}
    assert note.listens == frozenset()
    assert payment.listens == {"number"}


def test_an_element_inside_not_listens_to_what_its_group_reads_and_nobody_else(tmp_path: Path) -> None:
    head = """when_all(
        none(c.o << fact(Order), c.p << fact(Payment, m.number == c.o.number)),
        c.n << fact(Note),
        c.q << fact(Payment, m.amount == c.n.n),
    )"""
    order, payment, note, last = patterns_of(compiled(tmp_path, head).branches[0])
    assert (order.listens, payment.listens) == ({"number"}, {"number"})
    assert (note.listens, last.listens) == ({"n"}, {"amount"})


def test_a_path_is_listened_to_at_its_first_field(tmp_path: Path) -> None:
    (pattern,) = patterns_of(compiled(tmp_path, 'when_all(fact(Order, m.notes.phone == "1"))').branches[0])
    assert pattern.listens == {"notes"}


def test_any_gives_a_branch_for_each_alternative(tmp_path: Path) -> None:
    head = "when_all(c.n << fact(Note), any(c.o << fact(Order), all(c.p << fact(Payment), c.q << fact(Order))))"
    assert aliases(compiled(tmp_path, head)) == [["n", "o"], ["n", "p", "q"]]


def test_several_anys_are_multiplied_out(tmp_path: Path) -> None:
    head = "when_all(any(c.a << fact(Note), c.b << fact(Order)), any(c.d << fact(Note), c.e << fact(Order)))"
    assert aliases(compiled(tmp_path, head)) == [["a", "d"], ["a", "e"], ["b", "d"], ["b", "e"]]


def test_when_any_gives_a_branch_for_each_pattern_and_group(tmp_path: Path) -> None:
    head = "when_any(c.a << fact(Note), all(c.b << fact(Order), c.d << fact(Payment)))"
    assert aliases(compiled(tmp_path, head)) == [["a"], ["b", "d"]]


def test_none_and_exists_are_terms_of_their_own(tmp_path: Path) -> None:
    head = "when_all(none(fact(Note)), not_(fact(Order)), exists(fact(Payment), fact(Note)), fact(Order))"
    none, not_, exists, order = compiled(tmp_path, head).branches[0]
    assert isinstance(none, Existential)
    assert isinstance(not_, Existential)
    assert isinstance(exists, Existential)
    assert isinstance(order, Pattern)
    assert (none.negated, not_.negated, exists.negated, len(exists.terms)) == (True, True, False, 2)


def test_rules_are_numbered_in_order_of_declaration(tmp_path: Path) -> None:
    rules = """
        with ruleset("one"):
            @when_all(fact(Order))
            def a(c): pass

            @when_all(fact(Order))
            def b(c): pass

        with ruleset("two"):
            @when_all(fact(Order))
            def a(c): pass
        """
    assert [(rule.id, rule.order) for rule in load(tmp_path, rules).rules] == [("one/a", 0), ("one/b", 1), ("two/a", 2)]


def test_one_function_may_be_the_body_of_several_rules_of_different_rulesets(tmp_path: Path) -> None:
    rules = """
        def answer(c): pass

        with ruleset("one"):
            when_all(fact(Order))(answer)
        with ruleset("two"):
            when_all(fact(Note))(answer)
        """
    assert [rule.id for rule in load(tmp_path, rules).rules] == ["one/answer", "two/answer"]
