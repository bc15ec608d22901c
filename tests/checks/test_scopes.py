"""The names of one function: what each is bound to, for certain or not."""

from __future__ import annotations

import ast

import pytest

from infobip_rules.checks.scopes import Bindings, asked_about, bound_inside, dotted, names_of_module


@pytest.mark.parametrize(
    ("body", "certain"),
    [
        ("x = 1", {"x"}),
        ("x: int = 1", {"x"}),
        ("x = 1\nx = 2", set()),
        ("x = 1\nx += 1", set()),
        ("for x in y:\n    pass", set()),
        ("if (x := y):\n    pass", {"x"}),
        ("with y as x:\n    pass", set()),
        ("import os as x", set()),
        ("x = 1\ndef inner():\n    nonlocal x\n    x = 2", set()),
        ("x = 1\n[x := 2 for _ in y]", set()),
        ("match y:\n    case {**x}:\n        pass", set()),
    ],
)
def test_a_name_stands_for_an_expression_if_it_is_bound_once_and_by_that(body: str, certain: set[str]) -> None:
    bindings = Bindings(ast.parse(body).body)
    assert "x" in bindings
    assert {name for name, value in bindings.values.items() if value is not None and name == "x"} == certain


def test_a_parameter_that_is_bound_again_is_untouched_no_longer() -> None:
    assert Bindings(ast.parse("c = 1").body, ["c", "d"]).untouched == {"d"}


def test_what_an_inner_function_binds_is_its_own() -> None:
    (function,) = ast.parse("def f(a, *b, k, **d):\n    import x.y\n    e = 1\n    def g(): pass").body
    assert set(bound_inside(function)) == {"a", "b", "k", "d", "x", "e", "g"}


def test_a_module_has_the_names_that_its_functions_declare_global() -> None:
    assert names_of_module(ast.parse("a = 1\ndef f():\n    global b\n    b = 2")) == {"a", "f", "b"}


def test_only_a_chain_of_names_is_dotted() -> None:
    assert [dotted(ast.parse(text, mode="eval").body) for text in ("c.visit.count", "c", "c().x")] == [
        "c.visit.count",
        "c",
        "",
    ]


def test_what_is_asked_about_is_told_by_isinstance_hasattr_and_match() -> None:
    body = ast.parse('isinstance(c.visit, Visit)\nhasattr(c, "order")\nmatch c.reply:\n    case _: pass').body
    assert asked_about(body) == {"c.visit", "c.order", "c.", "c.reply"}
