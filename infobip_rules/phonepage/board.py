"""The contents of the page, read from the journal; only changes are sent to the browsers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infobip_rules.clock import SettableClock
from infobip_rules.engine.explain.story import seen_text
from infobip_rules.errors import JournalError
from infobip_rules.host import Host
from infobip_rules.host.reloader import Loading
from infobip_rules.pages.rendering import Templates
from infobip_rules.phonepage.bubbles import Bubble
from infobip_rules.phonepage.feed import Feed
from infobip_rules.phonepage.messages import Messages
from infobip_rules.phonepage.phones import Phones
from infobip_rules.phonepage.provider import EFFECTS, OUTCOMES, fault_text
from infobip_rules.phonepage.stories import RecentSignal, recent_signal, story_html
from infobip_rules.sandbox.fake import FakeInfobip

log = logging.getLogger("infobip_rules.sandbox.page")

FOLDER = Path(__file__).parent
#: Signals in the list.
LISTED = 12
#: Seconds between two readings of the journal.
REST = 0.05
#: The characters of ticks.
MARKS = {"pending": "◷", "sent": "✓", "delivered": "✓✓", "undeliverable": "✕", "expired": "✕", "rejected": "✕"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Phone:
    """A phone as the templates show it."""

    number: str
    order: str
    bubbles: tuple[str, ...]


@dataclass(kw_only=True, slots=True)
class _Shown:
    """The state that was sent last."""

    bubbles: dict[str, tuple[Bubble, str]] = field(default_factory=dict)
    phones: tuple[str, ...] = ()
    regions: dict[str, str] = field(default_factory=dict)
    story: int = 0


class Board:
    """The page's contents: `html()` makes the page, `run()` publishes changes on the feed."""

    def __init__(self, host: Host, fake: FakeInfobip, *, clock: SettableClock, phones: Phones, assets: str) -> None:
        self.host = host
        self.fake = fake
        self.clock = clock
        self.phones = phones
        self.assets = assets
        self.feed = Feed()
        self.templates = Templates(FOLDER / "templates", saw=seen_text)
        self.loading = Loading(rules=len(host.rulebook.rules), at=clock.now())
        self._changed = asyncio.Event()
        self._shown = _Shown()
        self._messages = Messages(fake, host.channels)
        host.watch(self.note_change)

    def note_change(self) -> None:
        """Notes that something may have changed."""
        self._changed.set()

    def loaded(self, loading: Loading) -> None:
        """Shows the result of loading the rules."""
        self.loading = loading
        self.note_change()

    async def run(self) -> None:
        """Publishes changes until it is cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self.refresh()
            except JournalError as problem:
                log.warning("page.not_read reason=%s", problem)
            await asyncio.sleep(REST)

    async def html(self, signal: int) -> str:
        """The whole page, with the story of one signal (0: of the newest)."""
        await self.refresh()
        found = signal or self._shown.story
        return self.templates.render(
            "page.html",
            assets=self.assets,
            seen=self.feed.position,
            phones=[self._phone(number) for number in self.phones.numbers],
            story=await self.story(found),
            outcome=self.fake.settings.outcome,
            outcomes=OUTCOMES.items(),
            effects=[(key, name) for key, (name, _) in EFFECTS.items()],
            keywords=" ".join(sorted(self.fake.settings.keywords)),
            **self._region_values(await self._signals()),
        )

    async def story(self, signal: int) -> str:
        """Why rules did or did not answer one signal, as HTML."""
        view = await self.host.journal.history.signal_view(signal, limit=0)
        if view is None:
            return story_html(self.templates, None, None)
        return story_html(self.templates, view.signal, view.trace.document if view.trace is not None else None)

    async def refresh(self) -> None:
        """Reads everything, and publishes what is new."""
        bubbles = await self._messages.read(self.host.journal.history)
        signals = await self._signals()
        for bubble in bubbles:
            if bubble.id not in self._shown.bubbles:  # a phone that was closed opens again for a new message
                self.phones.notice(bubble.number)
        self._publish_phones(bubbles)
        self._publish_bubbles(bubbles)
        self._publish_regions(self._region_values(signals))
        self._publish_story(signals)

    def _publish_bubbles(self, bubbles: list[Bubble]) -> None:
        before, now = self._shown.bubbles, {}
        for bubble in bubbles:
            known = before.get(bubble.id)
            if known is not None and known[0] == bubble:
                now[bubble.id] = known
                continue
            html = self.templates.render("bubble.html", bubble=bubble, marks=MARKS)
            now[bubble.id] = (bubble, html)
            self.feed.publish({"op": "put", "list": f"log-{bubble.number}", "id": bubble.id, "html": html})
        self._shown.bubbles = now

    def _publish_phones(self, bubbles: list[Bubble]) -> None:
        before, now = self._shown.phones, self.phones.numbers
        self._shown.phones = now
        gone = [number for number in before if number not in now]
        come = [number for number in now if number not in before]
        for number in come:
            put = {"op": "put", "list": "phones", "id": f"phone-{number}"}
            if len(gone) == len(come) == 1:  # a number that was changed: the phone stays where it is
                put["replaces"] = f"phone-{gone.pop()}"
            self.feed.publish({**put, "html": self._phone_html(number)})
        for number in gone:
            self.feed.publish({"op": "drop", "id": f"phone-{number}"})

    def _publish_regions(self, values: Mapping[str, Any]) -> None:
        for name in ("rules", "problems", "clock", "faults", "signals"):
            # The page's clock runs by itself: only setting it is a change.
            html = self.templates.render(f"{name}.html", **values)
            key = str(values["ahead"]) if name == "clock" else html
            if self._shown.regions.get(name) != key:
                self._shown.regions[name] = key
                self.feed.publish({"op": "region", "id": name, "html": html})

    def _publish_story(self, signals: list[RecentSignal]) -> None:
        newest = next((signal for signal in signals if signal.leading), None)
        if newest is not None and newest.id != self._shown.story and newest.evaluated:
            self._shown.story = newest.id
            self.feed.publish({"op": "story", "signal": newest.id})

    async def _signals(self) -> list[RecentSignal]:
        return [recent_signal(row, self.host.channels) for row in await self.host.journal.history.signals(limit=LISTED)]

    def _region_values(self, signals: list[RecentSignal]) -> dict[str, Any]:
        return {
            "loading": self.loading,
            "now": self.clock.now(),
            "ahead": self.clock.ahead,
            "faults": [fault_text(outlook) for outlook in self.fake.faults.outlook],
            "signals": signals,
        }

    def _phone(self, number: str) -> Phone:
        htmls = tuple(html for bubble, html in self._shown.bubbles.values() if bubble.number == number)
        return Phone(number=number, order=f"{self.phones.numbers.index(number):04d}", bubbles=htmls)

    def _phone_html(self, number: str) -> str:
        return self.templates.render("phone.html", phone=self._phone(number))
