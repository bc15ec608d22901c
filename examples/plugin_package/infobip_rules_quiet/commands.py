"""The commands `infobip-rules quiet ...`."""

from __future__ import annotations

import typer

from infobip_rules_quiet.numbers import quiet_numbers

quiet = typer.Typer(name="quiet", help="Tell whom nothing is sent to.", no_args_is_help=True)


@quiet.command("list")
def list_numbers() -> None:
    """List the numbers that nothing is sent to."""
    for number in sorted(quiet_numbers()):
        typer.echo(number)


@quiet.command()
def ask(number: str) -> None:
    """Ask whether nothing is sent to a number: ends with 0 if so, else with 1."""
    raise typer.Exit(0 if number in quiet_numbers() else 1)
