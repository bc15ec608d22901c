"""What comes in: messages, delivery reports, and everything that is neither."""

from __future__ import annotations

import gzip
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infobip_rules.channels.inbound import parse_inbound
from infobip_rules.errors import WebhookError
from infobip_rules.infobip.inbound import BadItem, InboundBatch, Kind, ReceivedItem
from infobip_rules.signals import InfobipSmsReceivedMessage, InfobipSmsReceivedReport, MessageMedia
from tests.infobip.samples import sample, sample_json

NOW = datetime(2026, 11, 9, 15, tzinfo=UTC)
MESSAGE = {
    "messageId": "817790313235066447",
    "from": "385916242493",
    "to": "385921004026",
    "text": "JOIN ana",
    "receivedAt": "2026-10-06T09:28:39.220+0000",
}
REPORT = {"messageId": "m-0001", "to": "385981234567", "status": {"groupName": "DELIVERED", "id": 5}}
REPORTS = [
    "dlr_v2_delivered.json",
    "dlr_v3_delivered.json",
    "dlr_v3_expired.json",
    "dlr_v3_minimal.json",
    "dlr_v3_pending_intermediate.json",
    "dlr_v3_rejected_credits.json",
    "dlr_v3_undeliverable.json",
]


def parse(*results: object, expected: Kind | None = "message") -> InboundBatch:
    return parse_inbound(json.dumps({"results": results}).encode(), expected=expected, now=NOW)


def parse_sample(name: str, expected: Kind | None = None) -> InboundBatch:
    return parse_inbound(sample(name), expected=expected, now=NOW)


def message_of(batch: InboundBatch) -> InfobipSmsReceivedMessage:
    signal = only(batch).signal
    assert isinstance(signal, InfobipSmsReceivedMessage)
    return signal


def report_of(batch: InboundBatch) -> InfobipSmsReceivedReport:
    signal = only(batch).signal
    assert isinstance(signal, InfobipSmsReceivedReport)
    return signal


def only(batch: InboundBatch) -> ReceivedItem:
    assert batch.bad == ()
    (item,) = batch.items
    return item


def problem_of(batch: InboundBatch) -> tuple[str, str]:
    assert batch.items == ()
    (bad,) = batch.bad
    return bad.field, bad.reason


def refusal_of(body: bytes) -> tuple[int, str]:
    with pytest.raises(WebhookError) as caught:
        parse_inbound(body, expected="message", now=NOW)
    status = caught.value.context["http_status"]
    assert isinstance(status, int)
    return status, caught.value.fact


# Messages


def test_a_message_becomes_a_signal() -> None:
    signal = message_of(parse_sample("mo_single_keyword.json"))
    assert (signal.from_, signal.to, signal.messageId) == ("385916242493", "385921004026", "817790313235066447")
    assert (signal.text, signal.keyword) == ("QUIZ Correct answer is Paris", "QUIZ")
    assert (signal.cleanText, signal.callbackData) == ("Correct answer is Paris", "callbackData")
    assert signal.receivedAt == datetime(2026, 10, 6, 9, 28, 39, 220000, tzinfo=UTC)


def test_a_message_without_a_keyword_has_its_text_as_clean_text() -> None:
    signal = message_of(parse_sample("mo_single_no_keyword_absent.json"))
    assert (signal.keyword, signal.cleanText, signal.callbackData) == ("", "This is an SMS message", "")


def test_messages_of_one_body_keep_their_order() -> None:
    batch = parse_sample("mo_batch3_mixed.json", "message")
    assert [item.signal.messageId[-3:] for item in batch.items] == ["448", "447", "449"]
    assert (batch.bad, batch.misdirected) == ((), 0)


def test_fields_that_are_not_known_are_ignored_and_kept_in_the_raw_item() -> None:
    item = only(parse_sample("mo_unknown_fields.json"))
    assert json.loads(item.raw) == sample_json("mo_unknown_fields.json")["results"][0]


def test_moments_are_brought_to_utc() -> None:
    signal = message_of(parse(MESSAGE | {"receivedAt": "2026-10-06T11:28:45.999+0200"}))
    assert signal.receivedAt == datetime(2026, 10, 6, 9, 28, 45, 999000, tzinfo=UTC)
    assert signal.receivedAt.utcoffset() == timedelta(0)


@pytest.mark.parametrize("received_at", [{}, {"receivedAt": None}, {"receivedAt": ""}])
def test_a_message_without_a_moment_was_received_now(received_at: dict[str, Any]) -> None:
    without = {name: value for name, value in MESSAGE.items() if name != "receivedAt"}
    assert message_of(parse(without | received_at)).receivedAt == NOW


