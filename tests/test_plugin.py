"""The plugin for applications with a `durable.engine.Host`: webhooks in, its ruleset's messages out, all through a journal."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from infobip_rules import InfobipAdapterAPI
from infobip_rules.channels.inbound import parse_inbound
from infobip_rules.clock import SettableClock, SystemClock
from infobip_rules.delivery.policies import Objection, Refuse, Traffic
from infobip_rules.errors import ConfigurationError, JournalError, OutsideRuleError, RuleError
from infobip_rules.host import Host
from infobip_rules.journal.records import InboxState, OutboxRow, OutboxState
from infobip_rules.journal.sqlite.journal import FileJournal
from infobip_rules.plugin import InfobipPlugin
from infobip_rules.receiver import Receipt
from infobip_rules.rulefiles.loader import load_rules
from infobip_rules.sandbox import FakeInfobip
from infobip_rules.sandbox.faults import Effect, Fault
from infobip_rules.settings import Settings
from infobip_rules.signals import ReportStatus
from tests.durablehost.rulesets import QuietHost, host_of

# durable-rules' Host calls datetime.utcfromtimestamp, which Python 3.12 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcfromtimestamp:DeprecationWarning")

ANA, IVO = "385916242493", "385981234567"
Declare = Callable[[Any], object]


def echo(lang: Any) -> None:
    """Answers messages, and notes reports."""

    @lang.when_all(
        lang.c.signal << (lang.m.type == "InfobipSmsReceivedMessage"),
        lang.c.client << (lang.m.type == "ClientAgent"),
    )
    def reply(c: Any) -> None:
        """Replies."""
        InfobipAdapterAPI.send_sms_text_message(c.client.phone, f"you wrote: {c.signal.text}")

    @lang.when_all(lang.m.type == "InfobipSmsReceivedReport")
    def report(c: Any) -> None:
        InfobipAdapterAPI.send_sms_text_message(IVO, f"report: {c.m.status.groupName}")


def counting(lang: Any) -> None:
    """Answers with how many messages came, by `c.s`, and greets a person once, by a fact."""

    @lang.when_all(lang.m.type == "InfobipSmsReceivedMessage")
    def reply(c: Any) -> None:
        c.s.count = (c.s.count or 0) + 1
        InfobipAdapterAPI.send_sms_text_message(c.m["from"], f"message {c.s.count}")
        c.assert_fact({"type": "Visit", "number": c.s.count})

    @lang.when_all(lang.c.visit << (lang.m.type == "Visit"), lang.c.client << (lang.m.type == "ClientAgent"))
    def note(c: Any) -> None:
        InfobipAdapterAPI.send_sms_text_message(c.client.phone, f"visit {c.visit.number}")


def batch(*items: dict[str, Any]) -> Any:
    """What a webhook with these items brings."""
    return parse_inbound(orjson.dumps({"results": items}), expected=None, now=datetime.now(UTC))


def message(text: str, number: str = ANA, id_: str = "") -> dict[str, Any]:
    return {"messageId": id_ or f"sid-{text}-{number}", "from": number, "to": "385921004026", "text": text}


def plugin_for(settings: Settings, declare: Declare = echo, **options: Any) -> InfobipPlugin:
    """A plugin that is attached to a ruleset."""
    return InfobipPlugin(settings, **options).attach(host_of(declare), "client")


async def settle(plugin: InfobipPlugin, *items: dict[str, Any]) -> Receipt:
    """Takes a webhook in, and waits until everything is done."""
    receipt = await plugin.receive(batch(*items))
    assert await plugin.settled(60)
    return receipt


def texts(fake: FakeInfobip, number: str = ANA) -> list[str]:
    return [sent.text for sent in fake.sent_to(number)]


async def test_a_message_gets_its_reply_through_somebody_elses_ruleset(settings: Settings, fake: FakeInfobip) -> None:
    async with plugin_for(settings) as plugin:
        receipt = await settle(plugin, message("hello"), message("hello", "447712345678"), {"text": "no sender"})
        assert receipt == Receipt(new=2, duplicates=0, set_aside=1)
    assert {sent.to: sent.text for sent in fake.messages} == {
        ANA: "you wrote: hello",
        "447712345678": "you wrote: hello",
    }


async def test_a_webhook_is_answered_when_its_signals_are_in_the_journal(settings: Settings, fake: FakeInfobip) -> None:
    plugin = plugin_for(settings)
    await plugin.start()
    plugin.host.runner.stop()
    await plugin.receive(batch(message("hello")))
    await plugin.stop()
    assert fake.messages == ()
    async with plugin_for(settings) as again:
        assert await again.settled(60)
    assert texts(fake) == ["you wrote: hello"]


async def test_a_repeated_message_is_posted_once_even_after_a_restart(settings: Settings, fake: FakeInfobip) -> None:
    async with plugin_for(settings) as plugin:
        await settle(plugin, message("hello"))
    async with plugin_for(settings) as plugin:
        assert await settle(plugin, message("hello")) == Receipt(new=0, duplicates=1, set_aside=0)
    assert texts(fake) == ["you wrote: hello"]


async def test_sessions_remember_facts_and_state_over_restarts_and_nothing_fires_again(
    settings: Settings, fake: FakeInfobip
) -> None:
    for number in range(1, 4):
        async with plugin_for(settings, counting) as plugin:
            await settle(plugin, message(f"m{number}"), message(f"m{number}", IVO))
    expected = ["message 1", "visit 1", "message 2", "visit 2", "message 3", "visit 3"]
    assert texts(fake) == expected
    assert texts(fake, IVO) == expected


async def test_reports_come_back_if_the_ruleset_names_their_type(settings: Settings, fake: FakeInfobip) -> None:
    async with plugin_for(settings) as plugin:
        await settle(plugin, {"messageId": "m", "to": ANA, "status": {"groupName": "EXPIRED"}})
        assert texts(fake, IVO) == ["report: EXPIRED"]
        row = await plugin.host.journal.history.find_signal(1)
        assert row is not None
        assert row.fired == ("client/report",)


async def test_a_report_that_the_ruleset_does_not_name_is_kept_and_not_evaluated(settings: Settings) -> None:
    async with plugin_for(settings, counting) as plugin:
        await settle(plugin, {"messageId": "m", "to": ANA, "status": {"groupName": "EXPIRED"}})
        row = await plugin.host.journal.history.find_signal(1)
        assert row is not None
        assert (row.state, row.reason) == (InboxState.DONE, "No rule listens to signals of this type.")


async def test_sent_messages_come_back_if_the_ruleset_names_their_type(settings: Settings, fake: FakeInfobip) -> None:
    def declare(lang: Any) -> None:
        echo(lang)

        @lang.when_all(lang.m.type == "InfobipSmsSentMessage")
        def sent(c: Any) -> None:
            c.s.sent = c.m.messageId

    async with plugin_for(settings, declare) as plugin:
        await settle(plugin, message("hello"))
        row = await plugin.host.journal.history.find_session(ANA)
        assert row is not None
        assert json.loads(row.state)["durable"]["state"] == {"sent": fake.messages[0].message_id}


async def test_a_rule_that_raises_makes_a_dead_letter_that_can_be_replayed(
    settings: Settings, fake: FakeInfobip
) -> None:
    def declare(lang: Any) -> None:
        @lang.when_all(lang.m.type == "InfobipSmsReceivedMessage")
        def break_at_bad(c: Any) -> None:
            """Breaks."""
            c.s.count = (c.s.count or 0) + 1
            InfobipAdapterAPI.send_sms_text_message(c.m["from"], f"message {c.s.count}")
            if c.m.text == "bad" and broken:
                raise LookupError("no such thing")

    broken = True
    async with plugin_for(settings, declare) as plugin:
        await settle(plugin, message("good"), message("bad"), message("fine"))
        row = await plugin.host.journal.history.find_signal(2)
        assert row is not None
        assert (row.state, row.rule) == (InboxState.DEAD, "client/break_at_bad")
        assert row.reason.startswith("The rule client/break_at_bad (test_plugin.py:")
        assert "LookupError: no such thing" in row.traceback
        assert 'raise LookupError("no such thing")' in row.traceback
        assert "durablehost" not in row.traceback
    assert texts(fake) == ["message 1", "message 2"]
    broken = False
    async with plugin_for(settings, declare) as plugin:
        await plugin.host.journal.admin.replay([2])
        plugin.host.wake()
        assert await plugin.settled(60)
    assert texts(fake) == ["message 1", "message 2", "message 3"]


OWN_RULES = """
from infobip_rules import InfobipAdapterAPI, InfobipSmsReceivedMessage
from infobip_rules.lang import c, ruleset, signal, when_all

