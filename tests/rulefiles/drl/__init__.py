"""Drools' rule language: parsing, mistakes, compiling, and the comparison with real Drools."""