@pytest.mark.parametrize("field", ["to", "text", "cleanText", "keyword", "callbackData"])
def test_a_field_that_is_null_is_empty(field: str) -> None:
    dumped = message_of(parse(MESSAGE | {"text": "", field: None})).model_dump()
    assert dumped[field] == ""


@pytest.mark.parametrize("number", ["+385 91 6242-493", "00385916242493", 385916242493, " 385916242493 "])
def test_the_sender_is_what_its_session_goes_by(number: object) -> None:
    assert message_of(parse(MESSAGE | {"from": number})).from_ == "385916242493"


def test_a_sender_may_be_a_name() -> None:
    assert message_of(parse(MESSAGE | {"from": "MTN"})).from_ == "MTN"


def test_an_id_may_be_a_json_integer() -> None:
    item = only(parse(MESSAGE | {"messageId": 817790313235066447, "to": 385921004026}))
    assert item.dedup_key == "m:817790313235066447"
    assert item.signal.to == "385921004026"


@pytest.mark.parametrize("absent", [{}, {"messageId": None}, {"messageId": " "}])
def test_a_message_without_an_id_gets_the_same_one_each_time(absent: dict[str, Any]) -> None:
    anonymous = {name: value for name, value in MESSAGE.items() if name != "messageId"} | absent
    keys = {only(parse(anonymous)).dedup_key for _ in range(2)}
    assert len(keys) == 1
    assert re.fullmatch(r"m:sha256:[0-9a-f]{64}", keys.pop())


def test_different_messages_without_an_id_get_different_ones() -> None:
    texts = ("JOIN", "STOP")
    batch = parse(*({"from": "385916242493", "text": text} for text in texts))
    assert len({item.dedup_key for item in batch.items}) == 2


def test_an_emoji_written_as_two_escapes_is_one_character() -> None:
    assert message_of(parse(MESSAGE | {"text": "\N{GRINNING FACE}"})).text == "\N{GRINNING FACE}"


def test_a_byte_order_mark_is_no_part_of_the_body() -> None:
    batch = parse_inbound(b"\xef\xbb\xbf" + sample("mo_single_keyword.json"), expected="message", now=NOW)
    assert message_of(batch).keyword == "QUIZ"


def test_a_batch_shows_neither_texts_nor_numbers() -> None:
    shown = repr(parse(MESSAGE, {"text": "secret", "from": ["385916242493"]}))
    assert not re.search(r"JOIN ana|secret|385916242493", shown)


# Delivery reports


@pytest.mark.parametrize("name", REPORTS)
def test_every_documented_report_becomes_a_signal(name: str) -> None:
    signal = report_of(parse_sample(name, "report"))
    assert signal.messageId == "m-0001"
    assert signal.status.groupName == sample_json(name)["results"][0]["status"]["groupName"]


@pytest.mark.parametrize("name", ["dlr_v2_delivered.json", "dlr_v3_delivered.json"])
def test_a_report_names_both_ends(name: str) -> None:
    signal = report_of(parse_sample(name))
    assert (signal.from_, signal.to) == ("447491163443", "385981234567")


def test_a_report_without_an_end_is_of_no_moment() -> None:
    assert only(parse(REPORT)).dedup_key == "r:m-0001:5:"


def test_a_report_is_told_apart_by_message_status_and_moment() -> None:
    assert only(parse_sample("dlr_v3_delivered.json")).dedup_key == "r:m-0001:5:2026-11-09T15:00:03.120000+00:00"


def test_the_group_tells_reports_apart_where_there_is_no_status_id() -> None:
    assert only(parse_sample("dlr_v3_minimal.json")).dedup_key == "r:m-0001:DELIVERED:"


def test_a_status_id_of_zero_is_an_id() -> None:
    report = REPORT | {"status": {"id": 0, "groupName": "ACCEPTED"}}
    assert only(parse(report)).dedup_key == "r:m-0001:0:"


def test_a_report_may_have_nulls_wherever_it_may_lack_fields() -> None:
    report = REPORT | {"error": None, "doneAt": None, "sentAt": None, "sender": None, "callbackData": None}
    assert report_of(parse(report)).error.name == ""


def test_an_unknown_group_is_taken_as_it_is() -> None:
    assert report_of(parse(REPORT | {"status": {"groupName": "PAUSED"}})).status.groupName == "PAUSED"


# What goes to the wrong place


def test_a_report_among_messages_is_taken_and_counted() -> None:
    batch = parse(MESSAGE, REPORT, expected="message")
    assert [item.dedup_key[:2] for item in batch.items] == ["m:", "r:"]
    assert batch.misdirected == 1


