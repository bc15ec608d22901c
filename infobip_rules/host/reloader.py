"""Rules that change while the host runs: a saved file is live within a second, a broken one leaves the old rules running."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.errors import InfobipRulesError, RuleFileError
from infobip_rules.evaluators.jobs import Evaluator
from infobip_rules.host import Host
from infobip_rules.rulefiles.files import FileState, file_states, imported_anew
from infobip_rules.rulefiles.loader import load_rules

log = logging.getLogger("infobip_rules.reloading")

#: Seconds between two looks at the files; stat is the same on every system, and costs a millisecond for some hundred files.
EVERY = 0.3
#: Seconds for which a file must stay the same before it is read: an editor may still be writing it.
CALM = 0.05


@dataclass(frozen=True, kw_only=True, slots=True)
class Loading:
    """What the last look at the rule files came to."""

    #: How many rules there are now, and since when.
    rules: int
    at: datetime
    #: What keeps the files from being loaded, each with file and line; empty when all is well.
    problems: tuple[str, ...] = ()
    #: How often rules were loaded since the start.
    count: int = 0


class Reloader:
    """Loads the rules of a host again when their files change; `loaded` is called with what came of it.

    `evaluator` makes an evaluator that loads the same files, None for one in this process. It raises RuleError if they
    can't be loaded.
    """

    def __init__(
        self,
        host: Host,
        paths: Sequence[Path],
        *,
        evaluator: Callable[[], Awaitable[Evaluator | None]],
        loaded: Callable[[Loading], None],
    ) -> None:
        self.host = host
        self.paths = paths
        self.loading = Loading(rules=len(host.rulebook.rules), at=host.clock.now())
        self._seen = file_states(paths)
        self._evaluator = evaluator
        self._loaded = loaded

    async def run(self) -> None:
        """Looks at the files until it is cancelled."""
        while True:
            await asyncio.sleep(EVERY)
            if (now := await self._calm()) != self._seen:
                self._seen = now
                await self._reload()

    async def _calm(self) -> Mapping[Path, FileState]:
        """How the files look once they have stopped changing."""
        looks = file_states(self.paths)
        while True:
            before = looks
            await asyncio.sleep(CALM)
            if (looks := file_states(self.paths)) == before:
                return looks

    async def _reload(self) -> None:
        try:
            # In a thread: rule files are somebody's code, which may take its time.
            rulebook = await asyncio.to_thread(self._load)
            await self.host.load(rulebook, await self._evaluator())
        except RuleFileError as problem:
            self._note_problems([str(found) for found in problem.problems])
        except InfobipRulesError as problem:
            self._note_problems([str(problem)])
        except Exception as problem:
            log.exception("reloading.failed")
            self._note_problems([f"{type(problem).__name__}: {problem}"])
        else:
            count = self.loading.count + 1
            self._note(Loading(rules=len(rulebook.rules), at=self.host.clock.now(), count=count))

    def _load(self) -> Rulebook:
        with imported_anew(self.paths):
            return load_rules(self.paths, signal_types=self.host.channels.signal_types.values())

    def _note_problems(self, problems: Sequence[str]) -> None:
        before = self.loading
        self._note(Loading(rules=before.rules, at=before.at, problems=tuple(problems), count=before.count))

    def _note(self, loading: Loading) -> None:
        self.loading = loading
        self._loaded(loading)
