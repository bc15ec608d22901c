"""Benchmarks, `make bench`: medians and ratios measured in one run, on whatever machine it is."""
