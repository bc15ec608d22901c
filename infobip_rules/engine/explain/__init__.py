"""Explanations: the reasons why each rule did or did not fire."""
