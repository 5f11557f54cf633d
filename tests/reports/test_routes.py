"""Who may take a list of attendees away, what is in it, and how it is called."""

import csv
import io

import openpyxl
import pytest
from bson import ObjectId

from booking_api.http.services import services_of
from booking_api.reports.rows import COLUMNS
from booking_api.reports.service import AttendeeLists

from ..asserting import assert_problem
from ..builders import book, hold, make_event

FILES = ("attendees.csv", "attendees.xlsx")
EVERYTHING = (*FILES, "stats")
each_file = pytest.mark.parametrize("name", FILES)


def lines_of(answer):
    """The lines of a CSV or XLSX file, without its head."""
    if answer.mimetype == "text/csv":
        head, *lines = csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline=""), strict=True)
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
        head, *lines = [["" if cell is None else str(cell) for cell in line] for line in sheet.values]
    assert tuple(head) == COLUMNS
    return [dict(zip(COLUMNS, line, strict=True)) for line in lines]


@pytest.fixture
def lists(app):
    """What makes the files."""
    return services_of(app)[AttendeeLists]


@pytest.mark.parametrize("name", EVERYTHING)
def test_only_the_organizer_of_the_event_gets_it(client, as_role, customer, organizer, event, name):
    path = f"/events/{event['id']}/{name}"
    draft = make_event(organizer, status="draft")
    assert_problem(client.get(path), 401, "token_required")
    assert_problem(customer.get(path), 403, "wrong_role")
    assert_problem(as_role("organizer").get(path), 403, "not_your_event")
    assert_problem(as_role("organizer").get(f"/events/{draft['id']}/{name}"), 404, "event_not_found")
    assert_problem(organizer.get(f"/events/{ObjectId()}/{name}"), 404, "event_not_found")
    assert_problem(organizer.get(f"{path}?x=1"), 422, "validation_failed")
    assert organizer.get(path).status_code == 200


@each_file
def test_it_has_a_row_for_each_ticket_in_every_status_the_oldest_booking_first(clock, organizer, customer, event, name):
    made = []
    for take, quantity in ((book, 2), (hold, 1), (book, 1)):
        made.append(take(customer, event, quantity))
        clock.advance(minutes=1)
    customer.post(f"/bookings/{made[2]['id']}/cancel")
    lines = lines_of(organizer.get(f"/events/{event['id']}/{name}"))
    expected = [(booking["id"], ticket["id"]) for booking in made for ticket in booking["tickets"]]
    assert [(line["booking_id"], line["ticket_id"]) for line in lines] == expected
    assert [line["status"] for line in lines] == ["valid", "valid", "held", "cancelled"]
    assert {(line["customer_name"], line["customer_email"]) for line in lines} == {
        (customer.user["name"], customer.user["email"])
    }
    assert [line["booked_at"] for line in lines[::2]] == [made[0]["created_at"], made[1]["created_at"]]
    assert {(line["price"], line["currency"], line["attendee_name"], line["checked_in_at"]) for line in lines} == {
        ("0", event["currency"], "", "")
    }
    for status, count in {"valid": 2, "held": 1, "cancelled": 1}.items():
        of_status = lines_of(organizer.get(f"/events/{event['id']}/{name}?status={status}"))
        assert of_status == [line for line in lines if line["status"] == status]
        assert len(of_status) == count


@each_file
@pytest.mark.parametrize("query", ["status=confirmed", "status=", "excel=1", "limit=5"])
def test_a_query_that_it_does_not_know_is_refused(organizer, event, name, query):
    assert_problem(organizer.get(f"/events/{event['id']}/{name}?{query}"), 422, "validation_failed")


@each_file
def test_an_event_without_bookings_has_a_head_alone(organizer, event, name):
    assert lines_of(organizer.get(f"/events/{event['id']}/{name}")) == []


def test_more_pages_than_one_follow_each_other(monkeypatch, organizer, customer):
    monkeypatch.setattr("booking_api.reports.service.PAGE", 2)
    monkeypatch.setattr("booking_api.reports.service.ROWS", 3)
    event = make_event(organizer, total_tickets=100)  # all at the same moment: their ids decide
    made = [book(customer, event, quantity) for quantity in (1, 5, 2, 1, 3)]
    lines = lines_of(organizer.get(f"/events/{event['id']}/attendees.csv"))
    assert len(lines) == 12
    assert {line["ticket_id"] for line in lines} == {ticket["id"] for booking in made for ticket in booking["tickets"]}


def test_excel_gets_a_byte_order_mark(organizer, event):
    path = f"/events/{event['id']}/attendees.csv"
    assert organizer.get(f"{path}?excel=true").data.startswith(b"\xef\xbb\xbfbooking_id,")
    assert organizer.get(path).data.startswith(b"booking_id,")


@each_file
def test_it_is_a_file_to_be_saved_under_the_name_of_the_event(organizer, name):
    event = make_event(organizer, title='Ärger/"Jazz"\u202e; 100 %')
    headers = organizer.get(f"/events/{event['id']}/{name}").headers
    extension = name.partition(".")[2]
    assert headers["Content-Disposition"] == (
        f'attachment; filename="Arger Jazz 100 - attendees.{extension}"; '
        f"filename*=UTF-8''%C3%84rger%20Jazz%20100%20-%20attendees.{extension}"
    )
    assert headers["Cache-Control"] == "no-store"
    assert (
        headers["Content-Type"]
        == {
            "csv": "text/csv; charset=utf-8; header=present",
            "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }[extension]
    )


@each_file
def test_head_has_the_same_headers_and_makes_nothing(organizer, event, lists, name):
    path = f"/events/{event['id']}/{name}"
    full, head = (
        organizer.get(path),
        organizer.client.head(f"/api/v1{path}", headers={"Authorization": f"Bearer {organizer.token}"}),
    )
    assert (head.status_code, head.data) == (200, b"")
    for header in ("Content-Type", "Content-Disposition", "Cache-Control"):
        assert head.headers[header] == full.headers[header]
    assert "Content-Length" not in head.headers
    assert lists.being_made() == 0


def test_a_caller_gets_one_file_at_a_time_and_a_process_makes_two(app, as_role, customer, lists, monkeypatch):
    monkeypatch.setattr("booking_api.reports.service.ROWS", 1)
    organizers = [as_role("organizer") for _ in range(3)]
    events = [make_event(organizer) for organizer in organizers]
    for event in events:
        book(customer, event, 2)
    paths = [f"/events/{event['id']}/attendees.csv" for event in events]

    def begin(number):
        token = organizers[number].token
        return app.test_client().get(f"/api/v1{paths[number]}", headers={"Authorization": f"Bearer {token}"})

    first = begin(0)
    assert_problem(organizers[0].get(paths[0]), 503, "exports_busy")
    second = begin(1)
    refused = organizers[2].get(paths[2])
    assert_problem(refused, 503, "exports_busy")
    assert int(refused.headers["Retry-After"]) > 0
    assert lists.being_made() == 2
    first.close()  # the reader goes away
    assert lists.being_made() == 1
    assert len(lines_of(second)) == 2  # the reader has all of it
    second.close()
    assert organizers[2].get(paths[2]).status_code == 200
    assert lists.being_made() == 0
