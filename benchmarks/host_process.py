"""The host in a process of its own, as users start it: its port, its rules, its memory."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: One rule that answers every message.
RULE = """from infobip_rules import ClientAgent, InfobipAdapterAPI, InfobipSmsReceivedMessage
from infobip_rules.lang import c, fact, ruleset, signal, when_all

with ruleset("bench"):

    @when_all(c.signal << signal(InfobipSmsReceivedMessage), c.client << fact(ClientAgent))
    def reply(c):
        InfobipAdapterAPI.send_sms_text_message(c.client.get_connection("phone"), c.signal.text)
        c.delete(c.signal)
"""


@contextmanager
def running(
    folder: Path, stub_url: str, *options: str, rule_file: str = RULE, **variables: str
) -> Iterator[tuple[int, int]]:
    """`infobip-rules run` in a process of its own, with these rules and variables; its port and process id."""
    rules = folder / "rules.py"
    rules.write_text(rule_file, encoding="utf-8")
    environment = {
        **os.environ,
        "INFOBIP_BASE_URL": stub_url,
        "INFOBIP_API_KEY": "benchmark-key",
        "INFOBIP_PHONE_NUMBER": "447491163443",
        "INFOBIP_JOURNAL_URL": f"sqlite:///{folder / 'journal.db'}",
        "INFOBIP_FLOOD_GUARD": "off",
        **variables,
    }
    command = [sys.executable, "-m", "infobip_rules", "run", str(rules), "--port", "0", *options]
    with (folder / "log").open("w+", encoding="utf-8") as log:
        process = subprocess.Popen(command, env=environment, stderr=log, stdout=log, cwd=folder)
        try:
            yield _port(process, folder / "log"), process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    for _ in range(600):
        found = re.search(r"http://127\.0\.0\.1:(\d+)", log.read_text(encoding="utf-8").split("istening", 1)[-1])
        if found:
            return int(found[1])
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(f"the host did not start: {log.read_text(encoding='utf-8')}")


def resident(pid: int) -> float:
    """MiB that a process holds in memory, with those that it has started and theirs."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    children = map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20 + sum(map(resident, children))
