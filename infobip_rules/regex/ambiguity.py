"""Patterns that an engine which backtracks takes exponential time with: a repetition can read one text in many ways.

The test is exact for what it examines: places of the pattern and which may follow which. If a loop leads from a place
back to it in two ways for the same text, each round doubles the ways. What stands around lookarounds, backreferences
and word boundaries is not looked through, so that nothing is called slow that is not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from infobip_rules.regex.characters import Ranges, share_any
from infobip_rules.regex.linear import SINGLE, NotLinearError, characters, inner_flags, parsed, sre

#: Repetitions up to so many times are written out; more are as good as without end.
_FEW = 9
#: Places of a pattern beyond which it is not examined.
_MOST = 150
#: Escapes, classes, brackets and repetitions, as far as they matter for which bracket belongs to which.
_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[()]|.", re.DOTALL)
_REPEATED = re.compile(r"(?:[*+]|\{\d*,\d*\}|\{\d{2,}\})\??")

_Edges: TypeAlias = "Counter[tuple[int, int]]"


class _TooManyError(Exception):
    """A pattern with more places than are examined."""


def is_exponential(tree: Any) -> bool:
    """Returns whether matching what Python parsed may take exponential time; False if that is not known."""
    try:
        return any(_is_ambiguous(graph) for graph in _graphs(tree))
    except (_TooManyError, NotLinearError, RecursionError):
        return False


def slow_part(source: str, tree_of: Callable[[str], Any]) -> str | None:
    """Returns the shortest repeated group of a pattern that alone takes exponential time; `tree_of` parses, None if it can't."""
    for part in sorted(_repeated_groups(source), key=len):
        tree = tree_of(part)
        if tree is not None and is_exponential(tree):
            return part
    return None


def tree_of(pattern: str, flags: int) -> Any:
    """Returns the pattern as Python parses it; None if that alone is no pattern."""
    try:
        return parsed(pattern, flags)
    except (re.error, OverflowError, RecursionError, FutureWarning):
        return None


def _repeated_groups(source: str) -> Iterator[str]:
    opened: list[int] = []
    for token in _TOKEN.finditer(source):
        if token.group() == "(":
            opened.append(token.start())
        elif token.group() == ")" and opened:
            start = opened.pop()
            if times := _REPEATED.match(source, token.end()):
                yield source[start : times.end()]


@dataclass(kw_only=True)
class _Part:
    """A part of a pattern: in how many ways it may be empty, and begin and end with which places."""

    empty: int
    first: Counter[int] = field(default_factory=Counter)
    last: Counter[int] = field(default_factory=Counter)


