"""Infobip's own retries, replayed in full: whenever one of them finds the host up, the message takes effect once."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory
from hypothesis import example, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from infobip_rules.sandbox import FakeInfobip, retry_delay, serve
from infobip_rules.settings import Settings

from .conftest import OUR_NUMBER
from .served_host import ServedHost, item

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
COUNTING = Path(__file__).parent / "torture" / "counting.py"

#: Minutes after noon at which the host goes down, and for how long.
Outage = tuple[int, int]


def attempts(first: datetime) -> Iterator[datetime]:
    """The moments at which Infobip posts a message that is never answered 200."""
    moment: datetime | None = first
    n = 0
    while moment is not None:
        yield moment
        delay = retry_delay(n)
        moment, n = (None if delay is None else moment + delay), n + 1


def is_up(moment: datetime, outages: Sequence[Outage]) -> bool:
    """Whether the host is up at a moment."""
    minutes = (moment - NOON) / MINUTE
    return not any(start <= minutes < start + length for start, length in outages)


class Replay:
    """Messages posted on Infobip's schedule, to a host that is up and down."""

    def __init__(self, host: ServedHost, time: FrozenDateTimeFactory, outages: Sequence[Outage]) -> None:
        self._host = host
        self._time = time
        self._outages = outages
        #: The messages that found the host up at least once.
        self.taken: set[str] = set()

    def run(self, arrivals: Sequence[int], *, answers_lost: frozenset[int]) -> None:
        """Messages that people write so many minutes after noon; the answers to some attempts (by number) get lost."""
        posts = [
            (moment, n, f"in-{number}")
            for number, minutes in enumerate(arrivals)
            for n, moment in enumerate(attempts(NOON + minutes * MINUTE))
        ]
        heard: set[str] = set()
        for moment, n, name in sorted(posts):
            if name in heard:
                continue
            self._time.move_to(moment)
            self._switch(is_up(moment, self._outages))
            if self._post(name) and n not in answers_lost:
                heard.add(name)

    def _switch(self, up: bool) -> None:
        if up and not self._host.up:
            self._host.start()
        elif not up and self._host.up:
            self._host.stop()

    def _post(self, name: str) -> bool:
        try:
            status = self._host.post(item(name)).status_code
        except httpx.TransportError:
            return False
        assert status == 200
        self.taken.add(name)
        return True


def settled(host: ServedHost, time: FrozenDateTimeFactory) -> bool:
    """Lets time pass until nothing is left to do: a host that was stopped while it sent asks the logs first."""
    for _ in range(40):
        if host.settled(0.25):
            return True
        time.tick(timedelta(seconds=10))
    return False


def test_the_last_attempt_comes_41_hours_and_30_minutes_after_the_first() -> None:
    moments = list(attempts(NOON))
    assert len(moments) == 21
    assert moments[1] - NOON == MINUTE
    assert moments[-1] - NOON == timedelta(hours=41, minutes=30)


OUTAGES = st.lists(st.tuples(st.integers(0, 2_600), st.integers(1, 2_600)), max_size=4)
ARRIVALS = st.lists(st.integers(0, 300), min_size=1, max_size=3)


@given(outages=OUTAGES, arrivals=ARRIVALS, answers_lost=st.frozensets(st.integers(0, 20), max_size=4))
@example(outages=[(0, 2_490)], arrivals=[0], answers_lost=frozenset())  # only the last attempt finds it up
@example(outages=[(0, 2_491)], arrivals=[0], answers_lost=frozenset())  # not even that
@example(outages=[(1, 2_400)], arrivals=[0], answers_lost=frozenset({0}))  # repeated over a day after it took effect
@profile(max_examples=20, deadline=None)
def test_a_message_takes_effect_once_if_any_attempt_finds_the_host_up(
    outages: list[Outage], arrivals: list[int], answers_lost: frozenset[int]
) -> None:
    fake = FakeInfobip(on_duplicate="accept")
    with tempfile.TemporaryDirectory() as folder, serve(fake.app) as url, freeze_time(real_asyncio=True) as time:
        settings = Settings.load(
            None,
            base_url=url,
            api_key="sandbox-key",
            phone_number=OUR_NUMBER,
            journal_url=f"sqlite:///{folder}/journal.db",
        )
        with ServedHost(COUNTING, settings) as host:
            replay = Replay(host, time, outages)
            replay.run(arrivals, answers_lost=answers_lost)
            host.start()
            assert settled(host, time)
        answered = Counter(message.text.split()[0] for message in fake.messages)
    found_up = {
        f"in-{number}"
        for number, minutes in enumerate(arrivals)
        if any(is_up(moment, outages) for moment in attempts(NOON + minutes * MINUTE))
    }
    assert replay.taken == found_up
    assert answered == Counter(found_up)
