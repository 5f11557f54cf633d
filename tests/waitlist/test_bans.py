"""Somebody who is banned keeps nobody waiting: there is nobody who could accept an offer."""

from booking_api.accounts.administration import AccountAdministration
from booking_api.http.services import services_of

from ..builders import book, make_event
from .people import all_faults, cancel, entry, join


def test_who_is_banned_leaves_all_lists_and_their_offers_go_to_the_next(real_app, as_real_role):
    organizer, buyer, banned, second = (as_real_role(role) for role in ("organizer", *["customer"] * 3))
    first, other = (make_event(organizer, total_tickets=1, waitlist_policy="strict") for _ in range(2))
    bought = book(buyer, first)
    book(buyer, other)
    for event in (first, other):
        join(banned, event)
    join(second, first)
    cancel(buyer, bought)
    assert [entry(banned, event)["status"] for event in (first, other)] == ["offered", "waiting"]
    administration = services_of(real_app)[AccountAdministration]
    for _ in range(2):
        administration.ban(administration.find(banned.user["id"]), None)
    assert entry(second, first)["status"] == "offered"
    listed = [organizer.get(f"/events/{event['id']}/waitlist/entries").json["items"] for event in (first, other)]
    assert [[each["status"] for each in items] for items in listed] == [["declined", "offered"], ["left"]]
    assert all_faults(real_app) == []
