"""Tickets on the real server: they are found by an index, those of older versions too, and no code is in the log."""

import json

import pytest
from bson import ObjectId

from booking_api.bookings.store import BookingStore
from booking_api.bookings.transfers import hash_of
from booking_api.http.services import services_of

from ..api import Api
from ..builders import book, make_event
from ..processes import Service

FORMS = ("", ".svg", ".png", ".pdf", "/", "/x", ".gif", "%20")


def test_a_ticket_is_found_by_an_index(real_app, as_real_role):
    event = make_event(as_real_role("organizer"), total_tickets=100)
    customer = as_real_role("customer")
    tickets = [ticket for _ in range(5) for ticket in book(customer, event, 2)["tickets"]]
    assert Api(real_app.test_client()).seen("GET", f"/t/{tickets[7]['code']}").status_code == 200
    bookings = services_of(real_app)[BookingStore].collection
    plan = bookings.find({"tickets.code": tickets[7]["code"]}).explain()["executionStats"]
    assert (plan["totalKeysExamined"], plan["totalDocsExamined"], plan["nReturned"]) == (1, 1, 1)


def test_a_dead_code_is_found_by_an_index_of_the_bookings_that_have_one(real_app, as_real_role):
    event = make_event(as_real_role("organizer"), total_tickets=100)
    customer = as_real_role("customer")
    given, *others = [book(customer, event, 2) for _ in range(5)]
    store = services_of(real_app)[BookingStore]
    dead = given["tickets"][1]
    assert store.find_by_revoked_code(dead["code"]) is None
    path = f"/bookings/{given['id']}/tickets/{dead['id']}/transfer"
    assert customer.post(path, {"name": "Zoe", "email": "zoe@example.com"}).status_code == 200
    assert str(store.find_by_revoked_code(dead["code"])["_id"]) == given["id"]
    assert store.find_by_revoked_code(others[0]["tickets"][0]["code"]) is None
    assert Api(real_app.test_client()).seen("GET", f"/t/{dead['code']}").status_code == 410
    for code, found in ((dead["code"], 1), ("A" * 22, 0)):
        asked = store.collection.find({"tickets.revoked_codes": hash_of(code)})
        plan = asked.explain()["executionStats"]
        assert (plan["totalKeysExamined"], plan["totalDocsExamined"], plan["nReturned"]) == (found, found, found)
    keys = store.collection.database.command("validate", "bookings")["keysPerIndex"]
    assert keys["tickets.revoked_codes_1"] == 2  # of the one booking: the dead code, and none of the other ticket


def test_bookings_without_tickets_or_codes_do_not_stand_in_each_others_way(real_app):
    bookings = services_of(real_app)[BookingStore].collection
    bookings.insert_many(
        [{"_id": ObjectId(), "tickets": tickets} for tickets in ([], [], [{}], [{}], [{"code": None}])]
    )
    assert Api(real_app.test_client()).seen("GET", f"/t/{'A' * 22}").status_code == 404


@pytest.mark.server
def test_no_code_is_in_the_log_or_the_metrics_however_it_is_asked_for(var_dir):
    with Service(var_dir, LOG_FORMAT="json", LOG_LEVEL="debug") as service:
        event = service.sign_up("organizer").post("/events", json=FIELDS).json()
        customer = service.sign_up("customer")
        booking = customer.post("/bookings", json={"event_id": event["id"], "quantity": 1}).json()
        (ticket,) = booking["tickets"]
        assert ticket["url"] == f"{service.url}/t/{ticket['code']}"
        ask = customer.again(service.url)
        for method in ("GET", "HEAD", "POST", "DELETE", "OPTIONS", "BREW"):
            for form in FORMS:
                super(type(ask), ask).request(method, f"{ticket['url']}{form}", timeout=30)
        for path in (f"//t/{ticket['code']}", f"/T/{ticket['code']}", f"/t//{ticket['code']}", f"/t/?{ticket['code']}"):
            super(type(ask), ask).request("GET", f"{service.url}{path}", timeout=30)
        metrics = super(type(ask), ask).request("GET", f"{service.url}/metrics", timeout=30).text
        assert 'route="/t/<secret:code>.pdf"' in metrics and ticket["code"] not in metrics
        assert service.stop() == 0
        lines = [json.loads(line) for line in service.output().splitlines() if line.startswith("{")]
        asked = [line for line in lines if str(line.get("path", "")).lower().startswith("/t/")]
        assert len(asked) > 40
        assert {line["route"] for line in asked} >= {None, "/t/<secret:code>", "/t/<secret:code>.pdf"}
        assert ticket["code"] not in service.output()


FIELDS = {"title": "Jazz night", "description": "", "date": "2031-06-01T20:00:00Z", "total_tickets": 10}
