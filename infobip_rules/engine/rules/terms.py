"""Terms: the steps of a rule's condition, with what matching, checks and explanations ask of each of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel

#: The values matched so far, by position in the rule: every `Pattern`, `From` and `Accumulate` takes one position.
Before: TypeAlias = "tuple[Any, ...]"
#: Decides on one element; the second argument holds the values matched before it.
Predicate: TypeAlias = Callable[[Any, Before], bool]


#: Among the fields that a pattern listens to: any, those of subtypes included.
ANY_FIELD = "*"
#: What an element that a rule gives no name is called in the rule's body: `c.m`, `c.m_0`.
_NO_NAME = re.compile(r"m(_\d+)*")


def given_name(alias: str) -> str:
    """The name that a rule gives an element; empty for one that has none, whatever bodies call it."""
    return "" if _NO_NAME.fullmatch(alias) else alias


@dataclass(frozen=True, kw_only=True, slots=True)
class Constraint:
    """A condition on an element."""

    #: As the user would write it; two constraints with the same text mean the same.
    text: str
    predicate: Predicate
    #: Fields of the element that are read, at their first level (`status` for `m.status.groupName`).
    fields: frozenset[str]
    #: Positions of earlier patterns that are read, each with the fields read there. Empty for a constraint on the element alone.
    joins: Mapping[int, frozenset[str]] = field(default_factory=dict)
    #: `(field, value)` if the constraint is `field == value`: found through an index, without a call.
    equals: tuple[str, Any] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """Only the latest elements of a pattern count: those of the last `size` seconds, or the last `size` in number."""

    kind: Literal["time", "length"]
    size: float


class BaseTerm:
    """The questions that every term answers, with the answers of one that holds nothing and takes no position."""

    __slots__ = ()

    @property
    def children(self) -> tuple[Term, ...]:
        """The terms inside it."""
        return ()

    @property
    def conditions(self) -> tuple[Constraint, ...]:
        """The constraints of its own, those that read values matched before behind the others."""
        return ()

    @property
    def heading(self) -> str:
        """What it asks for, without its constraints, in a line of a trace."""
        raise NotImplementedError

    @property
    def sharing_key(self) -> tuple[object, ...]:
        """Equal for terms that share a node in Drools."""
        raise NotImplementedError

    @property
    def is_element(self) -> bool:
        """Whether it matches elements of working memory as they come, through no window."""
        return False

    @property
    def lone_pattern(self) -> Pattern | None:
        """The pattern of a `not` or `exists` that holds just this one, if it reads nothing that was matched before."""
        return None

    @property
    def blocker(self) -> Pattern | None:
        """The pattern of which any element keeps the whole branch from matching."""
        return None

    def patterns(self) -> Iterator[Pattern]:
        """Its patterns: itself, or those inside it, however deep."""
        for child in self.children:
            yield from child.patterns()

    def needed_patterns(self) -> Iterator[Pattern]:
        """The patterns without whose elements it can't be satisfied."""
        return iter(())

    def unblocking_patterns(self) -> Iterator[Pattern]:
        """The patterns whose elements may satisfy it by leaving."""
        return iter(())

    def requested_changes(self, first: Pattern) -> frozenset[str]:
        """The fields whose changes it asks for when it stands right behind `first`, the element that a rule begins with."""
        return first.listens


@dataclass(frozen=True, kw_only=True, slots=True)
class ValueTerm(BaseTerm):
    """A term that matches a value: it takes the next position, and bodies know the value by a name."""

    alias: str
    #: On the value alone.
    constraints: tuple[Constraint, ...]
    #: Reading values matched before.
    joins: tuple[Constraint, ...]
    where: str

    @property
    def conditions(self) -> tuple[Constraint, ...]:
        """The constraints on the value alone, then those that read values matched before."""
        return (*self.constraints, *self.joins)

    @property
    def given_name(self) -> str:
        """The name that the rule gives the value; empty if it gives none, whatever bodies call it."""
        return given_name(self.alias)


