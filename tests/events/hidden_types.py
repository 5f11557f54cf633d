"""Events with hidden ticket types, and how others see them."""

from bson import ObjectId

from booking_api.events.service import EventService
from booking_api.http.services import services_of

from ..builders import event_fields

OPEN = {"name": "Open", "price": 2500, "total": 6}
DEAR = {"name": "Dear", "price": 9900, "total": 4}
VIP = {"name": "VIP", "price": 100, "total": 5, "hidden": True}
PRESS = {"name": "Press", "price": 50_000, "total": 3, "hidden": True}


def with_types(organizer, *types, **fields):
    """An event with these types, as its organizer sees it."""
    body = event_fields(**fields) | {"ticket_types": list(types)}
    del body["total_tickets"]
    response = organizer.post("/events", body)
    assert response.status_code == 201, response.json
    return response.json


def edit_types(organizer, event, *changes):
    """Change the types of an event in their order: a dict with what changes, None to remove one."""
    entries = [
        {"id": ticket_type["id"]} | change
        for ticket_type, change in zip(event["ticket_types"], changes, strict=True)
        if change is not None
    ]
    response = organizer.patch(f"/events/{event['id']}", {"ticket_types": entries})
    assert response.status_code == 200, response.json
    return response.json


def names(event):
    """The names of the types that an event shows."""
    return [each["name"] for each in event["ticket_types"]]


def numbers(event):
    """What an event shows of its types."""
    shown = ("total_tickets", "available_tickets", "min_price", "max_price")
    return names(event), *(event[name] for name in shown)


def unlock_all(app, *names_of_types):
    """Let any code unlock the types of these names; return the codes that are asked for."""
    asked = []

    def unlock(event, code):
        asked.append(code)
        return {each["_id"] for each in event["ticket_types"] if each["name"] in names_of_types}

    services_of(app)[EventService].unlock = unlock
    return asked


def stored(database, event):
    """An event as it is stored."""
    return database["events"].find_one({"_id": ObjectId(event["id"])})
