"""Explanations: why each rule did or did not fire."""
