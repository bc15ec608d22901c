"""The recorder of one evaluation: what was changed and fired in its working memory, for explanations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel

from infobip_rules.engine.network.alpha import Branch
from infobip_rules.engine.network.elements import Element, Tuple
from infobip_rules.engine.session.working_memory import WorkingMemory


@dataclass(slots=True)
class Step:
    """A change of an element; `before` and `after` are its versions, None if it was not there."""

    element: Element
    before: BaseModel | None
    after: BaseModel | None
    #: The rule that did it; None for signals that arrived or ended, and for the facts that a session opens with.
    origin: str | None
    #: The fields that were named as changed; None for what came or went, or if all count as changed.
    named: frozenset[str] | None = None


@dataclass(slots=True)
class Fired:
    """A match that fired, with the values that its rule was given, and what it did."""

    branch: Branch
    elements: tuple[Element, ...]
    values: tuple[object, ...]
    steps: list[Step] = field(default_factory=list)


class Recording:
    """What is changed and fires in a working memory, as its listener hears of it."""

    __slots__ = ("fired", "opening")

    def __init__(self) -> None:
        self.fired: list[Fired] = []
        #: What came before any rule fired.
        self.opening: list[Step] = []

    def on_change(
        self,
        element: Element,
        before: BaseModel | None,
        after: BaseModel | None,
        *,
        origin: str | None,
        fields: frozenset[str] | None = None,
    ) -> None:
        """Records a change of an element."""
        steps = self.fired[-1].steps if self.fired else self.opening
        steps.append(Step(element, before, after, origin, fields))

    def on_firing(self, branch: Branch, match: Tuple) -> None:
        """Records a match that fires: what follows is what it does."""
        values = tuple([element.value for element in match.elements])
        self.fired.append(Fired(branch, match.elements, values))


class Recorder:
    """Given to one evaluation as `trace`, it knows afterwards what happened, also if the evaluation failed."""

    __slots__ = ("memory", "recording")

    def __init__(self) -> None:
        #: None until the evaluation begins.
        self.memory: WorkingMemory | None = None
        # Apart from the recorder, which has the memory: what refers to itself is not let go when its evaluation is over.
        self.recording = Recording()

    def watch(self, memory: WorkingMemory) -> None:
        """Records what happens in a working memory from here on."""
        self.memory = memory
        memory.listener = self.recording

    @property
    def fired(self) -> Sequence[Fired]:
        """The matches that fired, in order."""
        return self.recording.fired

    @property
    def opening(self) -> Sequence[Step]:
        """What came before any rule fired."""
        return self.recording.opening

    @property
    def steps(self) -> Sequence[Step]:
        """Everything that was changed, in order."""
        return [*self.opening, *(step for fired in self.fired for step in fired.steps)]
