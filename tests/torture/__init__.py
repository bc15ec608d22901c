"""Killing a host again and again while people write to it: nothing may be lost, nothing doubled."""
