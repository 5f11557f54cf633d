"""Tickets as PDF: others read the codes and the text, in whatever script people write."""

import re
import time

import pytest

from ..asserting import assert_problem
from ..builders import book, hold, make_event, sign_up
from .reading import edge_in, pages_of, size_of, without_code

BOX = "▯"
NAMES = [
    "Žofie Nováková-Łukasiewicz",
    "Ångström Ğüneş Þórr",
    "Nguyễn Thị Ánh",
    "Ελένη Παπαδοπούλου",
    "Ὀδυσσεύς",
    "Мария Їжакевич",
    "Ђорђе Љубичић",
    "გიორგი",
]


def of_booking(customer, booking):
    """The PDF of a booking, as an answer."""
    return customer.get(f"/bookings/{booking['id']}/tickets.pdf")


def test_a_ticket_has_all_that_its_page_has_on_a_page_of_a6(customer, ticket, see):
    answer = see(ticket, ".pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.headers["Content-Disposition"] == 'inline; filename="ticket.pdf"'
    ((text, codes),) = pages_of(answer.data)
    assert codes == [ticket["url"]]
    for fact in (
        "Valid",
        "Jazz night",
        "Sunday, 1 June 2031, 20:00–23:00 CEST (Europe/Vienna)",
        "Stadthalle, Wien",
        f"Name {customer.user['name']}",
        " ".join(re.findall(".{1,4}", ticket["code"])),
        ticket["url"],
    ):
        assert fact in text
    assert size_of(answer.data) == (105, 148)


def test_the_rows_of_a_code_are_drawn_without_seams(ticket, see):
    assert max(edge_in(see(ticket, ".pdf").data)) < 32


@pytest.mark.parametrize("name", NAMES)
def test_latin_greek_and_cyrillic_names_are_printed(app, organizer, see, name):
    event = make_event(organizer, title=f"Fest {name}", venue=f"Halle {name}")
    customer = sign_up(app, "customer", name=name)
    ((text, _codes),) = pages_of(see(book(customer, event)["tickets"][0], ".pdf").data)
    assert f"Fest {name}" in text and f"Halle {name}" in text and f"Name {name}" in text
    assert BOX not in text


def test_a_letter_and_its_accent_are_printed_as_one(app, organizer, see):
    customer = sign_up(app, "customer", name="Zoe\u0308 Cafe\u0301")
    ((text, _codes),) = pages_of(see(book(customer, make_event(organizer))["tickets"][0], ".pdf").data)
    assert "Zoë Café" in text


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("李小龍 Lee", f"{BOX * 3} Lee"),
        ("🎷 Jazz", f"{BOX} Jazz"),
        ("👩‍👩‍👧‍👦", BOX * 4),
        ("🇦🇹", BOX * 2),
        ("שלום", BOX * 4),
        ("محمد Ali", f"{BOX * 4} Ali"),
        ("नमस्ते", None),
        ("ก็", None),
        ("\u202egnar", "gnar"),
        ("\ufeff\u200b.", "."),
        ("Z" + "\u0338" * 40, None),
        ("\U000e0001\U0010fffd", BOX),
        ("\ufdfa x", f"{BOX} x"),
        ("ﷺ" * 9, BOX * 9),
    ],
)
def test_what_the_font_lacks_is_seen_to_be_missing_and_never_fails(app, organizer, see, name, shown):
    event = make_event(organizer, title=name, venue=name)
    answer = see(book(sign_up(app, "customer", name=name), event)["tickets"][0], ".pdf")
    assert answer.status_code == 200
    ((text, codes),) = pages_of(answer.data)
    assert len(codes) == 1
    assert text.startswith("Valid") and (shown or "") in text


@pytest.mark.parametrize("sign", ["W", "i", "字", "W ", "🎷", "Ж", "-"])
def test_the_longest_texts_are_whole_and_leave_the_code_readable(app, organizer, see, sign):
    def long(count):
        return (sign * count)[:count].strip()

    types = [{"name": long(100), "price": 2500, "total": 5}]
    fields = {"title": long(200), "venue": long(300), "description": "", "date": "2031-06-01T18:00:00Z"}
    event = organizer.post("/events", fields | {"ticket_types": types}).json
    order = {"event_id": event["id"], "items": [{"ticket_type_id": event["ticket_types"][0]["id"], "quantity": 1}]}
    (ticket,) = sign_up(app, "customer", name=long(100)).post("/bookings", order).json["tickets"]
    ((text, codes),) = pages_of(see(ticket, ".pdf").data)
    assert codes == [ticket["url"]]
    printed = BOX if ord(sign[0]) > 0x3000 else sign.strip()
    assert text.count(printed) >= 700 // len(sign)


@pytest.mark.parametrize(
    ("state", "label"), [("held", "Not yet valid"), ("cancelled", "Cancelled"), ("used", "Used"), ("valid", "Valid")]
)
def test_a_pdf_says_the_state_and_the_code_of_a_dead_ticket_is_covered(in_state, see, state, label):
    ticket = in_state(state)
    ((text, codes),) = pages_of(see(ticket, ".pdf").data)
    assert text.startswith(label)
    assert without_code(text, ticket).count(label) == (2 if state in ("cancelled", "used") else 1)
    assert codes == ([] if state in ("cancelled", "used") else [ticket["url"]])


def test_a_pdf_is_in_the_language_of_the_customer(customer, ticket, see):
    customer.patch("/users/me", {"locale": "de"})
    ((text, _codes),) = pages_of(see(ticket, ".pdf").data)
    assert text.startswith("Gültig") and "20:00–23:00 Uhr MESZ" in text


def test_a_booking_is_printed_with_a_page_for_each_ticket(customer, evening):
    booking = book(customer, evening, 3)
    answer = of_booking(customer, booking)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.headers["Content-Disposition"] == 'inline; filename="tickets.pdf"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert [codes for _text, codes in pages_of(answer.data)] == [[ticket["url"]] for ticket in booking["tickets"]]


def test_a_booking_without_a_valid_ticket_is_not_printed(customer, evening):
    held, cancelled = hold(customer, evening), book(customer, evening)
    customer.post(f"/bookings/{cancelled['id']}/cancel", {})
    for booking in (held, cancelled):
        assert_problem(of_booking(customer, booking), 409, "no_valid_ticket")
    customer.post(f"/bookings/{held['id']}/confirm", {})
    assert of_booking(customer, held).status_code == 200


def test_somebody_elses_booking_is_not_found(as_role, client, organizer, customer, evening):
    booking = book(customer, evening)
    assert_problem(of_booking(as_role("customer"), booking), 404, "booking_not_found")
    assert_problem(of_booking(organizer, booking), 403, "wrong_role")
    assert_problem(of_booking(client, booking), 401, "token_required")
    assert_problem(of_booking(customer, {"id": "0" * 24}), 404, "booking_not_found")


def test_a_hundred_tickets_take_less_than_a_second(customer, evening):
    few, many = book(customer, evening, 1), book(customer, evening, 100)
    of_booking(customer, few)  # loads the fonts
    began = time.thread_time()
    answer = of_booking(customer, many)
    assert time.thread_time() - began < 1  # it is a quarter of one
    assert len(pages_of(answer.data)) == 100
    assert len(answer.data) < 500_000
