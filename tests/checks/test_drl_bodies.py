"""Bodies in DRL, read from syntax trees into the record that bodies in Python give too."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from infobip_rules.checks.bodies import UNKNOWN, BodyEffects, GrownField
from infobip_rules.checks.drl_bodies import read_drl_body
from infobip_rules.rulefiles.drl.syntax import syntax
from infobip_rules.rulefiles.drl.syntax.syntax import (
    Assign,
    Binary,
    Block,
    Call,
    Evaluate,
    If,
    Literal,
    Local,
    Modify,
    Name,
    New,
    Return,
)

AT = syntax.Place(line=7, column=5)


def text(value: str) -> Literal:
    return Literal(at=AT, value=value, kind="String")


def number(value: int) -> Literal:
    return Literal(at=AT, value=value, kind="int")


def name(value: str) -> Name:
    return Name(at=AT, name=value)


def plus(left: Any, right: Any, sign: str = "+") -> Binary:
    return Binary(at=AT, operator=sign, left=left, right=right)


def call(called: str, *arguments: Any, target: Any = None) -> Call:
    return Call(at=AT, name=called, arguments=arguments, target=target)


def does(called: str, *arguments: Any, target: Any = None) -> Evaluate:
    return Evaluate(at=AT, expression=call(called, *arguments, target=target))


def sends(value: Any, *more: Any) -> Evaluate:
    return does("sendSmsTextMessage", name("phone"), value, *more, target=name("InfobipAdapterAPI"))


def local(called: str, value: Any) -> Local:
    return Local(at=AT, type=kind("String"), name=called, value=value)


def kind(called: str) -> syntax.TypeName:
    return syntax.TypeName(at=AT, name=called)


def when(*then: Any) -> If:
    return If(at=AT, test=name("urgent"), then=Block(at=AT, statements=then), otherwise=None)


def body(*statements: Any) -> BodyEffects:
    rule = syntax.RuleNode(
        at=AT, name="r", extends=None, attributes=(), annotations=(), conditions=(), body=tuple(statements)
    )
    return read_drl_body(rule, "rules/r.drl", aliases=["signal", "visit"])


@pytest.mark.parametrize(
    ("statements", "pieces", "whole"),
    [
        ([sends(text("a"))], ("a",), True),
        ([local("t", plus(text("a "), text("b"))), sends(name("t"))], ("a b",), True),
        ([local("t", plus(text("a"), number(5))), sends(name("t"))], ("a5",), True),
        ([sends(plus(text("a"), call("getText", target=name("signal"))))], ("a",), False),
        ([local("t", text("a")), when(Assign(at=AT, target=name("t"), operator="=", value=text("b"))), sends(name("t"))],
         (), False),
        ([local("t", text("a")), Assign(at=AT, target=name("t"), operator="+=", value=text("b")), sends(name("t"))],
         (), False),
    ],
)  # fmt: skip
def test_a_text_is_known_as_far_as_it_is_written_down(
    statements: list[Any], pieces: tuple[str, ...], whole: bool
) -> None:
    (sent,) = body(*statements).sends

    assert (sent.pieces, sent.whole, sent.where, sent.conditional) == (pieces, whole, "rules/r.drl:7", False)


@pytest.mark.parametrize(("more", "shorten"), [((), False), ((Literal(at=AT, value=True, kind="boolean"),), True)])
def test_shortening_is_read(more: tuple[Any, ...], shorten: bool) -> None:
    assert body(sends(text("a"), *more)).sends[0].shorten_url is shorten


@pytest.mark.parametrize("called", ["delete", "retract"])
def test_a_delete_is_sure_or_not(called: str) -> None:
    delete = does(called, name("signal"))

    assert body(delete).deletes("signal", always=True)
    for unsure in ([when(delete)], [when(Return(at=AT, value=None)), delete]):
        assert body(*unsure).deletes("signal")
        assert not body(*unsure).deletes("signal", always=True)


def test_modify_tells_fields_and_how_they_grow() -> None:
    (change,) = body(
        Modify(
            at=AT,
            target=name("visit"),
            changes=(
                call("setCount", plus(call("getCount", target=name("visit")), number(1))),
                call("setState", text("old")),
                Assign(at=AT, target=name("left"), operator="=", value=plus(name("visit"), number(1), "-")),
                call("touch"),
            ),
        )
    ).changes

    assert (change.kind, change.alias) == ("modify", "visit")
    grown = GrownField(alias="visit", field="count", by=1)
    assert change.values == {"count": grown, "state": "old", "left": UNKNOWN, "**": UNKNOWN}


def test_an_insert_tells_its_type_and_an_update_its_element() -> None:
    made = New(at=AT, type=kind("com.example.Visit"), arguments=(Literal(at=AT, value=Decimal(1), kind="BigDecimal"),))

    inserted, updated = body(does("insert", made), does("update", name("visit"))).changes

    assert (inserted.kind, inserted.type, updated.kind, updated.alias) == ("insert", "Visit", "modify", "visit")
