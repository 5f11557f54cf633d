"""Letting guests in, one by one: what is understood, and what is answered."""

import pytest
from bson import ObjectId

from ..asserting import assert_problem
from ..builders import book, hold, make_event
from .doors import AT, Door, key_of

ZOE = {"name": "Zoe", "email": "zoe@example.com"}


def give(customer, booking, number=0, to=ZOE):
    """Give a ticket of a booking away."""
    answer = customer.post(f"/bookings/{booking['id']}/tickets/{booking['tickets'][number]['id']}/transfer", to)
    assert answer.status_code == 200, answer.json


def refused(answer, code, status=409):
    """The problem of a scan that lets nobody in."""
    return assert_problem(answer, status, code)


def test_a_scan_lets_a_guest_in(door, ticket, customer):
    answer = door.scan(ticket)
    assert (answer.status_code, answer.json) == (
        201,
        {
            "ticket": {"id": ticket["id"], "ticket_type": None},
            "attendee": {"name": customer.user["name"]},
            "list": "main",
            "checked_in_at": AT,
        },
    )


def test_what_was_said_of_the_attendee_is_shown_at_the_door(door, customer, organizer):
    seat = {"name": "Seat", "price": 2500, "total": 5}
    event = make_event(organizer, ticket_types=[seat], total_tickets=5)
    items = [{"ticket_type_id": event["ticket_types"][0]["id"], "quantity": 2}]
    booked = customer.post("/bookings", {"event_id": event["id"], "items": items}).json
    named, plain = booked["tickets"]
    customer.patch(f"/bookings/{booked['id']}/tickets/{named['id']}", {"attendee_name": "Zoë"})
    there = Door(organizer, event)
    assert there.scan(named).json["attendee"] == {"name": "Zoë"}
    answer = there.scan(plain).json
    assert answer["attendee"] == {"name": customer.user["name"]}
    assert answer["ticket"] == {"id": plain["id"], "ticket_type": "Seat"}


@pytest.mark.parametrize(
    "read",
    [
        "{code}",
        "  {code}\t",
        "{code}\r\n",
        "\n\n{code}",
        " " * 200 + "{code}" + " " * 200,
        "https://tickets.example.com/t/{code}",
        "http://localhost:8000/t/{code}",
        "HTTPS://EXAMPLE.COM/t/{code}",
        "https://example.com/shop/t/{code}",
        "//example.com/t/{code}",
        "/t/{code}",
        "https://example.com/t/{code}.svg",
        "https://example.com/t/{code}.png",
        "https://example.com/t/{code}.pdf",
        "https://example.com/t/{code}/",
        "https://example.com/t/{code}?lang=de&x=/t/other",
        "https://example.com/t/{code}#top",
        "https://example.com/t/{code}.pdf?print=1#top",
        "  https://example.com/t/{code}\r\n",
    ],
)
def test_a_code_is_understood_as_scanners_send_it(door, ticket, read):
    answer = door.scan(read.format(code=ticket["code"]))
    assert (answer.status_code, answer.json["ticket"]["id"]) == (201, ticket["id"])


@pytest.mark.parametrize(
    "garble",
    [
        lambda code: code[:-1] + ("B" if code[-1] == "A" else "A"),
        lambda code: code.swapcase(),
        lambda code: code[:-1],
        lambda code: code + "A",
        lambda code: f"{code} {code}",
        lambda code: f"https://example.com/tickets/{code}",
        lambda code: f"https://example.com/t/{code}.exe",
        lambda code: f"https://example.com/t/{code}/more",
        lambda code: f"https://example.com/t/?code={code}",
        lambda code: "https://example.com/t/",
        lambda code: "https://example.com",
        lambda code: "{'$gt': ''}",
        lambda code: "Ж" * 22,
        lambda code: "x" * 500,
    ],
)
def test_what_is_no_code_of_a_ticket_is_not_found(door, ticket, garble):
    refused(door.scan(garble(ticket["code"])), "ticket_not_found", 404)
    assert door.scan(ticket).status_code == 201


def test_a_ticket_of_another_event_is_not_found_and_nothing_is_said_of_it(door, organizer, customer):
    elsewhere = make_event(organizer, title="Secret supper")
    (other,) = book(customer, elsewhere)["tickets"]
    unknown = refused(door.scan("x" * 22), "ticket_not_found", 404)
    for answer in (door.scan(other), door.scan_id(other), door.undo(other)):
        problem = refused(answer, "ticket_not_found", 404)
        assert problem | {"request_id": 0, "instance": 0} == unknown | {"request_id": 0, "instance": 0}
    assert door.log()[0]["ticket_id"] is None
    assert "Secret" not in str(door.log()) and customer.user["name"] not in str(door.log())
    assert Door(organizer, elsewhere).log() == []
    assert Door(organizer, elsewhere).scan(other).status_code == 201


def test_a_guest_with_a_dead_phone_comes_in_by_the_id_of_the_ticket(door, ticket):
    answer = door.scan_id(ticket)
    assert (answer.status_code, answer.json["ticket"]["id"]) == (201, ticket["id"])
    assert refused(door.scan(ticket), "already_checked_in")["checked_in_at"] == AT
    refused(door.scan_id({"id": str(ObjectId())}), "ticket_not_found", 404)


