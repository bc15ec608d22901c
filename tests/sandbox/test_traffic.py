"""The call log and the queues for pulling."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

from infobip_rules.sandbox.traffic import CallLog, PullQueue

NOW = datetime(2026, 11, 9, 15, tzinfo=UTC)


def test_results_are_handed_out_once_the_oldest_first() -> None:
    queue = PullQueue()
    queue.put([{"n": 1}, {"n": 2}, {"n": 3}], NOW)
    assert queue.take(2, NOW) == [{"n": 1}, {"n": 2}]
    assert queue.take(2, NOW) == [{"n": 3}]
    assert queue.take(2, NOW) == []


def test_results_that_are_not_wanted_stay_in_order() -> None:
    queue = PullQueue()
    queue.put([{"n": 1}, {"n": 2}, {"n": 3}], NOW)
    assert queue.take(5, NOW, lambda result: result["n"] == 2) == [{"n": 2}]
    assert queue.take(5, NOW) == [{"n": 1}, {"n": 3}]


def test_results_are_dropped_after_48_hours() -> None:
    queue = PullQueue()
    queue.put([{"n": 1}], NOW)
    queue.put([{"n": 2}], NOW + timedelta(hours=1))
    assert queue.take(5, NOW + timedelta(hours=48, seconds=1)) == [{"n": 2}]


def test_the_limit_of_the_logs_is_of_a_sliding_minute() -> None:
    log = CallLog(threading.Condition())
    assert [log.within_limit(NOW + timedelta(seconds=second), 2) for second in (0, 1, 2, 60, 61)] == [
        True,
        True,
        False,
        True,
        True,
    ]
    assert log.within_limit(NOW, None)


def test_waiting_ends_when_its_condition_holds_and_with_its_time() -> None:
    log = CallLog(threading.Condition())
    seen = threading.Event()
    waiting = threading.Thread(target=lambda: log.wait_for(seen.is_set, 10))
    waiting.start()
    seen.set()
    log.notify()
    waiting.join(10)
    assert not waiting.is_alive()
    assert not log.wait_for(lambda: False, 0)
