"""The same work by a Node-RED flow (http in, switch, http request, http response), where `node-red` is on the PATH.

Node-RED keeps nothing: what it has taken is lost when it ends. That is the comparison: durable here, and faster.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.end_to_end import throughput
from benchmarks.stub import Stub

_PREPARE = """
return [msg.payload.results.map(one => ({...msg, headers: {"content-type": "application/json"}, payload: {messages: [
    {sender: "447491163443", destinations: [{to: one.from, messageId: one.messageId}], content: {text: one.text}}
]}}))];
"""


def _flow(stub_url: str, *, size: int) -> list[dict[str, object]]:
    # A body of one is answered when its reply is on its way; one of many, which has one answer only, at once.
    at_once, after = ("out", "") if size > 1 else ("", "out")
    return [
        {"id": "tab", "type": "tab", "label": "reply"},
        _node("in", "http in", "switch", at_once, url="/sms-received-message", method="post"),
        _node(
            *("switch", "switch", "prepare"),
            property="payload.results[0].text",
            propertyType="msg",
            rules=[{"t": "nempty"}],
            checkall="true",
            outputs=1,
        ),
        _node("prepare", "function", "send", func=_PREPARE, outputs=1),
        _node("send", "http request", after, method="POST", ret="txt", persist=True, url=f"{stub_url}/sms/3/messages"),
        _node("out", "http response", statusCode="200"),
    ]


def _node(name: str, kind: str, *following: str, **fields: object) -> dict[str, object]:
    # Without a place on the canvas Node-RED takes a node for a configuration.
    wires = [[one for one in following if one]]
    return {"id": name, "type": kind, "z": "tab", "x": 100, "y": 100, "wires": wires, **fields}


@contextmanager
def _running(program: str, folder: Path, stub_url: str, size: int) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    (folder / "flows.json").write_text(json.dumps(_flow(stub_url, size=size)), encoding="utf-8")
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


def node_red(stub: Stub, *, messages: int, size: int) -> float | None:
    """Replies a second of the flow to bodies of `size` results; None where there is no Node-RED."""
    program = shutil.which("node-red")
    if program is None:
        return None
    with TemporaryDirectory() as folder, _running(program, Path(folder), stub.url, size) as port:
        throughput(stub, port, messages=200, size=size, people=100, run="node-warm")
        return throughput(stub, port, messages=messages, size=size, people=100, run="node")
