"""The rules that are shipped, loaded together as `infobip-rules dev rules/` loads them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from starlette.applications import Starlette

from infobip_rules import InfobipSmsReceivedMessage, InfobipSmsReceivedReport, InfobipSmsSentMessage, Signal
from infobip_rules.clock import SystemClock
from infobip_rules.engine.network.rulebook import Rulebook
from infobip_rules.engine.session.evaluation import Effects, evaluate
from infobip_rules.host import Host
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.sandbox import FakeInfobip, LoopbackServer, serve
from infobip_rules.settings import Settings
from infobip_rules.web import create_app
from tests.channels.composing import Numbered, sms_of

RULES = Path(__file__).parent.parent / "rules"
#: The same in Drools' language.
IN_DRL = RULES.parent / "examples" / "in_drl"
NOON = datetime(2026, 11, 9, 12, tzinfo=UTC)
ANA = "385981234567"

JOINED = "Welcome! You are subscribed. Send STOP to leave."
LEFT = "You are unsubscribed. Send JOIN to come back."
NOT_SUBSCRIBED = "You are not subscribed."
HELP = "Send JOIN to subscribe, STOP to leave, INFO to read about us, LINK for our address."
INFO = "This is an example service. Send HELP for what it understands."
SHORT_LINK = "This is where you find us: https://www.example.com/welcome/to/our/service?from=sms"
DOCUMENTED = "This is a text message with a test link!! https://www.example.com/welcome"


@pytest.fixture(scope="module", params=[RULES, IN_DRL], ids=["python", "drl"])
def rulebook(request: pytest.FixtureRequest) -> Rulebook:
    return load_rules([request.param])


class Person:
    """One session: what its owner writes, and what is reported on messages to them."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.state: bytes | None = None
        self._channels = Numbered()

    def tell(self, signal: Signal) -> Effects:
        """Lets the rules answer."""
        opening = () if self.state else self.rulebook.first_contact(ANA)
        effects = evaluate(
            self.rulebook, self.state, [signal], now=NOON, compose=self._channels.compose, opening=opening
        )
        self.state = effects.state
        return effects

    def write(self, text: str, keyword: str = "") -> list[str]:
        """The texts that this message is answered with."""
        signal = {"from": ANA, "text": text, "keyword": keyword, "receivedAt": NOON.isoformat()}
        return texts(self.tell(InfobipSmsReceivedMessage.model_validate(signal)))

    def sent(self, message_id: str, text: str) -> Effects:
        """Infobip has accepted a message to them."""
        return self.tell(InfobipSmsSentMessage(messageId=message_id, to=ANA, text=text, sentAt=NOON))

    def reported(self, message_id: str, group: str, **error: Any) -> Effects:
        """Infobip reports on a message to them."""
        report = {"messageId": message_id, "to": ANA, "status": {"groupName": group}, "error": error}
        return self.tell(InfobipSmsReceivedReport.model_validate(report))

    def facts(self, kind: str) -> list[dict[str, Any]]:
        """What the session remembers of one type."""
        return [data for _, name, data in orjson.loads(self.state or b'{"facts": []}')["facts"] if name == kind]


@pytest.fixture
def ana(rulebook: Rulebook) -> Person:
    return Person(rulebook)


def texts(effects: Effects) -> list[str]:
    return [sms_of(message).text for message, _ in effects.messages]


def test_a_plain_message_gets_the_documented_reply_and_no_other(ana: Person) -> None:
    assert ana.write("hello") == [DOCUMENTED]


def test_a_message_is_answered_in_every_session(rulebook: Rulebook) -> None:
    assert [Person(rulebook).write("hello"), Person(rulebook).write("hello")] == [[DOCUMENTED]] * 2


@pytest.mark.parametrize(
    ("text", "answer"),
    [("JOIN", JOINED), ("STOP", NOT_SUBSCRIBED), ("HELP", HELP), ("INFO", INFO), ("LINK", SHORT_LINK)],
)
def test_a_keyword_gets_its_own_reply_and_no_other(ana: Person, text: str, answer: str) -> None:
    assert ana.write(text) == [answer]


@pytest.mark.parametrize("text", ["join", "  Join please", "JOIN!"])
def test_a_keyword_is_the_first_word_however_it_is_written(ana: Person, text: str) -> None:
    assert ana.write(text) == [JOINED]


@pytest.mark.parametrize("text", ["joined", "may I JOIN?", ""])
def test_what_only_contains_a_keyword_is_a_plain_message(ana: Person, text: str) -> None:
    assert ana.write(text) == [DOCUMENTED]


def test_the_keyword_that_infobip_names_counts_whatever_the_text(ana: Person) -> None:
    assert ana.write("me too", keyword="JOIN") == [JOINED]


def test_joining_is_remembered(ana: Person) -> None:
    ana.write("JOIN")
    assert ana.facts("Subscription") == [{"since": "2026-11-09T12:00:00Z"}]


def test_who_joins_twice_hears_since_when_they_are_in(ana: Person) -> None:
    ana.write("JOIN")
    assert ana.write("JOIN") == ["You have been subscribed since 2026-11-09."]


def test_who_leaves_is_forgotten(ana: Person) -> None:
    ana.write("JOIN")
    assert ana.write("STOP") == [LEFT]
    assert ana.facts("Subscription") == []


def test_who_left_may_join_again(ana: Person) -> None:
    answers = [ana.write(text) for text in ("JOIN", "STOP", "JOIN")]
    assert answers == [[JOINED], [LEFT], [JOINED]]


