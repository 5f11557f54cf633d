"""Events in the words of schema.org, as Google's guide to event pages wants them."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId

from booking_api.events.structured_data import StructuredData

from ..api import Api
from ..apps import mongomock_app
from ..asserting import assert_problem
from ..builders import book, make_event, sign_up

ACCEPT = {"Accept": "application/ld+json"}
SHOP = "https://shop.example.com"
NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TYPE = {"_id": ObjectId(), "name": "Stalls", "price": 2500, "available": 5, "sale_starts": None, "sale_ends": None}
EVENT = {
    "_id": ObjectId(),
    "title": "Jazz night",
    "description": "",
    "date": NOW + 30 * DAY,
    "end_date": None,
    "venue": None,
    "timezone": "UTC",
    "status": "published",
    "currency": "EUR",
    "total_tickets": 5,
    "available_tickets": 5,
    "ticket_types": [TYPE],
    "organizer": {"name": "Olga"},
}


@pytest.fixture
def app(clock, outgoing):
    """An app with a shop before it."""
    return mongomock_app(clock, outgoing, frontend_url=SHOP)


def linked(api, event, **headers):
    response = api.get(f"/events/{event['id']}", headers=ACCEPT | headers)
    assert (response.status_code, response.content_type) == (200, "application/ld+json")
    return response.json


def described(**fields):
    return StructuredData(lambda _event: None, lambda: NOW).describe(EVENT | fields)


def offer(event=None, **fields):
    (made,) = described(ticket_types=[TYPE | fields], **(event or {}))["offers"]
    return made


def assert_has_what_google_requires(data):
    """https://developers.google.com/search/docs/appearance/structured-data/event"""
    assert (data["@context"], data["@type"]) == ("https://schema.org", "Event")
    assert data["name"]
    assert datetime.fromisoformat(data["startDate"]).utcoffset() is not None
    assert data["location"]["@type"] == "Place" and data["location"]["address"]
    assert data["eventStatus"] in ("https://schema.org/EventScheduled", "https://schema.org/EventCancelled")
    assert data["offers"]
    for one in data["offers"]:
        assert one["@type"] == "Offer"
        assert re.fullmatch(r"\d+(\.\d+)?", one["price"])
        assert re.fullmatch("[A-Z]{3}", one["priceCurrency"])
        assert one["availability"].removeprefix("https://schema.org/") in ("InStock", "SoldOut", "PreOrder")
        assert one["url"].startswith(SHOP)


def test_an_event_is_described_for_search_engines(client, organizer):
    types = [
        {"name": "Stalls", "price": 9500, "total": 300},
        {"name": "Early bird", "price": 4500, "total": 50, "sale_ends": "2031-01-01T00:00:00Z"},
    ]
    event = make_event(
        organizer,
        date="2031-06-01T18:00:00Z",
        end_date="2031-06-02T01:30:00Z",
        venue="Porgy, Riemergasse 11",
        timezone="Europe/Vienna",
        currency="EUR",
        ticket_types=types,
        total_tickets=350,
    )
    data = linked(client, event)
    assert_has_what_google_requires(data)
    page = f"{SHOP}/events/{event['id']}"
    offers = {"@type": "Offer", "priceCurrency": "EUR", "availability": "https://schema.org/InStock", "url": page}
    assert data == {
        "@context": "https://schema.org",
        "@type": "Event",
        "identifier": event["id"],
        "name": "Jazz night",
        "description": "All night.",
        "startDate": "2031-06-01T20:00:00+02:00",
        "endDate": "2031-06-02T03:30:00+02:00",
        "eventStatus": "https://schema.org/EventScheduled",
        "url": page,
        "location": {"@type": "Place", "name": "Porgy, Riemergasse 11", "address": "Porgy, Riemergasse 11"},
        "organizer": {"@type": "Organization", "name": organizer.user["name"]},
        "offers": [
            offers | {"name": "Stalls", "price": "95.00"},
            offers | {"name": "Early bird", "price": "45.00", "validThrough": "2031-01-01T00:00:00Z"},
        ],
    }


def test_an_event_without_types_is_free(client, organizer, as_role):
    event = make_event(organizer, venue="Porgy", currency="JPY", total_tickets=1)
    data = linked(client, event)
    assert_has_what_google_requires(data)
    assert [(one["price"], one["availability"]) for one in data["offers"]] == [("0", "https://schema.org/InStock")]
    book(as_role("customer"), event)
    (one,) = linked(client, event)["offers"]
    assert one["availability"] == "https://schema.org/SoldOut"


