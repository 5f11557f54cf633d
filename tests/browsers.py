"""A real browser for tests, with nothing of the internet in its reach."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service as Driver

from .ports import free_port

TRIES = 3
OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--window-size=1280,2000",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # there is no internet
)


@contextmanager
def open_browser() -> Iterator[webdriver.Chrome]:
    """Open a headless chromium with an empty profile; without one the test is skipped, or fails if one is required."""
    chromium, driver = (shutil.which(program) for program in ("chromium", "chromedriver"))
    if not (chromium and driver):
        (pytest.fail if os.environ.get("BROWSER_REQUIRED") else pytest.skip)("chromium and chromedriver are not here")
    with tempfile.TemporaryDirectory(prefix="booking-chromium-", ignore_cleanup_errors=True) as folder:
        opened = _started(chromium, driver, folder)
        try:
            yield opened
        finally:
            opened.quit()


def _started(chromium: str, driver: str, folder: str) -> webdriver.Chrome:
    """The browser; its driver gives it a minute, which is tried anew where a busy machine needs longer."""
    attempt = 0
    while True:
        attempt += 1
        options = webdriver.ChromeOptions()
        options.binary_location = chromium
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        for option in (*OPTIONS, f"--user-data-dir={folder}/{attempt}"):
            options.add_argument(option)
        try:
            return webdriver.Chrome(options, Driver(driver, port=free_port()))
        except WebDriverException:
            if attempt == TRIES:
                raise
