"""The wheel of this installation, for projects that no package index gives it to."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path, PurePosixPath

import infobip_rules

_NAME = "infobip_rules"
#: What installers add to the folder of a distribution's metadata: it is not in wheels.
_OF_INSTALLERS = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"})
#: Says that it was not an index that it came from (https://packaging.python.org/en/latest/specifications/direct-url/).
_ELSEWHERE = "direct_url.json"


def wheel_unless_indexed() -> str | None:
    """The name of this installation's wheel; None if it came from a package index, as it can again.

    A clone, a wheel in a file and a repository's URL are no index.
    """
    installed = _not_indexed()
    return None if installed is None else _wheel_name(installed)


def pack_unless_indexed(folder: Path) -> Path | None:
    """Writes this installation's wheel into the folder; None as for `wheel_unless_indexed`. Raises OSError."""
    installed = _not_indexed()
    if installed is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / _wheel_name(installed)
    wheel.write_bytes(_packed(installed))
    return wheel


def _not_indexed() -> Distribution | None:
    try:
        installed = distribution(_NAME)
    except PackageNotFoundError:  # run from a folder of sources
        return None
    return None if installed.read_text(_ELSEWHERE) is None else installed


def _wheel_name(installed: Distribution) -> str:
    return f"{_NAME}-{installed.version}-{_tag(installed)}.whl"


def _tag(installed: Distribution) -> str:
    found = re.search(r"^Tag: (\S+)", installed.read_text("WHEEL") or "", re.MULTILINE)
    return found.group(1) if found else "py3-none-any"


def _packed(installed: Distribution) -> bytes:
    content = io.BytesIO()
    record = io.StringIO()
    rows = csv.writer(record, lineterminator="\n")
    metadata = f"{_NAME}-{installed.version}.dist-info"
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, data in (*_package(), *_metadata(installed, metadata)):
            wheel.writestr(_entry(path), data)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            rows.writerow([path, f"sha256={digest}", len(data)])
        rows.writerow([f"{metadata}/RECORD", "", ""])
        wheel.writestr(_entry(f"{metadata}/RECORD"), record.getvalue())
    return content.getvalue()


def _entry(path: str) -> zipfile.ZipInfo:
    # Of one date and mode, so that one installation always makes the same file.
    entry = zipfile.ZipInfo(path)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


def _package() -> Iterator[tuple[str, bytes]]:
    # In a clone's environment the distribution does not list these.
    root = Path(infobip_rules.__file__).parent
    for file in sorted(root.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            yield f"{_NAME}/{file.relative_to(root).as_posix()}", file.read_bytes()


def _metadata(installed: Distribution, folder: str) -> Iterator[tuple[str, bytes]]:
    for listed in sorted(installed.files or ()):
        path = PurePosixPath(listed)
        if path.parts[0] == folder and str(path.relative_to(folder)) not in _OF_INSTALLERS:
            yield str(path), Path(str(listed.locate())).read_bytes()
