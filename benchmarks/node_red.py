"""The same work by Node-RED flows, if `node-red` is on the PATH.

One flow (http in, switch, http request, http response) keeps nothing: what it has taken is lost when it ends. The other
does what this product does before it answers and after it has sent: with the SQLite node (node-red-node-sqlite, its
database as it comes) it keeps each message once and notes that it was answered.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.rates import throughput
from benchmarks.stub import Stub

_PREPARE = """
return [msg.payload.results.map(one => ({...msg, id: one.messageId, headers: {"content-type": "application/json"},
    payload: {messages: [
        {sender: "447491163443", destinations: [{to: one.from, messageId: one.messageId}], content: {text: one.text}}
    ]}
}))];
"""
_KEEP = """
    INSERT INTO inbox (id, item) SELECT value ->> 'messageId', value FROM json_each($results) WHERE true
    ON CONFLICT DO NOTHING RETURNING item"""
_NEW = """
msg.payload = {results: msg.payload.map(row => JSON.parse(row.item))};
return msg;
"""

Nodes = list[dict[str, object]]


def _forgetful(stub_url: str, folder: Path, *, size: int) -> Nodes:
    # A body of one is answered when its reply is on its way; one of many, which has one answer only, at once.
    at_once, after = ("out", "") if size > 1 else ("", "out")
    return [
        _node("in", "http in", "switch", at_once, url="/sms-received-message", method="post"),
        *_replying(stub_url, after),
    ]


def _keeping(stub_url: str, folder: Path, *, size: int) -> Nodes:
    # As before, but nothing is answered before it is on disk.
    kept, after = ("out", "") if size > 1 else ("", "out")
    database = folder / "kept.db"
    with sqlite3.connect(database) as made:
        made.execute("CREATE TABLE inbox (id TEXT PRIMARY KEY, item TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0)")
    made.close()
    sql = {"mydb": "db", "sqlquery": "prepared"}
    return [
        {"id": "db", "type": "sqlitedb", "db": str(database), "mode": "RW"},
        _node("in", "http in", "given", url="/sms-received-message", method="post"),
        _function("given", "keep", "msg.params = {$results: JSON.stringify(msg.payload.results)}; return msg;"),
        _node("keep", "sqlite", "new", kept, sql=_KEEP, **sql),
        _function("new", "switch", _NEW),
        *_replying(stub_url, "sent"),
        _function("sent", "done", "msg.params = {$id: msg.id}; return msg;"),
        _node("done", "sqlite", after, sql="UPDATE inbox SET done = 1 WHERE id = $id", **sql),
    ]


#: The flow that does the same work.
KEEPING = "that keeps what came"
#: By what they do with the messages they take.
FLOWS = {"that keeps nothing": _forgetful, KEEPING: _keeping}


def _replying(stub_url: str, after: str) -> Nodes:
    return [
        {"id": "tab", "type": "tab", "label": "reply"},
        _node(
            "switch",
            "switch",
            "prepare",
            property="payload.results[0].text",
            propertyType="msg",
            rules=[{"t": "nempty"}],
            checkall="true",
            outputs=1,
        ),
        _function("prepare", "send", _PREPARE),
        _node("send", "http request", after, method="POST", ret="txt", persist=True, url=f"{stub_url}/sms/3/messages"),
        _node("out", "http response", statusCode="200"),
    ]


def _function(name: str, following: str, code: str) -> dict[str, object]:
    return _node(name, "function", following, func=code, outputs=1)


def _node(name: str, kind: str, *following: str, **fields: object) -> dict[str, object]:
    # Without a place on the canvas Node-RED takes a node for a configuration node.
    wires = [[node for node in following if node]]
    return {"id": name, "type": kind, "z": "tab", "x": 100, "y": 100, "wires": wires, **fields}


@contextmanager
def _running(program: str, folder: Path, flow: Nodes) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    (folder / "flows.json").write_text(json.dumps(flow), encoding="utf-8")
    (folder / "settings.js").write_text(
        f'module.exports = {{uiHost: "127.0.0.1", uiPort: {port}, flowFile: "flows.json", httpAdminRoot: false}};',
        encoding="utf-8",
    )
    command = [program, "--userDir", str(folder), "--settings", str(folder / "settings.js")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ})
    try:
        _await(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                time.sleep(1)  # the flow is deployed a moment after the port is open
                return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError("Node-RED did not start")


def node_red(stub: Stub, name: str, *, messages: int, size: int) -> float | None:
    """Replies a second of the flow of that name to bodies of `size` results; None if it is not installed."""
    program = shutil.which("node-red")
    if program is None or (name == KEEPING and not _has_sqlite(program)):
        return None
    with TemporaryDirectory() as folder:
        flow = FLOWS[name](stub.url, Path(folder), size=size)
        with _running(program, Path(folder), flow) as port:
            throughput(stub, port, messages=200, size=size, people=100, run="node-warm")
            return throughput(stub, port, messages=messages, size=size, people=100, run="node")


def _has_sqlite(program: str) -> bool:
    # Node-RED finds nodes that are installed beside it.
    return any((folder / "node-red-node-sqlite").is_dir() for folder in Path(program).resolve().parents)
