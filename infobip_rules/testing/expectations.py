"""Expectations of a test: a message by its fields, a rule by its id, name or title."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from re import Pattern

from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.rules.model import Rule
from infobip_rules.errors import TrialError
from infobip_rules.testing.given import RULESET
from infobip_rules.testing.records import Sent


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpectedMessage:
    """A message to look for; a field that is None may have any value."""

    #: E.164 digits.
    to: str | None = None
    #: The whole text, a pattern to be found in it, or a function of it that says whether it fits.
    text: str | Pattern[str] | Callable[[str], object] | None = None
    shorten_url: bool | None = None

    def fits(self, message: Sent) -> bool:
        """Whether this is the message."""
        return (
            self.to in (None, message.to)
            and self.shorten_url in (None, message.shorten_url)
            and self._fits_text(message.text)
        )

    def __str__(self) -> str:
        parts = [f"to {self.to}"] if self.to else []
        if isinstance(self.text, Pattern):
            parts.append(f"with a text like {self.text.pattern!r}")
        elif callable(self.text):
            parts.append(f"with a text that {getattr(self.text, '__name__', 'the function')} accepts")
        elif self.text is not None:
            parts.append(f"with the text {self.text!r}")
        if self.shorten_url is not None:
            parts.append(f"with its URLs {'shortened' if self.shorten_url else 'as they are'}")
        return " ".join(parts)

    def _fits_text(self, text: str) -> bool:
        if isinstance(self.text, Pattern):
            return self.text.search(text) is not None
        if callable(self.text):
            return bool(self.text(text))
        return self.text is None or self.text == text


def rule_named(name: str, rulebook: Rulebook) -> Rule:
    """The rule with that id (`keywords/join`), else name (`join`), else title (with or without its full stop).

    Raises TrialError, with the nearest name, if there is none, or more than one.
    """
    rules = [rule for rule in rulebook.rules if rule.ruleset != RULESET]
    wanted = name.removesuffix(".")
    for place in range(3):
        found = [rule for rule in rules if _names(rule)[place] == wanted]
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(rule.id for rule in found)
            raise TrialError(f"{len(found)} rules are called {name!r}: {ids}.", "Give the rule's id.")
    raise TrialError(f"No rule is called {name!r}.", _nearest(wanted, rules))


def _names(rule: Rule) -> tuple[str, str, str]:
    return rule.id, rule.name, rule.title.removesuffix(".")


def _nearest(name: str, rules: Sequence[Rule]) -> str:
    by_name = {spelt.casefold(): (spelt, rule.id) for rule in rules for spelt in _names(rule)}
    near = get_close_matches(name.casefold(), by_name, n=1, cutoff=0.5)
    if not near:
        return f"There are: {', '.join(rule.id for rule in rules)}."
    spelt, rule_id = by_name[near[0]]
    return f"Did you mean {spelt!r}?" if spelt == rule_id else f"Did you mean {spelt!r} ({rule_id})?"
