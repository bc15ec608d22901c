"""The phones in the browser: what somebody does there, and what they see."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from tests.cli.program import Program

from .chromium import Browser
from .conftest import ANA, RULES

BOX = f"#text-{ANA}"
LAST = f"#log-{ANA} .bubble.out:last-child"


def write(browser: Browser, text: str, number: str = ANA) -> None:
    browser.one(f"#text-{number}").send_keys(text, Keys.ENTER)


def by_hand(browser: Browser) -> None:
    """Reports come when somebody presses a button only."""
    with answered(browser):
        Select(browser.one("#outcome")).select_by_value("NONE")


@contextmanager
def answered(browser: Browser) -> Iterator[None]:
    """Waits until the page's request that the block causes has been answered."""
    count = "performance.getEntriesByType('resource').length"
    before = browser.run(f"return {count}")
    yield
    browser.wait(lambda: browser.run(f"return {count} > arguments[0]", before))


def test_what_is_typed_is_answered_in_the_same_place(browser: Browser) -> None:
    write(browser, "hello")

    browser.wait_for_text(LAST, "You wrote: hello")
    assert browser.one(BOX).get_attribute("value") == ""
    assert [one.get_attribute("class").split()[1] for one in browser.all(f"#log-{ANA} .bubble")] == ["in", "out"]


def test_ticks_follow_the_reports_that_somebody_sends(browser: Browser) -> None:
    by_hand(browser)
    write(browser, "hello")
    browser.wait_for_text(f"{LAST} .tick", "Sent, not yet reported")

    browser.one(f"{LAST} summary").click()
    browser.one(f"{LAST} button[value=UNDELIVERABLE]").click()
    browser.wait_for_text(f"{LAST} .tick", "Undeliverable")
    assert "the phone was off or out of reach" in browser.one(f"{LAST} .tick").get_attribute("title")

    browser.one(f"{LAST} button[value=DELIVERED]").click()
    browser.wait_for_text(f"{LAST} .tick", "Delivered")


def test_a_message_is_pending_while_the_provider_fails(browser: Browser) -> None:
    with answered(browser):
        browser.one("#often").send_keys(Keys.CONTROL, "a")
        browser.one("#often").send_keys("100%", Keys.ENTER)
    browser.wait_for_text("#faults", "429 Too Many Requests: 100%")

    write(browser, "hello")
    browser.wait_for_text(f"{LAST} .tick", "Pending. Tried 1 time.")

    browser.one("#faults button").click()
    browser.wait_for_text("#faults", "all well")
    browser.one("button[value='1h']").click()
    browser.wait_for_text(f"{LAST} .tick", "Delivered")


def test_the_clock_lets_timers_ring_at_once(browser: Browser) -> None:
    write(browser, "JOIN")
    browser.wait_for_text(LAST, "Welcome!")

    browser.one("button[value='1d']").click()

    browser.wait_for_text(LAST, "A day has passed.")
    browser.wait_for_text("#clock", "1 d ahead")


def test_the_story_says_why_and_holds_the_tree_behind_it(browser: Browser) -> None:
    write(browser, "JION")
    browser.wait_for_text("#story", "Reply fired: signal matched, client found; sent 1 message")

    missed = browser.one("#story .missed summary")
    assert "Join the newsletter" in missed.text
    assert "text was JION" in missed.text
    missed.click()
    browser.wait_for_text("#story .missed .failed", "m.text == 'JOIN'")


def test_the_story_of_an_earlier_message_stays_when_it_is_asked_for(browser: Browser) -> None:
    write(browser, "first")
    browser.wait_for_text(LAST, "You wrote: first")
    write(browser, "second")
    browser.wait_for_text(LAST, "You wrote: second")
    browser.wait(lambda: browser.run("return document.querySelectorAll('.story')[0]?.dataset.signal > 1"))

    browser.one(f"#log-{ANA} .bubble.in .why").click()
    browser.wait(lambda: browser.run("return document.querySelector('.story').dataset.signal === '1'"))
    write(browser, "third")
    browser.wait_for_text(LAST, "You wrote: third")
    assert browser.run("return document.querySelector('.story').dataset.signal") == "1"


