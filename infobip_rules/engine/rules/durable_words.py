"""Words of `durable.lang` that rule files here don't have: what each of them does there, and what is written instead."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from infobip_rules.errors import RuleError
from infobip_rules.rulefiles.python.places import span_of_node


class Word(NamedTuple):
    """A word of `durable.lang`."""

    #: What it does there, as `it ...`.
    what: str
    remedy: str

    def refusal(self, name: str, where: str) -> RuleError:
        """What is said where it stands."""
        return RuleError(f"{name} is a word of durable.lang: it {self.what}.", self.remedy, where=where)


_STATE = Word("keeps a state beside the facts", "Keep a fact: class Progress(Fact), changed by c.modify(...).")
_CHART = Word(
    "describes states and the ways between them",
    'Keep the state in a fact, fact(Progress, m.step == "asked"), and change it by c.modify(c.progress, step="...").',
)
_POST = Word(
    "gives an event to a ruleset of durable.lang",
    "Signals come in by the webhook; try them with `infobip-rules dev` or `simulate`. In a body write c.insert(...).",
)
_FACTS = Word(
    "gives a fact to a ruleset of durable.lang",
    "Insert facts in a body, c.insert(...), or give a session its first ones by @first_contact.",
)
_HOST = Word("runs rulesets of durable.lang", "Leave it out: `infobip-rules run` runs the rules of a file.")
_LOOK = Word(
    "reads what a session of durable.lang holds", "Leave it out: `infobip-rules sessions` shows what is there."
)

#: By name; what both languages have is not among them.
WORDS: Mapping[str, Word] = {
    "count": Word(
        "waits until so many events have come",
        "Count in a fact, c.modify(c.visits, count=c.visits.count + 1), and write a rule on fact(Visits, m.count == 3).",
    ),
    "cap": Word("takes up to so many events at once", "Leave it out: a rule fires once for each signal."),
    "distinct": Word(
        "says whether the elements of a rule must be different messages",
        "Leave it out: two patterns may match one fact; where they must not, compare a field that tells them apart, "
        "m.number != c.first.number.",
    ),
    "timeout": Word(
        "waits for a timer",
        'Set one in a body, c.schedule(Reminder(), after="15m"), and write a rule on signal(Reminder).',
    ),
    **dict.fromkeys(("statechart", "state", "to", "flowchart", "stage"), _CHART),
    "when_start": Word(
        "runs a body when the host starts", "Give sessions their first facts by @first_contact, or leave it out."
    ),
    "s": _STATE,
    **dict.fromkeys(("update_state", "get_state", "delete_state"), _STATE),
    **dict.fromkeys(("post", "post_batch"), _POST),
    **dict.fromkeys(("assert_fact", "assert_facts"), _FACTS),
    **dict.fromkeys(
        ("retract_fact", "retract_facts"),
        Word("takes a fact out of a ruleset of durable.lang", "Delete facts in a body: c.delete(c.order)."),
    ),
    **dict.fromkeys(("get_facts", "get_pending_events"), _LOOK),
    **dict.fromkeys(("get_host", "run_all", "create_queue", "select"), _HOST),
}

#: What a body of durable.lang finds on its `c`, and a body here does not.
ON_CONTEXT: Mapping[str, Word] = {
    "s": _STATE,
    "m": Word("is what the rule matched", "Name the element, c.signal << signal(...), and read c.signal.text."),
    "post": Word("gives an event to the ruleset", "Write c.insert(...), with a signal or a fact."),
    "assert_facts": Word("inserts several facts", "Call c.insert(...) for each."),
    "retract_facts": Word("deletes several facts", "Call c.delete(...) for each."),
    **dict.fromkeys(
        ("start_timer", "reset_timer"),
        Word("sets a timer", 'Write c.schedule(Reminder(), after="15m"), and a rule on signal(Reminder).'),
    ),
    "cancel_timer": Word("cancels a timer", "Write c.cancel(name), with what c.schedule(...) returned."),
    "renew_action_lease": Word("asks for more time", "Leave it out."),
    **dict.fromkeys(("get_facts", "get_pending_events"), Word("reads working memory", "Match them: fact(Order).")),
    **dict.fromkeys(("update_state", "get_state", "delete_state"), _STATE),
}


def durable_mistakes(tree: ast.Module, file: str) -> list[RuleError]:
    """What to change in a file that imports from `durable.lang`; empty for one that does not. It is not to be run."""
    imports = [node for node in ast.walk(tree) if _is_durable(node)]
    if not imports:
        return []
    whole, names, modules = _bound(imports)
    found = [_import(node, file) for node in imports]
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if whole or name in names:
                found += _call(node, name, file)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=module), attr=name)) if module in modules:
                found += _call(node, name, file)
            case ast.Attribute(value=ast.Name(id="s"), attr=name) if whole or "s" in names:
                found.append(WORDS["s"].refusal(f"s.{name}", span_of_node(file, node).where()))
            case ast.FunctionDef(args=ast.arguments(args=[ast.arg(arg=context), *_])):
                found += _on_context(node, context, file)
    return sorted(found, key=_place)


def _is_durable(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return any(one.name.split(".")[0] == "durable" for one in node.names)
    return isinstance(node, ast.ImportFrom) and node.level == 0 and (node.module or "").split(".")[0] == "durable"


def _bound(imports: list[ast.AST]) -> tuple[bool, set[str], set[str]]:
    """Whether every name was imported, the names that were, and those under which the module is known."""
    whole = False
    names: set[str] = set()
    modules: set[str] = set()
    for node in imports:
        if isinstance(node, ast.ImportFrom):
            for one in node.names:
                whole = whole or one.name == "*"
                (modules if node.module == "durable" else names).add(one.asname or one.name)
        elif isinstance(node, ast.Import):
            modules |= {one.asname for one in node.names if one.asname}
    return whole, names, modules


def _import(node: ast.AST, file: str) -> RuleError:
    assert isinstance(node, ast.Import | ast.ImportFrom)  # noqa: S101 - as _is_durable selects
    return RuleError(
        "The file is written for durable.lang, whose rulesets are not run here.",
        "Write from infobip_rules.lang import c, fact, m, ruleset, signal, when_all, and name the type in each pattern.",
        where=span_of_node(file, node).where(),
    )


def _call(node: ast.Call, name: str, file: str) -> Iterator[RuleError]:
    if (word := WORDS.get(name)) is not None:
        yield word.refusal(f"{name}(...)", span_of_node(file, node).where())
    elif name in ("when_all", "when_any"):
        untyped = [one for one in node.args if not _is_typed(one)]
        if untyped:
            text = " ".join(span_of_node(file, untyped[0]).text().split())
            yield RuleError(
                f"The pattern {text} names no type.",
                "Write c.signal << signal(InfobipSmsReceivedMessage, ...), or fact(Order, ...), with the conditions in it.",
                where=span_of_node(file, untyped[0]).where(),
            )


def _is_typed(pattern: ast.expr) -> bool:
    if isinstance(pattern, ast.BinOp) and isinstance(pattern.op, ast.LShift):
        pattern = pattern.right
    name = pattern.func if isinstance(pattern, ast.Call) else None
    known = getattr(name, "id", getattr(name, "attr", ""))
    return known in ("signal", "fact", "pri", "salience", "no_loop") or known in WORDS or known == "timeout"


def _on_context(function: ast.FunctionDef, context: str, file: str) -> Iterator[RuleError]:
    for node in ast.walk(function):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=word) if name == context and word in ON_CONTEXT:
                place = span_of_node(file, node).where()
                yield ON_CONTEXT[word].refusal(f"{context}.{word}", place)


def _place(problem: RuleError) -> tuple[int, int]:
    _, line, column = problem.where.rsplit(":", 2)
    return int(line), int(column)
