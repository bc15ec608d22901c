"""The way in: whatever a webhook holds is taken or set aside, and whoever writes next is answered."""

from __future__ import annotations

import itertools
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from infobip_rules.journal.records import InboxState, OutboxState
from infobip_rules.journal.sqlite.connections import file_of
from infobip_rules.sandbox import FakeInfobip
from infobip_rules.settings import Settings
from tests.conftest import OUR_NUMBER, SAMPLES
from tests.journal import store
from tests.served_host import ServedHost, item

ECHO = """
from infobip_rules import InfobipAdapterAPI, InfobipSmsReceivedMessage, InfobipSmsReceivedReport
from infobip_rules.lang import c, ruleset, signal, when_all

with ruleset("echo"):

    @when_all(c.signal << signal(InfobipSmsReceivedMessage))
    def answer(c):
        InfobipAdapterAPI.send_sms_text_message("385981234567" if c.signal.text == "quiet" else c.signal.from_, "heard")

    @when_all(c.report << signal(InfobipSmsReceivedReport))
    def note(c):
        c.delete(c.report)
"""


@pytest.fixture
def echo(tmp_path: Path) -> Path:
    """Rules that answer everybody."""
    file = tmp_path / "echo.py"
    file.write_text(ECHO, encoding="utf-8")
    return file


@pytest.fixture
def host(echo: Path, settings: Settings) -> Iterator[ServedHost]:
    """A host with these rules, served on loopback."""
    with ServedHost(echo, settings.model_copy(update={"flood_guard": "off"})) as host:
        yield host


def post(host: ServedHost, *entries: object, path: str = "/sms-received-message") -> int:
    """Posts a body with these results as JSON in ASCII, which can say half a character; the status of the answer."""
    body = json.dumps({"results": entries}).encode()
    headers = {"content-type": "application/json"}
    return httpx.post(f"{host.url}{path}", content=body, headers=headers, timeout=60, trust_env=False).status_code


def heard(fake: FakeInfobip) -> set[str]:
    """Who was answered."""
    return {message.to for message in fake.messages}


_NUMBERS = itertools.count(385_910_000_000)
_CHARACTERS = st.characters(codec=None, exclude_categories=())
_TEXTS = st.one_of(
    st.text(_CHARACTERS),
    st.sampled_from(
        ["\x00", "38591\x001234567", "\ud800", "\udc00\ud83d", "\x1b[2J", "a\nb", "'", '"', "\\", "%s", "{}"]
    ),
    st.sampled_from([" ", "\u200e", "\U0001f600", "a"]).map(lambda one: one * 100_000),
)
_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), _TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
_FIELDS = (
    *("messageId", "from", "to", "text", "cleanText", "keyword", "receivedAt", "callbackData", "message", "status"),
    *("error", "sentAt", "doneAt", "bulkId", "sender", "pairedMessageId", "userAgent", "integrationType"),
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    changes=st.dictionaries(st.sampled_from(_FIELDS), _TEXTS | _VALUES, min_size=1, max_size=4), report=st.booleans()
)
@example(changes={"from": "38591\x001234567"}, report=False)
@example(changes={"to": "38591\x001234567"}, report=True)
@example(changes={"text": "\x00", "keyword": "\x00", "messageId": "\x1b"}, report=False)
def test_whatever_a_field_holds_the_next_who_writes_is_answered(
    host: ServedHost, fake: FakeInfobip, changes: dict[str, Any], report: bool
) -> None:
    number = str(next(_NUMBERS))
    usual: dict[str, Any] = item(f"h-{number}")
    if report:
        usual = {"messageId": f"h-{number}", "to": "385981234567", "status": {"groupName": "DELIVERED", "id": 5}}
    assert post(host, {**usual, **changes}) == 200
    assert post(host, item(f"honest-{number}", number=number)) == 200
    assert host.settled()
    assert number in heard(fake)


def test_senders_with_a_nul_are_set_aside_and_the_others_in_their_body_are_taken(
    host: ServedHost, fake: FakeInfobip
) -> None:
    strange = [item(f"strange-{number}", number=f"38591\x00{number}") for number in range(65)]
    assert post(host, *strange, item("honest")) == 200
    assert host.settled()
    assert heard(fake) == {"385916242493"}
    asides = host.host.journal.read(lambda connection: store.list_asides(connection, limit=100))
    assert {(aside.field_name, aside.reason) for aside in asides} == {("from", "holds a control character")}
    assert len(asides) == 65


