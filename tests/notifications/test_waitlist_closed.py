"""A cancelled or deleted event on the real MongoDB: all who had anything to do with it hear of that once."""

from bson import ObjectId

from booking_api.http.services import services_of
from booking_api.waitlist import closing
from booking_api.waitlist.service import WaitlistService

from ..apps import run_jobs
from ..builders import book, make_event
from ..waitlist.people import cancel, entry, join


def test_each_hears_once_of_a_cancelled_event_whatever_they_had(real_app, as_real_role, outgoing):
    organizer = as_real_role("organizer")
    booked, both, offered, gone, *waiting = (as_real_role("customer") for _ in range(7))
    event = make_event(organizer, total_tickets=3)
    book(booked, event)
    book(both, event)
    freed = book(gone, event)
    for person in (offered, both, gone, *waiting):
        join(person, event)
    cancel(gone, freed)
    assert gone.delete(f"/events/{event['id']}/waitlist").status_code == 204
    assert entry(offered, event)["status"] == "offered"
    run_jobs(real_app)
    outgoing.messages.clear()
    assert organizer.post(f"/events/{event['id']}/cancel", {"reason": "Rain."}).status_code == 200
    run_jobs(real_app)
    told = sorted((message.to, message.template) for message in outgoing.messages)
    by_notice = [(person.user["email"], "event_cancelled") for person in (booked, both, offered)]
    by_list = [(person.user["email"], "waitlist_closed") for person in waiting]
    assert told == sorted([*by_notice, *by_list])
    assert all("Rain." in message.text for message in outgoing.messages)


def test_each_who_waits_hears_once_of_a_deleted_event(real_app, as_real_role, outgoing, monkeypatch):
    monkeypatch.setattr(closing, "AT_ONCE", 2)
    organizer, gone, *waiting = (as_real_role(role) for role in ("organizer", *["customer"] * 4))
    event = make_event(organizer, title="Fête", venue="Salle", timezone="Europe/Paris", total_tickets=4)
    for person in (gone, *waiting):
        join(person, event, 5)
    assert gone.delete(f"/events/{event['id']}/waitlist").status_code == 204
    run_jobs(real_app)
    outgoing.messages.clear()
    assert organizer.delete(f"/events/{event['id']}").status_code == 204
    run_jobs(real_app)
    served = services_of(real_app)[WaitlistService]
    served.serve({"payload": {"event_id": ObjectId(event["id"])}})  # as a version from before this one asks for it
    run_jobs(real_app)
    assert [entry(person, event)["status"] for person in (gone, *waiting)] == ["left", *["closed"] * 3]
    told = {message.to: message for message in outgoing.messages}
    assert sorted(told) == sorted(person.user["email"] for person in waiting) and len(outgoing.messages) == 3
    for message in told.values():
        assert message.template == "waitlist_closed" and message.reply_to.address == organizer.user["email"]
        assert "Fête" in message.subject and "Salle" in message.text and "Europe/Paris" in message.text
