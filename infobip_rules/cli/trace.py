"""`trace`: the reasons why rules did or did not fire at a signal, from its kept trace or by evaluating it again."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from infobip_rules.channels.installed import installed_channels
from infobip_rules.cli.dry_run import judge_all
from infobip_rules.cli.exits import say
from infobip_rules.cli.journals import read
from infobip_rules.cli.options import signal_id
from infobip_rules.cli.output import put
from infobip_rules.cli.printing import one_line
from infobip_rules.cli.trace_text import rule_lines, trace_lines
from infobip_rules.clock import SystemClock
from infobip_rules.engine.explain.story import is_called
from infobip_rules.engine.explain.trace import FiredRule, MissedRule, Trace
from infobip_rules.engine.rules.fields import closest
from infobip_rules.infobip.phone import mask_numbers
from infobip_rules.journal.interface import JournalReader
from infobip_rules.journal.records import InboxRow
from infobip_rules.journal.views import SignalView
from infobip_rules.rulefiles.loader import load_rules

#: The last message that somebody wrote, and the last signal of any kind, which may be a delivery report.
LAST, LAST_SIGNAL = "last", "last-signal"


@dataclass(frozen=True, kw_only=True, slots=True)
class TraceOptions:
    """The options of `trace`."""

    #: A signal's id, a messageId, `last` or `last-signal`.
    signal: str
    #: One rule only, by id, name or title; None: all.
    rule: str | None
    #: Rules to evaluate the signal by where no trace is kept.
    paths: Sequence[Path]
    as_json: bool


def print_trace(url: str, asked: TraceOptions, env_file: Path) -> int:
    """Prints why rules did or did not fire; returns the exit code. Raises JournalError, RuleFileError and TraceError."""
    found = read(url, lambda journal: _find(journal, asked.signal.strip()))
    if found is None:
        say(f"The journal has no signal {mask_numbers(one_line(asked.signal))}.")
        return 1
    trace = _trace(found, asked.paths, env_file, url)
    if trace is None:
        say(_not_kept(found.signal))
        return 1
    return _print_trace(trace.masked(), asked)


async def find_signal(journal: JournalReader, name: str) -> InboxRow | None:
    """The signal of that id or of that messageId, the last message that somebody wrote, or the last signal at all.

    `last` is that of any kind if nobody has written yet.
    """
    if name == LAST and (message := await _last_message(journal)) is not None:
        return message
    if name in {LAST, LAST_SIGNAL}:
        return next(iter(await journal.history.signals(limit=1)), None)
    number = signal_id(name)
    by_id = await journal.history.find_signal(number) if number is not None else None
    return by_id or await journal.history.signal_of(name)


async def _last_message(journal: JournalReader) -> InboxRow | None:
    channels = installed_channels()
    kinds = [kind for kind in channels.signal_types if channels.role(kind) == "received"]
    newest = [row for kind in kinds for row in await journal.history.signals(kind=kind, limit=1)]
    return max(newest, key=lambda row: row.id, default=None)


async def _find(journal: JournalReader, name: str) -> SignalView | None:
    row = await find_signal(journal, name)
    return None if row is None else await journal.history.signal_view(row.id)


def _trace(found: SignalView, paths: Sequence[Path], env_file: Path, url: str) -> Trace | None:
    if found.trace is not None:
        return Trace.from_json(found.trace.document)
    if not paths:
        return None
    with contextlib.redirect_stdout(sys.stderr):  # what rules print is not data of the command
        stored = [(found.signal, found.session)]
        (verdict,) = judge_all(load_rules(paths), stored, SystemClock().now(), env_file, url=url, traced=True)
    say("Evaluated again, without effects, in the present state of its session.")
    return Trace.from_json(verdict.trace or b"")


def _not_kept(row: InboxRow) -> str:
    reason = f": {mask_numbers(row.reason)}" if row.reason else "."
    return (
        f"No trace is kept of signal {row.id}, which is {row.state.name.lower()}{reason} The last evaluations have one "
        f"(INFOBIP_TRACES); to evaluate it again, without effects: infobip-rules trace {row.id} --rules PATH"
    )


def _print_trace(trace: Trace, asked: TraceOptions) -> int:
    if asked.rule is not None:
        return _print_rule(trace, asked.rule, as_json=asked.as_json)
    if asked.as_json:
        _print_json(trace.to_json())
    else:
        put("\n".join(map(one_line, trace_lines(trace))))
    return 0


def _print_rule(trace: Trace, name: str, *, as_json: bool) -> int:
    rules: list[FiredRule | MissedRule] = [*trace.fired, *trace.missed]
    wanted = [rule for rule in rules if is_called(rule, name)]
    if not wanted:
        others = f" {trace.more} more rules did not fire and are not kept." if trace.more else ""
        known = closest(name, [rule.rule.split("/", 1)[-1] for rule in rules]) if rules else ""
        say(f"The trace names no rule {one_line(name)}. {known}{others}")
        return 1
    if as_json:
        document = json.loads(trace.to_json())
        print_wanted = [
            rule for part in ("fired", "missed") for rule in document[part] if rule["rule"] == wanted[0].rule
        ]
        _print_json(json.dumps(print_wanted))
    else:
        put("\n".join(one_line(line) for rule in wanted for line in rule_lines(rule)))
    return 0


def _print_json(document: bytes | str) -> None:
    put(json.dumps(json.loads(document), indent=2, ensure_ascii=False))
