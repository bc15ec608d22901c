"""Commands as documentation writes them, read by the program itself with all their options."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import typer

from infobip_rules.cli.command_line import program
from infobip_rules.plugins.manager import Plugins
from tests.docs.pages import Block

PROGRAM: Any = typer.main.get_command(program(Plugins()))
_NAMED = re.compile(r"^\S*infobip-(?:rules|adapter)(?= )")
_IN_PROSE = re.compile(r"`((?:\S*/)?infobip-(?:rules|adapter) [^`]+)`")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def names(group: Any) -> Iterator[str]:
    """The name of every command, with its group's before it."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            if command.invoke_without_command:
                yield name
            yield from (f"{name} {inner}" for inner in names(command))
        else:
            yield name


def parse(words: Sequence[str]) -> Any:
    """The command that the program would call for these words, which it reads with all their options."""
    command: Any = PROGRAM
    context = command.make_context("infobip-rules", list(words))
    while hasattr(command, "commands"):
        further = [*context._protected_args, *context.args]
        if command.invoke_without_command and not further:
            break
        name, command, rest = command.resolve_command(context, further)
        context = command.make_context(name, rest, parent=context)
    return command


def lines(blocks: Iterable[Block]) -> Iterator[str]:
    """What is to be typed in the blocks of a shell, comments and prompts taken off."""
    for block in blocks:
        if block.language in ("sh", "console"):
            typed = (line for line in block.code.splitlines() if block.language == "sh" or line.startswith("$ "))
            yield from (line.removeprefix("$ ").split(" #")[0].strip() for line in typed)


def commands(text: str, blocks: Iterable[Block]) -> list[list[str]]:
    """The program's commands on a page, in blocks and in prose, as words."""
    written = [*lines(blocks), *_IN_PROSE.findall(_FENCE.sub("", text))]
    return [shlex.split(_piped(line))[1:] for line in sorted(set(written)) if _NAMED.match(line)]


def _piped(line: str) -> str:
    return re.split(r" [|>] ", line)[0]