@dataclass(kw_only=True)
class _Graph:
    """The places of a pattern with the characters that each takes, and in how many ways one may follow another."""

    places: list[Ranges] = field(default_factory=list)
    edges: _Edges = field(default_factory=Counter)
    #: What stands in lookarounds and atomic groups: matched by itself.
    apart: list[tuple[Any, int]] = field(default_factory=list)

    def part(self, nodes: Any, flags: int) -> _Part:
        """Adds the places of parts one after the other."""
        whole = _Part(empty=1)
        for op, argument in nodes:
            whole = self._chained(whole, self._one(op, argument, flags))
        return whole

    def _one(self, op: Any, argument: Any, flags: int) -> _Part:
        if op in SINGLE:
            return self._place(characters(op, argument, flags))
        if op is sre.SUBPATTERN:
            return self.part(argument[3], inner_flags(flags, argument[1], argument[2]))
        if op is sre.BRANCH:
            return self._either([self.part(way, flags) for way in argument[1]])
        if op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            least, most, body = argument
            return self._repeated(least, most, body, flags)
        if op in (sre.ASSERT, sre.ASSERT_NOT):
            self.apart.append((argument[1], flags))
        elif op is sre.ATOMIC_GROUP:
            self.apart.append((argument, flags))
        elif op is sre.POSSESSIVE_REPEAT:
            self.apart.append((argument[2], flags))
        return _Part(empty=0)  # nothing is known of what it lets through

    def _place(self, found: Ranges) -> _Part:
        if len(self.places) >= _MOST:
            raise _TooManyError
        self.places.append(found)
        number = len(self.places) - 1
        return _Part(empty=0, first=Counter([number]), last=Counter([number]))

    def _repeated(self, least: int, most: Any, body: Any, flags: int) -> _Part:
        endless = most is sre.MAXREPEAT or most > _FEW
        whole = _Part(empty=1)
        for _ in range(min(least, _FEW) - (1 if endless and least else 0)):
            whole = self._chained(whole, self.part(body, flags))
        if endless:
            return self._chained(whole, self._loop(body, flags, empty=int(not least)))
        for _ in range(most - least):
            part = self.part(body, flags)
            whole = self._chained(whole, _Part(empty=1, first=part.first, last=part.last))
        return whole

    def _loop(self, body: Any, flags: int, *, empty: int) -> _Part:
        part = self.part(body, flags)
        self._follow(part.last, part.first)
        return _Part(empty=int(empty or part.empty > 0), first=part.first, last=part.last)

    def _chained(self, first: _Part, second: _Part) -> _Part:
        self._follow(first.last, second.first)
        return _Part(
            empty=first.empty * second.empty,
            first=first.first + _times(second.first, first.empty),
            last=_times(first.last, second.empty) + second.last,
        )

    @staticmethod
    def _either(ways: Iterable[_Part]) -> _Part:
        whole = _Part(empty=0)
        for way in ways:
            whole = _Part(empty=whole.empty + way.empty, first=whole.first + way.first, last=whole.last + way.last)
        return whole

    def _follow(self, last: Counter[int], first: Counter[int]) -> None:
        for place, ways in last.items():
            for following, ways_on in first.items():
                self.edges[place, following] += ways * ways_on


def _times(ways: Counter[int], factor: int) -> Counter[int]:
    return Counter({place: number * factor for place, number in ways.items() if factor})


def _graphs(tree: Any) -> Iterator[_Graph]:
    todo: list[tuple[Any, int]] = [(tree, tree.state.flags)]
    while todo:
        graph = _Graph()
        graph.part(*todo.pop())
        todo += graph.apart
        yield graph


def _is_ambiguous(graph: _Graph) -> bool:
    following: dict[int, set[int]] = {}
    for place, after in graph.edges:
        if graph.places[place] and graph.places[after]:
            following.setdefault(place, set()).add(after)
    reached = {place: _reached([place], lambda place: following.get(place, ())) for place in following}
    looping = {
        place: {next_place for next_place in found if place in reached.get(next_place, ())}
        for place, found in reached.items()
    }
    for (place, after), ways in graph.edges.items():
        if ways > 1 and after in looping.get(place, ()):
            return True

    def pairs_after(pair: tuple[int, int]) -> Iterator[tuple[int, int]]:
        first, second = pair
        for next_one in following.get(first, set()) & looping[first]:
            for next_other in following.get(second, set()) & looping[second]:
                if share_any(graph.places[next_one], graph.places[next_other]):
                    yield next_one, next_other

    loops = {frozenset(found) for place, found in looping.items() if place in found}
    return any(_has_two_ways(loop, pairs_after) for loop in loops)


def _has_two_ways(loop: frozenset[int], pairs_after: Callable[[tuple[int, int]], Iterable[tuple[int, int]]]) -> bool:
    """Returns whether two different walks through a loop read the same text, and meet again."""
    reached = _reached([(place, place) for place in loop], pairs_after)
    before: dict[tuple[int, int], set[tuple[int, int]]] = {}
    for pair in (*reached, *((place, place) for place in loop)):
        for after in pairs_after(pair):
            before.setdefault(after, set()).add(pair)
    returning = _reached([(place, place) for place in loop], lambda pair: before.get(pair, ()))
    return any(first != other for first, other in reached & returning)


def _reached(starts: Iterable[Any], after: Callable[[Any], Iterable[Any]]) -> set[Any]:
    """Returns all that comes after the starts, which are not among it unless something leads back to them."""
    found: set[Any] = set()
    todo = list(starts)
    while todo:
        for place in after(todo.pop()):
            if place not in found:
                found.add(place)
                todo.append(place)
    return found
