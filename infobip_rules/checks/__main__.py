"""The checking process: loads the files it is given, reviews them, and writes what it found to a pipe, as lines of JSON."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from infobip_rules.checks.finding import Finding
from infobip_rules.checks.loading import findings_of, left_by
from infobip_rules.checks.registry import review
from infobip_rules.errors import PluginError, RuleFileError
from infobip_rules.rulefiles.loader import load_rules

# Bound before any rule file is run, which could replace them.
_end, _write = os._exit, os.write


def main(arguments: Sequence[str]) -> None:
    """Checks the paths that follow the pipe's number; ends the process whatever threads the files have started."""
    pipe, *paths = arguments
    try:
        _check(int(pipe), paths)
    except PluginError as problem:
        _send(int(pipe), {"plugin": {"fact": problem.fact, "remedy": problem.remedy, **problem.context}})
    except BaseException as problem:  # whatever it is, the process that waits is to hear of it
        _send(int(pipe), {"failed": f"{type(problem).__name__}: {problem}"})
    _end(0)


def _check(pipe: int, paths: Sequence[str]) -> None:
    os.set_inheritable(pipe, False)
    begun = [""]

    def begin(file: Path) -> None:
        begun.append(str(file))
        _send(pipe, {"file": str(file)})

    try:
        rulebook = load_rules(paths, begun=begin)
    except PluginError:
        raise
    except RuleFileError as problem:
        _report(pipe, list(findings_of(problem)))
    except BaseException as problem:  # KeyboardInterrupt and the like: only the file can have raised it
        _report(pipe, [left_by(problem, begun[-1])])
    else:
        # Reviewing may follow the files' regular expressions, which have no end either.
        _send(pipe, {"file": ""})
        _report(pipe, review(rulebook), rules=len(rulebook.rules), files=len(rulebook.sources), loaded=True)


def _report(pipe: int, findings: Sequence[Finding], *, rules: int = 0, files: int = 0, loaded: bool = False) -> None:
    found = [dataclasses.asdict(finding) for finding in findings]
    _send(pipe, {"findings": found, "loaded": loaded, "rules": rules, "files": files})


def _send(pipe: int, said: dict[str, Any]) -> None:
    line = orjson.dumps(said) + b"\n"
    while line:
        line = line[_write(pipe, line) :]


if __name__ == "__main__":
    main(sys.argv[1:])
