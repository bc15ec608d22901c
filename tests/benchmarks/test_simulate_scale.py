"""The simulation of many hosts: it agrees with theory where there is one, and what is assumed shows in what comes out."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.simulate_scale import SCALES, Assumptions, Outcome, main, simulate

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "scale.md"
#: A table of the page, below the arguments that it was made with.
TABLES = re.findall(r"^<!-- simulated: (.*?) ?-->\n\n((?:\|.*\n)+)", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
#: One queue before one server: nobody writes twice, nothing bursts, fails or waits for a disk.
PLAIN = Assumptions(
    host_us=1_000.0,
    evaluation_us=0.0,
    commit_ms=0.0,
    people=1_000_000,
    zipf=0.0,
    bursts=0,
    failures=0.0,
    provider_failures=0.0,
    seconds=200.0,
    simulated=1,
)
#: Hosts as they may be, for a moment.
USUAL = replace(Assumptions(), seconds=4.0, failures=0.0)


@pytest.mark.parametrize("load", [0.3, 0.5, 0.7, 0.8])
def test_the_plain_case_waits_as_long_as_theory_says_of_m_d_1(load: float) -> None:
    outcome = simulate(replace(PLAIN, load=load), 1)
    service = PLAIN.host_us / 1e6
    assert outcome.inbox.mean == pytest.approx(load * service / (2 * (1 - load)), rel=0.1)


def test_of_messages_that_are_half_of_what_a_host_can_take_half_do_not_wait() -> None:
    assert simulate(replace(PLAIN, load=0.4), 1).inbox.median == 0.0


@pytest.mark.parametrize("scale", SCALES)
def test_the_simulated_hosts_get_their_share_of_what_comes(scale: int) -> None:
    outcome = simulate(USUAL, scale)
    expected = outcome.rate / scale * USUAL.simulated * USUAL.seconds
    assert outcome.simulated_messages == pytest.approx(expected, rel=0.05)


def test_the_same_seed_gives_the_same_and_another_one_something_else() -> None:
    assert simulate(USUAL, 10) == simulate(USUAL, 10)
    assert simulate(USUAL, 10) != simulate(replace(USUAL, seed=2), 10)


def worse(before: Outcome, after: Outcome) -> bool:
    return after.inbox.p99 > before.inbox.p99


@pytest.mark.parametrize(
    "changes",
    [{"load": 0.9}, {"burst_factor": 3.0}, {"failures": 0.5}, {"hottest": 2_000.0, "zipf": 1.5}],
    ids=["more comes", "bursts", "hosts fail", "some write a lot"],
)
def test_what_makes_queues_long_makes_them_long(changes: dict[str, float]) -> None:
    before = simulate(USUAL, 10)
    after = simulate(replace(USUAL, **changes), 10)  # type: ignore[arg-type]
    assert worse(before, after)


def test_a_host_that_fails_has_its_sessions_wait_until_others_go_on() -> None:
    outcome = simulate(replace(USUAL, failures=0.25, failover=1.0, bursts=0), 10)
    assert 0.9 < outcome.inbox.longest < 4.0
    assert outcome.keeps_up


def test_a_shared_journal_is_the_end_where_more_comes_than_it_takes_and_not_before() -> None:
    shared = replace(USUAL, journal_us=100.0, journal_cores=4.0, bursts=0)  # 40,000 a second
    assert simulate(shared, 10).keeps_up
    over = simulate(shared, 100)
    assert over.journal_busy == pytest.approx(over.rate / 40_000)
    assert not over.keeps_up
    assert over.webhook.longest > 1  # nobody is answered before it is on disk


def test_requests_that_fail_wait_for_the_next_attempt() -> None:
    sure = simulate(replace(USUAL, provider_failures=0.0), 10)
    unsure = simulate(replace(USUAL, provider_failures=0.3), 10)
    assert sure.outbox.longest == pytest.approx(0.05)
    assert unsure.outbox.p99 > USUAL.retry


def test_the_command_prints_a_row_for_each_scale_and_all_that_it_assumed() -> None:
    printed = main(["--seconds", "1", "--scale", "10", "--scale", "1000", "--failures", "0", "--seed", "7"])
    rows = [line for line in printed.splitlines() if line.startswith("| 1")]
    assert [row.split(" | ")[0] for row in rows] == ["| 10", "| 1,000"]
    assert printed.endswith("seed=7")
    assert "host_us=325" in printed


@pytest.mark.parametrize(("arguments", "printed"), TABLES, ids=[arguments for arguments, _ in TABLES])
def test_the_page_shows_what_the_command_prints(arguments: str, printed: str) -> None:
    assert main(arguments.split()).startswith(printed)


def test_the_page_has_tables() -> None:
    assert len(TABLES) >= 4
