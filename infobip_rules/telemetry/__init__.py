"""Telemetry of a host: how long each step of a message takes, and what becomes of attempts to send."""

from __future__ import annotations

from infobip_rules.telemetry.stages import HostTelemetry

__all__ = ["HostTelemetry"]
