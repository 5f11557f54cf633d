"""The operations that a crash may interrupt: each on an event of its own, with the states that it may leave."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from bson import ObjectId

from booking_api.bookings.facts import EVENT_CANCELLED
from booking_api.bookings.wiring import EXPIRE_HOLD, FINISH_CANCELLATION
from booking_api.clock import now
from booking_api.events.inventory import Inventory
from booking_api.http.services import services_of
from booking_api.jobs.outbox import Outbox
from booking_api.storage.client import Transactions

from ..api import Api
from ..builders import book, hold, make_event, sign_up
from .states import booking_state, cancellation_state, hold_state, part_state, sales, totals, transfer_state

TRANSACTION_SECONDS = 6
TYPES = [{"name": "Seat", "price": 2500, "total": 4}, {"name": "Stand", "price": 1000, "total": 6}]


@dataclass
class Site:
    """An app, its database, an organizer and two customers."""

    app: object
    database: object
    organizer: Api = None
    customer: Api = None
    other: Api = None

    def __post_init__(self):
        self.organizer = sign_up(self.app, "organizer")
        self.customer, self.other = sign_up(self.app, "customer"), sign_up(self.app, "customer")

    @property
    def services(self):
        """The services of the app."""
        return services_of(self.app)


@dataclass
class Operation:
    """An operation on an event of its own.

    Its `state` is one of `allowed` wherever it was interrupted, and one of `final` once it was repeated.
    """

    site: Site
    event: dict
    state: object
    allowed: list
    final: list
    person: Api = None
    request: tuple = ()
    job: ObjectId | None = None
    headers: dict = field(default_factory=dict)

    def task(self, at=None):
        """The task for a process that ends `at` one of its commands."""
        if self.job:
            return {"job": str(self.job), "at": at}
        method, path, body = self.request
        headers = self.headers | {"Authorization": f"Bearer {self.person.token}"}
        return {"request": {"method": method, "path": f"/api/v1{path}", "json": body, "headers": headers}, "at": at}

    def repeat(self):
        """Send the request again; a job is run again by the runner that finds it."""
        if not self.job:
            answer = self.person.call(*self.request, headers=self.headers)
            assert answer.status_code in (200, 201), answer.text

    def now(self):
        """The state as the database has it."""
        return self.state(self.site.database, ObjectId(self.event["id"]))


def _order(site, event, state, allowed, *, keyed, final=None, **order):
    request = ("POST", "/bookings", {"event_id": event["id"], **order})
    headers = {"Idempotency-Key": str(ObjectId())} if keyed else {}
    return Operation(site, event, state, allowed, final or allowed[-1:], site.customer, request, headers=headers)


def booking_with_a_key(site):
    """Book two types at once, where customers are limited."""
    typed = {"total_tickets": 10, "ticket_types": TYPES, "currency": "EUR", "max_per_customer": 5}
    event = make_event(site.organizer, **typed)
    items = [
        {"ticket_type_id": ticket_type["id"], "quantity": count}
        for ticket_type, count in zip(event["ticket_types"], (2, 1), strict=True)
    ]
    return _order(site, event, sales, [(0, 10, 0), (1, 7, 1)], keyed=True, items=items)


def booking_without_a_key(site):
    """Book; sent again it may be a second booking."""
    allowed, final = [(0, 10, 0), (1, 8, 1)], [(1, 8, 1), (2, 6, 2)]
    return _order(site, make_event(site.organizer), sales, allowed, keyed=False, final=final, quantity=2)


def holding_with_a_key(site):
    """Hold."""
    event = make_event(site.organizer)
    return _order(site, event, hold_state, [None, ("held", 8, 0, 1)], keyed=True, quantity=2, hold=True)


def _change(site, event, booking, what, allowed, *, keyed):
    headers = {"Idempotency-Key": str(ObjectId())} if keyed else {}
    request = ("POST", f"/bookings/{booking['id']}/{what}", None)
    return Operation(site, event, booking_state, allowed, allowed[-1:], site.customer, request, headers=headers)


def cancelling_a_booking(site, *, keyed):
    """Cancel a confirmed booking."""
    event = make_event(site.organizer)
    booking = book(site.customer, event, 2)
    return _change(site, event, booking, "cancel", [("confirmed", 8, 1, 0), ("cancelled", 10, 1, 0)], keyed=keyed)


def cancelling_a_ticket(site, *, keyed):
    """Cancel one ticket of a booking that goes on."""
    event = make_event(site.organizer)
    booking = book(site.customer, event, 3)
    request = ("POST", f"/bookings/{booking['id']}/cancel", {"ticket_ids": [booking["tickets"][1]["id"]]})
    headers = {"Idempotency-Key": str(ObjectId())} if keyed else {}
    allowed = [(3, 0, 7, 0), (2, 1, 8, 1)]
    return Operation(site, event, part_state, allowed, allowed[-1:], site.customer, request, headers=headers)


def giving_a_ticket_away(site):
    """Give a ticket to somebody, with a key: otherwise it may be given to them twice."""
    event = make_event(site.organizer)
    booking = book(site.customer, event, 2)
    path = f"/bookings/{booking['id']}/tickets/{booking['tickets'][0]['id']}/transfer"
    request = ("POST", path, {"name": "Zoe", "email": "zoe@example.com"})
    headers = {"Idempotency-Key": str(ObjectId())}
    allowed = [(0, 0), (1, 1)]
    return Operation(site, event, transfer_state, allowed, allowed[-1:], site.customer, request, headers=headers)


def confirming_a_hold(site, *, keyed):
    """Confirm a hold."""
    event = make_event(site.organizer)
    booking = hold(site.customer, event, 2)
    return _change(site, event, booking, "confirm", [("held", 8, 0, 1), ("confirmed", 8, 1, 1)], keyed=keyed)


def expiring_a_hold(site):
    """Run the job behind a hold whose time is over."""
    event = make_event(site.organizer)
    booking_id = ObjectId(hold(site.customer, event, 2)["id"])
    over = now() - timedelta(seconds=1)
    site.database["bookings"].update_one({"_id": booking_id}, {"$set": {"hold_expires_at": over}})
    job = site.database["outbox"].find_one_and_update(
        {"kind": EXPIRE_HOLD, "payload.booking_id": booking_id}, {"$set": {"due_at": over}}
    )
    allowed = [("held", 8, 0, 1), ("expired", 10, 0, 1)]
    return Operation(site, event, booking_state, allowed, allowed[-1:], job=job["_id"])


STOPPED = [("cancelled", live, told) for live, told in ((3, 0), (1, 0), (0, 0), (0, 1))]


def _event_with_three_bookings(site):
    event = make_event(site.organizer)
    for _ in range(2):
        book(site.customer, event, 2)
    hold(site.customer, event, 2)
    return event


def cancelling_an_event(site, *, keyed):
    """Cancel an event with bookings enough for two batches."""
    event = _event_with_three_bookings(site)
    headers = {"Idempotency-Key": str(ObjectId())} if keyed else {}
    request = ("POST", f"/events/{event['id']}/cancel", {"reason": "Rain."})
    allowed = [("published", 3, 0), *STOPPED]
    return Operation(site, event, cancellation_state, allowed, STOPPED[-1:], site.organizer, request, headers=headers)


def finishing_a_cancellation(site):
    """Run the job behind a cancelled event whose bookings nobody has cancelled yet."""
    event = _event_with_three_bookings(site)
    event_id, owner = ObjectId(event["id"]), ObjectId(site.organizer.user["id"])

    def stop(unit):
        site.services[Inventory].stop_sales(unit, event_id, owner, None)
        site.services[Outbox].record(unit, EVENT_CANCELLED, [{"event_id": event_id}])

    Transactions(site.database.client, TRANSACTION_SECONDS).run(stop)
    job = site.database["outbox"].find_one({"kind": FINISH_CANCELLATION, "payload.event_id": event_id})
    return Operation(site, event, cancellation_state, STOPPED, STOPPED[-1:], job=job["_id"])


def changing_the_total(site):
    """Put more tickets on sale."""
    event = make_event(site.organizer)
    book(site.customer, event, 2)
    request = ("PATCH", f"/events/{event['id']}", {"total_tickets": 20, "venue": "The barn"})
    allowed = [(10, 8, []), (20, 18, [])]
    return Operation(site, event, totals, allowed, allowed[-1:], site.organizer, request)


def changing_the_types(site):
    """Make one type smaller and the other larger."""
    event = make_event(site.organizer, total_tickets=10, ticket_types=TYPES, currency="EUR")
    seat, stand = (each["id"] for each in event["ticket_types"])
    order = {"event_id": event["id"], "items": [{"ticket_type_id": seat, "quantity": 2}]}
    assert site.customer.post("/bookings", order).status_code == 201
    types = [{"id": seat, "total": 3}, {"id": stand, "total": 9}]
    request = ("PATCH", f"/events/{event['id']}", {"ticket_types": types})
    allowed = [(10, 8, [(4, 2), (6, 6)]), (12, 10, [(3, 1), (9, 9)])]
    return Operation(site, event, totals, allowed, allowed[-1:], site.organizer, request)


OPERATIONS = {
    "booking with a key": booking_with_a_key,
    "booking without a key": booking_without_a_key,
    "holding with a key": holding_with_a_key,
    "cancelling": partial(cancelling_a_booking, keyed=False),
    "cancelling with a key": partial(cancelling_a_booking, keyed=True),
    "cancelling a ticket": partial(cancelling_a_ticket, keyed=False),
    "cancelling a ticket with a key": partial(cancelling_a_ticket, keyed=True),
    "giving a ticket away with a key": giving_a_ticket_away,
    "confirming": partial(confirming_a_hold, keyed=False),
    "confirming with a key": partial(confirming_a_hold, keyed=True),
    "expiring": expiring_a_hold,
    "cancelling an event": partial(cancelling_an_event, keyed=False),
    "cancelling an event with a key": partial(cancelling_an_event, keyed=True),
    "finishing a cancellation": finishing_a_cancellation,
    "changing the total": changing_the_total,
    "changing the ticket types": changing_the_types,
}
