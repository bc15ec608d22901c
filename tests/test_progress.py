"""The progress of an evaluator, in memory that its host shares."""

from __future__ import annotations

import os
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from infobip_rules.progress import MOST_SIGNALS, Progress, unkept

IDS = st.lists(st.integers(1, 2**63 - 1), max_size=5)


@given(ids=IDS, begun=st.integers(0, 5))
def test_the_current_signal_is_the_one_begun_last(ids: list[int], begun: int) -> None:
    progress = Progress()
    progress.give(ids)
    for _ in range(begun):
        progress.begin()
    assert progress.begun == begun
    assert progress.current == (ids[begun - 1] if 0 < begun <= len(ids) else None)
    progress.close()


def test_giving_signals_starts_again() -> None:
    progress = Progress()
    progress.give([7])
    progress.begin()
    progress.give([8, 9])
    assert (progress.begun, progress.current) == (0, None)
    progress.close()


def test_of_more_signals_than_are_noted_only_the_first_are_known() -> None:
    progress = Progress()
    progress.give(range(1, MOST_SIGNALS + 2))
    for _ in range(MOST_SIGNALS):
        progress.begin()
    assert progress.current == MOST_SIGNALS
    progress.begin()
    assert (progress.begun, progress.current) == (MOST_SIGNALS + 1, None)
    progress.close()


def test_another_process_writes_into_the_same_memory_and_its_end_keeps_it() -> None:
    progress = Progress(unkept())
    progress.give([11, 12])
    program = (
        "import os, signal, sys; from infobip_rules.progress import Progress; progress = Progress(int(sys.argv[1])); "
        "progress.begin(); progress.begin(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    inherited = os.dup(progress.descriptor)
    subprocess.run([sys.executable, "-c", program, str(inherited)], pass_fds=[inherited], check=False)
    os.close(inherited)
    assert (progress.begun, progress.current) == (2, 12)
    progress.close()