def test_a_broken_rule_shows_its_error_and_a_mended_one_goes_live(browser: Browser, rules: Path) -> None:
    file = rules / "client.py"
    file.write_text(RULES + "\nif\n")
    line = RULES.count("\n") + 2
    browser.wait_for_text("#problems", f"client.py:{line}:")
    browser.wait_for_text("#rules", "broken")
    write(browser, "still there?")
    browser.wait_for_text(LAST, "You wrote: still there?")

    file.write_text(RULES.replace("You wrote:", "You have written:"))
    browser.wait_for_text("#rules", "loaded again")
    assert browser.text("#problems").strip() == ""
    write(browser, "and now?")
    browser.wait_for_text(LAST, "You have written: and now?")


def test_a_second_phone_is_another_person(browser: Browser) -> None:
    browser.one(".add button").click()
    number = browser.wait(lambda: browser.run("return document.querySelectorAll('.phone')[1]?.id"))[len("phone-") :]

    write(browser, "me too", number)

    browser.wait_for_text(f"#log-{number} .bubble.out", "You wrote: me too")
    assert browser.all(f"#log-{ANA} .bubble") == []


def test_a_number_can_be_changed_and_a_wrong_one_is_explained(browser: Browser) -> None:
    field = browser.one(f"#number-{ANA}")
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys("0981234567", Keys.ENTER)
    browser.wait_for_text("#toast", "is not E.164")
    # The status of a refused form is the one complaint that a console always makes.
    assert ["400" in one for one in browser.complaints()] == [True]

    field.send_keys(Keys.CONTROL, "a")
    field.send_keys("+385 91 624 2493", Keys.ENTER)
    browser.one("#phone-385916242493")
    assert browser.all(f"#phone-{ANA}") == []


def test_the_part_counter_names_the_character_that_forces_unicode(browser: Browser) -> None:
    browser.one(BOX).send_keys("hello")
    browser.wait_for_text(f"#parts-{ANA}", "1 part, GSM-7, 155 left")
    browser.one(BOX).send_keys(" \u017eivjeli")
    browser.wait_for_text(f"#parts-{ANA}", "Unicode because of 'ž' (U+017E)")


def test_texts_of_strangers_are_shown_as_they_are(browser: Browser) -> None:
    text = "<img src=x onerror=alert(1)><script>document.title='got'</script>&amp;"
    write(browser, text)

    browser.wait_for_text(LAST, text)
    browser.wait_for_text("#story", "fired")
    assert browser.all(".log img, .log script, #story img") == []
    assert "SANDBOX" in browser.driver.title


def test_a_message_from_another_terminal_puts_its_phone_up(browser: Browser, dev: Program) -> None:
    item = {"messageId": "m-1", "from": "385916242493", "to": "447491163443", "text": "from elsewhere"}
    httpx.post(f"{dev.url}/sms-received-message", json={"results": [item]}, trust_env=False, timeout=60)

    browser.wait_for_text("#log-385916242493 .bubble.out", "You wrote: from elsewhere")


def test_the_keyboard_is_enough(browser: Browser) -> None:
    by_hand(browser)
    browser.tab_to("Message from")
    browser.press("hello", Keys.ENTER)
    browser.wait_for_text(f"{LAST} .tick", "Sent, not yet reported")
    browser.tab_to("report on")
    browser.press(Keys.ENTER)
    browser.tab_to("expired")
    browser.press(Keys.ENTER)
    browser.wait_for_text(f"{LAST} .tick", "Expired")
    # What was replaced by news left the keyboard where it was.
    assert browser.run("return document.activeElement.value") == "EXPIRED"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1360, 390])
