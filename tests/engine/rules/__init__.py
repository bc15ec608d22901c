"""Tests of the rule model and what reads it."""
