"""The programs that the documentation shows do what it says: webhooks are mounted, the plugin is attached."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from infobip_rules.sandbox import LoopbackServer
from tests.docs.pages import ROOT, blocks
from tests.docs.test_blocks import ACCOUNT, run


def program(page: str, calls: str = "create_app(") -> str:
    """The program of a page: its last block of Python that makes the webhooks' app, or calls something else."""
    return [block.code for block in blocks(page) if block.language == "python" and calls in block.code][-1]


def test_the_webhooks_mount_into_an_application(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules").symlink_to(ROOT / "rules")
    for name, value in {**ACCOUNT, "INFOBIP_WEBHOOK_TOKEN": "secret"}.items():
        monkeypatch.setenv(name, value)
    names: dict[str, object] = {}
    exec(compile(program("docs/how-to/mounting.md"), "mounting.md", "exec"), names)  # noqa: S102 - the page's own code
    with LoopbackServer(names["app"]) as server:  # type: ignore[arg-type]  # it is a Starlette app
        answers = [
            httpx.get(f"{server.url}/infobip/health/ready", trust_env=False, timeout=60).status_code,
            httpx.post(f"{server.url}/infobip/sms-received-message", json={}, trust_env=False, timeout=60).status_code,
        ]
    assert answers == [200, 401]


def test_a_program_that_sets_a_provider_traces_each_message_and_no_process_but_the_host_notices(tmp_path: Path) -> None:
    (tmp_path / "traced.py").write_text(
        program("docs/how-to/monitoring.md", calls="set_tracer_provider("), encoding="utf-8"
    )
    trial = ("dev", str(ROOT / "rules"), "--port", "0", "--workers", "1", "--first-message", "hello")
    done = run(tmp_path, "-W", "always", "traced.py", *trial, "--exit-after-reply")

    assert done.returncode == 0, done.stderr
    names = re.findall(r'^    "name": "(.+)",$', done.stdout, re.MULTILINE)
    assert {"receive InfobipSmsReceivedMessage", "evaluate InfobipSmsReceivedMessage", "send message"} <= set(names)
    assert "rules.printed" not in done.stderr


def test_the_plugin_attaches_to_a_host_of_durable_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFOBIP_WEBHOOK_TOKEN", "secret")
    # In a process of its own: a durable-rules host can't be stopped.
    serves = """
import httpx
from infobip_rules.sandbox import LoopbackServer

with LoopbackServer(app) as server:
    print(httpx.get(f"{server.url}/health/ready", trust_env=False, timeout=60).status_code)
    print(httpx.post(f"{server.url}/sms-received-message", json={}, trust_env=False, timeout=60).status_code)
    report = f"{server.url}{settings.webhook_url('/sms-delivery-report')}"
    print(httpx.post(report, json={"results": []}, trust_env=False, timeout=60).status_code)
"""
    done = run(tmp_path, "-c", program("docs/from-durable-rules.md") + serves)
    assert (done.stdout, done.returncode) == ("200\n401\n200\n", 0), done.stderr
