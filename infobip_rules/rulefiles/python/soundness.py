"""Soundness of durable-rules on this machine: its C extension loads and takes a ruleset."""

from __future__ import annotations

import json


def try_durable() -> None:
    """Loads durable-rules and gives it a ruleset. Raises whatever keeps it from working."""
    import durable_rules_engine

    rule = {"doctor": {"reply": {"all": [{"m": {"keyword": "STOP"}}]}}}
    handle = durable_rules_engine.create_ruleset("doctor", json.dumps(rule["doctor"]))
    durable_rules_engine.delete_ruleset(handle)
