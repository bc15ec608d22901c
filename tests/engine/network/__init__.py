"""Tests of the matching network."""
