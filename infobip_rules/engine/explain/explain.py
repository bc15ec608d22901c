"""Why rules did not fire: found after an evaluation, from what happened in it and the rules. Pure, and never in its way."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime

from infobip_rules.engine.explain.nearness import cost, most_promising
from infobip_rules.engine.explain.rendering import conditions, first_failed, name_of
from infobip_rules.engine.explain.search import Elements, Look, Search
from infobip_rules.engine.explain.story import listed, saw, titled
from infobip_rules.engine.explain.trace import Condition, MissedRule, MissKind
from infobip_rules.engine.network.elements import Element
from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.network.timetable import is_kept
from infobip_rules.engine.rules.model import ANY_FIELD, MAIN, Existential, Pattern, Rule, Term
from infobip_rules.engine.session.recorder import Recorder, Step

#: Rules that are looked at closely: of more, those that an index of their texts makes out to be the nearest.
MOST_EXPLAINED = 64


def explain(
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
    fired = {one.branch.rule.id for one in recorder.fired}
    if limit is not None and len(rulebook.rules) - len(fired) > MOST_EXPLAINED:
        near = most_promising(rulebook, recorder, MOST_EXPLAINED, but=fired)
    else:
        near = [rule for rule in rulebook.rules if rule.id not in fired]
    if not near:
        return (), 0
    explaining = _Explaining(recorder, rulebook, now, failed)
    verdicts = sorted((explaining.nearest(rule) for rule in near), key=lambda one: (one.distance, one.rule.order))
    kept = verdicts if limit is None else verdicts[:limit]
    return tuple([explaining.told(one) for one in kept]), len(rulebook.rules) - len(fired) - len(kept)


class _Near:
    """How near one branch of a rule came."""

    __slots__ = ("by", "distance", "gone", "kind", "path", "rule", "search", "terms", "waits", "why")

    def __init__(self, rule: Rule, terms: Sequence[Term], search: Search, path: Sequence[Look]) -> None:
        self.rule = rule
        self.terms = terms
        self.search = search
        self.path = path
        self.kind: MissKind = path[-1].kind or "unknown"
        self.why = ""
        self.by: Step | None = None
        self.distance = 0.0
        self.waits = False
        #: The elements of its match that are no more.
        self.gone: Sequence[Element] = ()


class _Explaining:
    def __init__(self, recorder: Recorder, rulebook: Rulebook, now: datetime, failed: bool) -> None:
        self.rules: Mapping[str, Rule] = {rule.id: rule for rule in rulebook.rules}
        self.fired = [one.branch.rule for one in recorder.fired]
        self.now = now
        self.failed = failed
        self.halted = recorder.memory is not None and recorder.memory.halted
        #: The groups whose rules had their turn still to come, where the evaluation failed or was halted.
        self.focused = recorder.memory.agenda.focused if recorder.memory is not None else []
        self.steps = recorder.steps
        #: By whom each element was taken out; signals that ended are as there for the rules that look for signals.
        self.deleted = {step.element: step for step in self.steps if step.after is None and step.origin is not None}
        present = [one for one in recorder.memory or () if not is_kept(one)]
        #: When the next match of a rule with a timer fires, by the rule's id.
        self.dues: dict[str, datetime] = {}
        for (branch, _), due in sorted(
            recorder.memory.dues() if recorder.memory else (), key=lambda one: one[1].moment
        ):
            self.dues.setdefault(branch.rule.id, due.moment)
        ended = [step.element for step in self.steps if step.after is None and step.origin is None]
        self.ended = frozenset(ended)
        self.types = {type(step.element.value) for step in self.steps if step.element.entry_point is not None}
        self._present = Elements(present)
        self._with_ended = Elements([*present, *ended]) if ended else self._present
        self._with_deleted = Elements([*present, *ended, *self.deleted])

    def nearest(self, rule: Rule) -> _Near:
        """The branch of the rule that came nearest, and how near."""
        return min((self._branch(rule, terms) for terms in rule.branches), key=lambda near: near.distance)

    def _branch(self, rule: Rule, terms: Sequence[Term]) -> _Near:
        signals = [one for one in terms if isinstance(one, Pattern) and one.entry_point is not None]
        there = self._with_ended if signals else self._present
        search = Search(there, there)
        if search.run(terms):
            near = _Near(rule, terms, search, search.path)
            self._matched(near)
        else:
            if self.deleted:
                search = Search(self._with_deleted, there)
                search.run(terms)
            near = _Near(rule, terms, search, search.path)
            near.gone = _among(self.deleted, near.path) if near.path[-1].kind is None else []
            if near.gone:
                near.kind, near.by = "deleted", self.deleted[near.gone[0]]
        if rule.id in self.dues:
            near.kind, near.why = "held back", f"it waits until {self.dues[rule.id].isoformat()}"
        near.waits = (
            near.kind != "held back"
            and bool(signals)
            and not any(issubclass(kind, one.type) for one in signals for kind in self.types)
        )
        near.distance = cost(near.kind, near.path[-1], left=len(terms) - len(near.path), waits=near.waits)
        near.distance += 0 if signals else 20
        return near

    def _matched(self, near: _Near) -> None:
        """Says why a rule that matches what is there did not fire."""
        touched = [look for look in near.path if look.element is not None and not look.element.already_matched]
        if closed := _closed(near.rule, self.now):
            near.kind, near.why = "held back", closed
        elif held_back := self._held_back(near.rule):
            earlier = "" if touched else ", or it has fired for these facts before"
            near.kind, near.why = "held back", f"{held_back}{earlier}"
        elif not touched:
            near.kind, near.why = "fired before", "it has fired for these facts before"
        elif self.failed or self.halted:
            what = "the evaluation failed" if self.failed else "a rule halted the evaluation"
            near.kind, near.why = "unfinished", f"{what} before its turn"
        elif changed := self._unheard(touched):
            near.kind, near.why = (
                "unheard",
                f"it does not listen to {listed(sorted(changed))}, and nothing else changed",
            )
        elif ended := _among(self.ended, near.path):
            near.kind, near.gone = "deleted", ended
            near.why = f"{listed([name_of(one) for one in ended])} had ended before the rest was there"
        else:
            near.kind, near.why = "unknown", "it matched, and yet had no turn"

    def _held_back(self, rule: Rule) -> str:
        if rule.activation_group is not None:
            first = next((one for one in self.fired if one.activation_group == rule.activation_group), None)
            if first is not None:
                return f"*{titled(first.title)}* fired first in the activation group {rule.activation_group}"
        if rule.timer is not None:
            return "its timer never comes, or its match was undone"
        if rule.lock_on_active:
            return f"it matched while its group {rule.agenda_group} was active (lock-on-active)"
        if rule.agenda_group != MAIN and rule.agenda_group not in self.focused:
            return f"its agenda group {rule.agenda_group} did not have the focus"
        return ""

    def _unheard(self, touched: Iterable[Look]) -> set[str]:
        """The fields that changed, where those are all that happened and none of them is listened to."""
        changed: set[str] = set()
        for look in touched:
            term = look.term
            for step in self.steps:
                if step.element is look.element:
                    if step.before is None or step.named is None or not isinstance(term, Pattern):
                        return set()
                    if step.named and (step.named | {ANY_FIELD}) & term.listens:
                        return set()
                    changed |= step.named
        return changed

    def told(self, near: _Near) -> MissedRule:
        """The whole story of one rule, its later conditions included."""
        looks = list(near.path)
        # Of a rule for other signals only that is told: there are many of them, and it is all there is to know.
        for term in () if near.waits else near.terms[len(looks) :]:
            looks.append(near.search.nearest(term, looks[-1].after))
        lines = conditions(looks, near.gone)
        first = first_failed(lines) if near.kind in ("failed", "missing", "blocked", "deleted") else None
        by = near.by.origin if near.by else None
        return MissedRule(
            rule=near.rule.id,
            title=near.rule.title,
            where=near.rule.where,
            salience=near.rule.salience if isinstance(near.rule.salience, int) else 0,
            kind=near.kind,
            why=near.why or self._why(near, near.path[-1], lines),
            distance=round(near.distance, 3),
            conditions=lines,
            failed=first,
            elements=tuple(_blocking(near.path[-1])) if near.kind == "blocked" else tuple(map(name_of, near.gone)),
            by=by or "",
        )

    def _why(self, near: _Near, look: Look, lines: Sequence[Condition]) -> str:
        if near.kind == "deleted" and near.by is not None:
            return self._deleted(near, near.by)
        if near.kind == "blocked":
            return f"blocked by {listed(list(_blocking(look)))}"
        return _reason(look, lines)

    def _deleted(self, near: _Near, by: Step) -> str:
        rule = self.rules.get(by.origin or "")
        title = titled(rule.title) if rule else by.origin
        return f"*{title}* had deleted {listed([name_of(one) for one in near.gone])}{_order_of(rule, near.rule)}"


def _among(gone: Container[Element], path: Iterable[Look]) -> list[Element]:
    """The elements of a match, those inside its `exists` included, that are among `gone`."""
    found: list[Element] = []
    for look in path:
        if look.element is not None and look.element in gone:
            found.append(look.element)
        found += _among(gone, look.inner)
    return found


def _closed(rule: Rule, now: datetime) -> str:
    """Why a rule can't fire at this moment at all; empty where it can."""
    if not rule.enabled:
        return "it is disabled"
    if rule.effective is not None and now < rule.effective:
        return f"it is effective from {rule.effective.isoformat()} on"
    if rule.expires is not None and now >= rule.expires:
        return f"it expired at {rule.expires.isoformat()}"
    return ""


