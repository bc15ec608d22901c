"""Distributions as an installer leaves them: a module, and its metadata with the entry point."""

from __future__ import annotations

import sys
from pathlib import Path


def installed(folder: Path, name: str, source: str) -> str:
    """Has `folder` hold a distribution `acme-<name>` 2.0 whose plugin `name` is a module of this source; the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    sys.modules.pop(f"acme_{name}", None)  # of another test
    (folder / f"acme_{name}.py").write_text(f"from infobip_rules.plugins import hookimpl\n{source}")
    metadata = folder / f"acme_{name}-2.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: acme-{name}\nVersion: 2.0\n")
    (metadata / "entry_points.txt").write_text(f"[infobip_rules]\n{name} = acme_{name}\n")
    return str(folder)