@dataclass(frozen=True, kw_only=True, slots=True)
class Pattern(ValueTerm):
    """A pattern: an element of this type that satisfies its constraints."""

    type: type[BaseModel]
    #: The entry point the element arrives through; None for facts in working memory.
    entry_point: str | None
    #: Fields whose change has the pattern matched anew (property reactivity), those that later patterns read included.
    #: The first pattern of a rule may listen to more, or less (see `engine.network.listening`).
    listens: frozenset[str]
    window: Window | None = None
    #: Those of the fields that are listened to for something else than the pattern's own constraints.
    watched: frozenset[str] = frozenset()
    #: Whether it stands in a query that the rule asks.
    queried: bool = False

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for patterns that any element satisfies alike, seen alone."""
        return (self.type, self.entry_point, frozenset(_texts(self.constraints)), self.window)

    @property
    def is_signal(self) -> bool:
        """Whether it matches signals, and not facts."""
        return self.entry_point is not None

    @property
    def heading(self) -> str:
        """`name: Type`."""
        return _named(self.given_name, self.type.__name__)

    @property
    def sharing_key(self) -> tuple[object, ...]:
        """Its constraints, with what they read of values matched before."""
        return (None, (self.key, _texts(self.joins)))

    @property
    def is_element(self) -> bool:
        """Whether it has no window."""
        return self.window is None

    def patterns(self) -> Iterator[Pattern]:
        """Itself."""
        yield self

    def needed_patterns(self) -> Iterator[Pattern]:
        """Itself."""
        yield self

    def requested_changes(self, first: Pattern) -> frozenset[str]:
        """Those that the element's own pattern listens to; all, if it stands in a query."""
        return every_field(first.type) if self.queried else first.listens


@dataclass(frozen=True, kw_only=True, slots=True)
class Existential(BaseTerm):
    """`not` (when negated) or `exists`: whether some combination of values satisfies `terms`.

    What stands inside takes the positions after those matched before, and they are gone behind it. Terms may nest:
    `forall(A, B)` is `not(A and not B)`.
    """

    terms: tuple[Term, ...]
    negated: bool

    @property
    def children(self) -> tuple[Term, ...]:
        """The terms inside it."""
        return self.terms

    @property
    def heading(self) -> str:
        """`not` or `exists`."""
        return "not" if self.negated else "exists"

    @property
    def sharing_key(self) -> tuple[object, ...]:
        """Which of both it is, with the keys of the terms inside it."""
        return (self.negated, *(term.sharing_key for term in self.terms))

    @property
    def lone_pattern(self) -> Pattern | None:
        """The one pattern inside it, if it reads nothing that was matched before."""
        match self.terms:
            case (Pattern(joins=()) as pattern,):
                return pattern
        return None

    @property
    def blocker(self) -> Pattern | None:
        """The lone pattern of a `not`."""
        return self.lone_pattern if self.negated else None

    def needed_patterns(self) -> Iterator[Pattern]:
        """Those that the terms inside an `exists` need."""
        if not self.negated:
            for term in self.terms:
                yield from term.needed_patterns()

    def unblocking_patterns(self) -> Iterator[Pattern]:
        """All inside a `not`; inside an `exists` those of its terms."""
        for term in self.terms:
            yield from term.patterns() if self.negated else term.unblocking_patterns()

    def requested_changes(self, first: Pattern) -> frozenset[str]:
        """Those that the first term inside it asks for."""
        return self.terms[0].requested_changes(first)


@dataclass(frozen=True, kw_only=True, slots=True)
class Test(BaseTerm):
    """A condition on what was matched before (`eval`); its predicate is given None for the element."""

    constraint: Constraint

    @property
    def conditions(self) -> tuple[Constraint, ...]:
        """The one condition."""
        return (self.constraint,)

    @property
    def heading(self) -> str:
        """The condition itself."""
        return self.constraint.text

    @property
    def sharing_key(self) -> tuple[object, ...]:
        """The condition as it is written."""
        return ("eval", self.constraint.text)

    def requested_changes(self, first: Pattern) -> frozenset[str]:
        """All."""
        return every_field(first.type)