def test_messages_among_reports_are_taken_and_counted() -> None:
    assert parse_sample("mo_batch3_mixed.json", "report").misdirected == 3


def test_nothing_is_misdirected_where_anything_is_expected() -> None:
    assert parse(MESSAGE, REPORT, expected=None).misdirected == 0


def test_a_whatsapp_message_is_set_aside() -> None:
    assert problem_of(parse_sample("whatsapp_inbound_text.json")) == ("integrationType", "not an SMS message")


def test_a_message_with_its_content_in_an_object_is_set_aside() -> None:
    content = {"from": "385916242493", "receivedAt": MESSAGE["receivedAt"], "message": {"type": "TEXT", "text": "Hi"}}
    assert problem_of(parse(content)) == ("message", "not an SMS message")


# An MMS on an SMS number: its message is a list of parts


def test_an_mms_has_the_text_of_its_parts_and_its_media() -> None:
    signal = message_of(parse_sample("mo_mms_two_parts.json"))
    assert (signal.text, signal.cleanText, signal.from_, signal.messageId) == ("JOIN", "JOIN", "385912345678", "mms-1")
    assert signal.media == (MessageMedia(contentType="image/jpeg", url="https://media.example.com/1.jpg"),)


def test_an_mms_is_a_message_also_without_a_moment() -> None:
    parts = [{"contentType": "text/plain", "value": "Hi"}]
    assert parse({"from": "385912345678", "message": parts}, expected="report").misdirected == 1


@pytest.mark.parametrize(
    ("parts", "text", "urls"),
    [
        ([], "", []),
        ([{"contentType": "image/png", "url": "https://x/1"}], "", ["https://x/1"]),
        ([{"contentType": "text/plain", "value": "a"}, {"contentType": "text/plain", "value": "b"}], "a\nb", []),
        ([{"contentType": "Text/Plain; charset=utf-8", "value": "a"}], "a", []),
        ([{"contentType": "text/plain", "url": "https://x/long.txt"}], "", ["https://x/long.txt"]),
        ([{"contentType": "application/smil", "value": "<smil/>"}, {}], "", []),
        ([{"contentType": None, "url": "https://x/2", "value": None}], "", ["https://x/2"]),
    ],
)
def test_parts_are_text_or_media(parts: list[dict[str, Any]], text: str, urls: list[str]) -> None:
    signal = message_of(parse({"from": "385912345678", "messageId": "1", "message": parts}))
    assert (signal.text, [medium.url for medium in signal.media]) == (text, urls)


def test_a_text_beside_the_parts_stays() -> None:
    parts = [{"contentType": "text/plain", "value": "from the parts"}]
    assert message_of(parse(MESSAGE | {"message": parts})).text == MESSAGE["text"]


@pytest.mark.parametrize(
    ("part", "field", "reason"),
    [
        ("JOIN", "message.0", "is not an object"),
        ({"contentType": 1}, "message.0.contentType", "is not text"),
        ({"value": ["JOIN"]}, "message.0.value", "is not text"),
        ({"url": "\ud800"}, "message.0.url", "holds half a surrogate pair"),
        ({"value": "a" * 65537}, "message.0.value", "is over 64 KiB"),
    ],
)
def test_a_part_that_can_not_be_read_sets_its_message_aside(part: object, field: str, reason: str) -> None:
    assert problem_of(parse({"from": "385912345678", "message": [part]})) == (field, reason)


# Dates without their offset from UTC


def test_a_date_without_its_offset_is_taken_as_utc_and_named() -> None:
    batch = parse_sample("mo_date_without_offset.json")
    assert message_of(batch).receivedAt == datetime(2026, 11, 20, 9, 15, 2, tzinfo=UTC)
    assert batch.without_offset == ("receivedAt",)


@pytest.mark.parametrize("moment", ["2026-11-20T09:15:02", "2026-11-20 09:15:02.5", "2026-11-20T09:15"])
def test_every_date_of_a_report_may_lack_its_offset(moment: str) -> None:
    batch = parse(REPORT | {"sentAt": moment, "doneAt": moment}, expected="report")
    assert report_of(batch).doneAt == datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert batch.without_offset == ("sentAt", "doneAt")


@pytest.mark.parametrize("offset", ["Z", "+0000", "+00:00", "-05:30", "+02"])
def test_a_date_with_its_offset_is_not_named(offset: str) -> None:
    assert parse(MESSAGE | {"receivedAt": f"2026-10-06T09:28:39.220{offset}"}).without_offset == ()


