"""What the page shows, kept in step with the journal: whatever changes is told to the browsers, and nothing else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from infobip_rules.clock import SettableClock
from infobip_rules.engine.story import saw
from infobip_rules.errors import JournalError
from infobip_rules.host import Host
from infobip_rules.journal import store
from infobip_rules.journal.records import InboxRow, OutboxRow
from infobip_rules.journal.transaction import Transaction
from infobip_rules.pages.rendering import Templates
from infobip_rules.reloading import Loading
from infobip_rules.sandbox.app import FakeInfobip
from infobip_rules.sandbox.page.bubbles import Bubble, bubble_of_received, bubble_of_sent
from infobip_rules.sandbox.page.feed import Feed
from infobip_rules.sandbox.page.phones import Phones
from infobip_rules.sandbox.page.provider import EFFECTS, OUTCOMES, worded
from infobip_rules.sandbox.page.stories import Lately, lately, tell
from infobip_rules.signals import InfobipSmsReceivedMessage

log = logging.getLogger("infobip_rules.sandbox.page")

FOLDER = Path(__file__).parent
#: Messages of each direction that are shown, the newest; what is older is in the journal.
SHOWN = 1_000
#: Signals in the list beside.
LISTED = 12
#: Seconds from one look into the journal to the next, when much happens at once.
BREATH = 0.05
#: What ticks look like.
MARKS = {"pending": "◷", "sent": "✓", "delivered": "✓✓", "undeliverable": "✕", "expired": "✕", "rejected": "✕"}


_Row = TypeVar("_Row", InboxRow, OutboxRow)
_Made = tuple[InboxRow | OutboxRow, Bubble]


@dataclass(frozen=True, kw_only=True, slots=True)
class Phone:
    """A phone as the templates show it."""

    number: str
    order: str
    bubbles: tuple[str, ...]


@dataclass(kw_only=True, slots=True)
class _Shown:
    """The last state that was told."""

    bubbles: dict[str, tuple[Bubble, str]] = field(default_factory=dict)
    phones: tuple[str, ...] = ()
    regions: dict[str, str] = field(default_factory=dict)
    story: int = 0


class Board:
    """The page's contents: `html()` makes the page, `run()` tells the feed what changes."""

    def __init__(self, host: Host, fake: FakeInfobip, *, clock: SettableClock, phones: Phones, assets: str) -> None:
        self.host = host
        self.fake = fake
        self.clock = clock
        self.phones = phones
        self.assets = assets
        self.feed = Feed()
        self.templates = Templates(FOLDER / "templates", saw=saw)
        self.loading = Loading(rules=len(host.rulebook.rules), at=clock.now())
        self._news = asyncio.Event()
        self._shown = _Shown()
        self._places: dict[str, int] = {}
        #: Bubbles by what they were made of, so that what did not change is not made again.
        self._made: dict[str, _Made] = {}
        host.watch(self.look)

    def look(self) -> None:
        """Says that something may have changed."""
        self._news.set()

    def loaded(self, loading: Loading) -> None:
        """Says what came of loading the rules."""
        self.loading = loading
        self.look()

    async def run(self) -> None:
        """Tells what changes until it is cancelled."""
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                self.refresh()
            except JournalError as problem:
                log.warning("page.not_read reason=%s", problem)
            await asyncio.sleep(BREATH)

    def html(self, signal: int) -> str:
        """The whole page, with the story of one signal (0: of the newest)."""
        self.refresh()
        found = signal or self._shown.story
        return self.templates.render(
            "page.html",
            assets=self.assets,
            seen=self.feed.position,
            phones=[self._phone(number) for number in self.phones.numbers],
            story=self.story(found),
            outcome=self.fake.settings.outcome,
            outcomes=OUTCOMES.items(),
            effects=[(key, name) for key, (name, _) in EFFECTS.items()],
            keywords=" ".join(sorted(self.fake.settings.keywords)),
            **self._region_values(self._signals()),
        )

    def story(self, signal: int) -> str:
        """Why rules did or did not answer one signal, as HTML."""

        def looked_up(connection: Transaction) -> str:
            kept = store.get_trace(connection, signal)
            row = store.find_signal(connection, signal)
            return tell(self.templates, row, kept.document if kept is not None else None)

        return self.host.journal.read(looked_up)

    def refresh(self) -> None:
        """Looks at everything, and tells what is new."""
        bubbles = self.host.journal.read(self._bubbles)
        for bubble in bubbles:
            self.phones.notice(bubble.number)
        self._tell_phones(bubbles)
        self._tell_bubbles(bubbles)
        signals = self._signals()
        self._tell_regions(self._region_values(signals))
        self._tell_story(signals)

    def bubbles_of(self, number: str) -> list[Bubble]:
        """The messages of one phone, in order."""
        bubbles = self.host.journal.read(self._bubbles)
        return [bubble for bubble in bubbles if bubble.number == number]

    def _bubbles(self, connection: Transaction) -> list[Bubble]:
        received = store.list_inbox(connection, kind=InfobipSmsReceivedMessage.__name__, limit=SHOWN)
        sent = store.list_outbox(connection, limit=SHOWN)
        before, self._made = self._made, {}
        for signal in received:
            self._make(f"in {signal.id}", signal, before, bubble_of_received)
        for message in reversed(sent):
            self._make(message.message_id, message, before, self._bubble_of_sent)
        return sorted((bubble for _, bubble in self._made.values()), key=lambda bubble: bubble.order)

    def _make(self, key: str, row: _Row, before: Mapping[str, _Made], make: Callable[[_Row], Bubble | None]) -> None:
        known = before.get(key)
        bubble = known[1] if known is not None and known[0] == row else make(row)
        if bubble is not None:
            self._made[key] = (row, bubble)

    def _bubble_of_sent(self, row: OutboxRow) -> Bubble:
        # The outbox numbers its rows, but does not show it: their order is kept here.
        place = self._places.setdefault(row.message_id, len(self._places))
        return bubble_of_sent(row, place, self._text_shown)

    def _text_shown(self, message_id: str) -> str | None:
        message = self.fake.latest(message_id)
        return message.delivered_text if message is not None else None

    def _tell_bubbles(self, bubbles: list[Bubble]) -> None:
        before, now = self._shown.bubbles, {}
        for bubble in bubbles:
            known = before.get(bubble.id)
            if known is not None and known[0] == bubble:
                now[bubble.id] = known
                continue
            html = self.templates.render("bubble.html", bubble=bubble, marks=MARKS)
            now[bubble.id] = (bubble, html)
            self.feed.tell({"op": "put", "list": f"log-{bubble.number}", "id": bubble.id, "html": html})
        self._shown.bubbles = now

    def _tell_phones(self, bubbles: list[Bubble]) -> None:
        before, now = self._shown.phones, self.phones.numbers
        self._shown.phones = now
        gone, come = [one for one in before if one not in now], [one for one in now if one not in before]
        for number in come:
            put = {"op": "put", "list": "phones", "id": f"phone-{number}"}
            if len(gone) == len(come) == 1:  # a number that was changed: the phone stays where it is
                put["replaces"] = f"phone-{gone.pop()}"
            self.feed.tell({**put, "html": self._phone_html(number)})
        for number in gone:
            self.feed.tell({"op": "drop", "id": f"phone-{number}"})

    def _tell_regions(self, values: Mapping[str, Any]) -> None:
        for name in ("rules", "problems", "clock", "faults", "signals"):
            # The clock goes on by itself: what is told is that it was set.
            html = self.templates.render(f"{name}.html", **values)
            key = str(values["ahead"]) if name == "clock" else html
            if self._shown.regions.get(name) != key:
                self._shown.regions[name] = key
                self.feed.tell({"op": "region", "id": name, "html": html})

    def _tell_story(self, signals: list[Lately]) -> None:
        newest = next((one for one in signals if one.leading), None)
        if newest is not None and newest.id != self._shown.story and newest.settled:
            self._shown.story = newest.id
            self.feed.tell({"op": "story", "signal": newest.id})

    def _signals(self) -> list[Lately]:
        return [lately(row) for row in self.host.journal.read(lambda one: store.list_inbox(one, limit=LISTED))]

    def _region_values(self, signals: list[Lately]) -> dict[str, Any]:
        return {
            "loading": self.loading,
            "now": self.clock.now(),
            "ahead": self.clock.ahead,
            "faults": [worded(one) for one in self.fake.faults.outlook],
            "signals": signals,
        }

    def _phone(self, number: str) -> Phone:
        htmls = tuple(html for bubble, html in self._shown.bubbles.values() if bubble.number == number)
        return Phone(number=number, order=f"{self.phones.numbers.index(number):04d}", bubbles=htmls)

    def _phone_html(self, number: str) -> str:
        return self.templates.render("phone.html", phone=self._phone(number))
