"""What happened in one evaluation, for explanations: a working memory that notes what it is asked to do.

Matching knows nothing of it: an evaluation that is not recorded has an ordinary working memory, and spends nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel

from infobip_rules.engine.network.alpha import Branch
from infobip_rules.engine.network.elements import Element, Tuple
from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.session.working_memory import WorkingMemory


@dataclass(slots=True)
class Step:
    """One change of an element; `before` and `after` are its versions, None where it was not there."""

    element: Element
    before: BaseModel | None
    after: BaseModel | None
    #: The rule that did it; None for signals that arrived or ended, and for the facts that a session opens with.
    origin: str | None
    #: The fields that were named as changed; None for what came or went, or where all count as changed.
    named: frozenset[str] | None = None


@dataclass(slots=True)
class Fired:
    """One match that fired, with the values that its rule was given, and what it did."""

    branch: Branch
    elements: tuple[Element, ...]
    values: tuple[object, ...]
    steps: list[Step] = field(default_factory=list)


class Recorder:
    """Given to one evaluation as `trace`, it knows afterwards what happened, also where the evaluation failed."""

    __slots__ = ("fired", "memory", "opening")

    def __init__(self) -> None:
        #: None until the evaluation begins.
        self.memory: RecordedMemory | None = None
        self.fired: list[Fired] = []
        #: What came before any rule fired.
        self.opening: list[Step] = []

    def watch(self, rulebook: Rulebook) -> WorkingMemory:
        """The working memory for the evaluation to use."""
        self.memory = RecordedMemory(rulebook, self)
        return self.memory

    @property
    def steps(self) -> Sequence[Step]:
        """Everything that was changed, in order."""
        return [*self.opening, *(step for one in self.fired for step in one.steps)]


class RecordedMemory(WorkingMemory):
    """A working memory that tells a recorder what comes, changes, goes and fires."""

    __slots__ = ("_fired", "_opening")

    def __init__(self, rulebook: Rulebook, recorder: Recorder) -> None:
        super().__init__(rulebook)
        # Not the recorder, which has the memory: what refers to itself is not let go when its evaluation is over.
        self._fired, self._opening = recorder.fired, recorder.opening

    def insert(self, value: BaseModel, number: int, *, entry_point: str | None, origin: str | None) -> Element:
        """As ever, and noted unless the very object is there already."""
        known = self.find(value)
        element = super().insert(value, number, entry_point=entry_point, origin=origin)
        if element is not known:
            self._note(Step(element, None, value, origin))
        return element

    def modify(self, element: Element, value: BaseModel, changed: frozenset[str] | None, *, origin: str | None) -> None:
        """As ever, and noted."""
        self._note(Step(element, element.value, value, origin, changed))
        super().modify(element, value, changed, origin=origin)

    def amend(self, element: Element, value: BaseModel) -> None:
        """As ever, and noted: no field of it is one that anybody was told of."""
        origin = self._fired[-1].branch.rule.id if self._fired else None
        self._note(Step(element, element.value, value, origin, frozenset()))
        super().amend(element, value)

    def linger(self, element: Element, value: BaseModel, changed: frozenset[str] | None, *, origin: str | None) -> None:
        """As ever, and noted."""
        self._note(Step(element, element.value, value, origin, changed))
        super().linger(element, value, changed, origin=origin)

    def delete(self, element: Element, *, origin: str | None) -> None:
        """As ever, and noted."""
        self._note(Step(element, element.value, None, origin))
        super().delete(element, origin=origin)

    def next_match(self) -> tuple[Branch, Tuple] | None:
        """As ever, and noted: what follows is what this match does."""
        found = super().next_match()
        if found is not None:
            branch, match = found
            values = tuple([element.value for element in match.elements])
            self._fired.append(Fired(branch, match.elements, values))
        return found

    def _note(self, step: Step) -> None:
        (self._fired[-1].steps if self._fired else self._opening).append(step)
