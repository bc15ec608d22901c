"""Odd rules, texts and numbers: `python -m tests.engine.fuzzing EXAMPLES` ends with 0 while nothing unforeseen comes up."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infobip_rules.errors import EvaluationError, InfobipRulesError, RuleFileError
from tests.engine.sessions import NOON, Session, received

FIELDS = (
    "number",
    "total",
    "discount",
    "weight",
    "paid",
    "placed",
    "tags",
    "prices",
    "lines",
    "rows",
    "notes",
    "anything",
)
#: Surrogates too, which no file and no JSON text can hold.
TEXTS = st.text(st.characters(exclude_categories=()), max_size=40)
NUMBERS = st.one_of(
    st.integers(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.sampled_from([0, -1, 2**63, 2**64, 1e22, 1e-7, -0.0, 10**400]),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)
#: Mostly fields that take a value of any type, so that most rules load.
PATHS = st.one_of(
    st.sampled_from(("anything", "anything", "anything.x", "anything.x.y", "notes.x")),
    st.sampled_from(("anything", "anything", "anything.x", "anything.x.y", "notes.x")),
    st.sampled_from((*FIELDS, "weight.x", "sid")),
)
OPERANDS = st.one_of(
    VALUES.map(repr).filter(lambda text: "inf" not in text and "nan" not in text),
    st.sampled_from(['float("nan")', 'float("inf")', "NOW", "item", "m", "c.a"]),
    st.builds("m.{}".format, PATHS),
    st.builds("c.a.{}".format, PATHS),
    st.builds("c.b.{} {} {}".format, PATHS, st.sampled_from("+-*/"), st.builds("m.{}".format, PATHS)),
    st.builds("c.a.{} {} {!r}".format, PATHS, st.sampled_from("+-*/"), st.integers(-3, 3)),
)
PATTERNS = st.text("ab(|)*+?[]{}^$%\\d.1,漢-", max_size=12)
COMPARISONS = st.one_of(
    st.builds("m.{} {} {}".format, PATHS, st.sampled_from(("==", "!=", "<", "<=", ">", ">=")), OPERANDS),
    st.builds("{}m.{}".format, st.sampled_from("+-"), PATHS),
    st.builds("m.{}.{}({!r})".format, PATHS, st.sampled_from(("matches", "imatches")), PATTERNS),
    st.builds(
        "m.{}.{}(item{} {} {})".format,
        PATHS,
        st.sampled_from(("anyItem", "allItems")),
        st.sampled_from(("", ".x", ".n", ".name")),
        st.sampled_from(("==", "<", ">=")),
        OPERANDS,
    ),
)
CONDITIONS = st.recursive(
    COMPARISONS,
    lambda inner: st.builds("({}) {} ({})".format, inner, st.sampled_from("&|"), inner),
    max_leaves=4,
)
CONSTRAINED = st.lists(CONDITIONS, max_size=2).map(lambda some: f"fact({', '.join(['Order', *some])})")
ELEMENTS = st.one_of(CONSTRAINED, CONSTRAINED, CONSTRAINED.map("none({})".format), CONSTRAINED.map("exists({})".format))
BODIES = st.sampled_from(
    (
        "pass",
        "c.insert(Order(anything=c.b.anything))",
        "c.modify(c.b, total=c.b.total + 1)",
        "c.delete(c.b)",
        "c.insert(Note(text=str(c.b.anything)))",
        "InfobipAdapterAPI.send_sms_text_message(str(c.b.anything), c.b.number)",
    )
)
RULES = st.lists(st.tuples(ELEMENTS, ELEMENTS, BODIES), min_size=1, max_size=2)


def source(rules: list[tuple[str, str, str]]) -> str:
    lines = ["NOW = datetime(2026, 11, 9, tzinfo=UTC)", 'with ruleset("t"):']
    for n, (first, second, body) in enumerate(rules):
        named = [f"c.{name} << {element}" if element.startswith("fact") else element
                 for name, element in zip("ab", (first, second), strict=True)]  # fmt: skip
        lines += [f"    @when_all({', '.join(named)})", f"    def r{n}(c): {body}"]
    return "\n".join(lines) + "\n"


def attempt(folder: Path, rules: list[tuple[str, str, str]], orders: list[dict[str, Any]], text: str) -> None:
    """Loads the rules and lets them answer twice; only refusals that are meant for users may come out."""
    try:
        session = Session(folder, source(rules))
    except (RuleFileError, UnicodeEncodeError):
        return
    try:
        opening = [session.make("Order", **fields) for fields in orders]
        session.tell(opening=tuple(opening))
        session.tell(received(text), now=NOON)
    except (EvaluationError, InfobipRulesError):
        return


def main(examples: int) -> None:
    """Tries that many random examples."""
    orders = st.lists(
        st.fixed_dictionaries(
            {"anything": VALUES},
            optional={
                "number": TEXTS,
                "total": st.integers(-3, 3),
                "discount": st.one_of(st.none(), st.integers()),
                "weight": st.floats(),
                "paid": st.booleans(),
                "prices": st.lists(st.integers(), max_size=3),
                "notes": st.dictionaries(TEXTS, TEXTS, max_size=3),
            },
        ),
        max_size=3,
    )
    with tempfile.TemporaryDirectory() as folder:

        @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(RULES, orders, TEXTS)
        def never_dies(rules: list[tuple[str, str, str]], some: list[dict[str, Any]], text: str) -> None:
            attempt(Path(folder), rules, some, text)

        never_dies()


if __name__ == "__main__":
    main(int(sys.argv[1]))
