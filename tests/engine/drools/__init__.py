"""Scenarios that real Drools 8.31 was asked about, their recorded answers, and the same rules in Python."""