@dataclass(frozen=True, kw_only=True, slots=True)
class From(ValueTerm):
    """Values that are computed of those matched before: plain ones, no elements of working memory."""

    #: Only values of this type count; None: all.
    type: type | None
    #: Of the values matched before. None gives nothing, an iterable each of its entries, all else is one value.
    source: Callable[[Before], object]
    #: The source as the user would write it; two sources with the same text mean the same.
    text: str
    #: Positions that the source reads, each with the fields read there.
    reads: Mapping[int, frozenset[str]]
    #: If the source is an element itself: the fields of it that are read. None if the source is computed.
    listens: frozenset[str] | None = None

    @property
    def heading(self) -> str:
        """`name from source`."""
        return f"{self.given_name} from {self.text}".lstrip()

    @property
    def sharing_key(self) -> tuple[object, ...]:
        """The source as it is written, with the constraints on what it gives."""
        return ("from", self.text, self.type, _texts(self.constraints), _texts(self.joins))

    def requested_changes(self, first: Pattern) -> frozenset[str]:
        """All; of an element that is the source itself, those of fields that one of the two reads."""
        return every_field(first.type) if self.listens is None else first.listens | self.listens


@dataclass(frozen=True, kw_only=True, slots=True)
class Fold:
    """What `accumulate` makes of everything its source matches."""

    function: Literal["count", "sum", "average", "min", "max", "collectList", "collectSet"]
    #: Of everything matched, the source included; None counts matches as they are.
    value: Callable[[Before], Any] | None
    text: str
    #: Makes the result of all values as the rule's language has it; None: as `engine.network.folds` does.
    result: Callable[[Sequence[Any]], Any] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Accumulate(ValueTerm):
    """The results of folding all that `terms` match, as one tuple; a result without value (None) is no match.

    What stands inside takes the positions after those matched before; behind it the results take the first of them. Its
    constraints are on the results, which are the element their predicates are given.
    """

    #: The source.
    terms: tuple[Term, ...]
    folds: tuple[Fold, ...]

    @property
    def children(self) -> tuple[Term, ...]:
        """The terms of its source."""
        return self.terms

    @property
    def heading(self) -> str:
        """`name: accumulate(functions)`."""
        return _named(self.given_name, f"accumulate({', '.join(fold.text for fold in self.folds)})")

    @property
    def sharing_key(self) -> tuple[object, ...]:
        """Its source and functions, with the constraints on the results."""
        source = tuple(term.sharing_key for term in self.terms)
        folds = tuple((fold.function, fold.text) for fold in self.folds)
        return ("accumulate", source, folds, _texts(self.constraints), _texts(self.joins))

    def unblocking_patterns(self) -> Iterator[Pattern]:
        """All of its source: results change when an element leaves."""
        return self.patterns()

    def requested_changes(self, first: Pattern) -> frozenset[str]:
        """Those that the first term of its source asks for."""
        return self.terms[0].requested_changes(first)


def _texts(constraints: Iterable[Constraint]) -> tuple[str, ...]:
    return tuple(constraint.text for constraint in constraints)


def _named(name: str, text: str) -> str:
    return f"{name}: {text}" if name else text


#: One step of a rule's condition. A reader that needs what the terms don't answer matches over them, `assert_never` at the end.
Term: TypeAlias = Pattern | Existential | From | Accumulate | Test


def every_field(kind: type[BaseModel]) -> frozenset[str]:
    """The fields of a pattern that listens to any change."""
    return frozenset({*kind.model_fields, ANY_FIELD})


def patterns_of(terms: Iterable[Term]) -> Iterator[Pattern]:
    """Every pattern of a branch, those nested inside other terms included."""
    for term in terms:
        yield from term.patterns()


def names_of(terms: Iterable[Term]) -> tuple[str, ...]:
    """The names of the values that a branch matches, by position."""
    return tuple(term.alias for term in terms if isinstance(term, ValueTerm))
