"""Answers to browsers and their headers."""

from __future__ import annotations

from infobip_rules.pages.headers import HEADERS, back_to, download, page, plain


def test_every_answer_has_the_headers_of_pages() -> None:
    for answer in (page("<p>"), plain("no", 400), download("text", "a.sms.txt"), back_to("/phones")):
        assert HEADERS.items() <= {name.title(): value for name, value in answer.headers.items()}.items()


def test_a_download_has_its_name() -> None:
    assert download("text", "a.sms.txt").headers["content-disposition"] == 'attachment; filename="a.sms.txt"'


def test_a_header_of_the_page_comes_before_the_common_ones() -> None:
    assert page("<p>", headers={"Cache-Control": "private"}).headers["cache-control"] == "private"
