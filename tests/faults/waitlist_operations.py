"""The operations of waiting lists that a crash may interrupt, as `operations` has those of bookings."""

from datetime import timedelta
from functools import partial

from bson import ObjectId

from booking_api.bookings.wiring import EXPIRE_HOLD
from booking_api.clock import now
from booking_api.waitlist.wiring import SERVE

from ..builders import book, make_event
from ..waitlist.people import cancel, entry, join
from .operations import Operation


def list_state(database, event_id):
    """What has become of each entry in order, how many wait as the event says, tickets on sale, and offers held."""
    entries = database["waitlist"].find({"event_id": event_id}).sort("number")
    event = database["events"].find_one({"_id": event_id})
    held = {"event_id": event_id, "status": "held", "waitlist_entry_id": {"$exists": True}}
    counts = event.get("waitlist", {}).get("waiting", 0), event["available_tickets"]
    return [each["status"] for each in entries], *counts, database["bookings"].count_documents(held)


def _of(site, event, person, request, *allowed, keyed=False):
    headers = {"Idempotency-Key": str(ObjectId())} if keyed else {}
    return Operation(site, event, list_state, list(allowed), [allowed[-1]], person, request, headers=headers)


def joining(site):
    """Join the list of an event that is sold out, with a key: without one the second answer is a refusal."""
    event = make_event(site.organizer, total_tickets=2)
    book(site.other, event, 2)
    request = ("POST", f"/events/{event['id']}/waitlist", {"quantity": 1})
    return _of(site, event, site.customer, request, ([], 0, 0, 0), (["waiting"], 1, 0, 0), keyed=True)


def joining_for_fewer(site):
    """Join with a key, and be offered at once what is there."""
    event = make_event(site.organizer, total_tickets=3)
    book(site.other, event, 2)
    request = ("POST", f"/events/{event['id']}/waitlist", {"quantity": 2, "min_quantity": 1})
    return _of(site, event, site.customer, request, ([], 0, 1, 0), (["offered"], 0, 0, 1), keyed=True)


def giving_tickets_back(site):
    """Cancel a booking whose tickets go to somebody who waits."""
    event = make_event(site.organizer, total_tickets=2)
    booking = book(site.other, event, 2)
    join(site.customer, event)
    request = ("POST", f"/bookings/{booking['id']}/cancel", None)
    return _of(site, event, site.other, request, (["waiting"], 1, 0, 0), (["offered"], 0, 1, 1))


def _offered(site):
    """An event whose only ticket is offered to the customer, while another waits."""
    event = make_event(site.organizer, total_tickets=1)
    booking = book(site.other, event)
    join(site.customer, event)
    cancel(site.other, booking)
    join(site.other, event)
    return event, entry(site.customer, event)["booking_id"]


OFFERED = (["offered", "waiting"], 1, 0, 1)


def answering(site, what, status, *, keyed):
    """Accept or decline an offer."""
    event, booking_id = _offered(site)
    after = (["accepted", "waiting"], 1, 0, 0) if what == "confirm" else ([status, "offered"], 0, 0, 1)
    return _of(
        site, event, site.customer, ("POST", f"/bookings/{booking_id}/{what}", None), OFFERED, after, keyed=keyed
    )


def expiring_an_offer(site):
    """Run the job behind an offer whose time is over: its ticket goes to the next."""
    event, booking_id = _offered(site)
    over = now() - timedelta(seconds=1)
    site.database["bookings"].update_one({"_id": ObjectId(booking_id)}, {"$set": {"hold_expires_at": over}})
    job = site.database["outbox"].find_one_and_update(
        {"kind": EXPIRE_HOLD, "payload.booking_id": ObjectId(booking_id)}, {"$set": {"due_at": over}}
    )
    after = (["expired", "offered"], 0, 0, 1)
    return Operation(site, event, list_state, [OFFERED, after], [after], job=job["_id"])


def serving_a_raised_total(site):
    """Run the job that offers the tickets of a raised total."""
    event, _ = _offered(site)
    assert site.organizer.patch(f"/events/{event['id']}", {"total_tickets": 3}).status_code == 200
    job = site.database["outbox"].find_one({"kind": SERVE, "payload.event_id": ObjectId(event["id"])})
    site.database["outbox"].update_one({"_id": job["_id"]}, {"$set": {"due_at": now() - timedelta(seconds=1)}})
    before, after = (["offered", "waiting"], 1, 2, 1), (["offered", "offered"], 0, 1, 2)
    return Operation(site, event, list_state, [before, after], [after], job=job["_id"])


WAITLIST_OPERATIONS = {
    "joining a waiting list with a key": joining,
    "joining for fewer tickets with a key": joining_for_fewer,
    "cancelling for who waits": giving_tickets_back,
    "accepting an offer": partial(answering, what="confirm", status="accepted", keyed=False),
    "declining an offer with a key": partial(answering, what="cancel", status="declined", keyed=True),
    "expiring an offer": expiring_an_offer,
    "serving a waiting list": serving_a_raised_total,
}
