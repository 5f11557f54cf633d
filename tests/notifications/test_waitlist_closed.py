"""A cancelled event on the real MongoDB: everybody who had anything to do with it hears of that once."""

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
