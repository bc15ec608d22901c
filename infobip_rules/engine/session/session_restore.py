"""Restoring a session: its stored facts, and the work that its last evaluation left open, come into working memory."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from infobip_rules.engine.network.alpha import Branch
from infobip_rules.engine.network.expiry import Expiry
from infobip_rules.engine.network.match_keys import MatchKey, part_of
from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.network.timing import Due
from infobip_rules.engine.session.evaluation_history import Evaluated
from infobip_rules.engine.session.network_builder import Waiting
from infobip_rules.engine.session.open_work import ends
from infobip_rules.engine.session.state import SessionState, understood
from infobip_rules.engine.session.truth_maintenance import Justifications
from infobip_rules.engine.session.window_memory import Windows
from infobip_rules.engine.session.working_memory import WorkingMemory

_Branches = Mapping[tuple[str, int], Branch]


def restore(memory: WorkingMemory, rulebook: Rulebook, state: SessionState) -> list[str]:
    """Puts a saved session into an empty working memory. Returns what is to be warned of.

    Signals come ahead of all that looks at elements by number: what is in windows, when facts go, matches.
    """
    for fact in state.facts:
        if fact.value is not None:
            memory.load(fact.value, fact.number)
    alphas, work, warnings = rulebook.alphas, state.left or {}, []
    if "signals" in work:
        warnings = list(_restore_signals(memory, rulebook, work))
    if memory.windows is not None:
        _restore_windows(memory, memory.windows, work)
    if alphas.standing:
        new = (branch for rule, some in alphas.standing.items() if rule not in state.rules for branch in some)
        memory.first_evaluation(new)
    if memory.expiry is not None:
        _restore_expiry(memory, memory.expiry, work)
    if work or alphas.with_history:
        _restore_matches(memory, _by_number(rulebook), work)
    if "focus" in work:
        for group in work["focus"]:
            memory.agenda.focus(group)
        if not work.get("active"):
            memory.agenda.rest()
    if memory.windows is not None:
        memory.pass_time()
    return warnings


def _restore_signals(memory: WorkingMemory, rulebook: Rulebook, work: Mapping[str, Any]) -> Iterator[str]:
    """Puts back the signals that matches wait with, for no other rule to see. Yields what is to be warned of."""
    branches = _by_number(rulebook)
    seen: dict[int, list[int]] = {}
    for rule, number, parts, *_ in (*work.get("waiting", ()), *work.get("timed", ())):
        branch = branches.get((rule, number))
        for index, part in zip(branch.matched_alphas if branch is not None else (), parts, strict=False):
            if isinstance(part, int) and index is not None:
                seen.setdefault(part, []).append(index)
    for number, name, data in work["signals"]:
        value, warning = understood(
            name, data, rulebook.signal_types, word="signal", fate="dropped, with the matches that waited with it"
        )
        if value is None:
            yield warning
        elif number in seen:
            memory.load_signal(value, number, list(dict.fromkeys(seen[number])))


def _restore_windows(memory: WorkingMemory, windows: Windows, work: Mapping[str, Any]) -> None:
    for index, element in windows.restore(work.get("windows", {}), memory.elements.by_number(), memory.memories):
        memory.memories.withdraw(element, index)


def _restore_expiry(memory: WorkingMemory, expiry: Expiry, work: Mapping[str, Any]) -> None:
    """Puts back when stored facts go; those whose type did not say so before last from now on."""
    known = ends(work)
    for element in memory:
        if element.id in known:
            expiry.restore(element, known[element.id])
        else:
            expiry.begin(element)


def _restore_matches(memory: WorkingMemory, branches: _Branches, work: Mapping[str, Any]) -> None:
    """Puts back what was evaluated, matches that wait for their turn or moment, and facts that matches justify."""
    if work.get("evaluated") or work.get("triggered") or memory.history is not None:
        evaluated = {
            branches[rule, number]: Evaluated(*([(pattern, fact) for pattern, fact in some] for some in found))
            for rule, number, *found in work.get("evaluated", ())
            if (rule, number) in branches
        }
        memory.need_history().restore(evaluated, work.get("triggered", {}), memory.elements.by_number())
    known: dict[int, Hashable] = {element.id: part_of(element) for element in memory}
    waiting = [
        Waiting(match, **(more[0] if more else {}))
        for rule, number, parts, *more in work.get("waiting", ())
        for match in _read([[rule, number, parts]], branches, known)
    ]
    dues = [
        (match, Due(moment=datetime.fromisoformat(moment), left=left, muted=muted))
        for rule, number, parts, moment, left, muted in work.get("timed", ())
        for match in _read([[rule, number, parts]], branches, known)
    ]
    justifications = _restored_justifications(memory, branches, known, work)
    justifying = justifications.branches if justifications is not None else set()
    open_branches = [*(waits.match[0] for waits in waiting), *(branch for (branch, _), _ in dues), *justifying]
    for branch in dict.fromkeys(open_branches):
        if branch.key in memory.memories and branch not in memory.networks:
            memory.builder.build(
                branch,
                already_matched=True,
                waiting=[waits for waits in waiting if waits.match[0] is branch],
                dues=[(match, due) for match, due in dues if match[0] is branch],
            )
    for branch in justifying & memory.networks.keys():
        memory.networks[branch].on_match_end = justifications.match_ends if justifications is not None else None


def _restored_justifications(
    memory: WorkingMemory, branches: _Branches, known: Mapping[int, Hashable], work: Mapping[str, Any]
) -> Justifications | None:
    justified = work.get("justified")
    if not justified:
        return None
    justifications = memory.justifications = Justifications()
    facts = memory.elements.by_number()
    for number, matches in justified:
        if number in facts:
            justifications.restore(facts[number], _read(matches, branches, known))
    return justifications


def _by_number(rulebook: Rulebook) -> _Branches:
    return {(branch.rule.id, branch.order[2]): branch for branch in rulebook.alphas.branches}


def _read(written: Iterable[Any], branches: _Branches, known: Mapping[int, Hashable]) -> list[MatchKey]:
    """Returns the matches that are written, but for those of which something is not there any more."""
    found = [(branches.get((rule, number)), parts) for rule, number, parts in written]
    return [
        (branch, tuple([part if isinstance(part, str) else known[part] for part in parts]))
        for branch, parts in found
        if branch is not None and all(isinstance(part, str) or part in known for part in parts)
    ]
