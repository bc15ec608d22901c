"""The overview in the browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.program import Program

from .chromium import Browser
from .conftest import ANA, RULES
from .test_phones import LAST, write


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1360, 390])
def test_nobody_is_kept_out(browser: Browser, dev: Program, rules: Path, scheme: str, width: int) -> None:
    browser.prefer(scheme)
    write(browser, "hello")
    browser.wait_for_text(f"{LAST} .tick", "Delivered")
    browser.resize(width, 900)
    browser.open(f"{dev.url}/dashboard")
    browser.run("for (const one of document.querySelectorAll('details')) one.open = true")

    assert browser.violations() == []
    assert browser.run("return document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"


def test_a_message_shows_at_every_step_that_it_went_through(browser: Browser, dev: Program) -> None:
    write(browser, "hello")
    browser.wait_for_text(f"{LAST} .tick", "Delivered")
    browser.open(f"{dev.url}/dashboard")

    rows = "[...document.querySelectorAll(\"[aria-label='How long steps take'] tbody tr\")]"
    counted = browser.run(f"return {rows}.map(row => row.lastElementChild.innerText)")
    assert counted == ["2", "1", "1", "1", "1"]  # the message and its report came as webhooks


def test_a_dead_letter_is_retried_with_mended_rules(browser: Browser, dev: Program, rules: Path) -> None:
    (rules / "client.py").write_text(RULES.replace('"You wrote: " +', "1 +"))
    browser.wait_for_text("#rules", "loaded again")
    write(browser, "hello")
    browser.wait_for_text(f"#log-{ANA} .note", "Dead letter: ")
    (rules / "client.py").write_text(RULES)
    browser.wait_for_text("#rules", "loaded again")
    dev.wait_for_line("loaded again")
    browser.wait(lambda: dev.said.count("loaded again") == 2)

    browser.open(f"{dev.url}/dashboard")
    browser.one("button[aria-label='Retry signal 1']").click()
    browser.wait(lambda: "Retry" not in browser.text("main"))

    browser.open(dev.url)
    browser.wait_for_text(LAST, "You wrote: hello")


@pytest.mark.parametrize("width", [1360, 500, 320])
def test_what_has_long_names_stays_within_its_frame(browser: Browser, dev: Program, rules: Path, width: int) -> None:
    long = "averyveryveryveryveryverylongword" * 4
    (rules / "client.py").write_text(
        RULES.replace('m.text != "JOIN"', 'm.text == "hello"')
        .replace("You wrote: ", f"{long} ")
        .replace("def reply", f"def {long}")
        .replace("Reply.", f"{long}.")
        + f'''
    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text == "fail"))
    def fails(c):
        """Fail."""
        raise ValueError("{long}")

    @when_all(c.signal << signal(InfobipSmsReceivedMessage, m.text == "MTN"))
    def operator(c):
        """Answer whom nobody can answer."""
        InfobipAdapterAPI.send_sms_text_message("{long}", "Hello")
'''
    )
    browser.wait_for_text("#rules", "loaded again")
    for text in ("hello", "MTN", "fail"):
        write(browser, text)
        dev.wait_for_line(f"> {text}")
    browser.wait_for_text(f"#log-{ANA} .note", "Dead letter: ")
    browser.resize(width, 900)
    browser.open(f"{dev.url}/dashboard")
    browser.run("for (const one of document.querySelectorAll('details')) one.open = true")

    assert "Failed, by reason" in browser.text("main")
    assert browser.run("return document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"
