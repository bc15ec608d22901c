"""Plugins: packages that add signal types, policies, checks, commands and the like, by hooks."""

from __future__ import annotations

from infobip_rules.plugins.markers import hookimpl

__all__ = ["hookimpl"]
