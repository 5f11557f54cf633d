"""What the documentation shows of events: three of Olga's."""

from typing import Any

from ..accounts.examples import OLGA, RENAMED
from .structured_data import MEDIA_TYPE, SCHEMA

NEW_EVENT = {
    "title": "Jazz night",
    "description": "All night long.",
    "date": "2031-06-01T20:00:00+02:00",
    "venue": "Porgy",
    "timezone": "Europe/Vienna",
    "currency": "EUR",
    "total_tickets": 100,
}
NEW_EVENT_WITH_TYPES = {
    "title": "Opera gala",
    "description": "In three acts.",
    "date": "2031-09-12T19:00:00+02:00",
    "end_date": "2031-09-12T22:30:00+02:00",
    "venue": "Staatsoper",
    "timezone": "Europe/Vienna",
    "currency": "EUR",
    "sale_ends": "2031-09-12T16:30:00Z",
    "cancel_until": "2031-09-05T22:00:00Z",
    "max_per_customer": 4,
    "ticket_types": [
        {"name": "Stalls", "price": 9500, "total": 300},
        {"name": "Early bird", "price": 4500, "total": 50, "sale_ends": "2031-01-01T00:00:00Z"},
    ],
    "category": "opera",
    "tags": ["gala", "verdi"],
    "image_url": "https://images.example.com/gala.jpg",
    "check_in_lists": ["main"],
    "payment": "manual",
}
NEW_DRAFT = {
    "title": "Book club",
    "description": "Not announced yet.",
    "date": "2031-03-05T18:00:00Z",
    "total_tickets": 8,
    "status": "draft",
}

_SHARED: dict[str, Any] = {
    "end_date": None,
    "sale_starts": None,
    "sale_ends": None,
    "cancel_until": None,
    "venue": None,
    "status": "published",
    "max_per_booking": 10,
    "max_per_customer": None,
    "ticket_types": [],
    "category": None,
    "tags": [],
    "image_url": None,
    "check_in_lists": ["main"],
    "min_price": 0,
    "max_price": 0,
    "waitlist_policy": "first_fit",
    "payment": "none",
    "payment_due_hours": 72,
    "refund_on_cancel": True,
    "waitlist": {"open": True, "waiting": 0},
    "organizer": {"id": OLGA["id"], "name": OLGA["name"]},
    "created_at": "2030-01-01T12:00:00Z",
    "updated_at": "2030-01-01T12:00:00Z",
}
EVENT: dict[str, Any] = {
    **_SHARED,
    **NEW_EVENT,
    "id": "64e0358fd1532700d161f785",
    "date": "2031-06-01T18:00:00Z",
    "available_tickets": 100,
}
EVENT_WITH_TYPES: dict[str, Any] = {
    **_SHARED,
    **NEW_EVENT_WITH_TYPES,
    "id": "b3a7b076b21ab3dd8400ab11",
    "date": "2031-09-12T17:00:00Z",
    "end_date": "2031-09-12T20:30:00Z",
    "total_tickets": 350,
    "available_tickets": 350,
    "min_price": 4500,
    "max_price": 9500,
    "ticket_types": [
        {
            "id": "65b8367b5abb9326b269cd30",
            "name": "Stalls",
            "price": 9500,
            "total": 300,
            "available": 300,
            "sale_starts": None,
            "sale_ends": None,
            "max_per_booking": None,
            "hidden": False,
        },
        {
            "id": "0b363ba8d6b7eea616cc5b9d",
            "name": "Early bird",
            "price": 4500,
            "total": 50,
            "available": 50,
            "sale_starts": None,
            "sale_ends": "2031-01-01T00:00:00Z",
            "max_per_booking": None,
            "hidden": False,
        },
    ],
}
DRAFT = {
    **_SHARED,
    **NEW_DRAFT,
    "id": "b18d6d7751857797b2a41390",
    "timezone": "UTC",
    "currency": "USD",
    "available_tickets": 8,
    "waitlist": {"open": False, "waiting": 0},
}
CHANGES: dict[str, Any] = {"venue": "Stadthalle", "total_tickets": 120}


