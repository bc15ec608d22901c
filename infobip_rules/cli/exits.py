"""The end of a command: its exit code, and errors as sentences on stderr instead of tracebacks."""

from __future__ import annotations

import logging
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Never

from infobip_rules.cli.output import concerns_output, flush, give_up, prepare_streams
from infobip_rules.errors import InfobipRulesError
from infobip_rules.infobip.phone import mask_numbers
from infobip_rules.redaction import without_secrets

#: The exit code that shells give a program that was ended with Ctrl-C.
INTERRUPTED = 130
PROBLEMS = 1
CONFIGURATION = 3
PROVIDER = 4

#: Writes what `say` is given, by text and level, as the log's lines are written; None: as it is.
_speak: Callable[[str, int], None] | None = None
#: Variables whose value came by an option, and that option's name, which errors then name instead.
_by_option: dict[str, str] = {}


class UnreachableError(InfobipRulesError, ConnectionError):
    """No host answered where a command looked for one."""

    id = "IR801"
    exit_code = 1


@contextmanager
def ending_with_code() -> Iterator[None]:
    """Ends the process on any error, and on Ctrl-C, without a traceback; only a bug has one, without secrets."""
    prepare_streams()
    try:
        with _output_errors():
            yield
    except InfobipRulesError as problem:
        say(in_terms_of_options(str(problem)), level=logging.ERROR)
        raise SystemExit(problem.exit_code) from None
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None
    except Exception as problem:
        say(mask_numbers(without_secrets(traceback.format_exc())), level=logging.CRITICAL)
        say(f"This is a bug in {_culprit(problem)}: please report it, with the lines above.", level=logging.CRITICAL)
        raise SystemExit(1) from None


def _culprit(problem: Exception) -> str:
    from infobip_rules.plugins.manager import installed_plugins

    plugin = installed_plugins().behind(problem)
    return "infobip-rules" if plugin is None else f"the plugin {plugin.name} ({plugin.source})"


@contextmanager
def _output_errors() -> Iterator[None]:
    try:
        try:
            yield
        finally:
            flush()
    except InfobipRulesError:
        raise
    except OSError as problem:
        if not concerns_output(problem):
            raise
        give_up(problem)


def name_option(variable: str, option: str) -> None:
    """Makes errors name `option` instead of `variable`: its value came by the option."""
    _by_option[variable] = option


def in_terms_of_options(text: str) -> str:
    """The text of an error, naming what the person at the keyboard has typed."""
    for variable, option in _by_option.items():
        text = text.replace(variable, option)
    return text


def leave_threads_behind(code: object) -> None:
    """Ends the process at once where threads are left that Python would wait for, and nobody else will end.

    A rule file may have started them; the program's own have ended by now.
    """
    left = [
        thread.name for thread in threading.enumerate() if thread is not threading.main_thread() and not thread.daemon
    ]
    if not left:
        return
    say(f"Threads that rule files started are left behind: {', '.join(sorted(left))}.")
    flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


def say(text: str, *, level: int = logging.INFO) -> None:
    """Writes a message for the person to stderr, so that stdout holds data only."""
    if _speak is not None:
        _speak(text, level)
        return
    with suppress(OSError, ValueError):  # nobody reads a stderr that is closed
        print(text, file=sys.stderr, flush=True)


def speak_through(speak: Callable[[str, int], None] | None) -> None:
    """Sets the function that `say` writes through, which is given text and level; None: as it is."""
    global _speak  # noqa: PLW0603 - a process talks in one form
    _speak = speak


def end(code: int) -> Never:
    """Ends the command with `code`."""
    raise SystemExit(code)