def test_a_cancelled_event_says_so_and_offers_nothing(client, organizer):
    event = make_event(organizer)
    organizer.post(f"/events/{event['id']}/cancel")
    data = linked(client, event)
    assert data["eventStatus"] == "https://schema.org/EventCancelled"
    assert data["offers"][0]["availability"] == "https://schema.org/SoldOut"


def test_what_is_not_known_is_left_out():
    data = described(organizer=None)
    assert not data.keys() & {"description", "endDate", "location", "organizer", "image", "url"}
    assert not data["offers"][0].keys() & {"validFrom", "validThrough", "url"}


def test_an_image_is_shown_where_there_is_one():
    assert described(image_url="https://shop.example.com/a.jpg")["image"] == ["https://shop.example.com/a.jpg"]


@pytest.mark.parametrize(
    ("event", "fields", "availability"),
    [
        ({}, {}, "InStock"),
        ({}, {"available": 0}, "SoldOut"),
        ({}, {"sale_starts": NOW + DAY}, "PreOrder"),
        ({}, {"sale_starts": NOW}, "InStock"),
        ({}, {"sale_starts": NOW + DAY, "available": 0}, "SoldOut"),
        ({}, {"sale_ends": NOW}, "SoldOut"),
        ({}, {"sale_ends": NOW + DAY}, "InStock"),
        ({"sale_starts": NOW + DAY}, {"sale_starts": NOW - DAY}, "PreOrder"),
        ({"sale_ends": NOW - DAY}, {"sale_ends": NOW + DAY}, "SoldOut"),
        ({"date": NOW}, {}, "SoldOut"),
        ({"date": NOW - DAY, "end_date": NOW + DAY}, {}, "InStock"),
        ({"date": NOW - DAY, "end_date": NOW}, {"sale_ends": NOW + DAY}, "SoldOut"),
        ({"status": "cancelled"}, {}, "SoldOut"),
    ],
)
def test_what_can_be_had_now_is_in_stock(event, fields, availability):
    assert offer(event, **fields)["availability"] == f"https://schema.org/{availability}"


def test_a_sale_window_is_that_of_the_event_and_of_the_type():
    narrow = offer({"sale_starts": NOW, "sale_ends": NOW + 3 * DAY}, sale_starts=NOW - DAY, sale_ends=NOW + 2 * DAY)
    assert (narrow["validFrom"], narrow["validThrough"]) == ("2030-01-01T12:00:00Z", "2030-01-03T12:00:00Z")


@pytest.mark.parametrize(("currency", "price"), [("EUR", "25.00"), ("JPY", "2500"), ("KWD", "2.500")])
def test_a_price_is_in_the_currencys_own_unit(currency, price):
    assert offer({"currency": currency})["price"] == price


def test_json_stays_the_default_and_each_representation_has_its_tag(client, organizer):
    event = make_event(organizer)
    path = f"/events/{event['id']}"
    plain, data = client.get(path), client.get(path, headers=ACCEPT)
    for other in ("*/*", "application/json", "text/html"):
        assert client.get(path, headers={"Accept": other}).json == plain.json == event
    assert plain.headers["Vary"] == data.headers["Vary"] == "Accept"
    tag = data.headers["ETag"]
    assert tag != plain.headers["ETag"]
    assert client.get(path, headers=ACCEPT | {"If-None-Match": tag}).status_code == 304
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 200
    changed = organizer.patch(path, {"title": "Blues night"}, headers={"If-Match": tag})
    assert changed.status_code == 200


def test_a_draft_is_described_for_its_organizer_alone(app, organizer, as_role):
    draft = make_event(organizer, status="draft")
    assert linked(organizer, draft)["name"] == "Jazz night"
    for other in (Api(app.test_client()), as_role("customer")):
        assert_problem(other.get(f"/events/{draft['id']}", headers=ACCEPT), 404, "event_not_found")


def test_no_name_ends_the_script_that_a_page_puts_it_in(client, organizer):
    title = "</script><script>alert(1)</script><!-- & ]]>"
    event = make_event(organizer, title=title)
    response = client.get(f"/events/{event['id']}", headers=ACCEPT)
    assert not re.search(rb"[<>&]", response.data)
    assert response.json["name"] == title


def test_without_a_shop_there_is_no_page(clock, outgoing):
    organizer = sign_up(mongomock_app(clock, outgoing), "organizer")
    data = linked(organizer, make_event(organizer))
    assert "url" not in data and "url" not in data["offers"][0]


def test_a_hidden_type_can_be_had_while_others_are_for_the_waiting_list():
    reserved = {"reserved_from": NOW}
    assert offer(reserved)["availability"] == "https://schema.org/SoldOut"
    assert offer(reserved, hidden=True)["availability"] == "https://schema.org/InStock"
