"""DOC01 to DOC04: Python, the engine, the compiler that it needs, and the libraries."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from importlib import metadata

from infobip_rules.doctor.result import Result, note, ok, problem

_OLDEST, _TOO_NEW = (3, 11), (3, 13)
_DISTRIBUTION = "infobip-rules"


def machine() -> Iterator[Result]:
    """The results about this machine."""
    yield _python(sys.version_info[:3])
    yield _engine()
    yield _compiler()
    yield _libraries()


def _python(version: tuple[int, ...]) -> Result:
    shown = ".".join(map(str, version))
    if _OLDEST <= version[:2] < _TOO_NEW:
        return ok("DOC01", "Python", shown)
    return problem("DOC01", "Python", f"{shown} is not supported.", "Use Python 3.11 or 3.12.")


def _engine() -> Result:
    from infobip_rules.rulefiles.python.soundness import try_durable

    try:
        try_durable()
    except Exception as cause:
        hint = "Install a C compiler, then `pip install --force-reinstall --no-binary durable-rules durable-rules`."
        return problem("DOC02", "engine", f"durable-rules does not work ({type(cause).__name__}: {cause}).", hint)
    return ok("DOC02", "engine", f"durable-rules {metadata.version('durable-rules')} loads")


def _compiler() -> Result:
    found = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    if found:
        return ok("DOC03", "compiler", found)
    return note("DOC03", "compiler", "none is found.", "It is needed to install durable-rules, not to run.")


def _libraries() -> Result:
    try:
        required = metadata.requires(_DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        return note("DOC04", "libraries", "infobip-rules is not installed as a package.", "Run `pip install -e .`.")
    names = sorted({name[0] for line in required if "extra ==" not in line and (name := re.match(r"[\w.-]+", line))})
    versions = {name: _version(name) for name in names}
    if missing := [name for name, version in versions.items() if version is None]:
        hint = "Run `pip install --upgrade infobip-rules`."
        return problem("DOC04", "libraries", f"not installed: {', '.join(missing)}.", hint)
    return ok("DOC04", "libraries", ", ".join(f"{name} {version}" for name, version in versions.items()))


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
