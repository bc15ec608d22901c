"""DOC01 to DOC04: Python, durable-rules, the compiler that it needs, and the libraries."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from importlib import metadata

from infobip_rules.doctor.result import Result, note, ok, problem
from infobip_rules.durable_rules import DurableRulesError, Loading, rebuild_command, try_extension

_OLDEST, _NEWEST_TESTED = (3, 11), (3, 13)
_DISTRIBUTION = "infobip-rules"
#: Libraries that the host does without where they can't be had, and what takes their place.
_REPLACED = {
    "google-re2": "Python's own re matches patterns, for a tenth of a second each at most",
    "uvloop": "Python's own event loop serves, at more for each webhook",
}


def machine() -> Iterator[Result]:
    """The results about this machine."""
    yield python_result(sys.version_info[:3])
    yield durable_result()
    yield _compiler()
    yield _libraries()


def python_result(version: tuple[int, ...]) -> Result:
    """The result about this version of Python."""
    shown = ".".join(map(str, version))
    if version[:2] < _OLDEST:
        return problem("DOC01", "Python", f"{shown} is not supported.", "Use Python 3.11 or later.")
    if version[:2] > _NEWEST_TESTED:
        newest = ".".join(map(str, _NEWEST_TESTED))
        return note("DOC01", "Python", f"{shown} is untried.", f"It should work; tests run on 3.11 to {newest}.")
    return ok("DOC01", "Python", shown)


def durable_result() -> Result:
    """The result about durable-rules, which only the plugin for its hosts needs."""
    try:
        how = try_extension()
    except DurableRulesError as cause:
        return note("DOC02", "durable-rules", f"{cause.fact} Only the plugin for its hosts needs it.", cause.remedy)
    except Exception as cause:
        says = f"does not work ({type(cause).__name__}: {cause}). Only the plugin for its hosts needs it."
        return note("DOC02", "durable-rules", says, f"Build it anew: {rebuild_command()}")
    says = f"{metadata.version('durable-rules')} {how}"
    if how is Loading.LAZY:
        says += ", as it was built without what Python 3.13 needs: import infobip_rules.plugin before durable."
        return note("DOC02", "durable-rules", says, f"Or build it anew: {rebuild_command()}")
    return ok("DOC02", "durable-rules", says)


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
    return libraries_result({name: _version(name) for name in names})


def libraries_result(versions: Mapping[str, str | None]) -> Result:
    """The result about these libraries, of which those without a version are not installed."""
    missing = [name for name, version in versions.items() if version is None]
    says = f"not installed: {', '.join(missing)}."
    if not _REPLACED.keys() >= set(missing):
        return problem("DOC04", "libraries", says, "Run `pip install --upgrade infobip-rules`.")
    if missing:
        return note("DOC04", "libraries", says, f"{'; '.join(_REPLACED[name] for name in missing)}.")
    return ok("DOC04", "libraries", ", ".join(f"{name} {version}" for name, version in versions.items()))


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