@pytest.mark.parametrize("expected", ["message", "report", None])
def test_a_click_report_is_set_aside(expected: Kind | None) -> None:
    batch = parse_sample("click_tracking.json", expected)
    assert problem_of(batch) == ("notificationType", "not an SMS message")
    assert json.loads(batch.bad[0].item) == sample_json("click_tracking.json")


# Bad items


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"from": None}, "from", "is missing"),
        ({"from": ""}, "from", "is empty"),
        ({"from": " \u200e"}, "from", "is empty"),
        ({"from": True}, "from", "is not text"),
        ({"from": 385916242493.0}, "from", "is not text"),
        ({"from": ["385916242493"]}, "from", "is not text"),
        ({"from": "1" * 257}, "from", "is longer than 256 characters"),
        ({"to": {}}, "to", "is not text"),
        ({"messageId": False}, "messageId", "is not text"),
        ({"text": 42}, "text", "is not text"),
        ({"text": "a" * 65537}, "text", "is over 64 KiB"),
        ({"text": "ß" * 32769}, "text", "is over 64 KiB"),
        ({"text": "\ud83d"}, "text", "holds half a surrogate pair"),
        ({"from": "\udc00"}, "from", "holds half a surrogate pair"),
        ({"from": "38591\x001234567"}, "from", "holds a control character"),
        ({"from": "MTN\nERROR forged"}, "from", "holds a control character"),
        ({"to": "12345\x1b[2J"}, "to", "holds a control character"),
        ({"messageId": "1\x00"}, "messageId", "holds a control character"),
        ({"messageId": "1\u20282"}, "messageId", "holds a control character"),
        ({"from": "a" * 100_000}, "from", "is longer than 256 characters"),
        ({"keyword": ["JOIN"]}, "keyword", "is not text"),
        ({"receivedAt": "yesterday"}, "receivedAt", "is not a date"),
        ({"receivedAt": True}, "receivedAt", "is not a date"),
        ({"receivedAt": "0001-01-01T00:00:00.000+0500"}, "receivedAt", "is not a date"),
    ],
)
def test_a_bad_message_is_set_aside_with_the_field_and_the_reason(
    change: dict[str, Any], field: str, reason: str
) -> None:
    assert problem_of(parse(MESSAGE | change)) == (field, reason)


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"messageId": None}, "messageId", "is missing"),
        ({"messageId": ""}, "messageId", "is empty"),
        ({"status": "DELIVERED"}, "status", "is not an object"),
        ({"status": None, "doneAt": "2026-11-09T16:00:00.000+0100"}, "status", "is missing"),
        ({"status": {"groupName": 3}}, "status.groupName", "is not text"),
        ({"status": {"id": "five"}}, "status.id", "is not a whole number"),
        ({"status": {"name": "\ud800"}}, "status.name", "holds half a surrogate pair"),
        ({"error": []}, "error", "is not an object"),
        ({"error": {"permanent": "perhaps"}}, "error.permanent", "is not true or false"),
        ({"doneAt": "soon"}, "doneAt", "is not a date"),
        ({"to": "385\x7f"}, "to", "holds a control character"),
        ({"bulkId": "a\x85b"}, "bulkId", "holds a control character"),
    ],
)
def test_a_bad_report_is_set_aside_with_the_field_and_the_reason(
    change: dict[str, Any], field: str, reason: str
) -> None:
    assert problem_of(parse(REPORT | change, expected="report")) == (field, reason)


@pytest.mark.parametrize("entry", [None, True, 3, "text", [], [MESSAGE]])
def test_an_entry_that_is_no_object_is_set_aside(entry: object) -> None:
    batch = parse(entry)
    assert problem_of(batch) == ("", "is not an object")
    assert json.loads(batch.bad[0].item) == entry


def test_a_bad_item_leaves_the_others_alone() -> None:
    batch = parse(MESSAGE, {"text": "\ud800", "from": "385916242493"}, MESSAGE | {"messageId": "2"})
    assert [item.dedup_key for item in batch.items] == ["m:817790313235066447", "m:2"]
    assert [bad.field for bad in batch.bad] == ["text"]


def test_a_bad_item_is_kept_as_it_came() -> None:
    item = {"from": "385916242493", "text": "\ud800", "huge": 2**70}
    assert json.loads(parse(item).bad[0].item) == item


# Bodies


