"""What the page shows, kept in step with the journal: whatever changes is told to the browsers, and nothing else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infobip_rules.clock import SettableClock
from infobip_rules.engine.explain.story import saw
from infobip_rules.errors import JournalError
from infobip_rules.host import Host
from infobip_rules.host.reloader import Loading
from infobip_rules.journal.sqlite import store
from infobip_rules.journal.sqlite.transaction import Transaction
from infobip_rules.pages.rendering import Templates
from infobip_rules.phonepage.bubbles import Bubble
from infobip_rules.phonepage.feed import Feed
from infobip_rules.phonepage.messages import Messages
from infobip_rules.phonepage.phones import Phones
from infobip_rules.phonepage.provider import EFFECTS, OUTCOMES, worded
from infobip_rules.phonepage.stories import Lately, lately, tell
from infobip_rules.sandbox.app import FakeInfobip

log = logging.getLogger("infobip_rules.phonepage")

FOLDER = Path(__file__).parent
#: Signals in the list beside.
LISTED = 12
#: Seconds from one look into the journal to the next, when much happens at once.
BREATH = 0.05
#: What ticks look like.
MARKS = {"pending": "◷", "sent": "✓", "delivered": "✓✓", "undeliverable": "✕", "expired": "✕", "rejected": "✕"}


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
        self._messages = Messages(fake, host.channels)
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
        bubbles = self.host.journal.read(self._messages.read)
        for bubble in bubbles:
            if bubble.id not in self._shown.bubbles:  # a phone that was put away stays so until there is news
                self.phones.notice(bubble.number)
        self._tell_phones(bubbles)
        self._tell_bubbles(bubbles)
        signals = self._signals()
        self._tell_regions(self._region_values(signals))
        self._tell_story(signals)

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
        return [
            lately(row, self.host.channels)
            for row in self.host.journal.read(lambda one: store.list_inbox(one, limit=LISTED))
        ]

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
