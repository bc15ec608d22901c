"""Bodies as they are read: through functions of the same file, variables, and what is only sometimes done."""

from __future__ import annotations

import argparse
import ast
import inspect
import json.decoder
import subprocess
import types
import typing
from pathlib import Path
from textwrap import indent

import pytest

from infobip_rules.checks.bodies import UNKNOWN, BodyEffects, GrownField
from infobip_rules.checks.case import case_of
from infobip_rules.checks.python_bodies import read_python_body
from infobip_rules.checks.source import read_sources
from infobip_rules.rulefiles.loader import load_rules

from .reviewing import written

RULE = """
with ruleset("r"):
    @when_all(c.signal << signal(InfobipSmsReceivedMessage), c.visit << fact(Visit))
    def reply(c):
"""


def body(folder: Path, code: str, *, above: str = "") -> BodyEffects:
    rulebook = load_rules([written(folder, above + RULE + indent(code, " " * 8))])
    return case_of(rulebook).bodies["r/reply"]


def send(text: str) -> str:
    return f'InfobipAdapterAPI.send_sms_text_message("385981234567", {text})'


@pytest.mark.parametrize(
    ("code", "pieces", "whole"),
    [
        (send('"a" + "b"'), ("ab",), True),
        (f'text = "a"\n{send("text")}', ("a",), True),
        (send("GREETING"), ("Hello",), True),
        (send('f"a {GREETING} b {c.signal.text} c"'), ("a Hello b ", " c"), False),
        (send('"a" + c.signal.text'), ("a",), False),
        (f'text = "a"\nif c.signal.text:\n    text = "b"\n{send("text")}', (), False),
        (f'text = "a"\nfor one in "xy":\n    text += one\n{send("text")}', (), False),
        (send("greeting()"), ("Hello",), True),
        ('answer(c, "a")', ("a",), True),
        ('answer(c, text="a")', ("a",), True),
    ],
)
def test_a_text_is_known_as_far_as_it_is_written_down(
    code: str, pieces: tuple[str, ...], whole: bool, tmp_path: Path
) -> None:
    above = (
        'GREETING = "Hello"\ndef greeting():\n    return GREETING\n'
        f"def answer(c, text):\n    {send('text')}\n    c.delete(c.signal)\n"
    )

    (sent,) = body(tmp_path, code, above=above).sends

    assert (sent.pieces, sent.whole) == (pieces, whole)


@pytest.mark.parametrize(
    ("code", "conditional"),
    [
        ("c.delete(c.signal)", False),
        ("signal = c.signal\nc.delete(signal)", False),
        ("c.retract_fact(c.signal)", False),
        ("if c.signal.text:\n    c.delete(c.signal)", True),
        ("if c.signal.text:\n    return\nc.delete(c.signal)", True),
        ("c.signal.text and c.delete(c.signal)", True),
        ("try:\n    c.delete(c.signal)\nexcept ValueError:\n    pass", True),
    ],
)
def test_a_delete_is_sure_or_not(code: str, conditional: bool, tmp_path: Path) -> None:
    read = body(tmp_path, code)

    assert read.deletes("signal")
    assert read.deletes("signal", always=True) is not conditional


def test_changes_tell_fields_and_how_they_grow(tmp_path: Path) -> None:
    code = 'c.modify(c.visit, count=c.visit.count - 2, state=c.signal.text)\nc.insert(Visit(state="a", count=-1))'

    modified, inserted = body(tmp_path, code).changes

    grown, taken = GrownField(alias="visit", field="count", by=-2), GrownField(alias="signal", field="text")
    assert modified.values == {"count": grown, "state": taken}
    assert (inserted.type, inserted.values) == ("Visit", {"state": "a", "count": -1})


@pytest.mark.parametrize("code", ["held = [c]", "len(c)", "send = lambda: c.delete(c.signal)", "getattr(c, 'signal')"])
def test_a_context_that_goes_elsewhere_makes_the_body_opaque(code: str, tmp_path: Path) -> None:
    assert body(tmp_path, code).opaque


def test_functions_that_call_each_other_without_end_are_read_to_an_end(tmp_path: Path) -> None:
    above = "def one(c):\n    other(c)\ndef other(c):\n    one(c)\n"

    assert body(tmp_path, "one(c)", above=above).opaque


def test_what_is_not_literal_is_not_known(tmp_path: Path) -> None:
    (change,) = body(tmp_path, "c.insert(Visit(count=len(c.signal.text)))").changes

    assert change.values == {"count": UNKNOWN}


@pytest.mark.parametrize("module", [argparse, ast, inspect, json.decoder, subprocess, typing])
def test_whatever_a_function_is_made_of_it_is_read(module: types.ModuleType) -> None:
    assert module.__file__
    sources = read_sources([module.__file__])
    functions = [value for value in vars(module).values() if isinstance(value, types.FunctionType)]

    assert functions
    for function in functions:
        read_python_body(function, sources)