def _order_of(first: Rule | None, second: Rule) -> str:
    """Why one rule had its turn before another, where that is plain."""
    if first is None or not (isinstance(first.salience, int) and isinstance(second.salience, int)):
        return ""
    if first.salience > second.salience:
        return f", salience {first.salience} goes before {second.salience}"
    same = first.salience == second.salience and first.order < second.order
    return ", declared before" if same else ""


def _reason(look: Look, lines: Sequence[Condition]) -> str:
    """Why a look, which stands among `lines` as the first that is not satisfied, is not what its term asks for."""
    while look.inner:
        look = look.inner[-1]
    if look.kind == "missing":
        return _missing(look.term)
    line = next((one for one in lines if not one.held and one.text != "exists"), lines[-1])
    if line.held is None:
        return f"{line.text} could not be judged"
    return saw(line.seen) or f"{line.text} does not hold"


def _missing(term: Term) -> str:
    if isinstance(term, Pattern):
        return f"no {term.type.__name__} " + ("came" if term.entry_point is not None else "is there")
    return f"{getattr(term, 'text', 'its source')} gave nothing"


def _blocking(look: Look) -> Iterable[str]:
    for inner in look.inner:
        if inner.element is not None:
            yield name_of(inner.element)
        elif isinstance(inner.term, Existential) and not inner.term.negated:
            yield from _blocking(inner)
