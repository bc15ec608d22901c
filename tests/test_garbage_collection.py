"""Garbage collection in the program's own processes."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import gc
from infobip_rules.garbage_collection import collect_rarely
collect_rarely()
print(gc.get_freeze_count() > 0, gc.get_threshold())
"""


def test_loaded_objects_are_frozen_and_the_youngest_collected_rarely() -> None:
    shown = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "True (20000, 10, 10)"
