"""The rules that did not fire in an evaluation, each with its reason: found afterwards, from what was recorded. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime

from infobip_rules.engine.explain.nearness import cost, most_promising
from infobip_rules.engine.explain.search import Candidate, Search, SearchedElements
from infobip_rules.engine.explain.story import listed, seen_text, titled
from infobip_rules.engine.explain.trace import MissedRule, MissKind, TracedCondition
from infobip_rules.engine.explain.trace_rendering import conditions, first_failed, name_of
from infobip_rules.engine.network.elements import Element
from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.network.timetable import is_kept
from infobip_rules.engine.rules.model import ANY_FIELD, MAIN, Existential, Pattern, Rule, Term
from infobip_rules.engine.session.recorder import Recorder, Step

#: Rules that are searched for candidates: of more, those that an index of their texts makes out to be the nearest.
MOST_EXPLAINED = 64


def find_missed_rules(
    recorder: Recorder,
    rulebook: Rulebook,
    *,
    now: datetime,
    limit: int | None = None,
    failed: bool = False,
) -> tuple[tuple[MissedRule, ...], int]:
    """The rules that did not fire, nearest first, and how many more there are beyond `limit` (None: all are explained).

    `now` is the moment of the evaluation, `failed` says that it ended with an error.
    """
    if recorder.memory is None:
        return (), 0
    fired = {firing.branch.rule.id for firing in recorder.fired}
    if limit is not None and len(rulebook.rules) - len(fired) > MOST_EXPLAINED:
        rules = most_promising(rulebook, recorder, MOST_EXPLAINED, but=fired)
    else:
        rules = [rule for rule in rulebook.rules if rule.id not in fired]
    if not rules:
        return (), 0
    reasons = _Reasons(recorder, rulebook, now, failed)
    misses = sorted((reasons.nearest(rule) for rule in rules), key=lambda miss: (miss.distance, miss.rule.order))
    kept = misses if limit is None else misses[:limit]
    return tuple([reasons.missed_rule(miss) for miss in kept]), len(rulebook.rules) - len(fired) - len(kept)


class _Miss:
    """A branch of a rule that did not fire, and how near it came."""

    __slots__ = ("by", "distance", "gone", "kind", "path", "rule", "search", "terms", "waits", "why")

    def __init__(self, rule: Rule, terms: Sequence[Term], search: Search, path: Sequence[Candidate]) -> None:
        self.rule = rule
        self.terms = terms
        self.search = search
        self.path = path
        self.kind: MissKind = path[-1].kind or "unknown"
        self.why = ""
        self.by: Step | None = None
        self.distance = 0.0
        self.waits = False
        #: The elements of its match that were deleted.
        self.gone: Sequence[Element] = ()


class _Reasons:
    """The reasons why rules did not fire in one evaluation."""

    def __init__(self, recorder: Recorder, rulebook: Rulebook, now: datetime, failed: bool) -> None:
        self.rules: Mapping[str, Rule] = {rule.id: rule for rule in rulebook.rules}
        self.fired = [firing.branch.rule for firing in recorder.fired]
        self.now = now
        self.failed = failed
        self.halted = recorder.memory is not None and recorder.memory.halted
        #: The agenda groups whose turn was still to come when the evaluation failed or was halted.
        self.focused = recorder.memory.agenda.focused if recorder.memory is not None else []
        self.steps = recorder.steps
        #: The step that deleted each element.
        self.deleted = {step.element: step for step in self.steps if step.after is None and step.origin is not None}
        present = [element for element in recorder.memory or () if not is_kept(element)]
        #: When the next match of a rule with a timer fires, by the rule's id.
        self.dues: dict[str, datetime] = {}
        for (branch, _), due in sorted(
            recorder.memory.dues() if recorder.memory else (), key=lambda timed: timed[1].moment
        ):
            self.dues.setdefault(branch.rule.id, due.moment)
        ended = [step.element for step in self.steps if step.after is None and step.origin is None]
        self.ended = frozenset(ended)
        self.types = {type(step.element.value) for step in self.steps if step.element.entry_point is not None}
        self._present = SearchedElements(present)
        self._with_ended = SearchedElements([*present, *ended]) if ended else self._present
        self._with_deleted = SearchedElements([*present, *ended, *self.deleted])

    def nearest(self, rule: Rule) -> _Miss:
        """The branch of the rule that came nearest."""
        return min((self._branch(rule, terms) for terms in rule.branches), key=lambda miss: miss.distance)

    def _branch(self, rule: Rule, terms: Sequence[Term]) -> _Miss:
        signals = [term for term in terms if isinstance(term, Pattern) and term.is_signal]
        # For a rule on signals, those that have ended count as present.
        present = self._with_ended if signals else self._present
        search = Search(present, present)
        if search.run(terms):
            miss = _Miss(rule, terms, search, search.path)
            self._explain_match(miss)
        else:
            if self.deleted:
                search = Search(self._with_deleted, present)
                search.run(terms)
            miss = _Miss(rule, terms, search, search.path)
            miss.gone = _among(self.deleted, miss.path) if miss.path[-1].kind is None else []
            if miss.gone:
                miss.kind, miss.by = "deleted", self.deleted[miss.gone[0]]
        if rule.id in self.dues:
            miss.kind, miss.why = "held back", f"it waits until {self.dues[rule.id].isoformat()}"
        miss.waits = (
            miss.kind != "held back"
            and bool(signals)
            and not any(issubclass(kind, pattern.type) for pattern in signals for kind in self.types)
        )
        miss.distance = cost(miss.kind, miss.path[-1], left=len(terms) - len(miss.path), waits=miss.waits)
        miss.distance += 0 if signals else 20
        return miss

    def _explain_match(self, miss: _Miss) -> None:
        """Notes why a rule that matches what is present did not fire."""
        touched = [found for found in miss.path if found.element is not None and not found.element.already_matched]
        if closed := _closed(miss.rule, self.now):
            miss.kind, miss.why = "held back", closed
        elif held_back := self._held_back(miss.rule):
            earlier = "" if touched else ", or it has fired for these facts before"
            miss.kind, miss.why = "held back", f"{held_back}{earlier}"
        elif not touched:
            miss.kind, miss.why = "fired before", "it has fired for these facts before"
        elif self.failed or self.halted:
            what = "the evaluation failed" if self.failed else "a rule halted the evaluation"
            miss.kind, miss.why = "unfinished", f"{what} before its turn"
        elif changed := self._unheard(touched):
            miss.kind, miss.why = (
                "unheard",
                f"it does not listen to {listed(sorted(changed))}, and nothing else changed",
            )
        elif ended := _among(self.ended, miss.path):
            miss.kind, miss.gone = "deleted", ended
            miss.why = f"{listed([name_of(element) for element in ended])} had ended before the rest was there"
        else:
            miss.kind, miss.why = "unknown", "it matched, and yet had no turn"

    def _held_back(self, rule: Rule) -> str:
        if rule.activation_group is not None:
            first = next((other for other in self.fired if other.activation_group == rule.activation_group), None)
            if first is not None:
                return f"*{titled(first.title)}* fired first in the activation group {rule.activation_group}"
        if rule.timer is not None:
            return "its timer never comes, or its match was undone"
        if rule.lock_on_active:
            return f"it matched while its group {rule.agenda_group} was active (lock-on-active)"
        if rule.agenda_group != MAIN and rule.agenda_group not in self.focused:
            return f"its agenda group {rule.agenda_group} did not have the focus"
        return ""

    def _unheard(self, touched: Iterable[Candidate]) -> set[str]:
        """The fields that changed, if nothing else happened and none of them is listened to."""
        changed: set[str] = set()
        for candidate in touched:
            term = candidate.term
            for step in self.steps:
                if step.element is candidate.element:
                    if step.before is None or step.named is None or not isinstance(term, Pattern):
                        return set()
                    if step.named and (step.named | {ANY_FIELD}) & term.listens:
                        return set()
                    changed |= step.named
        return changed

    def missed_rule(self, miss: _Miss) -> MissedRule:
        """The record of a rule that did not fire, its later conditions included."""
        path = list(miss.path)
        # Of a rule for other signals no more is said: there are many of them, and it is all there is to know.
        for term in () if miss.waits else miss.terms[len(path) :]:
            path.append(miss.search.nearest(term, path[-1].after))
        lines = conditions(path, miss.gone)
        first = first_failed(lines) if miss.kind in ("failed", "missing", "blocked", "deleted") else None
        by = miss.by.origin if miss.by else None
        return MissedRule(
            rule=miss.rule.id,
            title=miss.rule.title,
            where=miss.rule.where,
            salience=miss.rule.salience if isinstance(miss.rule.salience, int) else 0,
            kind=miss.kind,
            why=miss.why or self._why(miss, miss.path[-1], lines),
            distance=round(miss.distance, 3),
            conditions=lines,
            failed=first,
            elements=tuple(_blocking(miss.path[-1])) if miss.kind == "blocked" else tuple(map(name_of, miss.gone)),
            by=by or "",
        )

    def _why(self, miss: _Miss, last: Candidate, lines: Sequence[TracedCondition]) -> str:
        if miss.kind == "deleted" and miss.by is not None:
            return self._deleted(miss, miss.by)
        if miss.kind == "blocked":
            return f"blocked by {listed(list(_blocking(last)))}"
        return _reason(last, lines)

    def _deleted(self, miss: _Miss, by: Step) -> str:
        rule = self.rules.get(by.origin or "")
        title = titled(rule.title) if rule else by.origin
        return f"*{title}* had deleted {listed(list(map(name_of, miss.gone)))}{_order_of(rule, miss.rule)}"


def _among(gone: Container[Element], path: Iterable[Candidate]) -> list[Element]:
    """The elements of a match, those inside its `exists` included, that are among `gone`."""
    found: list[Element] = []
    for candidate in path:
        if candidate.element is not None and candidate.element in gone:
            found.append(candidate.element)
        found += _among(gone, candidate.inner)
    return found


def _closed(rule: Rule, now: datetime) -> str:
    """Why a rule can't fire at this moment at all; empty if it can."""
    if not rule.enabled:
        return "it is disabled"
    if rule.effective is not None and now < rule.effective:
        return f"it is effective from {rule.effective.isoformat()} on"
    if rule.expires is not None and now >= rule.expires:
        return f"it expired at {rule.expires.isoformat()}"
    return ""


