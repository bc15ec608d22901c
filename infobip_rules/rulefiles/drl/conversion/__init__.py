"""Conversion of `.drl` rules to Python rules, for `infobip-rules convert`."""
