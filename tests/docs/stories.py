"""The blocks of a page in their order: rule files that grow, conversations that are to go well with them, programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from tests.docs.pages import Block

_RULES = {"python": "rules.py", "drl": "rules.drl"}
#: What a block may be said to be; `rules` and `program` are found out where nothing is said.
WORDS = {"", "rules", "continues", "program", "skip"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """A block that is to be run, with the rule files that the page has shown up to it, by their names."""

    block: Block
    #: rules, sms, program, or skip.
    kind: str
    files: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def scenes(blocks: Iterable[Block]) -> Iterator[Scene]:
    """What is to be run of a page.

    A rule file takes the place of those before it, unless the block is said to continue them: under another name it
    stands beside them, under none it goes on with the last.
    """
    files: dict[str, str] = {}
    for block in blocks:
        kind = _kind(block)
        if kind == "rules":
            files = _with(files, block)
        if kind:
            yield Scene(block=block, kind=kind, files=dict(files))


def _kind(block: Block) -> str:
    assert block.word in WORDS, f"{block.place}: {block.word!r} is none of {sorted(WORDS)}"
    if block.word == "skip":
        assert block.rest, f"{block.place}: skipped without a reason"
        return "skip"
    if block.language == "sms":
        return "sms"
    if block.language not in _RULES:
        return ""
    declares = "ruleset(" in block.code or block.language == "drl"
    return {"continues": "rules", "": "rules" if declares else "program"}.get(block.word, block.word)


def _with(files: dict[str, str], block: Block) -> dict[str, str]:
    if block.word != "continues":
        return {block.rest or _RULES[block.language]: block.code}
    name = block.rest or list(files)[-1]
    return {**files, name: files.get(name, "") + "\n" + block.code}