def test_nobody_is_kept_out(browser: Browser, rules: Path, scheme: str, width: int) -> None:
    browser.prefer(scheme)
    browser.resize(width, 900)
    write(browser, "\u017eivjeli")
    browser.wait_for_text("#story", "fired")
    (rules / "client.py").write_text("if\n")
    browser.wait_for_text("#problems", "client.py:1")
    browser.run("for (const one of document.querySelectorAll('details')) one.open = true")

    assert browser.violations() == []
    assert browser.run("return document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"


def test_the_page_is_there_within_a_second(browser: Browser) -> None:
    browser.driver.refresh()

    paint = browser.wait(
        lambda: browser.run("return performance.getEntriesByName('first-contentful-paint')[0]?.startTime")
    )
    assert paint < 1000


def test_a_page_that_was_away_shows_what_it_missed(browser: Browser, dev: Program) -> None:
    write(browser, "one")
    browser.wait_for_text(LAST, "You wrote: one")
    browser.driver.refresh()
    browser.wait_for_text(LAST, "You wrote: one")
    write(browser, "two")
    browser.wait_for_text(LAST, "You wrote: two")
    assert len(browser.driver.find_elements(By.CSS_SELECTOR, ".bubble")) == 4


def test_a_thousand_bubbles_stay_smooth(browser: Browser, dev: Program) -> None:
    items = [{"messageId": f"m-{n}", "from": ANA, "to": "447491163443", "text": f"message {n}"} for n in range(500)]
    httpx.post(f"{dev.url}/sms-received-message", json={"results": items}, trust_env=False, timeout=60)
    browser.wait(lambda: browser.run("return document.querySelectorAll('.bubble').length === 1000"))

    before = browser.seconds_of_processor()
    write(browser, "one more")
    browser.driver.execute_async_script(  # which looks only when something changes, as looking takes time itself
        """
        const [selector, text, done] = arguments;
        const last = () => document.querySelector(selector)?.textContent ?? "";
        const observer = new MutationObserver(look);
        function look() {
            if (!last().includes(text)) return;
            observer.disconnect();
            done();
        }
        observer.observe(document.body, { childList: true, subtree: true, characterData: true });
        look();
        """,
        LAST,
        "You wrote: one more",
    )
    writing = browser.seconds_of_processor() - before
    before = browser.seconds_of_processor()
    frames = 60
    browser.driver.execute_async_script(
        """
        const [id, frames, done] = arguments, log = document.getElementById(id);
        let drawn = 0;
        (function draw() {
            log.scrollTop -= 400;
            if (++drawn < frames) requestAnimationFrame(draw);
            else done();
        })();
        """,
        f"log-{ANA}",
        frames,
    )
    scrolling = (browser.seconds_of_processor() - before) / frames

    # Of the processor's time, as a machine that has other things to do shows any page late.
    assert scrolling < 0.05
    assert writing < 0.5


def test_a_conversation_is_saved_as_a_test_that_passes(browser: Browser, dev: Program, rules: Path) -> None:
    for text, answer in [("hello", "You wrote: hello"), ("JOIN", "Welcome!")]:
        write(browser, text)
        browser.wait_for_text(f"{LAST}", answer)
        browser.wait_for_text(f"{LAST} .tick", "Delivered")
    browser.one("button[value='1d']").click()
    browser.wait_for_text(LAST, "A day has passed.")
    browser.wait_for_text(f"{LAST} .tick", "Delivered")

    saved = httpx.get(browser.one(f"#phone-{ANA} a[download]").get_attribute("href") or "", trust_env=False, timeout=60)

    assert "attachment" in saved.headers["content-disposition"]
    (rules / "saved.sms.txt").write_text(saved.text)
    played = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "saved.sms.txt"], cwd=rules, capture_output=True, text=True, check=False
    )
    assert played.returncode == 0, saved.text + played.stdout


def test_on_a_small_screen_why_stays_in_sight_beside_its_conversation(browser: Browser, dev: Program) -> None:
    browser.resize(390, 844)
    write(browser, "hello")
    browser.wait_for_text(LAST, "You wrote: hello")
    seen = browser.run(
        """
        document.getElementById(arguments[0]).scrollIntoView({ block: "start", behavior: "instant" });
        const of = (element) => element.getBoundingClientRect();
        const [log, why] = [of(document.getElementById(arguments[0])), of(document.querySelector(".trace"))];
        return { log: log.top >= 0 && log.top + 100 < why.top, why: why.bottom <= innerHeight + 1 && why.height > 150 };
        """,
        f"log-{ANA}",
    )
    assert seen == {"log": True, "why": True}
