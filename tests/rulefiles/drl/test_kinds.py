"""Kinds: Java's static types, read from Python's annotations and written as such."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from infobip_rules.rulefiles.drl.java.kinds import OBJECT, annotation_of, kind_named, kind_of
from infobip_rules.rulefiles.drl.syntax.syntax import Place, TypeName


@pytest.mark.parametrize("name", ["int", "long", "double", "boolean", "String", "Integer", "BigDecimal", "Map", "List"])
def test_the_kind_of_a_declared_field_survives_its_annotation(name: str) -> None:
    at = Place(line=1, column=1)
    kind = kind_named(TypeName(at=at, name=name), {})
    assert kind_of(annotation_of(kind)) == kind


def test_a_kind_is_read_from_pythons_annotation() -> None:
    kinds = [kind_of(item) for item in (int, int | None, str | None, list[int], dict[str, float], BaseModel | str)]
    assert [str(kind) for kind in kinds] == ["long", "Long", "String", "List<Long>", "Map<String, Double>", str(OBJECT)]