def test_only_the_short_link_is_shortened(ana: Person) -> None:
    signals = [
        InfobipSmsReceivedMessage.model_validate({"from": ANA, "text": text, "receivedAt": NOON.isoformat()})
        for text in ("LINK", "hello")
    ]
    shortened = [[sms_of(message).shorten_url for message, _ in ana.tell(signal).messages] for signal in signals]
    assert shortened == [[True], [False]]


def test_only_the_last_message_is_remembered(ana: Person) -> None:
    ana.sent("a", "first")
    ana.sent("b", "second")
    assert ana.facts("LastMessage") == [{"messageId": "b", "text": "second", "retries": 0}]


def test_an_undelivered_message_is_sent_once_more(ana: Person) -> None:
    ana.sent("a", "Your parcel is there.")
    assert texts(ana.reported("a", "UNDELIVERABLE", permanent=False)) == ["Your parcel is there."]
    assert ana.facts("Unreached") == []


def test_a_message_is_not_sent_a_third_time(ana: Person) -> None:
    ana.sent("a", "Your parcel is there.")
    ana.reported("a", "UNDELIVERABLE", permanent=False)
    ana.sent("m1", "Your parcel is there.")
    again = ana.reported("m1", "UNDELIVERABLE", permanent=False, name="EC_ABSENT_SUBSCRIBER")
    assert texts(again) == []
    assert ana.facts("Unreached") == [{"status": "UNDELIVERABLE", "reason": "EC_ABSENT_SUBSCRIBER"}]


@pytest.mark.parametrize(("group", "permanent"), [("UNDELIVERABLE", True), ("EXPIRED", False), ("REJECTED", False)])
def test_a_failure_that_sending_again_does_not_mend_is_remembered_only(
    ana: Person, group: str, permanent: bool
) -> None:
    ana.sent("a", "Your parcel is there.")
    assert texts(ana.reported("a", group, permanent=permanent, name="EC")) == []
    assert ana.facts("Unreached") == [{"status": group, "reason": "EC"}]


def test_the_newest_failure_takes_the_place_of_the_one_before(ana: Person) -> None:
    ana.reported("a", "REJECTED", name="EC_1")
    ana.reported("b", "EXPIRED", name="EC_2")
    assert ana.facts("Unreached") == [{"status": "EXPIRED", "reason": "EC_2"}]


def test_a_failure_is_forgotten_once_a_message_arrives(ana: Person) -> None:
    ana.reported("a", "EXPIRED")
    ana.reported("b", "DELIVERED")
    assert ana.facts("Unreached") == []


@pytest.mark.parametrize("group", ["PENDING", "DELIVERED", "A_GROUP_OF_A_LATER_DAY"])
def test_a_report_of_no_failure_leaves_no_trace(ana: Person, group: str) -> None:
    effects = ana.reported("a", group)
    assert (effects.fired, ana.facts("Unreached")) == ((), [])


class Service:
    """The shipped rules in a host behind HTTP, with an account of a fake Infobip on the other side."""

    def __init__(self, folder: Path, fake: FakeInfobip, infobip: str) -> None:
        self.fake = fake
        self._journal_url = f"sqlite:///{folder}/journal.db"
        self._infobip = infobip
        self._app = Starlette(lifespan=self._lifespan)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        with LoopbackServer(self._app) as server:
            self.fake.settings.inbound_url = f"{server.url}/sms-received-message"
            self.fake.settings.report_url = f"{server.url}/sms-delivery-report"
            yield

    async def replies(self, text: str) -> list[str]:
        """What Ana reads after she has written `text`, once all is quiet."""
        before = len(self.fake.messages)
        await self.fake.receive(ANA, text)
        await self._quiet()
        return [message.delivered_text for message in self.fake.messages[before:]]

    async def _quiet(self) -> None:
        known = -1
        while known != (known := len(self.fake.messages)):  # a report may lead to a message, that to a report
            settled = asyncio.run_coroutine_threadsafe(self._host.settled(), self._loop)
            assert await asyncio.wrap_future(settled), "the host did not come to rest"
            assert await self.fake.settled(), "the fake did not come to rest"

    @contextlib.asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        settings = Settings.load(
            None,
            base_url=self._infobip,
            api_key=self.fake.settings.api_key,
            phone_number=self.fake.settings.number,
            journal_url=self._journal_url,
        )
        with FileJournal.open(settings.journal_url, clock=SystemClock()) as journal:
            async with Host(load_rules([RULES]), settings=settings, journal=journal) as host:
                self._host, self._loop = host, asyncio.get_running_loop()
                app.mount("/", create_app(host, token=None))
                yield


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    fake = FakeInfobip()
    with serve(fake.app) as infobip:
        service = Service(tmp_path, fake, infobip)
        with service.running():
            yield service


async def test_a_conversation_goes_over_http_and_back(service: Service) -> None:
    answers = [await service.replies(text) for text in ("hello", "JOIN", "STOP", "HELP", "INFO")]
    assert answers == [[DOCUMENTED], [JOINED], [LEFT], [HELP], [INFO]]


async def test_the_short_link_reaches_the_person_shortened(service: Service) -> None:
    (text,) = await service.replies("LINK")
    assert text.startswith("This is where you find us: https://")
    assert "www.example.com" not in text


async def test_an_undelivered_reply_goes_out_twice_over_http(service: Service) -> None:
    service.fake.settings.outcome = "UNDELIVERABLE"
    assert await service.replies("hello") == [DOCUMENTED, DOCUMENTED]
