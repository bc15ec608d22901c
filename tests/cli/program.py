"""A command under test: the installed entry point in a process of its own, and everything it says."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

COMMAND = Path(sys.executable).with_name("infobip-rules")
PATIENCE = 240.0


class Program:
    """A running command; `out` and `err` are the lines it has written so far.

    `command` is what comes before the arguments. PYTHONPATH is not handed on.
    """

    def __init__(
        self,
        arguments: Sequence[str | Path],
        *,
        cwd: Path,
        variables: Mapping[str, str],
        command: Sequence[str | Path] = (COMMAND,),
    ) -> None:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("INFOBIP_") and name != "PYTHONPATH"
        }
        self._said = threading.Condition()
        self.out: list[str] = []
        self.err: list[str] = []
        self.process = subprocess.Popen(
            [*command, *arguments],
            cwd=cwd,
            env=inherited | {"COLUMNS": "200", "NO_COLOR": "1"} | variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # no terminal: hidden answers are then read from stdin too
        )
        self._readers = [self._read(self.process.stdout, self.out), self._read(self.process.stderr, self.err)]

    @property
    def said(self) -> str:
        """Everything it wrote, wherever."""
        with self._said:
            return "\n".join([*self.out, *self.err])

    @property
    def url(self) -> str:
        """Where it listens; waits until it does."""
        line = self.wait_for_line("Listening at ")
        found = re.search(r"http://\S+", line)
        assert found
        return found.group()

    def answer(self, *lines: str) -> None:
        """Types lines, and ends the input."""
        assert self.process.stdin
        self.process.stdin.write("".join(f"{line}\n" for line in lines))
        self.process.stdin.close()

    def wait_for_line(self, part: str) -> str:
        """The first line with `part` in it, on stdout or stderr; fails if the command ends without one."""
        with self._said:
            self._said.wait_for(lambda: self._line(part) is not None or not self._reading(), PATIENCE)
            line = self._line(part)
        assert line is not None, f"no line with {part!r} in:\n{self.said}"
        return line

    def wait(self) -> int:
        """Its exit code, when it has ended and everything is read."""
        code = self.process.wait(PATIENCE)
        for reader in self._readers:
            reader.join(PATIENCE)
        return code

    def end(self, with_signal: signal.Signals = signal.SIGTERM) -> int:
        """Sends a signal and returns the exit code."""
        self.process.send_signal(with_signal)
        return self.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream and not stream.closed:
                stream.close()

    def _line(self, part: str) -> str | None:
        return next((line for line in [*self.out, *self.err] if part in line), None)

    def _reading(self) -> bool:
        return any(reader.is_alive() for reader in self._readers)

    def _read(self, stream: IO[str] | None, lines: list[str]) -> threading.Thread:
        assert stream

        def read() -> None:
            for line in stream:
                with self._said:
                    lines.append(line.rstrip("\n"))
                    self._said.notify_all()
            with self._said:
                self._said.notify_all()

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        return reader
