"""Signals and data models: spelt as documented, tolerant of what Infobip leaves out, adds or renames."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from infobip_rules import (
    ClientAgent,
    InfobipSmsReceivedMessage,
    InfobipSmsReceivedReport,
    InfobipSmsSentMessage,
    ReportError,
    ReportStatus,
    SmsReceivedMessage,
    SmsReceivedReport,
)
from tests.conftest import SAMPLES

MINIMAL = {"from": "385916242493", "receivedAt": "2026-10-06T09:28:39.220+0000"}


def results(name: str) -> list[dict[str, Any]]:
    read: list[dict[str, Any]] = orjson.loads((SAMPLES / name).read_bytes())["results"]
    return read


def aliases(model: Any) -> set[str]:
    return {field.alias or field.serialization_alias or name for name, field in model.model_fields.items()}


def test_fields_are_spelt_as_documented() -> None:
    message = {"messageId", "from", "to", "text", "cleanText", "keyword", "receivedAt", "callbackData"}
    assert aliases(InfobipSmsReceivedMessage) == message | {"media", "pairedMessageId", "userAgent"}
    assert aliases(SmsReceivedMessage) == aliases(InfobipSmsReceivedMessage) | {"smsCount", "price"}
    report = {"messageId", "to", "from", "sentAt", "doneAt", "status", "error", "callbackData", "bulkId"}
    assert aliases(InfobipSmsReceivedReport) == report
    assert aliases(SmsReceivedReport) == report | {"messageCount", "mccMnc", "price"}
    sent = {"messageId", "to", "from", "text", "sentAt", "status", "callbackData"}
    assert aliases(InfobipSmsSentMessage) == sent
    assert set(ReportStatus.model_fields) == {"groupId", "groupName", "id", "name", "description", "action"}
    assert set(ReportError.model_fields) == {"groupId", "groupName", "id", "name", "description", "permanent"}


def test_a_message_with_a_keyword() -> None:
    (item,) = results("mo_single_keyword.json")
    for model in (InfobipSmsReceivedMessage, SmsReceivedMessage):
        read = model.model_validate(item)
        assert (read.messageId, read.from_, read.to) == ("817790313235066447", "385916242493", "385921004026")
        assert (read.keyword, read.cleanText) == ("QUIZ", "Correct answer is Paris")
        assert read.text == "QUIZ Correct answer is Paris"
        assert read.receivedAt == datetime(2026, 10, 6, 9, 28, 39, 220_000, tzinfo=UTC)


def test_what_is_absent_has_the_type_it_would_have() -> None:
    (item,) = results("mo_single_no_keyword_absent.json")
    read = InfobipSmsReceivedMessage.model_validate(item)
    assert (read.keyword, read.callbackData) == ("", "")
    assert read.cleanText == read.text == "This is an SMS message"


@pytest.mark.parametrize("field", ["messageId", "to", "text", "cleanText", "keyword", "callbackData"])
def test_null_is_as_absent(field: str) -> None:
    read = InfobipSmsReceivedMessage.model_validate({**MINIMAL, field: None})
    assert getattr(read, field) == ""


def test_an_empty_clean_text_stays_empty() -> None:
    read = InfobipSmsReceivedMessage.model_validate({**MINIMAL, "text": "STOP", "keyword": "STOP", "cleanText": ""})
    assert read.cleanText == ""


def test_unknown_fields_do_no_harm() -> None:
    (item,) = results("mo_unknown_fields.json")
    assert InfobipSmsReceivedMessage.model_validate(item).text == "Hello"


@pytest.mark.parametrize("name", ["dlr_v3_delivered.json", "dlr_v2_delivered.json"])
def test_reports_of_both_versions_read_alike(name: str) -> None:
    (item,) = results(name)
    read = SmsReceivedReport.model_validate(item)
    assert (read.messageId, read.to, read.from_, read.messageCount) == ("m-0001", "385981234567", "447491163443", 1)
    assert (read.status.groupName, read.status.id, read.error.name) == ("DELIVERED", 5, "NO_ERROR")
    assert read.error.permanent is False


def test_a_report_of_next_to_nothing() -> None:
    (item,) = results("dlr_v3_minimal.json")
    read = InfobipSmsReceivedReport.model_validate(item)
    assert (read.messageId, read.status.groupName) == ("m-0001", "DELIVERED")
    assert (read.sentAt, read.doneAt, read.error.permanent) == (None, None, None)


@given(st.text(max_size=50), st.integers())
def test_new_names_and_ids_of_statuses_are_values(name: str, number: int) -> None:
    status = {"groupName": name, "name": name, "id": number, "groupId": number}
    read = InfobipSmsReceivedReport.model_validate({"messageId": "m", "status": status})
    assert (read.status.groupName, read.status.id) == (name, number)


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2090, 1, 1)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001 - the offset is drawn beside
def test_every_offset_comes_out_as_utc(moment: datetime, minutes: int) -> None:
    sign, hours, rest = "-" if minutes < 0 else "+", abs(minutes) // 60, abs(minutes) % 60
    written = f"{moment.strftime('%Y-%m-%dT%H:%M:%S')}.{moment.microsecond // 1000:03d}{sign}{hours:02d}{rest:02d}"
    read = InfobipSmsReceivedMessage.model_validate({**MINIMAL, "receivedAt": written}).receivedAt
    assert read.utcoffset() == timedelta(0)
    expected = moment.replace(tzinfo=UTC, microsecond=moment.microsecond // 1000 * 1000) - timedelta(minutes=minutes)
    assert read == expected


@pytest.mark.parametrize(
    "wrong", [{"from": ""}, {"from": None}, {"text": 5}, {"receivedAt": "yesterday"}, {"keyword": []}]
)
def test_wrong_types_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        InfobipSmsReceivedMessage.model_validate({**MINIMAL, **wrong})


def test_signals_survive_the_journal() -> None:
    for name, model in (
        ("mo_batch3_mixed.json", InfobipSmsReceivedMessage),
        ("dlr_v3_expired.json", InfobipSmsReceivedReport),
    ):
        for item in results(name):
            signal = model.model_validate(item)
            assert model.model_validate_json(signal.model_dump_json(by_alias=True)) == signal


def test_signals_and_facts_are_values() -> None:
    signal = InfobipSmsReceivedMessage.model_validate(MINIMAL)
    with pytest.raises(ValidationError, match="frozen"):
        signal.text = "changed"
    with pytest.raises(ValidationError, match="frozen"):
        ClientAgent().identifier = "changed"


def test_an_agent_gives_its_connections_in_both_spellings() -> None:
    agent = ClientAgent(connections={"phone": "385981234567"})
    assert agent.get_connection("phone") == agent.getConnection("phone") == "385981234567"
    assert agent.get_connection("mail") is None
    assert get_args(ClientAgent.model_fields["connections"].annotation) == (str, str)
