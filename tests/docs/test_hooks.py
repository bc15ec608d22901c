"""The page about hooks says of each what its specification says."""

from __future__ import annotations

import inspect
import re

import pytest

from infobip_rules.plugins import specs
from infobip_rules.plugins.implementation import signature
from infobip_rules.plugins.manager import HOOKS
from tests.docs.pages import reference, text_of

PAGE = reference.unmarked(text_of("docs/reference/hooks.md"))
SECTIONS = dict(re.findall(r"^### `([^`]+)`\n\n(.*?)(?=^##)", PAGE, re.MULTILINE | re.DOTALL))


def test_the_page_has_all_hooks_and_no_others() -> None:
    assert set(SECTIONS) == {signature(hook) for hook in HOOKS}


@pytest.mark.parametrize("hook", sorted(HOOKS))
def test_a_section_is_the_specification(hook: str) -> None:
    assert SECTIONS[signature(hook)].strip() == inspect.getdoc(getattr(specs, hook))


def test_every_specification_says_when_it_is_called() -> None:
    assert [hook for hook in HOOKS if "Called " not in (inspect.getdoc(getattr(specs, hook)) or "")] == []
