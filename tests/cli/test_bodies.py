"""Bodies of webhooks as `simulate` posts them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from infobip_rules.channels.builtin import BUILT_IN
from infobip_rules.channels.registry import Channels
from infobip_rules.cli import bodies
from infobip_rules.cli.bodies import FIELDS, WebhookBodyError, as_v2, load, read_body, read_fields
from tests.channels.paging import Paging

MESSAGE = {"messageId": "m-1", "from": "385981234567", "to": "447491163443", "text": "hello"}
REPORT = {"messageId": "m-1", "to": "385981234567", "status": {"groupId": 3, "groupName": "DELIVERED"}}


def body(*entries: dict[str, Any], **more: Any) -> bytes:
    return orjson.dumps({"results": entries, **more})


@pytest.mark.parametrize(("entry", "kind"), [(MESSAGE, "message"), (REPORT, "report")])
def test_the_kind_of_a_body_is_that_of_its_entries(entry: dict[str, Any], kind: str) -> None:
    assert read_body("f", body(entry), allow_unknown=False) == (kind, body(entry))


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        (b"{", "f: "),
        (body(), "f: there is nothing in `results`"),
        (body({"messageId": "m"}), "f: "),
        (body({**MESSAGE, "txt": "x"}), "f: Infobip has no field 'txt' there. Did you mean text?"),
        (body(MESSAGE, pending=0), "f: Infobip has no field 'pending' there."),
    ],
)
def test_a_body_that_infobip_would_not_post_is_refused_with_its_name(text: bytes, fact: str) -> None:
    with pytest.raises(WebhookBodyError) as problem:
        read_body("f", text, allow_unknown=False)
    assert problem.value.fact.startswith(fact)


def test_unknown_fields_may_be_allowed() -> None:
    unknown = body({**MESSAGE, "txt": "x"}, pending=0)
    assert read_body("f", unknown, allow_unknown=True) == ("message", unknown)


def test_a_value_that_is_json_is_taken_as_such() -> None:
    given = ['price={"pricePerMessage": 1}', "smsCount=2", "callbackData=a=b", "keyword=JOIN"]
    assert read_fields(given, "message", allow_unknown=False) == {
        "price": {"pricePerMessage": 1},
        "smsCount": 2,
        "callbackData": "a=b",
        "keyword": "JOIN",
    }


@pytest.mark.parametrize("given", ["callbackData", "bulkId=1"])
def test_a_field_needs_a_value_and_a_documented_name(given: str) -> None:
    with pytest.raises(WebhookBodyError):
        read_fields([given], "message", allow_unknown=False)


def test_version_2_has_other_names_and_no_platform() -> None:
    entry: dict[str, Any] = {"sender": "a", "messageCount": 1, "platform": {"applicationId": "x"}, "status": {}}
    assert as_v2(entry) == {"from": "a", "smsCount": 1, "status": {}, "applicationId": "x"}
    entry = {name: {} for name in FIELDS["report"]}
    assert set(as_v2(entry)) < set(FIELDS["report"])


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(WebhookBodyError, match="can't be read: No such file"):
        load(str(tmp_path / "none.json"))


def test_a_body_of_an_installed_channel_is_read_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    page = {"messageId": "m-1", "from": "385981234567", "to": "447491163443"}
    monkeypatch.setattr(bodies, "installed_channels", lambda: Channels([*BUILT_IN, Paging()]))
    assert read_body("f", body({**page, "beep": 7}), allow_unknown=True)[0] == "message"
    with pytest.raises(WebhookBodyError):  # only its channel knows what is wrong with it
        read_body("f", body({**page, "beep": "seven"}), allow_unknown=True)
