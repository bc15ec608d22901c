"""`/metrics` of a running host: the work of all its processes, whichever of them answers."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from infobip_rules.sandbox import FakeInfobip

from .conftest import TOKEN, Start

MESSAGES = 24
STAGES = ("webhook_commit", "signal_wait", "evaluation", "message_acceptance")


def post(url: str, number: int) -> int:
    """A webhook over a connection of its own, so that any web worker may take it."""
    item = {"messageId": f"in-{number}", "from": f"3859162424{number:02}", "to": "447491163443", "text": "hello"}
    headers = {"Content-Type": "application/json", "X-Webhook-Token": TOKEN}
    body = json.dumps({"results": [item]})
    return httpx.post(f"{url}/sms-received-message", content=body, headers=headers, timeout=60).status_code


def counts(url: str) -> dict[str, float]:
    """The value of each sample without labels."""
    answer = httpx.get(f"{url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60)
    assert answer.status_code == 200, answer.text
    families = text_string_to_metric_families(answer.text)
    return {sample.name: sample.value for family in families for sample in family.samples if not sample.labels}


def test_the_work_of_all_processes_is_counted_once_whichever_of_them_is_asked(
    start: Start, fake: FakeInfobip, rules: Path
) -> None:
    token = {"INFOBIP_WEBHOOK_TOKEN": TOKEN}
    host = start("run", rules, "--port", "0", "--web-workers", "2", "--workers", "2", **token)
    url = host.url

    assert {post(url, number) for number in range(MESSAGES)} == {200}
    assert fake.wait_for(lambda: len(fake.messages) == MESSAGES)
    for _ in range(1_000):  # what was accepted is counted when it is written down
        if counts(url)["infobip_rules_message_acceptance_seconds_count"] == MESSAGES:
            break
        threading.Event().wait(0.01)

    for _ in range(8):
        seen = counts(url)
        assert {stage: seen[f"infobip_rules_{stage}_seconds_count"] for stage in STAGES} == dict.fromkeys(
            STAGES, MESSAGES
        )
        assert seen["infobip_rules_messages_sent_total"] == MESSAGES
    assert seen["infobip_rules_evaluation_seconds_sum"] > 0
    assert host.end() == 0
