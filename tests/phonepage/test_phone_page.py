"""The page of phones over HTTP: who may use it, and what it refuses."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import orjson
import pytest

from infobip_rules.channels.inbound import parse_inbound
from infobip_rules.phonepage.board import Board
from infobip_rules.phonepage.phone_page import PhonePage
from infobip_rules.web import create_app
from infobip_rules.web.overview.entrance import Entrance
from tests.phonepage.conftest import ANA

TOKEN = "the-token-of-this-start"
OWN = {"Origin": "http://127.0.0.1:8080", "X-Requested-With": "page"}


def client(board: Board, *, token: str | None = None, name: str = "127.0.0.1:8080") -> httpx.AsyncClient:
    guard = Entrance(token, local=token is None)

    async def saved(number: str) -> str:
        return f"> {number}: hello\n"

    page = PhonePage(board, guard=guard, saved=saved)
    app = create_app(board.host, token=None, pages=page.routes())
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{name}")


async def test_the_way_in_leads_to_the_phones(board: Board) -> None:
    async with client(board) as browser:
        answer = await browser.get("/", follow_redirects=True)
    assert "SANDBOX" in answer.text
    assert ANA in answer.text


async def test_nothing_from_elsewhere_may_run_or_be_loaded(board: Board) -> None:
    async with client(board) as browser:
        answer = await browser.get("/phones")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "http://" not in answer.text.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in answer.text


async def test_a_phone_that_was_put_away_comes_back_when_its_person_writes_again(board: Board) -> None:
    async def write(message_id: str) -> None:
        item = {"messageId": message_id, "from": "385916242493", "text": "hello"}
        body = orjson.dumps({"results": [item]})
        await board.host.receive(parse_inbound(body, expected=None, now=datetime.now(UTC)))
        await board.refresh()

    await write("m-1")
    assert board.phones.numbers == (ANA, "385916242493")
    board.phones.close("385916242493")
    await board.refresh()
    assert board.phones.numbers == (ANA,)
    await write("m-2")
    assert board.phones.numbers == (ANA, "385916242493")


@pytest.mark.parametrize("path", ["send", "report", "clock", "account", "faults", "faults/clear", "open", "close"])
async def test_another_site_can_do_nothing_here(board: Board, path: str) -> None:
    async with client(board) as browser:
        answer = await browser.post(f"/phones/{path}", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert board.phones.numbers == (ANA,)


async def test_a_strangers_name_that_leads_here_sees_nothing(board: Board) -> None:
    async with client(board, name="evil.example") as browser:
        assert (await browser.get("/phones")).status_code == 403
        assert (await browser.get("/phones/story/1")).status_code == 403


PATHS = ["/", "/phones", "/phones/events", "/phones/parts", "/phones/story/1", f"/phones/{ANA}.sms.txt"]


@pytest.mark.parametrize("path", PATHS)
async def test_with_a_token_nobody_else_sees_anything(board: Board, path: str) -> None:
    async with client(board, token=TOKEN, name="192.0.2.1:8080") as browser:
        refused = await browser.get(path)
        wrong = await browser.get(path, params={"token": "another"}, headers={"Cookie": "infobip-rules=wrong"})
    assert (refused.status_code, wrong.status_code) == (401, 401)
    assert "the terminal shows" in refused.text
    assert ANA not in refused.text


async def test_with_a_token_nobody_else_sends_anything(board: Board) -> None:
    form = {"number": ANA, "text": "hello"}
    async with client(board, token=TOKEN, name="192.0.2.1:8080") as browser:
        refused = await browser.post("/phones/send", data=form, headers={"Origin": "http://192.0.2.1:8080"})
    assert refused.status_code == 401


@pytest.mark.parametrize("path", ["/", "/phones"])
async def test_a_browser_that_came_with_the_token_is_let_in_from_then_on(board: Board, path: str) -> None:
    own = {"Origin": "http://192.0.2.1:8080", "X-Requested-With": "page"}
    async with client(board, token=TOKEN, name="192.0.2.1:8080") as browser:
        came = await browser.get(path, params={"token": TOKEN})
        assert (came.status_code, came.headers["location"]) == (303, "/phones")
        assert ANA in (await browser.get("/phones")).text
        assert (await browser.post("/phones/open", headers=own)).status_code == 204


@pytest.mark.parametrize(
    ("path", "form", "text"),
    [
        ("send", {"number": "385999999999", "text": "x"}, "not on the page"),
        ("report", {"message_id": "nobody's", "status": "DELIVERED"}, "was taken in"),
        ("clock", {"until": "yesterday"}, "no moment"),
        ("clock", {"until": "2001-01-01T00:00"}, "does not go back"),
        ("account", {"outcome": "LOST"}, "no such outcome"),
        ("faults", {"effect": "fire", "often": "1"}, "can't fail so"),
        ("faults", {"effect": "429", "often": "often"}, "How often"),
        ("close", {"number": ANA}, "the last phone"),
        ("rename", {"old": ANA, "number": "12"}, "E.164"),
    ],
)
async def test_what_can_not_be_done_is_said(board: Board, path: str, form: dict[str, str], text: str) -> None:
    async with client(board) as browser:
        answer = await browser.post(f"/phones/{path}", data=form, headers=OWN)
    assert answer.status_code == 400
    assert text in answer.text


async def test_without_a_script_a_form_leads_back_to_the_page(board: Board) -> None:
    async with client(board) as browser:
        answer = await browser.post("/phones/open", headers={"Origin": "http://127.0.0.1:8080"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/phones")
    assert len(board.phones.numbers) == 2


async def test_a_form_that_is_too_large_is_refused(board: Board) -> None:
    async with client(board) as browser:
        answer = await browser.post("/phones/send", content=b"text=" + b"x" * 100_000, headers=OWN)
    assert "larger than" in answer.text


async def test_the_parts_of_a_text_are_counted_while_it_is_typed(board: Board) -> None:
    async with client(board) as browser:
        plain = await browser.get("/phones/parts", params={"text": "hello"})
        accented = await browser.get("/phones/parts", params={"text": "žena"})
    assert plain.json() == {"text": "1 part, GSM-7, 155 left", "forced": False}
    assert accented.json()["forced"] is True


async def test_a_conversation_is_downloaded_under_its_number(board: Board) -> None:
    async with client(board) as browser:
        answer = await browser.get(f"/phones/{ANA}.sms.txt")
        assert (await browser.get("/phones/385999999999.sms.txt")).status_code == 400
    assert answer.headers["content-disposition"] == f'attachment; filename="conversation-{ANA}.sms.txt"'
