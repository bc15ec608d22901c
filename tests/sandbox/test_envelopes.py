"""The two error envelopes of the API."""

from __future__ import annotations

from infobip_rules.sandbox.envelopes import Violation, error_body


def test_paths_of_version_3_have_their_own_envelope() -> None:
    body = error_body("/sms/3/messages", 400, [Violation("messages", "must not be empty")])
    assert (body["errorCode"], body["violations"]) == (
        "E400",
        [{"property": "messages", "violation": "must not be empty"}],
    )


def test_the_older_envelope_gathers_violations_by_property() -> None:
    body = error_body("/sms/1/bulks", 400, [Violation("a", "x"), Violation("a", "y"), Violation("b", "z")])
    assert body["requestError"]["serviceException"]["validationErrors"] == {"a": ["x", "y"], "b": ["z"]}


def test_a_status_without_words_of_its_own_has_those_of_a_500() -> None:
    assert error_body("/sms/3/messages", 418)["description"] == "Something went wrong."
    assert error_body("/sms/3/messages", 418)["errorCode"] == "E418"
    assert "validationErrors" not in error_body("/account/1/balance", 418)["requestError"]["serviceException"]
