"""A real browser, headless and cut off from the network: what a test does with it, and what it has seen."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

T = TypeVar("T")
PATIENCE = 60.0
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
#: Set in CI: a browser that is missing is then a failure.
NEEDED = "NEED_BROWSER"

#: What the element with the keyboard is called; what merely scrolls is called nothing.
_FOCUSED = """
    const e = document.activeElement;
    if (!e.matches("a, button, summary, input, select, textarea")) return "";
    return (e.labels?.[0] ?? e).textContent + (e.ariaLabel ?? "");
"""


def need_browser() -> tuple[str, str]:
    """Where Chromium and its driver are; skips the test where they are not, or fails it where they have to be."""
    browser = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])), None)
    driver = shutil.which("chromedriver")
    if browser is not None and driver is not None:
        return browser, driver
    reason = "no chromium with its chromedriver is installed (Debian: apt install chromium chromium-driver)"
    if os.environ.get(NEEDED):
        pytest.fail(reason)
    pytest.skip(reason)


class Browser:
    """One window; elements are named by CSS selectors, and waited for."""

    def __init__(self, width: int = 1360, height: int = 900) -> None:
        binary, driver = need_browser()
        options = webdriver.ChromeOptions()
        options.binary_location = binary
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        for argument in (
            "--headless=new",
            "--no-sandbox",  # CI runs as root
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            f"--window-size={width},{height}",
        ):
            options.add_argument(argument)
        self.driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
        self.driver.set_script_timeout(PATIENCE)

    def open(self, url: str) -> None:
        """Shows a page."""
        self.driver.get(url)

    def all(self, selector: str) -> list[WebElement]:
        """What is there now."""
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector: str) -> WebElement:
        """The first, once it is there."""
        return self.wait(lambda: self.all(selector)[:1], selector)[0]

    def wait(self, found: Callable[[], T], what: str = "") -> T:
        """What `found` gives once that is something."""

        def look(_: Any) -> T | bool:
            try:
                return found() or False
            except StaleElementReferenceException:  # replaced by news meanwhile
                return False

        return WebDriverWait(self.driver, PATIENCE, 0.05).until(look, f"waited for {what}; page: {self.text('body')}")

    def text(self, selector: str) -> str:
        """The text that is there now, also of what is only read out."""
        return " ".join(
            self.run("return [...document.querySelectorAll(arguments[0])].map(e => e.textContent)", selector)
        )

    def wait_for_text(self, selector: str, part: str) -> None:
        """Waits until the text is there."""
        self.wait(lambda: part in self.text(selector), f"{part!r} in {selector}")

    def seconds_of_processor(self) -> float:
        """What the page's thread has taken of the processor so far, for scripts, styles, layout and painting."""
        self.driver.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
        metrics = self.driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
        return float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))

    def run(self, script: str, *arguments: object) -> Any:
        """What a script of the test gives."""
        return self.driver.execute_script(script, *arguments)

    def press(self, *keys: str) -> None:
        """Types wherever the keyboard is."""
        webdriver.ActionChains(self.driver).send_keys(*keys).perform()

    def tab_to(self, label: str) -> None:
        """Goes on with the Tab key until the focus is on what is called so."""
        for _ in range(80):
            self.press(Keys.TAB)
            if label in self.run(_FOCUSED):
                return
        raise AssertionError(f"the keyboard does not reach {label!r}")

    def strangers(self) -> list[str]:
        """The URLs that were asked for beyond this machine."""
        entries = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        urls = [one["params"]["request"]["url"] for one in entries if one["method"] == "Network.requestWillBeSent"]
        assert urls, "the network log is empty"
        return [url for url in urls if urlsplit(url).scheme != "data" and urlsplit(url).hostname != "127.0.0.1"]

    def complaints(self) -> list[str]:
        """What the browser's console says."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def violations(self) -> list[str]:
        """What keeps people from using the page, as axe-core finds it."""
        self.run(AXE)
        found = self.driver.execute_async_script("axe.run().then(arguments[arguments.length - 1])")["violations"]
        return [f"{one['id']}: {node['html']} - {node['failureSummary']}" for one in found for node in one["nodes"]]

    def prefer(self, scheme: str) -> None:
        """Lets the system be `light` or `dark`."""
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})

    def resize(self, width: int, height: int) -> None:
        """Makes the window a phone's, say."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def forget(self) -> None:
        """Leaves the page, and what was logged of it."""
        self.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        self.prefer("light")
        self.driver.get("about:blank")
        self.driver.get_log("performance")
        self.driver.get_log("browser")

    def close(self) -> None:
        """Ends it."""
        self.driver.quit()
