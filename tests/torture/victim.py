"""The host under torture: a program in a process group of its own, killed and started again on one port."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

_PATIENCE = 60.0


class Victim:
    """Starts a command in `folder`, where its journal and its log are, as often as it is asked to."""

    def __init__(self, command: Sequence[str | Path], folder: Path, variables: Mapping[str, str]) -> None:
        self._command = command
        self._folder = folder
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("INFOBIP_")}
        self._environment |= variables
        self._port = _quiet_port()
        self._process: subprocess.Popen[str] | None = None
        #: Set once the host that runs now has said that it listens.
        self.listening = threading.Event()
        #: Process groups of all hosts so far.
        self.groups: list[int] = []

    @property
    def url(self) -> str:
        """Where each of the hosts listens."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def log(self) -> Path:
        """Everything that all hosts have said."""
        return self._folder / "host.log"

    @property
    def ended(self) -> bool:
        """Whether it is not running, though nobody has killed it."""
        return self._process is None or self._process.poll() is not None

    def start(self, *options: str) -> None:
        """Starts a host; `listening` is set once it serves."""
        self.listening = threading.Event()
        self._process = subprocess.Popen(
            [*self._command, "--port", str(self._port), *options],
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
        )
        self.groups.append(self._process.pid)
        threading.Thread(target=self._read, args=(self._process, self.listening), daemon=True).start()

    def kill(self) -> None:
        """SIGKILL for the host alone: what it has started must see to its own end."""
        assert self._process
        self._process.kill()
        self._process.wait(_PATIENCE)

    def hold(self) -> None:
        """SIGSTOP: it does nothing from here on until it is killed, or goes on."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def go_on(self) -> None:
        """SIGCONT."""
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    def kill_a_worker(self, chance: random.Random) -> bool:
        """SIGKILL for one of the processes that it has started; whether there was one."""
        assert self._process
        try:
            wardens = _children(self._process.pid)
            workers = [one for pid in wardens for one in _children(pid)] + [
                pid for pid in wardens if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
            ]
            if workers:
                os.kill(chance.choice(workers), signal.SIGKILL)
            return bool(workers)
        except (FileNotFoundError, ProcessLookupError):
            return False  # a worker that ends just now

    def left_behind(self) -> Sequence[int]:
        """Process groups of killed hosts in which something still runs."""
        return [group for group in self.groups if _is_alive(group)]

    def end(self) -> int:
        """SIGTERM; the exit code."""
        assert self._process
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(_PATIENCE)

    def end_all(self) -> None:
        """Ends whatever is left of any of them."""
        for group in self.left_behind():
            os.killpg(group, signal.SIGKILL)

    def _read(self, process: subprocess.Popen[str], listening: threading.Event) -> None:
        assert process.stderr
        with process.stderr, self.log.open("a", encoding="utf-8") as log:
            for line in process.stderr:
                log.write(f"{process.pid} {line}")
                if "Listening at " in line:
                    listening.set()


def _quiet_port() -> int:
    """A free port below those that the system hands out: a client that finds nobody must not take the port for itself."""
    for port in range(20_000 + os.getpid() % 10_000, 32_000):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no free port")


def _children(process: int) -> list[int]:
    """The processes that a process has started: web workers, and wardens, which have started the workers."""
    return [int(pid) for pid in Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()]


def _is_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
