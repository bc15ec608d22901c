"""Rules as a test drives them: people write, time passes, reports come in; then messages and firings are checked."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from re import Pattern
from typing import Any, Self, TypeVar, overload

from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.errors import TrialError
from infobip_rules.facts import Fact
from infobip_rules.infobip.phone import session_address
from infobip_rules.journal.records import NewSignal
from infobip_rules.journal.requests import Arrival
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.signals import Signal
from infobip_rules.testing import explaining, restoring, webhooks
from infobip_rules.testing.durations import read_duration
from infobip_rules.testing.expectations import ExpectedMessage, rule_named
from infobip_rules.testing.given import RULESET, given, with_insertion
from infobip_rules.testing.records import EvaluatedSignal, Fired, Sent
from infobip_rules.testing.stage import OUR_NUMBER, PERSON, Stage, finish

_Fact = TypeVar("_Fact", bound=Fact)


class Rules:
    """Rules under test, on a journal in memory and a clock that is set; loaded at once, or when first used from `paths`.

    It runs the host's own parts, so that a test passes exactly where the host does the same::

        rules = Rules().load("rules/quiz.py")
        rules.receive("JOIN")
        rules.assert_fired("join")
        rules.assert_sent(to="385981234567", text="Welcome!")

    A rule that fails raises EvaluationError at the call that caused it. The clock stands at noon of 1 January 2026, UTC, until
    it is set.
    """

    def __init__(self, *paths: str | Path, root: str | Path = ".") -> None:
        """`paths` are those of `load`; relative ones are looked for in `root`."""
        self._paths = paths
        self._root = Path(root)
        self._loaded: Stage | None = None
        self._forgotten = (0, 0)

    # The rules

    def load(self, *paths: str | Path, **settings: Any) -> Self:
        """Loads rule files, or folders of them, in place of any before; everything begins anew.

        `settings` are the host's by name, such as `heartbeat_cycle=3600`. The variables of the environment don't count.
        Raises RuleFileError, and ConfigurationError for settings.
        """
        if not paths and not self._paths:
            raise TrialError(
                "It is not said which rules to test.",
                'Call rules.load("rules/quiz.py"), begin the conversation with "rules: quiz.py", '
                "or write infobip_rules = rules/ into pytest's ini file.",
            )
        self.close()
        self._loaded = Stage(_load([self._root / path for path in paths or self._paths]), **settings)
        self._forgotten = (0, 0)
        return self

    @property
    def rulebook(self) -> Rulebook:
        """The rules, with one of the test's own that inserts facts."""
        return self._stage.rulebook

    @property
    def now(self) -> datetime:
        """The moment of the clock."""
        return self._stage.clock.now()

    # Events

    def receive(
        self,
        text: str,
        *,
        from_: str | None = None,
        keyword: str | None = None,
        clean_text: str | None = None,
        to: str = OUR_NUMBER,
        message_id: str | None = None,
        callback_data: str | None = None,
    ) -> tuple[Sent, ...]:
        """Somebody writes, as Infobip would post it: `keyword` and `cleanText` are there only if a keyword is given.

        Returns the messages that it brought about. Without `from_` it is who wrote last.
        """
        stage = self._stage
        stage.person = session_address(from_ or stage.person)
        entry = webhooks.message_entry(
            text,
            from_=stage.person,
            keyword=keyword,
            clean_text=clean_text,
            to=to,
            message_id=message_id or f"in-{stage.next_number()}",
            callback_data=callback_data,
            now=self.now,
        )
        return self._sent_by(lambda: stage.take_in(webhooks.batch(entry, "message", self.now)))

    def deliver_report(
        self,
        message: Sent | str,
        status: str = "DELIVERED",
        *,
        error: str | Mapping[str, Any] | None = None,
        permanent: bool = False,
    ) -> tuple[Sent, ...]:
        """Infobip reports on a message, given itself or by its messageId; returns what that brought about.

        `status` is a group such as UNDELIVERABLE, or the full name of a status. `error` is the name of an error, or its
        fields; without one it is what usually comes with the status. `permanent`: sending again is of no use.
        """
        message_id = message if isinstance(message, str) else message.message_id
        row = finish(self._stage.journal.history.find_message(message_id))
        entry = webhooks.report_entry(
            message_id,
            status,
            to=row.recipient if row else self._stage.person,
            sent_at=(row.sent_at or row.created_at) if row else self.now,
            error=error,
            permanent=permanent,
            callback_data=row.callback_data if row else "",
            now=self.now,
        )
        return self._sent_by(lambda: self._stage.take_in(webhooks.batch(entry, "report", self.now)))

    def insert(self, fact: Fact, *, session: str | None = None) -> tuple[Sent, ...]:
        """A session gets a fact, as if a rule had inserted it; rules that it satisfies fire. Returns what that brought about."""
        return self.signal(given(fact, self.rulebook), session=session)

    def signal(self, signal: Signal, *, session: str | None = None) -> tuple[Sent, ...]:
        """A session gets a signal of any type that the rules know; returns what that brought about."""
        stage = self._stage
        new = NewSignal(
            dedup_key=f"test-{stage.next_number()}",
            session_key=session_address(session or stage.person),
            kind=type(signal).__name__,
            payload=signal.model_dump_json(by_alias=True),
            raw="{}",
            received_at=self.now,
        )
        finish(stage.journal.inbox.accept(Arrival(signals=[new])))
        return self._sent_by(stage.run_until_idle)

    def advance(self, time: str | timedelta | float) -> tuple[Sent, ...]:
        """Time passes: `"2d"`, `"1h 30m"`, a timedelta or seconds. What is due on the way happens, each at its moment."""
        by = read_duration(time) if isinstance(time, str) else time
        return self.at(self.now + (by if isinstance(by, timedelta) else timedelta(seconds=by)))

    def at(self, moment: datetime) -> tuple[Sent, ...]:
        """The clock is set to a moment with a time zone; what is due on the way happens. Back, nothing happens."""
        if moment.utcoffset() is None:
            raise TrialError(f"The moment {moment.isoformat()} has no time zone.", "Give datetime(..., tzinfo=UTC).")
        return self._sent_by(lambda: self._stage.move_to(moment.astimezone(UTC)))

    def restore(self, stored: str | bytes | Mapping[str, Any], *, session: str = PERSON) -> None:
        """A session goes on from what `infobip-rules sessions --json --text` prints of one, under a number made up here.

        The clock goes to when the session last changed, unless it is later already. Its timers are kept. Raises
        TrialError if the session is not given whole, or does not belong to these rules.
        """
        restoring.restore(self._stage, stored, session)
        self._stage.person = session_address(session)

    def forget(self) -> None:
        """Forgets messages and firings up to here."""
        self._forgotten = (len(self._stage.sent), len(self._stage.evaluated))

    # Results

    @property
    def sent(self) -> tuple[Sent, ...]:
        """The messages that went out, in order."""
        return tuple(self._stage.sent[self._forgotten[0] :])

    @property
    def evaluated(self) -> tuple[EvaluatedSignal, ...]:
        """The signals that were evaluated, in order."""
        return tuple(self._stage.evaluated[self._forgotten[1] :])

    @property
    def fired(self) -> tuple[Fired, ...]:
        """The rules that fired, in order."""
        return tuple(
            Fired(rule=rule, signal=signal.signal.kind, session=signal.session, at=signal.at)
            for signal in self.evaluated
            for rule in signal.fired
            if not rule.startswith(f"{RULESET}/")
        )

    @overload
    def facts(self, kind: type[_Fact], *, session: str | None = None) -> list[_Fact]:
        """Of a type that the test knows."""

    @overload
    def facts(self, kind: str, *, session: str | None = None) -> list[Any]:
        """Of a type by its name."""

    def facts(self, kind: type[Fact] | str, *, session: str | None = None) -> list[Any]:
        """The facts of a type, given itself or by its name, that are remembered: of one session, or of all."""
        name = kind if isinstance(kind, str) else kind.__name__
        return restoring.facts_of(self._stage, name, session_address(session) if session else None)

    def type_named(self, name: str) -> type[Any]:
        """The type of facts or signals that the rule files call so. Raises TrialError if there is none."""
        return restoring.type_named(self._stage.rulebook, name)

    def assert_fired(self, name: str, *, times: int | None = None) -> None:
        """That a rule fired, by its id, name or title; so many `times` if that is given."""
        __tracebackhide__ = True
        rule = rule_named(name, self.rulebook)
        count = sum(firing.rule == rule.id for firing in self.fired)
        if count == 0 and times != 0:
            raise AssertionError(explaining.not_fired(rule, self.evaluated, self.rulebook))
        if times is not None and count != times:
            raise AssertionError(f"{rule.id} fired {count} times, not {times}.\n{explaining.fired(self.fired)}")

    def assert_not_fired(self, name: str) -> None:
        """That a rule did not fire."""
        __tracebackhide__ = True
        rule = rule_named(name, self.rulebook)
        if any(firing.rule == rule.id for firing in self.fired):
            raise AssertionError(f"{rule.id} fired.\n{explaining.fired(self.fired)}")

    def assert_sent(
        self,
        *,
        to: str | None = None,
        text: str | Pattern[str] | Callable[[str], object] | None = None,
        shorten_url: bool | None = None,
    ) -> Sent:
        """That a message went out, and the first that fits: `text` is the whole text, a pattern to be found, or a function."""
        __tracebackhide__ = True
        wanted = ExpectedMessage(to=session_address(to) if to else None, text=text, shorten_url=shorten_url)
        for message in self.sent:
            if wanted.fits(message):
                return message
        raise AssertionError(explaining.not_sent(str(wanted), self.sent, self.evaluated, self.rulebook))

    def assert_nothing_sent(self) -> None:
        """That no message went out."""
        __tracebackhide__ = True
        if self.sent:
            raise AssertionError(f"{explaining.sent(self.sent)}\n{explaining.fired(self.fired)}")

    def close(self) -> None:
        """Closes the journal in memory."""
        if self._loaded is not None:
            self._loaded.close()
            self._loaded = None

    @property
    def _stage(self) -> Stage:
        if self._loaded is None:
            self.load()
        assert self._loaded is not None  # noqa: S101 - tells the type checker what load does
        return self._loaded

    def _sent_by(self, happen: Callable[[], None]) -> tuple[Sent, ...]:
        stage = self._stage
        before = len(stage.sent)
        happen()
        return tuple(stage.sent[before:])


def _load(paths: Iterable[Path]) -> Rulebook:
    absolute = tuple(path.resolve() for path in paths)
    return _loaded(absolute, _versions(absolute))


@lru_cache(maxsize=32)
def _loaded(paths: tuple[Path, ...], versions: Collection[object]) -> Rulebook:
    """Rules are loaded once for all tests, as a host loads them once for all signals; again once a file has changed."""
    return with_insertion(load_rules(paths))


def _versions(paths: tuple[Path, ...]) -> tuple[tuple[str, int, int], ...]:
    files = [file for path in paths for file in (sorted(path.rglob("*")) if path.is_dir() else [path])]
    stats = [(str(file), os.stat(file)) for file in files if file.is_file() and file.suffix != ".pyc"]
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)
