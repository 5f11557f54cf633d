"""A walk through `/docs` in a real browser, from opening an account to a booked ticket, with nothing from elsewhere.

It needs chromium and its driver (Debian: `apt-get install chromium chromium-driver`). Without them it is skipped,
unless `BROWSER_REQUIRED` is set, as `.ci/run` does.
"""

import json
import tempfile
from pathlib import Path

import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from ..browsers import open_browser
from ..processes import Caller, Service

pytestmark = pytest.mark.server

PATIENCE_SECONDS = 120


@pytest.fixture(scope="module")
def service():
    """A running service."""
    with tempfile.TemporaryDirectory(prefix="booking-docs-") as folder, Service(Path(folder) / "var") as running:
        yield running


@pytest.fixture(scope="module")
def browser():
    """A headless chromium with an empty profile."""
    with open_browser() as opened:
        yield opened


class Docs:
    """The page, as somebody uses it who clicks and types."""

    def __init__(self, browser, url):
        self.browser = browser
        self.wait = WebDriverWait(browser, PATIENCE_SECONDS, ignored_exceptions=[StaleElementReferenceException])
        browser.get(f"{url}/docs")

    def find(self, css, within=None):
        """The first element that a selector finds and that can be seen, once there is one."""

        def visible(_browser):
            found = (within or self.browser).find_elements(By.CSS_SELECTOR, css)
            return next((element for element in found if element.is_displayed()), None)

        return self.wait.until(visible, f"nothing at {css}")

    def click(self, css, within=None):
        """Click the first such element."""
        element = self.find(css, within)
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def paste(self, css, text, within=None):
        """Replace what stands in a field, at once: the page is drawn anew at each change."""
        self.find(css, within).send_keys(Keys.CONTROL, "a")
        self.browser.execute_cdp_cmd("Input.insertText", {"text": text})

    def try_out(self, operation_id, example=None, body=None):
        """Open an operation, try it out with one of its examples or a body of one's own; status and answer."""
        block = self.find(f".opblock[id$={operation_id}]")
        if "is-open" not in block.get_attribute("class"):
            self.click(".opblock-summary-control", block)
            self.click(".try-out__btn", block)
        if example:
            Select(self.find(".examples-select-element", block)).select_by_visible_text(example)
        if body:
            self.paste("textarea.body-param__text", json.dumps(body), block)
        for clear in block.find_elements(By.CSS_SELECTOR, ".btn-clear"):  # the answer before
            clear.click()
            self.wait.until(lambda _: not block.find_elements(By.CSS_SELECTOR, ".live-responses-table"))
        self.click(".execute", block)
        status = self.find(".live-responses-table .response .response-col_status", block).text
        answer = self.find(".live-responses-table .response .highlight-code code", block).get_attribute("textContent")
        return int(status.split()[0]), json.loads(answer)

    def authorize(self, token):
        """Give the page another access token by its dialog."""
        self.click(".auth-wrapper .authorize")
        bearer = self.find(".modal-ux .auth-container")
        self.click(".auth-btn-wrapper button:not(.btn-done)", bearer)  # logs out
        self.paste("input", token, bearer)
        self.click(".auth-btn-wrapper button.authorize", bearer)
        self.find(".auth-btn-wrapper button:not(.authorize):not(.btn-done)", bearer)  # it is in
        self.click(".modal-ux .btn-done", None)


@pytest.mark.timeout(600)  # some 15 s where nothing else runs, and 100 where ten processes do
def test_clicking_through_the_documentation_books_a_ticket(browser, service):
    docs = Docs(browser, service.url)
    for person in ("An organizer", "A customer"):
        assert docs.try_out("accounts_register", person)[0] == 201

    # Logging in as the organizer authorizes the page by itself.
    status, session = docs.try_out("accounts_login", "An organizer")
    assert (status, session["user"]["role"]) == (200, "organizer")
    status, event = docs.try_out("events_create", "One kind of ticket")
    assert (status, event["organizer"]["name"]) == (201, session["user"]["name"])

    order = {"event_id": event["id"], "quantity": 2}
    status, problem = docs.try_out("bookings_book", body=order)
    assert (status, problem["code"]) == (403, "wrong_role")

    # The customer has logged in elsewhere; the token is pasted into "Authorize".
    credentials = {"email": "carl@example.com", "password": "correct horse battery"}
    token = Caller(service.url).post("/auth/login", json=credentials).json()["access_token"]
    docs.authorize(token)
    status, booking = docs.try_out("bookings_book", body=order)
    assert (status, booking["status"], len(booking["tickets"])) == (201, "confirmed", 2)
    read = Caller(service.url, token).get(f"/bookings/{booking['id']}").json()
    assert read["tickets"] == booking["tickets"]

    loaded = browser.execute_script("return performance.getEntriesByType('resource').map(entry => entry.name)")
    assert loaded and all(address.startswith((service.url, "data:", "blob:")) for address in loaded)
    complaints = [entry["message"] for entry in browser.get_log("browser") if "403 (FORBIDDEN)" not in entry["message"]]
    assert complaints == []
