"""Leaves people alone who are not to be written to."""

from infobip_rules_quiet.facts import Greeted

__all__ = ["Greeted"]
