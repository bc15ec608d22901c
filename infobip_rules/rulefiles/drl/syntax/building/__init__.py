"""Builders of the syntax tree from what the grammar finds, a module for each part of the language."""
