"""The programs that are killed: `infobip-rules run`, and one with a host of durable-rules."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .verdict import COUNTED

_FOLDER = Path(__file__).parent
_EXAMPLES = _FOLDER.parents[1] / "examples"


@dataclass(frozen=True, kw_only=True, slots=True)
class Program:
    """How a program is started, and how it words its answers."""

    #: It takes `--port`, and says "Listening at" once it serves.
    command: Sequence[str | Path]
    #: More of its options, by the number of the start.
    options: Callable[[int], Sequence[str]]
    #: The messageId that it answers, and the count of the person's messages.
    answer: re.Pattern[str]
    #: Whether a signal whose evaluation was killed once is spared from then on: at the second time it is given up.
    spares: bool = False


def _in_process_or_not(number: int) -> Sequence[str]:
    """Every other host is one process; the others have workers for rules and for webhooks."""
    return ("--in-process", "--web-workers", "0") if number % 2 == 0 else ("--workers", "1", "--web-workers", "1")


def run(rules: Path) -> Sequence[str | Path]:
    """The command that runs rules."""
    return Path(sys.executable).with_name("infobip-rules"), "run", rules


RUN = Program(command=run(_FOLDER / "counting.py"), options=_in_process_or_not, answer=COUNTED)
PLUGIN = Program(
    command=(sys.executable, _EXAMPLES / "plugin_for_durable_host.py"),
    options=lambda _: (),
    answer=re.compile(r"You said: (\S+) \(message (\d+)\)"),
    spares=True,
)
