"""Java's regular expressions, as Java 17 answered."""

from __future__ import annotations

import pytest

from infobip_rules.rulefiles.drl.java import regex
from infobip_rules.rulefiles.drl.java.failures import JavaFailure

#: Pattern, text, and whether Java's `matches` found the text to be of it.
ASKED = [
    ("(?iu)čao .*", "ČAO ANA", True),
    ("(?ui)č\\d", "Č1", True),
    ("(?i)(č)", "Č", False),
    ("(?u)č", "Č", False),
    ("(?iu)\\w", "č", False),
    ("(?iu)[\\w ]+č", "ana Č", True),
    ("(?iu)\\W", "č", True),
    ("\\p{L}+", "Šime", True),
    ("\\p{L}", "٣", False),
    ("\\p{L}", "²", False),
    ("[\\p{L} ]+", "Ana Šarić", True),
    ("[^\\p{L}]+", "12!", True),
    ("\\P{L}", "٣", True),
    ("\\p{Lu}\\p{Ll}+", "Šarić", True),
    ("\\p{Lu}", "š", False),
    ("\\p{IsAlphabetic}+", "žaba", True),
    ("\\p{N}", "²", True),
    ("\\p{Nd}", "²", False),
    ("\\p{Nd}", "٣", True),
    ("\\p{P}+", "¿!", True),
    ("\\p{Sc}", "€", True),
    ("\\p{IsL}", "č", True),
    ("\\p{IsPunctuation}", "!", True),
    ("(?iu)straße", "STRASSE", False),
    ("(?s)\\p{IsAlphabetic}", "٣", False),
    ("\\p{M}", "́", True),
]


@pytest.mark.parametrize(("pattern", "text", "answer"), ASKED)
def test_letters_of_all_alphabets_match_as_in_java(pattern: str, text: str, answer: bool) -> None:
    assert regex.matches(text, pattern) is answer


@pytest.mark.parametrize("pattern", [r"\p{Nope}", r"[\P{L}]", r"(?iu)[\W]", r"(?L)a"])
def test_a_class_that_is_not_understood_is_refused(pattern: str) -> None:
    with pytest.raises(JavaFailure):
        regex.compiled(pattern)