with ruleset("own"):

    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def reply(c):
        InfobipAdapterAPI.send_sms_text_message(c.signal.from_, "own")
"""


async def test_neither_host_goes_on_with_a_session_of_the_other_and_nothing_of_it_is_lost(
    settings: Settings, fake: FakeInfobip, tmp_path: Path
) -> None:
    file = tmp_path / "own.py"
    file.write_text(OWN_RULES)

    async def refusal(host: Host, signal: int) -> str:
        row = await host.journal.history.find_signal(signal)
        assert row is not None
        assert row.state is InboxState.DEAD
        return row.reason

    with FileJournal.open(settings.journal_url, clock=SystemClock()) as journal:
        async with plugin_for(settings, counting, journal=journal) as plugin:
            await settle(plugin, message("a"))
        async with Host(load_rules([file]), settings=settings, journal=journal) as host:
            await host.receive(batch(message("b"), message("x", IVO)))
            assert await host.settled(60)
            assert (await refusal(host, 2)).startswith("The session was kept by the plugin for durable-rules")
        async with plugin_for(settings, counting, journal=journal) as plugin:
            await plugin.host.journal.admin.replay([2])
            await settle(plugin, message("y", IVO))
            assert (await refusal(plugin.host, 4)).startswith("The session was kept by a host of another kind")
    assert texts(fake) == ["message 1", "visit 1", "message 2", "visit 2"]
    assert texts(fake, IVO) == ["own"]


async def test_rules_that_fire_each_other_without_end_are_stopped(settings: Settings, fake: FakeInfobip) -> None:
    def declare(lang: Any) -> None:
        @lang.when_all(lang.m.type == "InfobipSmsReceivedMessage")
        def begin(c: Any) -> None:
            c.post({"type": "Turn", "n": 1})

        @lang.when_all(lang.m.type == "Turn")
        def turn(c: Any) -> None:
            c.post({"type": "Turn", "n": c.m.n + 1})

    async with plugin_for(settings, declare) as plugin:
        await settle(plugin, message("hello"))
        row = await plugin.host.journal.history.find_signal(1)
        assert row is not None
        assert row.reason.startswith("Stopped after 100 firings: client/turn > client/turn.")


async def test_messages_have_the_same_id_whenever_their_signal_is_evaluated(
    settings: Settings, fake: FakeInfobip
) -> None:
    ids: list[str] = []

    def declare(lang: Any) -> None:
        @lang.when_all(lang.m.type == "InfobipSmsReceivedMessage")
        def reply(c: Any) -> None:
            ids.append(InfobipAdapterAPI.send_sms_text_message(c.m["from"], "one"))
            ids.append(InfobipAdapterAPI.send_sms_text_message(c.m["from"], "two"))
            if len(ids) == 2:
                raise RuntimeError("once")

    async with plugin_for(settings, declare) as plugin:
        await settle(plugin, message("hello"))
        await plugin.host.journal.admin.replay([1])
        plugin.host.wake()
        assert await plugin.settled(60)
    assert ids[:2] == ids[2:]
    assert ids[0] != ids[1]
    assert [sent.message_id for sent in fake.messages] == ids[:2]


async def test_timers_of_durable_rules_fire_after_a_restart(settings: Settings, fake: FakeInfobip) -> None:
    def declare(lang: Any) -> None:
        @lang.when_all(lang.m.type == "InfobipSmsReceivedMessage")
        def begin(c: Any) -> None:
            c.start_timer("nudge", 3600)
            c.start_timer("later", 7200)
            c.start_timer("never", 60)
            c.cancel_timer("never")

        def ring(name: str) -> Callable[[Any], None]:
            return lambda c: InfobipAdapterAPI.send_sms_text_message(c.client.phone, name) and None

        for name in ("nudge", "later", "never"):
            lang.when_all(lang.timeout(name), lang.c.client << (lang.m.type == "ClientAgent"))(ring(name))

    clock = SettableClock()
    async with plugin_for(settings, declare, clock=clock) as plugin:
        await settle(plugin, message("hello"))
    assert texts(fake) == []
    clock.advance(timedelta(hours=1, minutes=1))
    async with plugin_for(settings, declare, clock=clock) as plugin:
        assert await plugin.settled(60)
        assert texts(fake) == ["nudge"]
        clock.advance(timedelta(hours=1))
        plugin.host.wake()
        assert await plugin.settled(60)
        assert await plugin.host.journal.timers.next_due() is None
    assert texts(fake) == ["nudge", "later"]


async def test_a_timer_whose_rule_raises_is_a_dead_letter_of_its_own_and_messages_go_on(
    settings: Settings, fake: FakeInfobip
) -> None:
    def declare(lang: Any) -> None:
        @lang.when_all(lang.m.type == "InfobipSmsReceivedMessage")
        def reply(c: Any) -> None:
            InfobipAdapterAPI.send_sms_text_message(ANA, c.m.text)
            if c.m.text == "begin":
                c.start_timer("nudge", 3600)

        @lang.when_all(lang.timeout("nudge"))
        def nudge(c: Any) -> None:
            if broken:
                raise LookupError("no such thing")
            InfobipAdapterAPI.send_sms_text_message(ANA, "nudge")

    broken, clock = True, SettableClock()
    async with plugin_for(settings, declare, clock=clock) as plugin:
        await settle(plugin, message("begin"))
        clock.advance(timedelta(hours=2))
        plugin.host.wake()
        assert await plugin.settled(60)
        await settle(plugin, message("still here?"))
        assert (await plugin.host.journal.overview.depth()).dead == 1
        assert texts(fake) == ["begin", "still here?"]
        broken = False
        await plugin.host.journal.admin.replay([2])
        plugin.host.wake()
        assert await plugin.settled(60)
    assert texts(fake) == ["begin", "still here?", "nudge"]


async def test_a_body_schedules_signals_and_cancels_them(settings: Settings, fake: FakeInfobip) -> None:
    def declare(lang: Any) -> None:
        @lang.when_all(lang.m.type == "InfobipSmsReceivedMessage")
        def begin(c: Any) -> None:
            c.schedule({"type": "Reminder", "order": 7}, after="3d", name="reminder")
            c.schedule({"type": "Reminder", "order": 8}, after="3d", name="other")
            c.cancel("other")
            with pytest.raises(RuleError, match="which the plugin gives each event itself"):
                c.schedule({"type": "Reminder", "id": 9}, after="3d")

        @lang.when_all(lang.m.type == "Reminder")
        def remind(c: Any) -> None:
            InfobipAdapterAPI.send_sms_text_message(ANA, f"order {c.m.order}")

    clock = SettableClock()
    async with plugin_for(settings, declare, clock=clock) as plugin:
        await settle(plugin, message("hello"))
        clock.advance(timedelta(days=3))
        plugin.host.wake()
        assert await plugin.settled(60)
    assert texts(fake) == ["order 7"]


async def test_what_the_application_posts_for_a_person_reaches_their_session_once(
    settings: Settings, fake: FakeInfobip
) -> None:
    def declare(lang: Any) -> None:
        @lang.when_all(lang.c.client << (lang.m.type == "ClientAgent"), lang.c.order << (lang.m.type == "OrderShipped"))
        def tell(c: Any) -> None:
            InfobipAdapterAPI.send_sms_text_message(c.client.phone, f"order {c.order.number} is on its way")

    async with plugin_for(settings, declare) as plugin:
        assert await plugin.post(ANA, {"type": "OrderShipped", "number": 7}, key="order 7")
        assert not await plugin.post(ANA, {"type": "OrderShipped", "number": 7}, key="order 7")
        assert await plugin.settled(60)
        with pytest.raises(ConfigurationError, match="no type"):
            await plugin.post(ANA, {"number": 7})
        with pytest.raises(ConfigurationError, match="which the plugin gives each event itself"):
            await plugin.post(ANA, {"type": "OrderShipped", "id": 7})
    assert texts(fake) == ["order 7 is on its way"]


async def test_what_is_posted_reaches_the_session_however_the_number_is_written(
    settings: Settings, fake: FakeInfobip
) -> None:
    async with plugin_for(settings, counting) as plugin:
        await settle(plugin, message("hello", IVO))
        for number in ("+385 98 123-4567", "00385981234567"):
            await plugin.post(number, {"type": "InfobipSmsReceivedMessage", "from": IVO, "text": "by the application"})
        assert await plugin.settled(60)
    assert texts(fake, IVO) == ["message 1", "visit 1", "message 2", "visit 2", "message 3", "visit 3"]


@pytest.mark.parametrize(
    ("person", "event", "key", "why"),
    [
        ("", {"type": "OrderShipped"}, None, "The person of an event is text"),
        (385981234567, {"type": "OrderShipped"}, None, "The person of an event is text"),
        ("\ud83d", {"type": "OrderShipped"}, None, "The person of an event is text"),
        (ANA, {"type": "OrderShipped"}, "", "The key of an event is text"),
        (ANA, {"type": "OrderShipped"}, "\ud83d", "The key of an event is text"),
        (
            ANA,
            {"type": "OrderShipped", "id": "order 7"},
            None,
            "it has an `id`, which the plugin gives each event itself",
        ),
        (ANA, {"type": "MomentCame"}, None, "its type is the plugin's own, by which timers fire"),
        (ANA, {"type": "\ud83d"}, None, "half a character"),
        (ANA, ["OrderShipped"], None, "The event has no type"),
    ],
)
async def test_what_can_not_be_posted_as_it_is_is_refused(
    settings: Settings, person: Any, event: Any, key: str | None, why: str
) -> None:
    async with plugin_for(settings) as plugin:
        with pytest.raises(ConfigurationError, match=why):
            await plugin.post(person, event, key=key)


async def test_what_a_send_takes_besides_goes_with_the_message(settings: Settings, fake: FakeInfobip) -> None:
    def declare(lang: Any) -> None:
        @lang.when_all(lang.m.type == "InfobipSmsReceivedMessage")
        def reply(c: Any) -> None:
            InfobipAdapterAPI.send_sms_text_message(ANA, "hello", callback_data="order 7", valid_for="10m")

    async with plugin_for(settings, declare) as plugin:
        await settle(plugin, message("hello"))
    (sent,) = fake.posts[0].json()["messages"]
    assert sent["webhooks"]["callbackData"] == "order 7"
    assert sent["options"]["validityPeriod"]["timeUnit"] == "SECONDS"


async def test_an_answer_of_infobips_that_is_lost_is_looked_up_and_nothing_sent_twice(
    settings: Settings, fake: FakeInfobip, caplog: pytest.LogCaptureFixture
) -> None:
    fake.faults.arm(Fault(effect=Effect.DROP, when="after"))
    async with plugin_for(settings) as plugin:
        await settle(plugin, message("hello"))
        (row,) = await plugin.host.journal.history.messages(limit=10)
    assert "delivery.unknown" in caplog.text
    assert row.state is OutboxState.ACCEPTED
    assert texts(fake) == ["you wrote: hello"]


async def test_policies_are_asked_about_each_message(settings: Settings, fake: FakeInfobip) -> None:
    def refuse(row: OutboxRow, traffic: Traffic, at: datetime) -> Objection | None:
        status = ReportStatus(groupName="REJECTED", name="REJECTED_BY_US")
        return Refuse(status=status, reason="Not to Ana.") if row.recipient == ANA else None

    async with plugin_for(settings, policies=[refuse]) as plugin:
        await settle(plugin, message("hello"), message("hello", IVO))
        rows = await plugin.host.journal.history.messages(limit=10)
    assert {row.recipient: row.reason for row in rows} == {ANA: "Not to Ana.", IVO: ""}
    assert [sent.to for sent in fake.messages] == [IVO]


async def test_many_messages_go_in_one_request_and_the_flood_guard_refuses_the_rest(
    settings: Settings, fake: FakeInfobip
) -> None:
    def burst(lang: Any) -> None:
        @lang.when_all(lang.m.type == "InfobipSmsReceivedMessage")
        def answer(c: Any) -> None:
            for number in range(8):
                InfobipAdapterAPI.send_sms_text_message(ANA, f"number {number}")

    guarded = settings.model_copy(update={"flood_guard": "refuse", "flood_varied": 5})
    async with plugin_for(guarded, burst) as plugin:
        await settle(plugin, message("hello"))
        rows = await plugin.host.journal.history.messages(limit=20)
    assert texts(fake) == [f"number {number}" for number in range(5)]
    assert len(fake.posts) == 1
    assert sum(row.reason.startswith("Rejected by the flood guard") for row in rows) == 3


async def test_an_answer_to_what_is_no_phone_number_is_not_sent(settings: Settings, fake: FakeInfobip) -> None:
    async with plugin_for(settings) as plugin:
        await settle(plugin, message("balance", "MTN"), message("hello"))
    assert [sent.to for sent in fake.messages] == [ANA]


async def test_a_session_that_a_body_deletes_begins_anew(settings: Settings, fake: FakeInfobip) -> None:
    def declare(lang: Any) -> None:
        counting(lang)

        @lang.when_all(lang.pri(-1), lang.m.type == "InfobipSmsReceivedMessage", lang.m.text == "forget")
        def never(c: Any) -> None:
            """Stands for a rule that matches two messages."""

        @lang.when_all(lang.m.type == "Forget")
        def forget(c: Any) -> None:
            c.delete_state()

    async with plugin_for(settings, declare) as plugin:
        await settle(plugin, message("a"), message("b"))
        await plugin.post(ANA, {"type": "Forget"})
        assert await plugin.settled(60)
        await settle(plugin, message("c"))
    assert texts(fake) == ["message 1", "visit 1", "message 2", "visit 2", "message 1", "visit 1"]


async def test_two_plugins_do_not_share_a_journal(settings: Settings) -> None:
    async with plugin_for(settings):
        with pytest.raises(JournalError, match="another"):
            await plugin_for(settings).start()


async def test_a_journal_that_is_given_stays_open(settings: Settings, journal: FileJournal, fake: FakeInfobip) -> None:
    async with plugin_for(settings, journal=journal) as plugin:
        await settle(plugin, message("hello"))
    assert (await journal.overview.depth()).pending == 0
    assert texts(fake) == ["you wrote: hello"]


async def test_without_a_start_the_first_webhook_starts_it(settings: Settings, fake: FakeInfobip) -> None:
    plugin = plugin_for(settings)
    assert (await plugin.health()).details == {"running": False}
    await settle(plugin, message("hello"))
    assert (await plugin.health()).ready
    plugin.close()
    await plugin.stop()
    assert not (await plugin.health()).ready
    assert texts(fake) == ["you wrote: hello"]
    with pytest.raises(ConfigurationError, match="closed"):
        await plugin.receive(batch(message("late")))


def test_a_plugin_is_attached_once(settings: Settings) -> None:
    plugin = plugin_for(settings)
    with pytest.raises(ConfigurationError, match="attached already"):
        plugin.attach(QuietHost(), "client")


def awaiting(lang: Any) -> None:
    """A body that is never awaited."""

    @lang.when_all(lang.m.type == "InfobipSmsReceivedMessage")
    async def reply(c: Any) -> None:
        InfobipAdapterAPI.send_sms_text_message(ANA, "Hello")


def yielding(lang: Any) -> None:
    """A body that only makes a generator."""

    @lang.when_all(lang.m.type == "InfobipSmsReceivedMessage")
    def reply(c: Any) -> Iterator[None]:
        InfobipAdapterAPI.send_sms_text_message(ANA, "Hello")
        yield


@pytest.mark.parametrize("declare", [awaiting, yielding])
def test_a_body_of_which_nothing_would_happen_is_refused(settings: Settings, declare: Declare) -> None:
    with pytest.raises(ConfigurationError) as refused:
        plugin_for(settings, declare)
    assert refused.value.fact.startswith("The body of the rule client/reply (test_plugin.py:")
    assert "is an `async def`, or has a `yield`" in refused.value.fact
    assert refused.value.remedy.startswith("Write it with `def`.")


async def test_a_coroutine_that_a_body_returns_is_a_dead_letter(settings: Settings) -> None:
    async def send(c: Any) -> None:
        InfobipAdapterAPI.send_sms_text_message(ANA, "Hello")

    def declare(lang: Any) -> None:
        @lang.when_all(lang.m.type == "InfobipSmsReceivedMessage")
        def reply(c: Any) -> Any:
            return send(c)

    async with plugin_for(settings, declare) as plugin:
        await settle(plugin, message("hello"))
        row = await plugin.host.journal.history.find_signal(1)
    assert row is not None
    assert row.state is InboxState.DEAD
    assert "The body returned a coroutine, which nothing awaits." in str(row.reason)


async def test_two_plugins_with_journals_of_their_own_serve_two_rulesets(
    settings: Settings, fake: FakeInfobip, tmp_path: Path
) -> None:
    other = settings.model_copy(update={"journal_url": f"sqlite:///{tmp_path / 'other.db'}"})
    async with plugin_for(settings) as first, plugin_for(other, counting) as second:
        await settle(first, message("hello"))
        await settle(second, message("hello", IVO))
    assert texts(fake) == ["you wrote: hello"]
    assert texts(fake, IVO) == ["message 1", "visit 1"]


async def test_a_second_plugin_on_the_same_journal_is_refused_as_what_it_is(settings: Settings) -> None:
    async with plugin_for(settings):
        with pytest.raises(JournalError) as refused:
            await plugin_for(settings).start()
    assert refused.value.fact.endswith(f" is in use by process {os.getpid()}, which is this one.")
    assert "another journal" in refused.value.remedy


async def test_a_plugin_that_is_attached_to_nothing_says_so(settings: Settings) -> None:
    with pytest.raises(ConfigurationError, match="attached to no ruleset"):
        await InfobipPlugin(settings).start()
    with pytest.raises(ConfigurationError, match="no ruleset 'nothing'"):
        InfobipPlugin(settings).attach(host_of(echo), "nothing")


def test_actions_outside_any_rule_say_so(settings: Settings) -> None:
    plugin_for(settings)
    with pytest.raises(OutsideRuleError, match="outside a rule"):
        InfobipAdapterAPI.send_sms_text_message(IVO, "hello")


def test_hazards_of_a_ruleset_are_logged_when_it_is_attached(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    def declare(lang: Any) -> None:
        @lang.when_all(lang.c.first << (lang.m.type == "A"), lang.c.second << lang.m.other == lang.c.first.id)
        def compare(c: Any) -> None:
            """Compares."""

    plugin_for(settings, declare)
    (line,) = [line for line in caplog.messages if line.startswith("plugin.hazard")]
    assert line.startswith("plugin.hazard rule=client/compare where=test_plugin.py:")
    assert "compares with the `id` or `sid` of another message" in line


async def test_a_rule_that_only_asks_what_is_not_there_does_not_hang(settings: Settings) -> None:
    def declare(lang: Any) -> None:
        @lang.when_all(-lang.m.nothing)
        def forever(c: Any) -> None:
            """Fires without end."""

    async with plugin_for(settings, declare) as plugin:
        await settle(plugin, message("hello"))
        row = await plugin.host.journal.history.find_signal(1)
        assert row is not None
        assert row.reason.startswith("Stopped after 100 firings: client/forever > client/forever.")


def test_a_clock_is_that_of_the_machine_unless_another_is_given(settings: Settings) -> None:
    assert isinstance(InfobipPlugin(settings).clock, SystemClock)
