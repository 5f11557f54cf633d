"""What the demo has: people, events, bookings, and who waits for tickets."""

from typing import Any

ORGANIZERS = (
    {"name": "Olga Gruber", "email": "olga@demo.example"},
    {"name": "Kenji Mori", "email": "kenji@demo.example"},
    {"name": "Amara Okafor", "email": "amara@demo.example"},
)
CUSTOMERS = (
    {"name": "Carla Ruiz", "email": "carla@demo.example"},
    {"name": "Dev Patel", "email": "dev@demo.example"},
    {"name": "Femi Balogun", "email": "femi@demo.example"},
    {"name": "Grace Kim", "email": "grace@demo.example"},
    {"name": "Hugo Lind", "email": "hugo@demo.example"},
)
# They have accounts like customers, and `demo_door` puts them on the staff of an event.
STAFF = (
    {"name": "Mina Sato", "email": "mina@demo.example", "works_as": "manager"},
    {"name": "Sam Lindqvist", "email": "sam@demo.example", "works_as": "scanner"},
)
PEOPLE = (("organizer", ORGANIZERS), ("customer", CUSTOMERS), ("customer", STAFF))
SALE = ("sale_starts", "sale_ends")
OPEN_EVENT = "Reading in the park"  # one type of ticket, many left
DOOR_EVENT = "Improv tonight"  # its door is open
# `days` from today at `hour` local time, or `in_hours` from now; `sale` of a ticket type in days from today.
EVENTS: tuple[dict[str, Any], ...] = (
    {
        "by": "olga@demo.example", "title": "Jazz night", "description": "Two sets and a long break.",
        "category": "jazz", "tags": ["live-music", "late-night"],
        "image_url": "https://picsum.photos/seed/jazz-night/800/450",
        "days": 14, "hour": 20, "hours": 4, "venue": "Porgy, Vienna", "timezone": "Europe/Vienna", "currency": "EUR",
        "max_per_customer": 8,
        "ticket_types": [
            {"name": "Standing", "price": 2500, "total": 120},
            {"name": "Table", "price": 4200, "total": 40, "max_per_booking": 6},
        ],
    },
    {
        "by": "olga@demo.example", "title": OPEN_EVENT, "description": "Bring a blanket. Free, but do book.",
        "category": "reading", "tags": ["open-air", "free"],
        "days": 21, "hour": 11, "hours": 3, "venue": "Regent's Park, London", "timezone": "Europe/London",
        "currency": "GBP", "total_tickets": 200,
    },
    {
        "by": "kenji@demo.example", "title": "Tokyo Python evening", "description": "Three talks, then noodles.",
        "category": "meetup", "tags": ["python", "food"],
        "days": 30, "hour": 19, "hours": 3, "venue": "Shibuya, Tokyo", "timezone": "Asia/Tokyo", "currency": "JPY",
        "ticket_types": [
            {"name": "Early", "price": 1500, "total": 30, "sale": (None, 14)},
            {"name": "Regular", "price": 2500, "total": 50, "sale": (14, 30)},
        ],
    },
    {
        "by": "kenji@demo.example", "title": "Chef's table", "description": "Four seats, nine courses. Some wait.",
        "category": "dining", "tags": ["food"],
        "image_url": "https://picsum.photos/seed/chefs-table/800/450",
        "days": 45, "hour": 18, "hours": 4, "venue": "Kyoto", "timezone": "Asia/Tokyo", "currency": "JPY",
        "ticket_types": [{"name": "Seat", "price": 32000, "total": 4}],
    },
    {
        "by": "olga@demo.example", "title": "Chamber music", "description": "Paid in advance, by transfer or in cash.",
        "category": "classical", "tags": ["quartet"],
        "days": 35, "hour": 19, "hours": 2, "venue": "Konzerthaus, Vienna", "timezone": "Europe/Vienna",
        "currency": "EUR", "payment": "manual",
        "ticket_types": [
            {"name": "Stalls", "price": 4800, "total": 60},
            {"name": "Balcony", "price": 2999, "total": 40},
            {"name": "Friends", "price": 1900, "total": 10, "hidden": True},
        ],
    },
    {
        "by": "amara@demo.example", "title": "Stand-up marathon", "description": "Twelve comedians, one microphone.",
        "category": "comedy", "tags": ["live", "late-night"],
        "days": 60, "hour": 21, "hours": 6, "venue": "Brooklyn, New York", "timezone": "America/New_York",
        "currency": "USD",
        "ticket_types": [
            {"name": "General", "price": 4500, "total": 300},
            {"name": "Front row", "price": 9500, "total": 20, "max_per_booking": 2},
        ],
    },
    {
        "by": "amara@demo.example", "title": "Lagos design week", "description": "Still a draft: only Amara sees it.",
        "days": 90, "hour": 10, "hours": 72, "venue": "Lagos", "timezone": "Africa/Lagos", "currency": "NGN",
        "total_tickets": 1000, "status": "draft",
    },
    {
        "by": "amara@demo.example", "title": DOOR_EVENT, "description": "Free. The door is open, and some are in.",
        "category": "comedy", "tags": ["free", "live"],
        "in_hours": 1, "hours": 3, "venue": "Freedom Park, Lagos", "timezone": "Africa/Lagos", "currency": "NGN",
        "total_tickets": 80,
    },
)  # fmt: skip
# Customer, event, `{ticket type: quantity}`, and the state of the booking.
BOOKINGS: tuple[tuple[str, str, dict[str | None, int], str], ...] = (
    ("carla@demo.example", "Jazz night", {"Standing": 2}, "confirmed"),
    ("dev@demo.example", "Jazz night", {"Table": 4, "Standing": 1}, "confirmed"),
    ("femi@demo.example", "Jazz night", {"Standing": 3}, "held"),
    ("carla@demo.example", "Tokyo Python evening", {"Early": 1}, "confirmed"),
    ("dev@demo.example", "Chef's table", {"Seat": 2}, "confirmed"),
    ("femi@demo.example", "Chef's table", {"Seat": 1}, "held, then confirmed"),
    ("femi@demo.example", "Stand-up marathon", {"General": 5}, "confirmed"),
    ("carla@demo.example", "Stand-up marathon", {"Front row": 2}, "cancelled"),
    ("dev@demo.example", OPEN_EVENT, {None: 3}, "confirmed"),
    ("carla@demo.example", DOOR_EVENT, {None: 2}, "confirmed"),
    ("dev@demo.example", DOOR_EVENT, {None: 3}, "confirmed"),
    ("femi@demo.example", DOOR_EVENT, {None: 1}, "cancelled"),
)
# Customer, event, ticket type, and how many they wait for, from `min_quantity` on. The first is offered the last seat.
WAITING: tuple[tuple[str, str, str, int, int], ...] = (
    ("carla@demo.example", "Chef's table", "Seat", 2, 1),
    ("grace@demo.example", "Chef's table", "Seat", 1, 1),
    ("hugo@demo.example", "Chef's table", "Seat", 4, 2),
)
