"""What is found is so: random rules are checked, and then fired at random."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.checks.finding import Finding
from infobip_rules.checks.registry import review
from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.session.evaluation import evaluate
from infobip_rules.errors import EvaluationError, RuleFileError
from infobip_rules.rulefiles.loader import load_rules
from tests.engine.random_rules import RandomRules, _Rule
from tests.engine.sessions import NOON

JUDGED = {"RULE010", "RULE012", "RULE013"}
ROUNDS = 12


class TakingRules(RandomRules):
    """Rules that often take their signal out, and often look for nothing else."""

    def _term(self, rule: _Rule, place: int) -> None:
        if place == 0 and self.random.random() < 0.7:
            rule.bound["e0"] = False
            rule.terms.append(f"c.e0 << signal({', '.join(['S', *self._conditions(rule)])})")
        elif self.random.random() < 0.5:
            super()._term(rule, place)

    def _conditions(self, rule: _Rule) -> list[str]:
        return [self._condition(rule) for _ in range(self.random.choice((0, 0, 1)))]

    def _action(self, rule: _Rule) -> None:
        if rule.bound.get("e0") is False and "c.delete(c.e0)" not in rule.body:
            rule.body.append("c.delete(c.e0)")
        else:
            super()._action(rule)


def loaded(folder: Path, source: str) -> Rulebook | None:
    file = folder / "rules.py"
    file.write_text(source)
    try:
        return load_rules([file])
    except RuleFileError:  # a rule without patterns, or one that compares what can't be
        return None


def fired(rulebook: Rulebook, random: RandomRules) -> tuple[Counter[str], str]:
    """How often each rule fired in evaluations that came to an end, and what was said of those that did not."""
    state: bytes | None = None
    numbers: Counter[str] = Counter()
    loops: list[str] = []
    for _ in range(ROUNDS):
        arriving = [rulebook.signal_types[name].model_validate(fields) for name, fields in random.signals()]
        try:
            effects = evaluate(rulebook, state, arriving, now=NOON, compose=BUILT_IN.compose)
        except EvaluationError as problem:
            loops.append(str(problem))
            continue
        state = effects.state
        numbers.update(effects.fired)
    return numbers, "\n".join(loops)


def is_refuted(finding: Finding, numbers: Counter[str]) -> bool:
    """Whether a rule that never matches, is never reached, or runs in circles, fired in an evaluation that ended."""
    return numbers[finding.rule] > 0


@pytest.mark.parametrize("kind", [RandomRules, TakingRules])
def test_rules_that_are_blamed_do_what_they_are_blamed_for(kind: type[RandomRules], tmp_path: Path) -> None:
    blamed: Counter[str] = Counter()
    for seed in range(250):
        random = kind(Random(seed))
        rulebook = loaded(tmp_path, random.rulebook())
        found = [finding for finding in review(rulebook) if finding.id in JUDGED] if rulebook else []
        if rulebook is None or not found:
            continue
        numbers, loops = fired(rulebook, random)
        assert [(seed, finding) for finding in found if is_refuted(finding, numbers)] == []
        blamed.update(finding.id for finding in found if finding.id != "RULE012" or finding.rule in loops)

    assert min(blamed[id_] for id_ in ("RULE010", "RULE012" if kind is RandomRules else "RULE013")) >= 3, blamed
