"""The commands that read a journal, or change it by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from infobip_rules.cli.environment import journal_url
from infobip_rules.cli.exits import end
from infobip_rules.cli.options import FILE, LARGEST, AsJson, EnvFile, JournalUrl, Limit, WithText

commands = typer.Typer()
asides = typer.Typer()
commands.add_typer(asides, name="asides")

SignalIds = Annotated[
    list[int] | None,
    typer.Argument(metavar="ID", min=1, max=LARGEST, help="Signals, as `signals` lists them.", show_default=False),
]
AsideIds = Annotated[
    list[int] | None,
    typer.Argument(metavar="ID", min=1, max=LARGEST, help="Items, as `asides` lists them.", show_default=False),
]
MessageIds = Annotated[
    list[str] | None,
    typer.Argument(metavar="MESSAGE_ID", help="Messages, as `outbox` lists them.", show_default=False),
]


@commands.command()
def signals(
    *,
    dead: Annotated[bool, typer.Option("--dead", help="Only those that were given up.")] = False,
    pending: Annotated[bool, typer.Option("--pending", help="Only those that wait.")] = False,
    done: Annotated[bool, typer.Option("--done", help="Only those that were evaluated.")] = False,
    as_json: AsJson = False,
    limit: Limit = 50,
    with_text: WithText = False,
    journal: JournalUrl = None,
    env_file: EnvFile = FILE,
) -> None:
    """List signals: what came in, and which rules fired."""
    from infobip_rules.cli import listing, printing
    from infobip_rules.journal.records import InboxState

    asked = {InboxState.DEAD: dead, InboxState.PENDING: pending, InboxState.DONE: done}
    states = [state for state, wanted in asked.items() if wanted]
    if len(states) > 1:
        raise typer.BadParameter("Give one of --dead, --pending and --done.")
    state = states[0] if states else None
    records = listing.list_signals(journal_url(journal, env_file), state=state, limit=limit, with_text=with_text)
    printing.print_records(records, as_json=as_json)


@asides.callback(invoke_without_command=True)
def list_asides(
    context: typer.Context,
    *,
    as_json: AsJson = False,
    limit: Limit = 50,
    with_text: Annotated[bool, typer.Option("--text", help="Show the items themselves.")] = False,
    journal: JournalUrl = None,
    env_file: EnvFile = FILE,
) -> None:
    """List what webhooks brought that could not be read, and why."""
    if context.invoked_subcommand is not None:
        return
    from infobip_rules.cli import listing, printing

    records = listing.list_asides(journal_url(journal, env_file), limit=limit, with_text=with_text)
    printing.print_records(records, as_json=as_json)


@asides.command("retry")
def retry_asides(
    ids: AsideIds = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All items that are set aside.")] = False,
    as_json: AsJson = False,
    journal: JournalUrl = None,
    env_file: EnvFile = FILE,
) -> None:
    """Let items that were set aside be taken in again, by the host, as if they came now."""
    from infobip_rules.cli import recovery

    _check_chosen(ids, everything)
    end(recovery.retry_asides(journal_url(journal, env_file), ids or [], as_json=as_json))


@asides.command("discard")
def discard_asides(
    ids: AsideIds = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All items that are set aside.")] = False,
    as_json: AsJson = False,
    journal: JournalUrl = None,
    env_file: EnvFile = FILE,
) -> None:
    """Forget items that were set aside."""
    from infobip_rules.cli import recovery

    _check_chosen(ids, everything)
    end(recovery.discard_asides(journal_url(journal, env_file), ids or [], as_json=as_json))


@commands.command()
def outbox(
    *,
    dead: Annotated[bool, typer.Option("--dead", help="Only those that were rejected or given up.")] = False,
    unknown: Annotated[bool, typer.Option("--unknown", help="Only those of unknown outcome.")] = False,
    as_json: AsJson = False,
    limit: Limit = 50,
    with_text: WithText = False,
    journal: JournalUrl = None,
    env_file: EnvFile = FILE,
) -> None:
    """List outgoing messages, and what became of them."""
    from infobip_rules.cli import listing, printing
    from infobip_rules.journal.records import OutboxState

    states = [OutboxState.REJECTED, OutboxState.FAILED] if dead else []
    states += [OutboxState.UNKNOWN] if unknown else []
    records = listing.list_outbox(journal_url(journal, env_file), states=states, limit=limit, with_text=with_text)
    printing.print_records(records, as_json=as_json)


@commands.command()
def sessions(
    *,
    as_json: AsJson = False,
    limit: Limit = 50,
    with_text: Annotated[
        bool, typer.Option("--text", help="With --json: all that each remembers, for a test.")
    ] = False,
    journal: JournalUrl = None,
    env_file: EnvFile = FILE,
) -> None:
    """List sessions, and the facts that each remembers."""
    from infobip_rules.cli import listing, printing

    if with_text and not as_json:
        raise typer.BadParameter("--text goes with --json; one session is shown by `infobip-rules show PHONE --text`.")
    records = listing.list_sessions(journal_url(journal, env_file), limit=limit, with_state=with_text)
    printing.print_records(records, as_json=as_json)


@commands.command()
def show(
    name: Annotated[
        str,
        typer.Argument(metavar="ID|MESSAGE_ID|PHONE", help="A signal, a message or a session.", show_default=False),
    ],
    *,
    as_json: AsJson = False,
    limit: Limit = 20,
    with_text: WithText = False,
    journal: JournalUrl = None,
    env_file: EnvFile = FILE,
) -> None:
    """Show all that is known about one signal, one message or one session."""
    from infobip_rules.cli import show as work

    end(work.show(journal_url(journal, env_file), name, limit=limit, with_text=with_text, as_json=as_json))


@commands.command()
def replay(
    ids: SignalIds = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All dead signals.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what --rules would do with signals, dead or not.")
    ] = False,
    rules: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="Rules for the dry run; may be given again.", show_default=False),
    ] = None,
    with_text: WithText = False,
    as_json: AsJson = False,
    journal: JournalUrl = None,
    env_file: EnvFile = FILE,
) -> None:
    """Let dead signals be evaluated again."""

    _check_chosen(ids, everything)
    if dry_run != bool(rules):
        raise typer.BadParameter("--dry-run and --rules go together.")
    url = journal_url(journal, env_file)
    if rules:
        from infobip_rules.cli import dry_run as trial

        end(trial.dry_run(url, ids or [], rules, with_text=with_text, as_json=as_json, env_file=env_file))
    from infobip_rules.cli import recovery

    end(recovery.replay(url, ids or [], as_json=as_json))


@commands.command()
def discard(
    ids: SignalIds = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All dead signals.")] = False,
    as_json: AsJson = False,
    journal: JournalUrl = None,
    env_file: EnvFile = FILE,
) -> None:
    """Let dead signals be: they are done, without effect."""
    from infobip_rules.cli import recovery

    _check_chosen(ids, everything)
    end(recovery.discard(journal_url(journal, env_file), ids or [], as_json=as_json))


@commands.command()
def resend(
    message_ids: MessageIds = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All messages that were given up.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Also those that may have arrived already.")] = False,
    as_json: AsJson = False,
    journal: JournalUrl = None,
    env_file: EnvFile = FILE,
) -> None:
    """Send messages that were given up, under the same messageId."""
    from infobip_rules.cli import recovery

    _check_chosen(message_ids, everything)
    end(recovery.resend(journal_url(journal, env_file), message_ids or [], yes=yes, as_json=as_json))


def _check_chosen(ids: list[int] | list[str] | None, everything: bool) -> None:
    if bool(ids) == everything:
        raise typer.BadParameter("Give ids, or --all.")