def _order_of(first: Rule | None, second: Rule) -> str:
    """Why a rule had its turn before another; empty unless their salience or order says so."""
    if first is None or not (isinstance(first.salience, int) and isinstance(second.salience, int)):
        return ""
    if first.salience > second.salience:
        return f", salience {first.salience} goes before {second.salience}"
    same = first.salience == second.salience and first.order < second.order
    return ", declared before" if same else ""


def _reason(last: Candidate, lines: Sequence[TracedCondition]) -> str:
    """Why a candidate, whose line is the first among `lines` that does not hold, does not satisfy its term."""
    while last.inner:
        last = last.inner[-1]
    if last.kind == "missing":
        return _missing(last.term)
    line = next((line for line in lines if not line.held and line.text != "exists"), lines[-1])
    if line.held is None:
        return f"{line.text} could not be judged"
    return seen_text(line.seen) or f"{line.text} does not hold"


def _missing(term: Term) -> str:
    if isinstance(term, Pattern):
        return f"no {term.type.__name__} " + ("came" if term.is_signal else "is there")
    return f"{getattr(term, 'text', 'its source')} gave nothing"


def _blocking(candidate: Candidate) -> Iterable[str]:
    """The names of the elements that block a `not`."""
    for inner in candidate.inner:
        if inner.element is not None:
            yield name_of(inner.element)
        elif isinstance(inner.term, Existential) and not inner.term.negated:
            yield from _blocking(inner)
