"""What tests of more than one module start from: a fake Infobip on loopback, settings for it, a journal in a file."""

from __future__ import annotations

import gc
import os
import stat
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path

import hypothesis
import pytest

from infobip_rules.clock import SystemClock
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.sandbox import FakeInfobip, serve
from infobip_rules.settings import Settings

# How long an example takes to draw or to run says how busy the machine is, not whether the program is right.
hypothesis.settings.register_profile("tests", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("tests")

SAMPLES = Path(__file__).parent / "samples"
OUR_NUMBER = "385921004026"


def pytest_xdist_auto_num_workers() -> int:
    """How many tests run side by side with `-n auto`: more than there are processors, as many wait for other programs."""
    return max(4, os.cpu_count() or 1)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tests that run side by side send their reports on, in which half a surrogate pair can't stand."""
    report = yield
    report.sections = [(name, text.encode(errors="backslashreplace").decode()) for name, text in report.sections]
    return report


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may have an account: it is not theirs to use."""
    for name in os.environ:
        if name.startswith("INFOBIP_"):
            monkeypatch.delenv(name)


def _open_sockets() -> set[int]:
    """The sockets that this process has open, by their inodes: those of what is not closed stay until it is collected."""
    found = set()
    for number in os.listdir("/dev/fd"):
        with suppress(OSError):  # such as the one that listed them
            status = os.fstat(int(number))
            if stat.S_ISSOCK(status.st_mode):
                found.add(status.st_ino)
    return found


@pytest.fixture(autouse=True)
def _no_connection_left_open() -> Iterator[None]:
    """Collects what a test leaves open: it warns then, which fails this test and not whichever runs when it is collected.

    To collect after each test would take longer than most of them.
    """
    before = _open_sockets()
    yield
    if _open_sockets() - before:
        gc.collect()


@pytest.fixture
def fake() -> FakeInfobip:
    """A fake Infobip; `fake_url` serves it."""
    return FakeInfobip()


@pytest.fixture
def fake_url(fake: FakeInfobip) -> Iterator[str]:
    """Where the fake is reached over HTTP."""
    with serve(fake.app) as url:
        yield url


@pytest.fixture
def settings(fake_url: str, tmp_path: Path) -> Settings:
    """Settings for the fake, with the journal in a folder of the test's own."""
    return Settings.load(
        None,
        base_url=fake_url,
        api_key="sandbox-key",
        phone_number=OUR_NUMBER,
        journal_url=f"sqlite:///{tmp_path / 'journal.db'}",
    )


@pytest.fixture
def journal(settings: Settings) -> Iterator[FileJournal]:
    """An open journal."""
    with FileJournal.open(settings.journal_url, clock=SystemClock()) as journal:
        yield journal
