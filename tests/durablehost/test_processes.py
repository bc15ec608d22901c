"""The plugin in real processes: beside a default host that dispatches, killed where it hurts, and with a rule that crashes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from infobip_rules.sandbox import FakeInfobip
from tests.served_host import item

HERE = Path(__file__).parent
PATIENCE = 120.0


class Application:
    """The program `application.py`, running; `said` is what it has printed."""

    def __init__(self, folder: Path, infobip: str, **variables: str) -> None:
        self.said: list[str] = []
        self._changed = threading.Condition()
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("INFOBIP_")}
        account = {
            "INFOBIP_BASE_URL": infobip,
            "INFOBIP_API_KEY": "sandbox-key",
            "INFOBIP_PHONE_NUMBER": "385921004026",
            "INFOBIP_JOURNAL_URL": f"sqlite:///{folder / 'journal.db'}",
            "PYTHONWARNINGS": "ignore",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-X", "faulthandler", HERE / "application.py"],
            cwd=folder,
            env=inherited | account | variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def post(self, *texts: str) -> None:
        """Posts messages of one person; the process may end before it has answered."""
        body = {"results": [item(f"{text}-id", text) for text in texts]}
        line = self.wait_for("Listening at ") or ""
        with suppress(httpx.TransportError):
            url = line.removeprefix("Listening at ")
            httpx.post(f"{url}/sms-received-message", json=body, trust_env=False, timeout=PATIENCE)

    def wait_for(self, part: str) -> str | None:
        """The first line with `part` in it; None if it ends without one."""
        with self._changed:
            self._changed.wait_for(lambda: self._line(part) or self.process.poll() is not None, PATIENCE)
            return self._line(part)

    def wait(self) -> int:
        """Its exit code, when it has ended."""
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code

    def end(self) -> int:
        """Lets it end in order."""
        assert self.process.stdin
        self.process.stdin.close()
        return self.wait()

    def _line(self, part: str) -> str | None:
        return next((line for line in self.said if part in line), None)

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            with self._changed:
                self.said.append(line.rstrip())
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()


@contextmanager
def application(folder: Path, infobip: str, **variables: str) -> Iterator[Application]:
    running = Application(folder, infobip, **variables)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
        running.wait()
        for stream in (running.process.stdin, running.process.stdout):
            if stream and not stream.closed:
                stream.close()


def test_a_default_host_goes_on_undisturbed_and_so_does_the_plugin(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", HERE / "undisturbed.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["rung True", "people True 40", "own True"]


def test_killed_between_evaluation_and_commit_nothing_is_lost_or_doubled(
    tmp_path: Path, fake: FakeInfobip, fake_url: str
) -> None:
    with application(tmp_path, fake_url) as running:
        running.post("one")
        assert fake.wait_for(lambda: len(fake.messages) == 1, PATIENCE)
        running.end()
    with application(tmp_path, fake_url, ENDS="commit") as running:
        running.post("two")
        assert running.wait() == -9
    with application(tmp_path, fake_url) as running:
        assert fake.wait_for(lambda: len(fake.messages) == 2, PATIENCE)
        running.post("one", "two", "three")
        assert fake.wait_for(lambda: len(fake.messages) == 3, PATIENCE)
        assert running.end() == 0
    assert [message.text for message in fake.messages] == ["message 1: one", "message 2: two", "message 3: three"]
    assert fake.doubled == {}


def test_a_rule_that_ends_the_process_costs_its_signal_two_tries_and_others_nothing(
    tmp_path: Path, fake: FakeInfobip, fake_url: str
) -> None:
    with application(tmp_path, fake_url) as running:
        running.post("exit", "hello")
        assert running.wait() == 7
    with application(tmp_path, fake_url) as running:
        assert running.wait() == 7
        assert running.wait_for("host.ended_by_signal signal=1 session=385*****2493 attempts=1 given_up=False")
    with application(tmp_path, fake_url) as running:
        assert running.wait_for("attempts=2 given_up=True")
        assert fake.wait_for(lambda: len(fake.messages) == 1, PATIENCE)
        assert running.end() == 0
    assert [message.text for message in fake.messages] == ["message 1: hello"]


def test_a_body_that_never_ends_is_named_and_keeps_no_process_from_ending(
    tmp_path: Path, fake: FakeInfobip, fake_url: str
) -> None:
    with application(tmp_path, fake_url, SLOW="0.1", INFOBIP_SHUTDOWN_SECONDS="1") as running:
        running.post("hang", "hello")
        assert running.wait_for("plugin.slow signal=1 rule=client/hang seconds=")
        running.post("later")  # webhooks are taken all the while
        assert running.end() == 0
    with application(tmp_path, fake_url, INFOBIP_SHUTDOWN_SECONDS="1") as running:
        assert running.wait_for("host.ended_by_signal signal=1 session=385*****2493 attempts=1 given_up=False")