def test_a_second_scan_hears_when_the_first_was(door, scanner, gate, ticket, clock):
    door.scan(ticket)
    clock.advance(minutes=7)
    for again in (door, scanner, gate):
        problem = refused(again.scan(ticket), "already_checked_in")
        assert problem["checked_in_at"] == AT and AT in problem["detail"]


def test_tickets_on_hold_let_nobody_in_until_they_are_confirmed(door, customer, event):
    held = hold(customer, event)
    refused(door.scan(held["tickets"][0]), "ticket_held")
    customer.post(f"/bookings/{held['id']}/confirm")
    assert door.scan(held["tickets"][0]).status_code == 201


def test_a_hold_that_has_run_out_lets_nobody_in(door, customer, event, bookings):
    held = hold(customer, event)
    bookings.update_one({"_id": ObjectId(held["id"])}, {"$set": {"status": "expired"}})
    refused(door.scan(held["tickets"][0]), "ticket_cancelled")


@pytest.mark.parametrize("how", ["ticket", "booking", "staff", "event"])
def test_cancelled_tickets_let_nobody_in(door, customer, organizer, event, booking, ticket, how):
    own = f"/bookings/{booking['id']}/cancel"
    answer = {
        "ticket": lambda: customer.post(own, {"ticket_ids": [ticket["id"]]}),
        "booking": lambda: customer.post(own),
        "staff": lambda: organizer.post(f"/events/{event['id']}{own}"),
        "event": lambda: organizer.post(f"/events/{event['id']}/cancel"),
    }[how]()
    assert answer.status_code == 200
    refused(door.scan(ticket), "ticket_cancelled")
    refused(door.scan_id(ticket), "ticket_cancelled")
    others = {door.scan(each).status_code for each in booking["tickets"][1:]}
    assert others == {201 if how == "ticket" else 409}


def test_codes_from_before_a_ticket_was_given_away_are_revoked_for_ever(door, customer, booking, ticket, bookings):
    codes = [ticket["code"]]
    for _ in range(2):
        give(customer, booking)
        codes.append(bookings.find_one({})["tickets"][0]["code"])
    *dead, alive = codes
    for code in dead:
        refused(door.scan(code), "ticket_revoked")
        refused(door.scan(f"https://example.com/t/{code}.pdf"), "ticket_revoked")
    answer = door.scan(alive)
    assert (answer.status_code, answer.json["attendee"]) == (201, {"name": "Zoe"})
    for code in dead:
        refused(door.scan(code), "ticket_revoked")


def test_a_dead_code_means_nothing_at_another_door(organizer, customer, booking, ticket):
    give(customer, booking)
    refused(Door(organizer, make_event(organizer)).scan(ticket), "ticket_not_found", 404)


def test_who_has_a_dead_phone_after_a_transfer_comes_in_by_the_id(door, customer, booking, ticket):
    give(customer, booking)
    assert door.scan_id(ticket).json["attendee"] == {"name": "Zoe"}


def test_a_priced_ticket_that_is_not_paid_lets_its_guest_in(organizer, customer):
    event = make_event(organizer, ticket_types=[{"name": "Seat", "price": 2500, "total": 5}], total_tickets=5)
    items = [{"ticket_type_id": event["ticket_types"][0]["id"], "quantity": 1}]
    booked = customer.post("/bookings", {"event_id": event["id"], "items": items}).json
    assert Door(organizer, event).scan(booked["tickets"][0]).status_code == 201


def test_scanners_and_keys_let_guests_in_and_take_it_back(scanner, gate, booking):
    for there, ticket in zip((scanner, gate), booking["tickets"], strict=False):
        assert there.scan(ticket).status_code == 201
        assert there.undo(ticket).status_code == 204
        assert there.bulk({"code": ticket["code"]})[0]["result"] == "created"
        assert there.log()[0]["outcome"] == "created"
        assert len(there.snapshot()["items"]) == 3


def test_who_works_elsewhere_is_told_nothing(app, scanner, gate, organizer, customer, as_role):
    elsewhere = make_event(organizer)
    (other,) = book(customer, elsewhere)["tickets"]
    refused(Door(scanner.api, elsewhere).scan(other), "wrong_role", 403)
    refused(Door(gate.api, elsewhere).scan(other), "scope_missing", 403)
    refused(Door(as_role("organizer"), elsewhere).scan(other), "not_your_event", 403)
    _, theirs = key_of(app, organizer, elsewhere)
    assert theirs.scan(other).status_code == 201


@pytest.mark.parametrize("status", ["draft", "published"])
def test_an_event_without_bookings_has_a_door(organizer, status):
    door = Door(organizer, make_event(organizer, status=status))
    refused(door.scan("x" * 22), "ticket_not_found", 404)
    assert door.snapshot()["items"] == [] and len(door.log()) == 1
    refused(Door(organizer, {"id": str(ObjectId())}).scan("x"), "event_not_found", 404)
