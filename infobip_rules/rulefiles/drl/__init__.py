"""Drools' rule language: `.drl` files become rules of the same model as Python's."""
