"""A shop on another origin, in a real browser: it books, and reads every header; a site that is not listed is let in to
nothing.

It needs chromium and its driver, as `tests/openapi/test_docs_in_browser.py` does.
"""

import json
import tempfile
import threading
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from booking_api.http.cors import EXPOSED

from ..browsers import open_browser
from ..builders import PASSWORD
from ..processes import Service

pytestmark = [pytest.mark.server, pytest.mark.timeout(600)]

PATIENCE_SECONDS = 120
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
PAGE = """<!doctype html><meta charset="utf-8"><title>Shop</title><link rel="icon" href="data:,"><pre id="told"></pre>
<script>
const told = document.querySelector("#told");
async function call(method, path, headers = {}, body = undefined) {
  const answer = await fetch(API + path, {method, headers, body: body && JSON.stringify(body)});
  const text = await answer.text();
  return {status: answer.status, headers: Object.fromEntries(answer.headers), body: text && JSON.parse(text)};
}
async function attempt(work) {
  try { return await work(); } catch (error) { return {refused: error.name}; }
}
attempt(work).then(seen => { told.textContent = JSON.stringify(seen); });
</script>
"""
SHOPPING = """
const json = {"Content-Type": "application/json"};
async function work() {
  const session = (await call("POST", "/auth/login", json, LOGIN)).body;
  const traced = {"traceparent": TRACE, "tracestate": "shop=1", "baggage": "cart=7", "sentry-trace": TRACE.slice(3, -3),
    "Cache-Control": "no-cache", "Authorization": `Bearer ${session.access_token}`, "X-Request-ID": "shop-1"};
  const order = () => call("POST", "/bookings", {...json, ...traced, "Idempotency-Key": "cart-7"}, ORDER);
  const seen = {booked: await order(), again: await order()};
  const path = `/bookings/${seen.booked.body.id}`;
  seen.unchanged = await call("GET", path, {...traced, "If-None-Match": seen.booked.headers.etag});
  seen.looked = await call("HEAD", path, traced);
  seen.renamed = await call("PATCH", "/users/me", {...json, ...traced, "If-Match": "*"}, {"name": "Carla"});
  seen.deleted = await call("DELETE", `/events/${ORDER.event_id}`, traced);
  seen.nobody = await call("GET", path);
  seen.wrong = await call("POST", "/users/me", {...json, ...traced}, {});
  for (let tries = 0; tries < 100 && seen.limited?.status !== 429; tries++) {
    seen.limited = await call("POST", "/auth/login", json, {...LOGIN, "password": `guess ${tries}`});
  }
  return seen;
}
"""
INTRUDING = """
const json = {"Content-Type": "application/json"};
async function work() {
  return {read: await attempt(() => call("GET", "/events")), booked: await attempt(() => call("POST", "/bookings",
    {...json, "Authorization": `Bearer ${TOKEN}`}, ORDER))};
}
"""


@contextmanager
def site():
    """A site on a port of its own, and the page that it shows."""
    page = {"text": ""}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page["text"].encode())

        def log_message(self, *_args):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", page
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def sites():
    """The addresses and pages of a site that is listed, and of one that is not."""
    with ExitStack() as stack:
        yield [stack.enter_context(site()) for _ in range(2)]


@pytest.fixture(scope="module")
def service(sites):
    """A service that lists one of them, and counts what it is asked."""
    (listed, _), _ = sites
    with (
        tempfile.TemporaryDirectory(prefix="booking-cors-") as folder,
        Service(Path(folder) / "var", CORS_ORIGINS=listed, RATELIMIT_ENABLED="true") as running,
    ):
        yield running


@pytest.fixture(scope="module")
def browser():
    """A headless chromium with an empty profile."""
    with open_browser() as opened:
        yield opened


def visit(browser, site, script, **constants):
    """What a page of a site has written down after its script has run."""
    address, page = site
    written = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in constants.items())
    page["text"] = PAGE.replace("<script>", f"<script>{written}{script}")
    browser.get(address)
    wait = WebDriverWait(browser, PATIENCE_SECONDS)
    return json.loads(wait.until(lambda _: browser.find_element(By.ID, "told").text, "the page tells nothing"))


def test_a_listed_site_books_from_a_browser_and_reads_every_header(browser, sites, service):
    customer = service.sign_up("customer")
    event = service.sign_up("organizer").post(
        "/events", json={"title": "Jazz", "description": "", "date": "2031-06-01T20:00:00Z", "total_tickets": 5}
    )
    seen = visit(
        browser,
        sites[0],
        SHOPPING,
        API=f"{service.url}/api/v1",
        TRACE=TRACE,
        LOGIN={"email": customer.user["email"], "password": PASSWORD},
        ORDER={"event_id": event.json()["id"], "quantity": 2},
    )
    assert {name: answer["status"] for name, answer in seen.items()} == {
        "booked": 201,
        "again": 201,
        "unchanged": 304,
        "looked": 200,
        "renamed": 200,
        "deleted": 403,
        "nobody": 401,
        "wrong": 405,
        "limited": 429,
    }
    booked = seen["booked"]
    assert booked["headers"]["location"].endswith(booked["body"]["id"])
    assert booked["headers"]["x-request-id"] == "shop-1"
    assert seen["again"]["body"] == booked["body"]
    assert seen["again"]["headers"]["idempotent-replayed"] == "true"
    assert seen["looked"]["headers"]["etag"] == booked["headers"]["etag"]
    assert seen["nobody"]["headers"]["www-authenticate"] == "Bearer"
    assert "GET" in seen["wrong"]["headers"]["allow"]
    assert int(seen["limited"]["headers"]["retry-after"]) > 0
    read = {name for answer in seen.values() for name in answer["headers"]}
    assert {name.lower() for name in EXPOSED} - read <= {"content-disposition"}
    assert len(customer.get("/bookings").json()["items"]) == 1


def test_a_site_that_is_not_listed_reads_nothing_and_books_nothing(browser, sites, service):
    customer = service.sign_up("customer")
    event = service.sign_up("organizer").post(
        "/events", json={"title": "Jazz", "description": "", "date": "2031-06-01T20:00:00Z", "total_tickets": 5}
    )
    order = {"event_id": event.json()["id"], "quantity": 2}
    api = f"{service.url}/api/v1"
    seen = visit(browser, sites[1], INTRUDING, API=api, TOKEN=customer.token, ORDER=order)
    assert seen == {"read": {"refused": "TypeError"}, "booked": {"refused": "TypeError"}}
    assert customer.get("/bookings").json()["items"] == []
