"""The provider's own Python client, on the fake: every call that it has for text messages, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from infobip_api_client.api.sms_api import SmsApi
from infobip_api_client.api_client import ApiClient, Configuration
from infobip_api_client.exceptions import BadRequestException, NotFoundException, UnauthorizedException
from infobip_api_client.models import (
    MessageGeneralStatus,
    SmsBinaryContent,
    SmsBulkRequest,
    SmsBulkStatus,
    SmsDestination,
    SmsMessage,
    SmsMessageContent,
    SmsMessageOptions,
    SmsMessageRequestOptions,
    SmsPreviewRequest,
    SmsRequest,
    SmsRequestSchedulingSettings,
    SmsTextContent,
    SmsUpdateStatusRequest,
    SmsWebhooks,
)

from infobip_rules.sandbox import FakeInfobip, serve

ANA = "385981234567"


@pytest.fixture
def account() -> FakeInfobip:
    return FakeInfobip(api_key="key")


@pytest.fixture
def url(account: FakeInfobip) -> Iterator[str]:
    with serve(account.app) as served:
        yield served


def api_of(url: str, key: str) -> Iterator[SmsApi]:
    configuration = Configuration(host=url, api_key=key)
    with ApiClient(configuration) as client:
        yield SmsApi(client)
        client.rest_client.pool_manager.clear()


@pytest.fixture
def sms(url: str) -> Iterator[SmsApi]:
    yield from api_of(url, "key")


def a_message(content: SmsTextContent | SmsBinaryContent | None = None, message_id: str | None = None) -> SmsMessage:
    return SmsMessage(
        sender="Shop",
        destinations=[SmsDestination(to=ANA, message_id=message_id)],
        content=SmsMessageContent(content or SmsTextContent(text="Hello")),
        options=SmsMessageOptions(campaign_reference_id="spring"),
        webhooks=SmsWebhooks(callback_data="order 7"),
    )


def test_a_message_is_sent_found_and_reported(sms: SmsApi) -> None:
    sent = sms.send_sms_messages(SmsRequest(messages=[a_message(message_id="m-1")]))
    assert [message.status.name for message in sent.messages] == ["PENDING_ACCEPTED"]

    logs = sms.get_outbound_sms_message_logs(
        message_id=["m-1", "m-2"],
        general_status=MessageGeneralStatus.DELIVERED,
        sent_since=datetime.now(UTC) - timedelta(hours=1),
        campaign_reference_id=["spring"],
        use_cursor=True,
    )
    assert [(row.message_id, row.campaign_reference_id) for row in logs.results] == [("m-1", "spring")]
    assert logs.results[0].content.actual_instance.text == "Hello"
    assert logs.cursor.next_cursor is None

    reports = sms.get_outbound_sms_message_delivery_reports(message_id="m-1", limit=10)
    assert [(report.message_id, report.callback_data) for report in reports.results] == [("m-1", "order 7")]
    assert not sms.get_outbound_sms_message_delivery_reports(message_id="m-1").results


def test_bytes_are_sent(sms: SmsApi, account: FakeInfobip) -> None:
    sms.send_sms_messages(SmsRequest(messages=[a_message(SmsBinaryContent(hex="48 65 6c 6c 6f"))]))
    logs = sms.get_outbound_sms_message_logs(destination=ANA)
    assert logs.results[0].content.actual_instance.hex == "48 65 6c 6c 6f"


def test_a_schedule_is_moved_and_cancelled(sms: SmsApi) -> None:
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)
    options = SmsMessageRequestOptions(schedule=SmsRequestSchedulingSettings(bulk_id="b", send_at=due))
    sms.send_sms_messages(SmsRequest(messages=[a_message()], options=options))
    assert sms.get_scheduled_sms_messages("b").send_at == due

    later = due + timedelta(hours=3)
    assert sms.reschedule_sms_messages("b", SmsBulkRequest(send_at=later)).send_at == later
    assert sms.get_scheduled_sms_messages_status("b").status is SmsBulkStatus.PENDING
    cancelled = sms.update_scheduled_sms_messages_status("b", SmsUpdateStatusRequest(status=SmsBulkStatus.CANCELED))
    assert cancelled.status is SmsBulkStatus.CANCELED
    with pytest.raises(BadRequestException):
        sms.reschedule_sms_messages("b", SmsBulkRequest(send_at=later))
    with pytest.raises(NotFoundException):
        sms.get_scheduled_sms_messages("another")


def test_a_text_is_previewed_and_the_inbox_is_read(sms: SmsApi, account: FakeInfobip) -> None:
    preview = sms.preview_sms_message(SmsPreviewRequest(text="Čao", transliteration="CENTRAL_EUROPEAN"))
    assert [part.message_count for part in preview.previews] == [1, 1]
    assert not sms.get_inbound_sms_messages(limit=10).results


def test_a_wrong_key_is_refused(url: str) -> None:
    for stranger in api_of(url, "another"):
        with pytest.raises(UnauthorizedException):
            stranger.get_outbound_sms_message_logs()