@pytest.mark.parametrize(
    ("body", "fact"),
    [
        (b"", "The body is empty."),
        (b" \r\n", "The body is empty."),
        (b"results=1", "The body is not JSON."),
        (b'{"results": [NaN]}', "The body is not JSON."),
        (b"[" * 100_000, "The body is not JSON."),
        (b'{"results": "\xff"}', "The body is not UTF-8."),
        (gzip.compress(b'{"results": []}', mtime=0), "The body is compressed with gzip."),
        (b'{"results": "\xed\xa0\x80"}', "The body is not UTF-8."),
        (b"[]", "The body is not a JSON object."),
        (b"null", "The body is not a JSON object."),
        (b"{}", "The body has no list of `results`."),
        (b'{"results": {}}', "The body has no list of `results`."),
        (b'{"results": null}', "The body has no list of `results`."),
        (b'{"results": ' + b"[" * 32 + b"]" * 32 + b"}", "The body is nested deeper than 32 levels."),
    ],
)
def test_a_body_that_is_no_envelope_is_refused(body: bytes, fact: str) -> None:
    assert refusal_of(body) == (400, fact)


def test_a_refusal_says_what_was_expected() -> None:
    with pytest.raises(WebhookError, match=re.escape('{"results": [...]}')):
        parse_inbound(b"{}", expected="message", now=NOW)


def test_thirty_two_levels_are_not_too_deep() -> None:
    body = b'{"results": ' + b"[" * 31 + b"]" * 31 + b"}"
    assert len(parse_inbound(body, expected="message", now=NOW).bad) == 1


def test_a_body_without_results_in_its_list_brings_nothing() -> None:
    assert parse() == InboundBatch(items=())


def test_five_thousand_results_are_taken() -> None:
    assert len(parse(*[MESSAGE] * 5000).items) == 5000


def test_more_than_five_thousand_results_are_refused() -> None:
    body = json.dumps({"results": [0] * 5001}).encode()
    assert refusal_of(body) == (413, "The body has 5001 results, more than 5000.")


# Properties

NAMES = [*MESSAGE, *REPORT, "sender", "doneAt", "error", "id", "integrationType", "results", "notificationType"]
MOMENTS = st.sampled_from(["2026-10-06T09:28:39.220+0000", "9999-12-31T23:59:59-0500", "0001-01-01T00:00:00+0500"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(), max_size=8)
    | st.text(st.characters(categories=["Cs"]), max_size=2)
    | MOMENTS
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=4), inner, max_size=6)
    ),
    max_leaves=20,
)
VARIATIONS = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=4), JSON, max_size=5)
ENTRIES = JSON | st.builds(lambda base, change: base | change, st.sampled_from([MESSAGE, REPORT]), VARIATIONS)
EXPECTED = st.sampled_from(["message", "report", None])


def outcome(body: bytes, expected: Kind | None) -> InboundBatch | str:
    try:
        return parse_inbound(body, expected=expected, now=NOW)
    except WebhookError as problem:
        return problem.fact


def turned(value: Any) -> Any:
    """The same JSON with the keys of every object in reverse."""
    if isinstance(value, dict):
        return {key: turned(value[key]) for key in reversed(value)}
    return [turned(inner) for inner in value] if isinstance(value, list) else value


def essence(item: ReceivedItem | BadItem) -> tuple[Any, ...]:
    if isinstance(item, BadItem):
        return item.field, item.reason, json.loads(item.item)
    return item.dedup_key, item.signal, json.loads(item.raw)


def essences(batch: InboundBatch) -> list[tuple[Any, ...]]:
    return [essence(item) for item in batch.items] + [essence(bad) for bad in batch.bad]


@given(st.binary(max_size=200), EXPECTED)
def test_any_bytes_are_read_or_refused(body: bytes, expected: Kind | None) -> None:
    assert outcome(body, expected)


@given(JSON, EXPECTED)
def test_any_json_is_read_or_refused(document: object, expected: Kind | None) -> None:
    assert outcome(json.dumps(document).encode(), expected)


@given(st.lists(ENTRIES, max_size=5), EXPECTED)
def test_every_result_ends_up_in_items_or_bad(entries: list[object], expected: Kind | None) -> None:
    batch = parse(*entries, expected=expected)
    assert len(batch.items) + len(batch.bad) == len(entries)


@given(ENTRIES)
def test_every_signal_can_be_written_as_json_and_read_back(entry: object) -> None:
    for item in parse(entry).items:
        written = item.signal.model_dump_json(by_alias=True)
        assert type(item.signal).model_validate_json(written) == item.signal
        assert item.raw.encode()


@given(st.lists(ENTRIES, max_size=3), EXPECTED)
def test_the_order_of_keys_changes_nothing(entries: list[object], expected: Kind | None) -> None:
    one, other = parse(*entries, expected=expected), parse(*turned(entries), expected=expected)
    assert essences(one) == essences(other)
    assert one.misdirected == other.misdirected
