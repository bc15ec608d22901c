"""The C extension of durable-rules, which only hosts of durable-rules need: loads it, lazily if it lacks a symbol.

Python 3.13 has no `PyEval_CallObject`, which the extension calls only in callbacks that neither `durable.engine.Host`
nor this package sets. Built as it comes, it loads there if its symbols are looked up at their first use.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading
from enum import StrEnum
from importlib.util import find_spec
from typing import Any

from infobip_rules.errors import InfobipRulesError

_MODULE = "durable_rules_engine"
#: What the extension lacks on Python 3.13, and what to build it with instead. CFLAGS are overwritten by its set-up.
_SYMBOL = "PyEval_CallObject"
FLAGS = f"CPPFLAGS=-D{_SYMBOL}=PyObject_CallObject"
_turn = threading.Lock()


class DurableRulesError(InfobipRulesError, ImportError):
    """durable-rules is not installed, or does not work on this machine.

    Only the plugin for its hosts needs it (`infobip_rules.plugin`): everything else works without. It is the extra
    `durable`, a C extension that is compiled when it is installed, with
    `CPPFLAGS=-DPyEval_CallObject=PyObject_CallObject` for what Python 3.13 no longer has. The sentence gives the command
    for this Python, and so does `infobip-rules doctor` (DOC02).
    """

    id = "IR140"
    exit_code = 3


class Loading(StrEnum):
    """How the extension was loaded."""

    #: As any other.
    PLAIN = "loads"
    #: With symbols looked up at their first use, as one is missing.
    LAZY = "loads lazily"


def load_extension() -> Loading:
    """Loads the extension, after which `durable.lang` and `durable.engine` can be imported; returns how.

    Raises DurableRulesError, with the command that installs or builds it, if it can't be loaded.
    """
    with _turn:
        if _MODULE in sys.modules:
            return _how()
        try:
            importlib.import_module(_MODULE)
        except ModuleNotFoundError:
            # The traceback of the error alone: its text holds the cause.
            raise DurableRulesError("durable-rules is not installed.", f"Run {install_command()}") from None
        except ImportError as problem:
            if _SYMBOL not in str(problem):
                raise _broken(problem) from None
            _load_lazily()
        return _how()


def try_extension() -> Loading:
    """Loads the extension and gives it a ruleset. Raises DurableRulesError, or whatever else keeps it from working."""
    how = load_extension()
    engine: Any = importlib.import_module(_MODULE)
    rule = {"doctor": {"reply": {"all": [{"m": {"keyword": "STOP"}}]}}}
    engine.delete_ruleset(engine.create_ruleset("doctor", json.dumps(rule["doctor"])))
    return how


def install_command() -> str:
    """Returns the command that installs durable-rules for this Python: not from a cache, which may have it without the flags."""
    anew = "--no-cache-dir" if _has_pip() else "--no-cache"
    return f'`{FLAGS} {_installer()} {anew} "infobip-rules[durable]"`; it needs a C compiler.'


def rebuild_command() -> str:
    """Returns the command that builds durable-rules anew for this Python."""
    anew = "--force-reinstall --no-deps --no-cache-dir" if _has_pip() else "--reinstall --no-deps --no-cache"
    return f"`{FLAGS} {_installer()} {anew} --no-binary durable-rules durable-rules`; it needs a C compiler."


def _has_pip() -> bool:
    return find_spec("pip") is not None


def _installer() -> str:
    # Environments of uv's have no pip of their own.
    return f"{sys.executable} -m pip install" if _has_pip() else f"uv pip install --python {sys.executable}"


_loaded_lazily = False


def _how() -> Loading:
    return Loading.LAZY if _loaded_lazily else Loading.PLAIN


def _load_lazily() -> None:
    global _loaded_lazily  # noqa: PLW0603 - as modules are: once in a process
    before = sys.getdlopenflags()
    sys.setdlopenflags(os.RTLD_LAZY)
    try:
        importlib.import_module(_MODULE)
    except ImportError as problem:
        raise _broken(problem) from None
    finally:
        sys.setdlopenflags(before)
    _loaded_lazily = True


def _broken(problem: ImportError) -> DurableRulesError:
    return DurableRulesError(f"durable-rules can't be loaded ({problem}).", f"Build it anew: {rebuild_command()}")
