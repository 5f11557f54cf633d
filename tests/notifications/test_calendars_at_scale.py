"""The entries of a whole batch of mails come from one query of the real server, bounded for each guest."""

import pymongo
from bson import ObjectId

from booking_api import create_app
from booking_api.bookings.guest_store import MOST_OF_A_GUEST, GuestStore
from booking_api.http.services import services_of
from booking_api.jobs.runner import JobRunner

from ..apps import SETTINGS, run_jobs
from ..builders import book, hold, make_event
from ..calendars import checked
from ..commands_sent import Counting


def test_a_guest_has_the_oldest_fifty_and_takes_nothing_from_the_others(database, real_app, as_real_role):
    event = ObjectId(make_event(as_real_role("organizer"))["id"])
    ada, bob = as_real_role("customer"), as_real_role("customer")
    stored = database["bookings"].find_one({"_id": ObjectId(book(ada, {"id": str(event)})["id"])})
    copies = [stored | {"_id": ObjectId()} for _ in range(MOST_OF_A_GUEST + 10)]
    database["bookings"].insert_many(copies)
    bobs = [book(bob, {"id": str(event)}), book(bob, {"id": str(event)})]
    hold(bob, {"id": str(event)})
    guests = [(event, ObjectId(one.user["id"])) for one in (ada, bob, as_real_role("customer"))]
    found = GuestStore(database["bookings"]).bookings_of(guests)
    assert [one["_id"] for one in found[guests[0]]] == [stored["_id"], *(one["_id"] for one in copies)][
        :MOST_OF_A_GUEST
    ]
    assert [str(one["_id"]) for one in found[guests[1]]] == [booking["id"] for booking in bobs]
    assert found.keys() == set(guests[:2])
    assert GuestStore(database["bookings"]).bookings_of([]) == {}


def test_a_batch_of_notices_reads_the_bookings_of_all_its_guests_once(
    mongod, database, real_app, as_real_role, outgoing
):
    organizer, guests = as_real_role("organizer"), [as_real_role("customer") for _ in range(5)]
    events = [make_event(organizer), make_event(organizer)]
    for guest in guests:
        for event in events:
            book(guest, event)
    run_jobs(real_app)
    outgoing.messages.clear()
    for event in events:
        organizer.patch(f"/events/{event['id']}", {"venue": "Attic"})
    listener = Counting()
    with pymongo.MongoClient(mongod, tz_aware=True, event_listeners=[listener], timeoutMS=10_000) as client:
        app = create_app(SETTINGS, database=client[database.name], sender=outgoing)
        run_jobs(app)
        services_of(app)[JobRunner].stop()
    assert len(outgoing.messages) == 10
    for message in outgoing.messages:
        (attached,) = message.attachments
        assert len(checked(attached.content)[1]) == 1
    assert listener.commands_on("bookings").count("aggregate") == 1
