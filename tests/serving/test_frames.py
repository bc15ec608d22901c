"""The frames between a web worker and its host."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime

import orjson

from infobip_rules.channels.inbound import parse_inbound
from infobip_rules.serving.frames import BatchReceived

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_batch_comes_out_of_its_frame_as_it_went_in() -> None:
    results = [
        {"messageId": "m-1", "from": "385981234567", "to": "447491163443", "text": "hello"},
        {"messageId": "m-2", "to": "447491163443", "text": "nobody's"},
    ]
    batch = parse_inbound(orjson.dumps({"results": results}), expected="message", now=NOW, path="/in")
    frame = pickle.loads(pickle.dumps(BatchReceived.of(7, batch)))  # noqa: S301 - written here
    assert frame.id == 7
    assert frame.batch.items == batch.items
    assert frame.batch.bad == batch.bad
    assert len(batch.items) == len(batch.bad) == 1
    assert (frame.batch.misdirected, frame.batch.path) == (batch.misdirected, "/in")