def _each(plain: dict[str, Any], with_types: dict[str, Any], draft: dict[str, Any]) -> dict[str, Any]:
    return {
        "plain": {"summary": "One kind of ticket", "value": plain},
        "ticket_types": {"summary": "Several ticket types", "value": with_types},
        "draft": {"summary": "A draft, to be published later", "value": draft},
    }


NEW_EVENTS = _each(NEW_EVENT, NEW_EVENT_WITH_TYPES, NEW_DRAFT)
EVENTS = _each(EVENT, EVENT_WITH_TYPES, DRAFT)
PUBLISHED_EVENTS = {"items": [EVENT, EVENT_WITH_TYPES], "next_cursor": None}
OWN_EVENTS = {"items": [each | {"my_role": "owner"} for each in (DRAFT, EVENT_WITH_TYPES, EVENT)], "next_cursor": None}
NEW_STAFF = {"email": RENAMED["email"], "role": "scanner"}
STAFF_MEMBER: dict[str, Any] = {"user": {name: RENAMED[name] for name in ("id", "name", "email")}, "role": "scanner"}
STAFF = {"items": [STAFF_MEMBER], "next_cursor": None}
CHANGED = EVENT | CHANGES | {"available_tickets": 117}
PUBLISHED_DRAFT = DRAFT | {"status": "published", "waitlist": {"open": True, "waiting": 0}}

_BY_OLGA = {"type": "user", "id": OLGA["id"], "name": OLGA["name"]}
HISTORY = {
    "items": [
        {
            "id": "8a1c5e0b7d2f4963a5b8c7d1",
            "at": "2030-01-01T12:00:00Z",
            "actor": _BY_OLGA,
            "action": "event.updated",
            "before": {name: EVENT[name] for name in CHANGES},
            "after": CHANGES,
        },
        {
            "id": "3f6b9d2c1e8a4750b6c9d8e2",
            "at": EVENT["created_at"],
            "actor": _BY_OLGA,
            "action": "event.created",
            "before": None,
            "after": {**NEW_EVENT, "date": EVENT["date"], "status": "published", "max_per_booking": 10},
        },
    ],
    "next_cursor": None,
}


def calendar_of(owner_id: str, sequence: int, *about: str) -> str:
    """Return a calendar file with the first event, as the entry of an event or a booking, with lines about the file."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//booking-api//Event Booking API//EN",
        "METHOD:PUBLISH",
        *about,
        "BEGIN:VEVENT",
        f"UID:{owner_id}@booking-api",
        f"SEQUENCE:{sequence}",
        "STATUS:CONFIRMED",
        "DTSTAMP:20300101T120000Z",
        "LAST-MODIFIED:20300101T120000Z",
        "CREATED:20300101T120000Z",
        "DTSTART:20310601T180000Z",
        "SUMMARY:Jazz night",
        "LOCATION:Porgy",
        "DESCRIPTION:All night long.",
        f'ORGANIZER;CN="{OLGA["name"]}":mailto:bookings@localhost',
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{line}\r\n" for line in lines)


CALENDAR = calendar_of(EVENT["id"], 1)
ABOUT_FEED = ("NAME:Events", "X-WR-CALNAME:Events", "REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H")
FEED = calendar_of(EVENT["id"], 1, *ABOUT_FEED)
_STRUCTURED = {
    "schema": SCHEMA,
    "example": {
        "@context": "https://schema.org",
        "@type": "Event",
        "identifier": EVENT["id"],
        "name": "Jazz night",
        "description": "All night long.",
        "startDate": "2031-06-01T20:00:00+02:00",
        "eventStatus": "https://schema.org/EventScheduled",
        "url": f"https://shop.example.com/events/{EVENT['id']}",
        "location": {"@type": "Place", "name": "Porgy", "address": "Porgy"},
        "organizer": {"@type": "Organization", "name": OLGA["name"]},
        "offers": [
            {
                "@type": "Offer",
                "price": "0.00",
                "priceCurrency": "EUR",
                "availability": "https://schema.org/InStock",
                "url": f"https://shop.example.com/events/{EVENT['id']}",
            }
        ],
    },
}
STRUCTURED_DATA = {MEDIA_TYPE: _STRUCTURED}
