"""Checking in a process of its own: a rule file is code, and may hang, leave the process, or wait for input."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from infobip_rules.checks.finding import Finding
from infobip_rules.checks.loading import not_checked
from infobip_rules.errors import InfobipRulesError, PluginError

#: Seconds that loading and checking may take: a slow or busy machine needs some for a large rule base.
DEADLINE = 120.0
_MORE_TIME = "On a slow or busy machine, --timeout gives the check more time."
_STDERR = 2
#: Seconds for what a process that has ended wrote before.
_LAST_WORDS = 1.0
_END: dict[str, Any] = {}


class CheckFailedError(InfobipRulesError, RuntimeError):
    """A check itself failed; that is a fault of infobip-rules."""

    id = "IR810"


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """The outcome of a check."""

    findings: Sequence[Finding]
    #: Whether all files were loaded; if not, the findings say why.
    loaded: bool
    rules: int = 0
    files: int = 0


def check_files(paths: Sequence[str | Path], *, seconds: float = DEADLINE) -> Checked:
    """Loads and reviews rule files in another process, which has `seconds` for it.

    Never loads a file here, and never takes a file that ended the process, or was given up, for a checked one. What the
    files print goes to stderr. Raises CheckFailedError, and PluginError if a plugin keeps it from checking.
    """
    with _process([str(path) for path in paths]) as (process, messages):
        return _outcome(process, messages, seconds)


def _outcome(process: subprocess.Popen[bytes], messages: queue.Queue[dict[str, Any]], seconds: float) -> Checked:
    limit, file = time.monotonic() + seconds, ""
    while True:
        try:
            said = messages.get(timeout=max(limit - time.monotonic(), 0))
        except queue.Empty:
            return _given_up(file, f"takes longer than {seconds:g} s", _MORE_TIME)
        if said is _END:
            return _given_up(file, f"ends the process (exit code {process.wait()})")
        if "plugin" in said:
            raise PluginError(**said["plugin"])
        if "failed" in said:
            raise CheckFailedError(f"A check failed: {said['failed']}.", "Report it, with the rule file.")
        if "findings" in said:
            return Checked(
                findings=[Finding(**fields) for fields in said["findings"]],
                loaded=said["loaded"],
                rules=said["rules"],
                files=said["files"],
            )
        file = said["file"]


def _given_up(file: str, what: str, also: str = "") -> Checked:
    return Checked(findings=[not_checked(file, what, also)], loaded=False)


@contextmanager
def _process(paths: Sequence[str]) -> Iterator[tuple[subprocess.Popen[bytes], queue.Queue[dict[str, Any]]]]:
    reading, writing = os.pipe()
    process = subprocess.Popen(  # noqa: S603 - our own module, with the paths as they were given
        [sys.executable, "-P", "-m", "infobip_rules.checks", str(writing), *paths],
        stdin=subprocess.DEVNULL,
        stdout=_STDERR,
        pass_fds=(writing,),
        start_new_session=True,  # so that whatever the files start can be ended with it
    )
    os.close(writing)
    messages: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=_listen, args=(os.fdopen(reading, "rb"), process, messages), daemon=True).start()
    try:
        yield process, messages
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _listen(pipe: IO[bytes], process: subprocess.Popen[bytes], messages: queue.Queue[dict[str, Any]]) -> None:
    """Puts the messages of the process into the queue, and then its end."""
    reading = threading.Thread(target=_read, args=(pipe, messages), daemon=True)
    reading.start()
    process.wait()
    # What it wrote last is still in the pipe, which something that it started may keep open.
    reading.join(_LAST_WORDS)
    messages.put(_END)


def _read(pipe: IO[bytes], messages: queue.Queue[dict[str, Any]]) -> None:
    with pipe:
        for line in pipe:
            with contextlib.suppress(ValueError):  # half a line of a process that was ended
                messages.put(json.loads(line))
