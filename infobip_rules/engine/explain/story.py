"""Sentences about a trace, for people: the rules that fired and what they did, or the rule that came nearest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from infobip_rules.engine.explain.trace import Changed, FiredRule, Matched, MissedRule, Shown, Trace

_LONGEST_VALUE = 40
#: Fields of signals that hold a word of Infobip's, or of the service's own, and nothing that somebody wrote.
_WORDS_OF_INFOBIP = frozenset({"keyword", "status.groupName", "status.name", "error.groupName", "error.name"})


def story(trace: Trace) -> str:
    """A sentence for each rule that fired, with the nearest miss if none did; the error if there is one."""
    error, fired = trace.error, trace.fired
    if error is None:
        return " ".join(map(fired_sentence, fired)) or no_match_sentence(trace)
    if fired and fired[-1].rule == error.rule:
        fired = fired[:-1]  # the last failed
    return " ".join([*map(fired_sentence, fired), f"The evaluation failed: {error.reason}"])


def no_match_sentence(trace: Trace, *, texts: bool = True) -> str:
    """That no rule matched, with the rule that came nearest; without `texts`, of what people wrote only the length."""
    what = trace.type + (f" {trace.signal}" if trace.signal else "")
    nearest = f"; nearest: {missed_sentence(trace.missed[0], texts=texts)}" if trace.missed else ""
    return f"None of {trace.rules} rules matched {what}{nearest}."


def fired_sentence(firing: FiredRule) -> str:
    """That a rule fired: on what, and what it did."""
    found = ", ".join(map(_found, firing.matched))
    did = ", ".join(_done(firing))
    return f"*{titled(firing.title)}* fired: {found or 'nothing was in its way'}; {did or 'it did nothing'}."


def _found(matched: Matched) -> str:
    name = matched.alias or matched.element or "a value"
    return f"{name} {'found' if matched.entry_point is None else 'matched'}"


def missed_sentence(missed: MissedRule, *, texts: bool = True) -> str:
    """Which rule did not fire, and why not: `*Join* (keyword was JION)`."""
    return f"*{titled(missed.title)}* ({missed.why if texts else _why_without_texts(missed)})"


def _why_without_texts(missed: MissedRule) -> str:
    seen = missed.conditions[missed.failed].seen if missed.failed is not None else {}
    if missed.why != seen_text(seen):
        return missed.why
    return ", ".join(
        f"{path} was {_length_of(value)}" if _is_text(path, value) else seen_text({path: value})
        for path, value in seen.items()
    )


def _is_text(path: str, value: Shown) -> bool:
    return isinstance(value, str) and bool(value) and path not in _WORDS_OF_INFOBIP


def _length_of(value: Shown) -> str:
    return f"({len(str(value))} characters)"


def titled(title: str) -> str:
    """A rule's title as it stands inside a sentence."""
    return title.rstrip(". ")


def seen_text(seen: Mapping[str, Shown]) -> str:
    """What a constraint read: `keyword was JION`."""
    return ", ".join(f"{path} was {value_text(value)}" for path, value in seen.items())


def value_text(value: Any) -> str:
    """A value inside a sentence: short, on one line, in quotes if it has none of its own and needs them."""
    if value is None:
        return "not there"
    if isinstance(value, str):
        text = value if value.isprintable() else repr(value)[1:-1]
        text = text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 3]}..."
        return text if text and not any(mark in text for mark in " ,;()\"'") else f'"{text}"'
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 3]}..."


def listed(words: Sequence[str]) -> str:
    """`A`, `A and B`, `A, B and C`."""
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def _done(firing: FiredRule) -> Iterator[str]:
    if count := len([message for message in firing.messages if not message.dropped]):
        yield f"sent {count} message{'s' if count > 1 else ''}"
    yield from (f"dropped a message ({message.dropped.rstrip('.')})" for message in firing.messages if message.dropped)
    yield from map(_change, firing.changes)
    yield from firing.notes


def _change(change: Changed) -> str:
    values = listed(list(_fields(change.after))) if change.kind == "changed" else ""
    return f"{change.kind} {change.element}" + (f" ({values})" if values else "")


def _fields(after: Mapping[str, Shown]) -> Iterable[str]:
    return (f"{name}: {value_text(value)}" for name, value in after.items())


def is_called(rule: FiredRule | MissedRule, name: str) -> bool:
    """Whether a rule goes by `name`: its id, its name in its ruleset, or its title, capitals and the final stop aside."""
    wanted = titled(name).casefold()
    return wanted in (rule.rule.casefold(), rule.rule.split("/", 1)[-1].casefold(), titled(rule.title).casefold())


def find_missed(trace: Trace, name: str) -> MissedRule | None:
    """The rule of that id, name or title among those that did not fire."""
    return next((missed for missed in trace.missed if is_called(missed, name)), None)