def test_a_journal_that_holds_senders_with_a_nul_is_worked_off_at_the_start(
    echo: Path, settings: Settings, fake: FakeInfobip
) -> None:
    with ServedHost(echo, settings):
        pass
    with closing(sqlite3.connect(file_of(settings.journal_url))) as journal, journal:
        for number in range(65):
            sender = f"38591\x00{number}"
            payload = json.dumps({**item(f"m{number}", "quiet"), "from": sender})
            journal.execute(
                "INSERT INTO inbox (dedup_key, session_key, kind, received_at, payload, raw) VALUES (?, ?, ?, 1, ?, '')",
                (f"m:m{number}", sender, "InfobipSmsReceivedMessage", payload),
            )
    with ServedHost(echo, settings.model_copy(update={"flood_guard": "off"})) as host:
        assert post(host, item("honest")) == 200
        assert host.settled()
        assert heard(fake) == {"385916242493", "385981234567"}
        assert len(fake.messages) == 66


def test_an_item_that_the_journal_refuses_is_set_aside_and_the_rest_of_its_body_is_taken(
    host: ServedHost, fake: FakeInfobip
) -> None:
    def refuse(connection: Connection) -> None:
        connection.exec_driver_sql(
            "CREATE TRIGGER refusing BEFORE INSERT ON inbox WHEN NEW.dedup_key = 'm:cursed' "
            "BEGIN SELECT RAISE(ABORT, 'no'); END"
        )

    host.submit(host.host.journal.run(refuse)).result(60)
    assert post(host, item("cursed"), item("fine", number=OUR_NUMBER)) == 200
    assert host.settled()
    assert heard(fake) == {OUR_NUMBER}
    (aside,) = host.host.journal.read(store.list_asides)
    assert json.loads(aside.item)["messageId"] == "cursed"
    assert aside.reason == "could not be stored (JournalRefusalError)"
    assert host.host.journal.read(lambda connection: store.list_inbox(connection, state=InboxState.DEAD)) == []


PICTURES = {
    "py": """
from infobip_rules import InfobipAdapterAPI, InfobipSmsReceivedMessage
from infobip_rules.lang import c, m, ruleset, signal, when_all

with ruleset("pictures"):

    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text == "JOIN"))
    def thank(c):
        for medium in c.signal.media:
            InfobipAdapterAPI.send_sms_text_message(c.signal.from_, medium.contentType + " " + medium.url)
""",
    "drl": """
import com.infobip.MessageMedia;
rule "thank"
when
    $signal: InfobipSmsReceivedMessage(text == "JOIN", media.size() == 1) from entry-point "signals"
    $medium: MessageMedia(contentType str[startsWith] "image/") from $signal.media
then
    InfobipAdapterAPI.sendSmsTextMessage($signal.getFrom(), $medium.getContentType() + " " + $medium.getUrl());
end
""",
}


@pytest.mark.parametrize("language", PICTURES)
def test_rules_read_the_text_and_the_media_of_an_mms(
    settings: Settings, fake: FakeInfobip, tmp_path: Path, language: str
) -> None:
    rules = tmp_path / f"pictures.{language}"
    rules.write_text(PICTURES[language], encoding="utf-8")
    with ServedHost(rules, settings) as host:
        assert post(host, *json.loads((SAMPLES / "mo_mms_two_parts.json").read_bytes())["results"]) == 200
        assert host.settled()
    assert [message.text for message in fake.messages] == ["image/jpeg https://media.example.com/1.jpg"]


@pytest.mark.parametrize("rules", ["rules/reply_to_sms.py", "examples/in_drl/reply_to_sms.drl"])
def test_a_message_from_an_operator_is_taken_and_the_answer_to_it_is_dropped(
    settings: Settings, fake: FakeInfobip, rules: str
) -> None:
    with ServedHost(Path(rules), settings) as host:
        assert post(host, *json.loads((SAMPLES / "mo_from_operator.json").read_bytes())["results"], item("m1")) == 200
        assert host.settled()
        assert host.host.journal.read(store.depth).dead == 0
        rows = host.host.journal.read(store.list_outbox)
    assert heard(fake) == {"385916242493"}
    assert {row.recipient: row.state for row in rows} == {
        "MTN": OutboxState.REJECTED,
        "385916242493": OutboxState.ACCEPTED,
    }
