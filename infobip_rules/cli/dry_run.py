"""`replay --dry-run`: stored signals evaluated in this process by other rules, nothing written and nothing sent."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from infobip_rules.actions import Message
from infobip_rules.channels.installed import installed_channels
from infobip_rules.channels.registry import Channels
from infobip_rules.cli.environment import variable, withdraw_secrets
from infobip_rules.cli.exits import say
from infobip_rules.cli.journals import read
from infobip_rules.cli.printing import print_json, print_record
from infobip_rules.cli.records import Record
from infobip_rules.clock import SystemClock
from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.session.evaluation import MOST_FIRINGS, Effects
from infobip_rules.evaluators.jobs import SessionJob, SignalJob, Verdict, judge
from infobip_rules.infobip.phone import mask, mask_numbers
from infobip_rules.journal.interface import JournalReader
from infobip_rules.journal.records import InboxRow, SessionRow
from infobip_rules.rulefiles.loader import load_rules

Stored = list[tuple[InboxRow, SessionRow | None]]


def dry_run(
    url: str, ids: Sequence[int], paths: Sequence[Path], *, with_text: bool, as_json: bool, env_file: Path
) -> int:
    """Evaluates signals, all dead ones if no id is given, in the present state of their sessions, and prints the effects.

    Returns the exit code: 1 where a rule fails or there is no such signal. Several of one session are evaluated as the
    host would, one after the other. Raises JournalError and RuleFileError.
    """
    found = read(url, lambda journal: _stored(journal, ids))
    withdraw_secrets()
    # Ctrl-C ends the command: as an exception it would be taken for a failure of the rule under way.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with contextlib.redirect_stdout(sys.stderr):  # what rules print is not data of the command
        verdicts = judge_all(load_rules(paths), found, SystemClock().now(), env_file, url=url)
    records = [_record(row, verdict, with_text) for (row, _), verdict in zip(found, verdicts, strict=True)]
    _print_records(records, as_json)
    missing = set(ids) - {row.id for row, _ in found}
    for inbox_id in sorted(missing):
        say(f"There is no signal {inbox_id}.")
    return int(bool(missing) or any(verdict.error for verdict in verdicts))


async def _stored(journal: JournalReader, ids: Sequence[int]) -> Stored:
    wanted = sorted(set(ids)) or await journal.history.dead_signals()
    views = [await journal.history.signal_view(inbox_id, limit=0) for inbox_id in wanted]
    return [(view.signal, view.session) for view in views if view is not None]


def judge_all(
    rulebook: Rulebook,
    found: Stored,
    now: datetime,
    env_file: Path,
    *,
    url: str,
    traced: bool = False,
    channels: Channels | None = None,
) -> list[Verdict]:
    """The verdicts on stored signals, each in the present state of its session or what the one before left of it.

    `url` is the journal's, for sessions that the rules' own route names.
    """
    channels = channels or installed_channels()
    most_firings = _most_firings(env_file)
    states: dict[str, str | bytes | None] = {
        row.session_key: session.state if session else None for row, session in found
    }
    verdicts = []
    for row, _ in found:
        key = row.session_key
        signal_job = SignalJob(row.id, row.kind, row.payload, received_at=row.received_at, unrouted=row.unrouted)
        job = SessionJob(key=key, state=states[key], signals=(signal_job,), now=now, traced=traced)
        verdict = judge(rulebook, job, signal_job, states[key], channels=channels, most_firings=most_firings)
        if verdict.moved:
            key, signal_job = verdict.moved, signal_job._replace(unrouted=False)
            if key not in states:
                states[key] = _state(url, key)
            job = job._replace(key=key, state=states[key], signals=(signal_job,))
            verdict = judge(rulebook, job, signal_job, states[key], channels=channels, most_firings=most_firings)
        states[key] = verdict.effects.state if verdict.effects else states[key]
        verdicts.append(verdict)
    return verdicts


def _state(url: str, key: str) -> str | None:
    session = read(url, lambda journal: journal.history.find_session(key))
    return session.state if session else None


def _most_firings(env_file: Path) -> int:
    written = variable("INFOBIP_FIRING_LIMIT", env_file) or ""
    # The host refuses a value that is no number when it starts; here it counts as not set.
    return int(written) if written.isdecimal() else MOST_FIRINGS


def _print_records(records: Sequence[Record], as_json: bool) -> None:
    if as_json:
        print_json(records)
        return
    for record in records:
        print_record(f"Signal {record['id']}, dry run: {_in_short(record)}", record)
    if not records:
        say("There is none.")


def _in_short(record: Record) -> str:
    if record["reason"]:
        return "the evaluation fails"
    return f"{len(record['fired'])} would fire, {len(record['messages'])} would be sent"


def _record(row: InboxRow, verdict: Verdict, with_text: bool) -> Record:
    error = verdict.error
    return {
        "id": row.id,
        "kind": row.kind,
        "session": mask(row.session_key),
        "state": row.state.name.lower(),
        "reason": mask_numbers(str(error)) if error else "",
        "rule": error.rule if error else "",
        "traceback": mask_numbers(error.traceback) if error else "",
        **_effects(verdict.effects, with_text),
    }


def _message(message: Message, rule: str, with_text: bool) -> Record:
    shown = installed_channels().show(message.channel, message.content)
    return {"to": mask(message.to), "rule": rule, **shown.details, **({"text": shown.text} if with_text else {})}


def _effects(effects: Effects | None, with_text: bool) -> dict[str, list[Any]]:
    if effects is None:
        return {"fired": [], "messages": [], "timers": [], "warnings": []}
    return {
        "fired": [{"rule": firing.rule, "matched": list(firing.elements)} for firing in effects.fired],
        "messages": [_message(message, rule, with_text) for message, rule in effects.messages],
        "timers": [
            {"name": mask_numbers(timer.name), "due_at": timer.due_at, "kind": timer.kind} for timer in effects.timers
        ],
        "warnings": [mask_numbers(warning) for warning in effects.warnings],
    }
