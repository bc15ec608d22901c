"""The mark of what a rule file writes at the top: fields, conditions and elements, which are no values in a rule's body."""

from __future__ import annotations


class Written:
    """Base of conditions and expressions of the rule language."""
