"""What a worker can't reach: the memory, the environment and the open files of its host, by a real host and real tries."""

from __future__ import annotations

from pathlib import Path

import httpx

from tests.cli.program import Program
from tests.served_host import item

KEY = "k3y-that-is-nobodys-business"
PRYING = """
import os
from pathlib import Path
from infobip_rules import InfobipSmsReceivedMessage
from infobip_rules.lang import c, m, ruleset, signal, when_all

def parent(process):
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])

def attempt(what, look):
    try:
        found = look()
    except OSError:
        return f"{what}: refused"
    return f"{what}: {'key' if b'k3y-that-is-nobodys' + b'-business' in found else 'nothing'}"

def memory(process):
    found = b""
    with open(f"/proc/{process}/maps") as maps, open(f"/proc/{process}/mem", "rb", 0) as memory:
        for line in maps:
            begin, end = (int(number, 16) for number in line.split()[0].split("-"))
            if " rw" in line:
                memory.seek(begin)
                found += memory.read(end - begin)
    return found

def environment(process):
    return Path(f"/proc/{process}/environ").read_bytes()

def open_files(process):
    return b" ".join(os.readlink(one).encode() for one in Path(f"/proc/{process}/fd").iterdir())

with ruleset("prying"):

    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def pry(c):
        supervisor = os.getppid()
        host = parent(supervisor)
        own = os.getpid()
        print("environments", attempt("own", lambda: environment(own)), attempt("supervisor", lambda: environment(supervisor)))
        print("host", attempt("environment", lambda: environment(host)), attempt("memory", lambda: memory(host)),
              attempt("files", lambda: open_files(host)))
"""


def test_rules_do_not_come_upon_the_key_in_their_process_nor_in_the_hosts(tmp_path: Path) -> None:
    (tmp_path / "prying.py").write_text(PRYING, encoding="utf-8")
    variables = {
        "INFOBIP_BASE_URL": "http://127.0.0.1:9",
        "INFOBIP_PHONE_NUMBER": "447491163443",
        "INFOBIP_API_KEY": KEY,
    }
    with Program(["run", "prying.py", "--port", "0"], cwd=tmp_path, variables=variables) as host:
        body = {"results": [item("a", "hello")]}
        assert httpx.post(f"{host.url}/sms-received-message", json=body, trust_env=False, timeout=60).status_code == 200
        environments = host.wait_for_line("line=environments ")
        assert "own: nothing" in environments
        assert "supervisor: key" not in environments
        assert "environment: refused memory: refused files: refused" in host.wait_for_line("line=host ")
        assert host.end() == 0


LOADED = """
import os, sys
from infobip_rules.lang import c, ruleset, signal, when_all
from infobip_rules import InfobipSmsReceivedMessage

print(f"loaded in {'a worker' if sys.flags.safe_path else 'the host'}")

with ruleset("loaded"):

    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def answer(c):
        pass
"""


def test_rule_files_are_run_in_workers_only_and_the_host_knows_of_them_what_it_shows(tmp_path: Path) -> None:
    (tmp_path / "loaded.py").write_text(LOADED, encoding="utf-8")
    variables = {
        "INFOBIP_BASE_URL": "http://127.0.0.1:9",
        "INFOBIP_PHONE_NUMBER": "447491163443",
        "INFOBIP_API_KEY": KEY,
    }
    with Program(["run", "loaded.py", "--port", "0"], cwd=tmp_path, variables=variables) as host:
        assert "1 rule in 1 file: loaded.py" in host.wait_for_line("rules  ")
        body = {"results": [item("a", "hello")]}
        assert httpx.post(f"{host.url}/sms-received-message", json=body, trust_env=False, timeout=60).status_code == 200
        assert "fired=loaded/answer" in host.wait_for_line("turns.evaluated ")
        assert host.end() == 0
        assert {line.partition("line=")[2] for line in host.err if "loaded in" in line} == {"loaded in a worker"}
