"""Keys of matches: equal for what is the same after a session was loaded anew."""

from __future__ import annotations

from infobip_rules.engine.network.elements import Derived
from infobip_rules.engine.network.match_keys import key_of, part_of
from tests.engine.parts import alphas_of, fact, match, pattern, rule, signal


def test_a_fact_stands_under_its_number_a_computed_value_under_its_text_a_signal_under_itself() -> None:
    tick = signal()
    assert part_of(fact(7)) == 7
    assert part_of(Derived([1], "[1]")) == "[1]"
    assert part_of(tick) is tick
    tick.id = 3  # kept for a match that waits
    assert part_of(tick) is tick


def test_the_same_elements_matched_again_have_the_same_key_in_the_same_branch_only() -> None:
    one, other = alphas_of(rule(pattern()), rule(pattern(), order=1)).branches
    assert key_of(one, match(fact(1), fact(2))) == key_of(one, match(fact(1), fact(2)))
    assert key_of(one, match(fact(1))) != key_of(other, match(fact(1)))
    assert key_of(one, match(fact(1), fact(2))) != key_of(one, match(fact(2), fact(1)))
