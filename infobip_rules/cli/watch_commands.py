"""The commands that show what rules do: `trace` afterwards, `tail` as it happens."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from infobip_rules.cli.environment import journal_url
from infobip_rules.cli.exits import end
from infobip_rules.cli.options import FILE, AsJson, EnvFile, JournalUrl

commands = typer.Typer()


@commands.command()
def trace(
    signal: Annotated[
        str,
        typer.Argument(
            metavar="SIGNAL",
            help="A signal's id as `signals` lists it, a messageId, last (the last message that somebody wrote), or "
            "last-signal (also a delivery report or a timer).",
            show_default=False,
        ),
    ],
    *,
    rule: Annotated[
        str | None, typer.Option("--rule", metavar="NAME", help="Only this rule.", show_default=False)
    ] = None,
    rules: Annotated[
        list[Path] | None,
        typer.Option(
            "--rules",
            metavar="PATH",
            help="Rules to evaluate it by, without effects, where no trace is kept; may be given again.",
            show_default=False,
        ),
    ] = None,
    as_test: Annotated[
        bool, typer.Option("--as-test", help="Print the session's history as a conversation file, *.sms.txt.")
    ] = False,
    as_json: AsJson = False,
    journal: JournalUrl = None,
    env_file: EnvFile = FILE,
) -> None:
    """Tell why rules did or did not fire at a signal."""
    url = journal_url(journal, env_file)
    if as_test:
        if rule is not None or as_json:
            raise typer.BadParameter("--as-test goes with neither --rule nor --json.")
        from infobip_rules.cli.as_test import write_test

        end(write_test(url, signal, rules or []))
    from infobip_rules.cli.trace import TraceOptions, print_trace

    end(print_trace(url, TraceOptions(signal=signal, rule=rule, paths=rules or [], as_json=as_json), env_file))


@commands.command()
def tail(
    *,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="TIME",
            help="Begin so long ago (15m, 2h, 1d) or at a moment; else now.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
    journal: JournalUrl = None,
    env_file: EnvFile = FILE,
) -> None:
    """Show signals, firings, sends and reports as they happen, until Ctrl-C."""
    from infobip_rules.cli.tail import Tail, beginning

    Tail(journal_url(journal, env_file), as_json=as_json).run(beginning(since))
