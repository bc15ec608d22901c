"""Sessions that others must not wait for: each waits longer after each try, and the longest waiting is next."""

from __future__ import annotations

from infobip_rules.host.suspects import FIRST_WAIT, LONGEST_WAIT, Suspects


def test_a_session_waits_before_its_next_try_and_longer_each_time() -> None:
    suspects = Suspects()
    waits, now = [], 100.0
    for _ in range(9):
        suspects.suspect("ana", now)
        wait = next(step for step in range(1, 1_000) if suspects.next(now + step * 0.5) == "ana") * 0.5
        waits.append(wait)
        now += wait

    assert waits == [FIRST_WAIT, 1.0, 2.0, 4.0, 8.0, 16.0, LONGEST_WAIT, LONGEST_WAIT, LONGEST_WAIT]


def test_the_one_that_has_waited_longest_is_next() -> None:
    suspects = Suspects()
    suspects.suspect("ana", 1.0)
    suspects.suspect("ivo", 0.0)

    assert suspects.next(0.1) is None
    assert suspects.next(10.0) == "ivo"
    suspects.suspect("ivo", 10.0)
    assert suspects.next(20.0) == "ana"


def test_one_whose_turn_came_to_nothing_lets_others_go_first() -> None:
    suspects = Suspects()
    suspects.suspect("ana", 0.0)
    suspects.suspect("ivo", 0.1)

    suspects.put_back("ana", 5.0)
    assert suspects.next(5.0) == "ivo"
    suspects.put_back("nobody", 5.0)
    assert set(suspects) == {"ana", "ivo"}


def test_one_that_went_well_is_forgotten() -> None:
    suspects = Suspects()
    suspects.suspect("ana", 0.0)

    suspects.clear("ana")
    suspects.clear("nobody")
    assert not suspects
    assert suspects.next(100.0) is None


def test_one_that_has_its_turn_already_is_passed_over() -> None:
    suspects = Suspects()
    suspects.suspect("ana", 0.0)
    suspects.suspect("ivo", 0.1)

    assert suspects.next(5.0, but={"ana"}) == "ivo"
    assert suspects.next(5.0, but={"ana", "ivo"}) is None
