from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infobip_rules.infobip.exchange import ApiFault, Reply, longer_than_waited, read_fault, retry_after

from .samples import sample_reply


def test_the_v3_envelope_is_read() -> None:
    assert read_fault(sample_reply("error_v3_400.json", 400)) == ApiFault(
        status=400,
        code="E400",
        text="Request cannot be processed.",
        action="Check the syntax, violations and adjust the request.",
        violations=("messages[0].destinations[0].to: must not be null",),
    )


def test_the_legacy_envelope_is_read() -> None:
    assert read_fault(sample_reply("error_legacy_400_validation.json", 400)) == ApiFault(
        status=400,
        code="BAD_REQUEST",
        text="Bad request",
        violations=("messages[0].destinations: must not be empty",),
    )


@pytest.mark.parametrize(
    ("name", "status", "sentence"),
    [
        ("error_v3_429.json", 429, "Infobip answered 429 (E429): Too many requests sent."),
        ("error_v3_500.json", 500, "Infobip answered 500 (E500): Something went wrong."),
        ("error_legacy_401.json", 401, "Infobip answered 401 (UNAUTHORIZED): Unauthorized."),
    ],
)
def test_a_fault_is_told_in_a_sentence(name: str, status: int, sentence: str) -> None:
    assert read_fault(sample_reply(name, status)).sentence == sentence


def test_violations_follow_the_sentence() -> None:
    fault = ApiFault(status=400, text="No.", violations=("to: must not be null", "text: too long"))
    assert fault.sentence == "Infobip answered 400: No. to: must not be null; text: too long."


def test_of_a_gateways_page_the_words_are_kept() -> None:
    page = b"<html><style>h1 {color: red}</style><h1>502 Bad&nbsp;Gateway</h1>\n<p>nginx</p></html>"
    assert read_fault(Reply(status=502, body=page)).text == "502 Bad Gateway nginx"


def test_a_long_text_is_shortened() -> None:
    assert len(read_fault(Reply(status=502, body=b"no " * 2000)).text) < 250


def test_an_empty_body_leaves_the_status() -> None:
    assert read_fault(Reply(status=503)).sentence == "Infobip answered 503."


def test_a_number_in_a_fault_is_masked() -> None:
    body = b'{"errorCode": "E400", "description": "385981234567 is not allowed"}'
    assert read_fault(Reply(status=400, body=body)).text == "385*****4567 is not allowed"


@given(st.binary(max_size=300))
def test_any_body_can_be_told(body: bytes) -> None:
    assert read_fault(Reply(status=500, body=body)).sentence.startswith("Infobip answered 500")


DATE = "Mon, 09 Nov 2026 16:00:00 GMT"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        ("999999999", 86_400),
        ("Mon, 09 Nov 2026 16:00:30 GMT", 30),
        ("Mon, 09 Nov 2026 15:00:00 GMT", 0),
        ("Mon, 09 Nov 2046 15:00:00 GMT", 86_400),
        ("Mon, 09 Nov 2026 16:00:30 -0000", 30),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_the_time_to_wait_is_read_as_seconds_or_as_a_date(value: str, seconds: float | None) -> None:
    assert retry_after(Reply(status=429, headers={"Retry-After": value, "date": DATE})) == seconds


@pytest.mark.parametrize("value", ["86401", "315360000000", "9" * 400, "Tue, 01 Jan 2999 00:00:00 GMT"])
def test_a_wait_of_years_is_a_day_and_that_is_said(value: str) -> None:
    reply = Reply(status=429, headers={"Retry-After": value, "date": DATE})
    assert retry_after(reply) == 86_400
    assert "a day is waited" in longer_than_waited(reply)


@pytest.mark.parametrize("value", ["", "0", "86400", "soon"])
def test_of_a_shorter_wait_there_is_nothing_to_say(value: str) -> None:
    assert longer_than_waited(Reply(status=429, headers={"Retry-After": value, "date": DATE})) == ""


def test_a_date_to_wait_for_says_nothing_without_the_date_of_the_answer() -> None:
    assert retry_after(Reply(status=429, headers={"Retry-After": DATE})) is None


def test_a_reply_shows_neither_its_headers_nor_its_body() -> None:
    assert repr(Reply(status=200, headers={"X-Echo": "App key"}, body=b"Hi Ana")) == "Reply(status=200)"
