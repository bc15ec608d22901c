"""Secrets: in no error, log, journal or output, whatever a rule does with them."""

from __future__ import annotations

import json
import logging
import pickle
import sqlite3
import string
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infobip_rules import redaction as concealing
from infobip_rules.cli.log_events import event_of
from infobip_rules.cli.log_rendering import json_line, text_line
from infobip_rules.errors import EvaluationError, InfobipRulesError
from infobip_rules.redaction import SHORTEST, conceal, without_secrets
from infobip_rules.settings import Settings
from tests.cli.program import Program
from tests.served_host import item

#: What keys and tokens are made of: what a header and a URL take.
SECRETS = st.text(st.sampled_from(string.ascii_letters + string.digits + string.punctuation), min_size=SHORTEST)
WAYS = st.sampled_from([str, repr, json.dumps, lambda one: quote(one, safe=""), lambda one: f"key={one}&x={one}{one}"])


@pytest.fixture(autouse=True)
def _forgotten_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concealing, "_spellings", [])


@given(SECRETS, SECRETS, WAYS, st.text())
def test_no_spelling_of_a_secret_is_left(key: str, token: str, way, around: str) -> None:  # type: ignore[no-untyped-def]  # a strategy of functions
    concealing._spellings.clear()
    conceal(key, token)
    text = f"{around} {way(key)} {way(token)}"
    for shown in (
        without_secrets(text),
        str(InfobipRulesError(text, text)),
        str(pickle.loads(pickle.dumps(EvaluationError("x", rule="r", traceback=text)))),  # noqa: S301 - our own
        text_line(event_of(_record("x.y reason=%s", text), at="", trace=text)),
        json_line(event_of(_record("anything " + text.replace("%", "%%")), at="", trace=text)),
    ):
        assert key not in shown.replace("***", "\0")
        assert token not in shown.replace("***", "\0")


def _record(template: str, *values: object) -> logging.LogRecord:
    return logging.LogRecord("a", logging.INFO, "", 0, template, values, None)


def test_a_word_too_short_to_be_a_secret_is_left_where_it_is() -> None:
    conceal("rule", "", None)
    assert without_secrets("The rule failed.") == "The rule failed."


def test_reading_the_settings_is_enough() -> None:
    Settings.load(
        None, base_url="https://x.y", api_key="my-own-key", webhook_token="my-own-word", phone_number="4474911634"
    )
    assert str(InfobipRulesError("my-own-key", "my-own-word")) == "*** *** [IR000]"


KEY = "k3y-that-is-nobodys-business"
TOKEN = "t0ken-that-is-nobodys-business"
LEAKING = """
import os, pathlib, sys
from infobip_rules import InfobipSmsReceivedMessage
from infobip_rules.lang import c, m, ruleset, signal, when_all

def secrets():
    found = pathlib.Path(".env").read_text() + " ".join(map(str, os.environ.items()))
    print(found)
    if sys.flags.safe_path:  # in a worker
        print(found, file=sys.stderr, flush=True)
    return found

with ruleset("leaking"):

    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text == "raise"))
    def leak(c):
        raise ValueError(secrets())

    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text == "key"))
    def look(c):
        os.environ["INFOBIP_API_KEY"]
"""


@pytest.fixture
def host(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Program]:
    """A host whose rules tell all that they can find, with the secrets in its environment and in `.env`."""
    (tmp_path / "leaking.py").write_text(LEAKING, encoding="utf-8")
    (tmp_path / ".env").write_text(f"INFOBIP_API_KEY={KEY}\nINFOBIP_WEBHOOK_TOKEN={TOKEN}\n", encoding="utf-8")
    variables = {
        "INFOBIP_BASE_URL": "http://127.0.0.1:9",
        "INFOBIP_PHONE_NUMBER": "447491163443",
        "INFOBIP_API_KEY": KEY,
        "INFOBIP_WEBHOOK_TOKEN": TOKEN,
    }
    arguments = ["--verbose", *request.param, "leaking.py", "--port", "0"]
    with Program(arguments, cwd=tmp_path, variables=variables) as running:
        yield running


@pytest.mark.parametrize(
    "host",
    [["run"], ["--log-format", "json", "run"], ["run", "--in-process"]],
    indirect=True,
    ids=["text", "json", "in process"],
)
def test_a_rule_that_tells_secrets_tells_stars(host: Program, tmp_path: Path) -> None:
    for text in ("raise", "key"):
        body = {"results": [item(text, text)]}
        url = f"{host.url}/sms-received-message?token={TOKEN}"
        httpx.post(url, json=body, trust_env=False, timeout=60).raise_for_status()
    host.wait_for_line("leaking/leak")
    host.wait_for_line("leaking.py:19) failed: KeyError")
    host.wait_for_line("rules.printed")
    assert host.end() == 0
    with sqlite3.connect(tmp_path / "infobip-rules.db") as connection:
        written = "\n".join(connection.iterdump())
    connection.close()
    assert "INFOBIP_API_KEY=***" in written
    for secret in (KEY, TOKEN):
        assert secret not in host.said
        assert secret not in written


def test_a_file_that_tells_them_as_it_is_loaded_tells_stars(tmp_path: Path) -> None:
    (tmp_path / "leaking.py").write_text("import os\nraise ValueError(os.environ['INFOBIP_API_KEY'])\n")
    for command, code in ((["check"], 1), (["dev", "--port", "0"], 3)):
        with Program([*command, "leaking.py"], cwd=tmp_path, variables={"INFOBIP_API_KEY": KEY}) as ran:
            assert ran.wait() == code
            assert KEY not in ran.said
