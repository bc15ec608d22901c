"""Rule files on disk: their state at a moment, and the modules that are to be imported anew."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType

from infobip_rules.rulefiles.loader import SUFFIXES

#: What distinguishes one content of a file from another: when it was written, its size, and which file it is.
FileState = tuple[int, int, int]

_PACKAGE = Path(__file__).parents[1]


def file_states(paths: Iterable[str | Path]) -> Mapping[Path, FileState]:
    """Returns the state of the files under `paths`, and of the modules beside them that rule files imported."""
    given = [Path(path) for path in paths]
    files = {file for path in given for file in _files(path)}
    files |= {Path(str(module.__file__)) for module in _own_modules(given).values()}
    states = ((file, _state_of(file)) for file in files)
    return {file.absolute(): state for file, state in states if state is not None}


@contextmanager
def imported_anew(paths: Iterable[str | Path]) -> Iterator[None]:
    """Forgets the modules beside rule files, so that they are imported anew; restores them if the block raises."""
    given = [Path(path) for path in paths]
    before = _own_modules(given)
    _forget(before)
    _drop_bytecode(before.values())
    importlib.invalidate_caches()
    try:
        yield
    except BaseException:
        # Rules from before go on: what they import when they are evaluated must be what they know.
        _forget(_own_modules(given))
        sys.modules.update(before)
        raise


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for file in path.rglob("*"):
        if file.suffix in SUFFIXES and _is_visible(file.relative_to(path)):
            yield file


def _state_of(file: Path) -> FileState | None:
    try:
        found = file.stat()
    except OSError:  # just replaced or removed
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _own_modules(paths: Iterable[Path]) -> dict[str, ModuleType]:
    """Returns the modules that come from the folders of rule files, by name."""
    folders = {str((path if path.is_dir() else path.parent).absolute()) for path in paths}
    loaded = list(sys.modules.items())
    return {name: module for name, module in loaded if any(_is_of(module, folder) for folder in folders)}


def _is_of(module: ModuleType, folder: str) -> bool:
    file = getattr(module, "__file__", None)
    if not isinstance(file, str) or module.__name__ == "__main__":
        return False
    # There are a thousand modules, and a look every other moment: as text it takes a tenth of what paths take.
    absolute = file if os.path.isabs(file) else str(Path(file).absolute())
    if not absolute.startswith(f"{folder}{os.sep}"):
        return False
    path = Path(absolute)
    return not path.is_relative_to(_PACKAGE) and _is_visible(path.relative_to(folder))


def _is_visible(file: Path) -> bool:
    """Returns whether it can be a rule file: not in a hidden folder, nor among installed libraries."""
    return not any(part.startswith(".") or part in {"site-packages", "__pycache__"} for part in file.parts)


def _drop_bytecode(modules: Iterable[ModuleType]) -> None:
    # Python takes compiled bytecode for current if second and size of its source are: a quick change may keep both.
    for module in modules:
        if (cached := getattr(module, "__cached__", None)) is not None:
            with suppress(OSError):
                Path(cached).unlink(missing_ok=True)


def _forget(modules: Iterable[str]) -> None:
    for name in modules:
        sys.modules.pop(name, None)
