"""What a booking shows of its tickets: who comes, and where each is seen."""

from ..api import Api
from ..apps import mongomock_app
from ..builders import book, make_event, sign_up
from .conftest import PUBLIC


def test_a_ticket_shows_its_address_and_nobody_who_comes_until_it_is_said(ticket):
    assert ticket["url"] == f"{PUBLIC}/t/{ticket['code']}"
    assert (ticket["attendee_name"], ticket["attendee_email"]) == (None, None)


def test_a_ticket_shows_who_comes(customer, evening, change):
    booking = book(customer, evening, 2)
    change(booking["tickets"][1], attendee_name="Bob", attendee_email="bob@example.com")
    first, second = customer.get(f"/bookings/{booking['id']}").json["tickets"]
    assert (first["attendee_name"], second["attendee_name"]) == (None, "Bob")
    assert (first["attendee_email"], second["attendee_email"]) == (None, "bob@example.com")


def test_an_organizer_sees_neither_code_nor_address(organizer, evening, ticket, change):
    change(ticket, attendee_name="Bob")
    answer = organizer.get(f"/events/{evening['id']}/bookings")
    (shown,) = answer.json["items"][0]["tickets"]
    assert shown.keys() == {"id", "ticket_type", "status", "attendee_name", "attendee_email", "checked_in_at"}
    assert shown["attendee_name"] == "Bob"
    assert ticket["code"] not in answer.text


def test_without_an_address_links_lead_to_this_machine_not_to_the_callers_host(clock, outgoing):
    app = mongomock_app(clock, outgoing, host="0.0.0.0", port=8123)
    event = make_event(sign_up(app, "organizer"))
    customer = sign_up(app, "customer")
    order = {"event_id": event["id"], "quantity": 1}
    answer = customer.post("/bookings", order, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
    (ticket,) = answer.json["tickets"]
    assert ticket["url"] == f"http://127.0.0.1:8123/t/{ticket['code']}"
    page = Api(app.test_client()).seen("GET", f"/t/{ticket['code']}", headers={"Host": "evil.example"})
    assert page.status_code == 200
    assert "evil.example" not in page.text
