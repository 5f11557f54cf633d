"""One event each, ready for one operation, and the states it may be in if the process dies in the midst of it."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from bson import ObjectId

from booking_api.bookings.cancellation import EVENT_CANCELLED_FACT, EventCancellation
from booking_api.bookings.wiring import EXPIRE_HOLD, FINISH_CANCELLATION
from booking_api.clock import now
from booking_api.events.service import EventService
from booking_api.http.services import services_of
from booking_api.jobs.outbox import Outbox
from booking_api.notifications.booking_mails import CONFIRM
from booking_api.notifications.service import TELL

from ..api import Api
from ..builders import book, make_event, sign_up

TYPES = [{"name": "Seat", "price": 2500, "total": 4}, {"name": "Stand", "price": 1000, "total": 6}]


@dataclass
class Stage:
    """An app, its database, and the people who play."""

    app: object
    database: object
    organizer: Api = None
    customer: Api = None

    def __post_init__(self):
        self.organizer, self.customer = sign_up(self.app, "organizer"), sign_up(self.app, "customer")

    @property
    def services(self):
        """The services of the app."""
        return services_of(self.app)


@dataclass
class Scene:
    """An operation on an event of its own; `state` is one of `allowed` whenever it ends, and `final` once repeated."""

    stage: Stage
    event: dict
    state: object
    allowed: list
    final: list
    person: Api = None
    request: tuple = ()
    job: ObjectId | None = None
    headers: dict = field(default_factory=dict)

    def task(self, at=None):
        """The operation for a victim."""
        if self.job:
            return {"job": str(self.job), "at": at}
        method, path, body = self.request
        headers = self.headers | {"Authorization": f"Bearer {self.person.token}"}
        return {"request": {"method": method, "path": f"/api/v1{path}", "json": body, "headers": headers}, "at": at}

    def repeat(self):
        """Send the request again; jobs are found by those who look for work."""
        if not self.job:
            answer = self.person.call(*self.request, headers=self.headers)
            assert answer.status_code in (200, 201), answer.text

    def now(self):
        """The state as the database has it."""
        return self.state(self.stage.database, ObjectId(self.event["id"]))


def sales(database, event_id):
    """Bookings, tickets on sale, and confirmations owed or sent."""
    bookings = [row["_id"] for row in database["bookings"].find({"event_id": event_id}, {"_id": 1})]
    owed = {"kind": CONFIRM, "payload.booking_id": {"$in": bookings}}
    event = database["events"].find_one({"_id": event_id})
    return len(bookings), event["available_tickets"], database["outbox"].count_documents(owed)


def fate(database, event_id):
    """The status of the one booking, tickets on sale, confirmations and expiries owed or done."""
    (booking,) = database["bookings"].find({"event_id": event_id})
    event = database["events"].find_one({"_id": event_id})
    kinds = (CONFIRM, EXPIRE_HOLD)
    owed = [{"kind": kind, "payload.booking_id": booking["_id"]} for kind in kinds]
    return booking["status"], event["available_tickets"], *map(database["outbox"].count_documents, owed)


def holding(database, event_id):
    """The same where there may be no booking yet."""
    return fate(database, event_id) if database["bookings"].find_one({"event_id": event_id}) else None


def cancelling(database, event_id):
    """The event's status, the live bookings, and the notices owed or sent."""
    live = {"event_id": event_id, "status": {"$in": ["held", "confirmed"]}}
    told = {"kind": TELL, "payload.notice_id": f"cancellation:{event_id}"}
    event = database["events"].find_one({"_id": event_id})
    count = database["bookings"].count_documents(live)
    return event["status"], count, database["outbox"].count_documents(told)


def totals(database, event_id):
    """What there is in all and on sale, in the whole and of each type."""
    event = database["events"].find_one({"_id": event_id})
    kinds = [(kind["total"], kind["available"]) for kind in event["ticket_types"]]
    return event["total_tickets"], event["available_tickets"], kinds


def _order(stage, event, state, allowed, *, keyed, final=None, **order):
    request = ("POST", "/bookings", {"event_id": event["id"], **order})
    headers = {"Idempotency-Key": str(ObjectId())} if keyed else {}
    return Scene(stage, event, state, allowed, final or allowed[-1:], stage.customer, request, headers=headers)


def booking_with_a_key(stage):
    """Book two types at once, where customers are limited."""
    typed = {"total_tickets": 10, "ticket_types": TYPES, "currency": "EUR", "max_per_customer": 5}
    event = make_event(stage.organizer, **typed)
    items = [
        {"ticket_type_id": kind["id"], "quantity": count}
        for kind, count in zip(event["ticket_types"], (2, 1), strict=True)
    ]
    return _order(stage, event, sales, [(0, 10, 0), (1, 7, 1)], keyed=True, items=items)


def booking_without_a_key(stage):
    """Book; sent again it may be a second booking."""
    allowed, final = [(0, 10, 0), (1, 8, 1)], [(1, 8, 1), (2, 6, 2)]
    return _order(stage, make_event(stage.organizer), sales, allowed, keyed=False, final=final, quantity=2)


def holding_with_a_key(stage):
    """Hold."""
    event = make_event(stage.organizer)
    return _order(stage, event, holding, [None, ("held", 8, 0, 1)], keyed=True, quantity=2, hold=True)


def _hold(stage, event):
    answer = stage.customer.post("/bookings", {"event_id": event["id"], "quantity": 2, "hold": True})
    assert answer.status_code == 201, answer.text
    return answer.json


def _change(stage, event, booking, what, allowed, *, keyed):
    headers = {"Idempotency-Key": str(ObjectId())} if keyed else {}
    request = ("POST", f"/bookings/{booking['id']}/{what}", None)
    return Scene(stage, event, fate, allowed, allowed[-1:], stage.customer, request, headers=headers)


def cancelling_a_booking(stage, *, keyed):
    """Cancel a confirmed booking."""
    event = make_event(stage.organizer)
    booking = book(stage.customer, event, 2)
    return _change(stage, event, booking, "cancel", [("confirmed", 8, 1, 0), ("cancelled", 10, 1, 0)], keyed=keyed)


def confirming_a_hold(stage, *, keyed):
    """Confirm a hold."""
    event = make_event(stage.organizer)
    booking = _hold(stage, event)
    return _change(stage, event, booking, "confirm", [("held", 8, 0, 1), ("confirmed", 8, 1, 1)], keyed=keyed)


def expiring_a_hold(stage):
    """Run the job behind a hold whose time is over."""
    event = make_event(stage.organizer)
    booking_id = ObjectId(_hold(stage, event)["id"])
    over = now() - timedelta(seconds=1)
    stage.database["bookings"].update_one({"_id": booking_id}, {"$set": {"hold_expires_at": over}})
    job = stage.database["outbox"].find_one_and_update(
        {"kind": EXPIRE_HOLD, "payload.booking_id": booking_id}, {"$set": {"due_at": over}}
    )
    allowed = [("held", 8, 0, 1), ("expired", 10, 0, 1)]
    return Scene(stage, event, fate, allowed, allowed[-1:], job=job["_id"])


STOPPED = [("cancelled", live, told) for live, told in ((3, 0), (1, 0), (0, 0), (0, 1))]


def _event_with_three_bookings(stage):
    event = make_event(stage.organizer)
    for _ in range(2):
        book(stage.customer, event, 2)
    _hold(stage, event)
    return event


def cancelling_an_event(stage, *, keyed):
    """Cancel an event with bookings enough for two batches."""
    event = _event_with_three_bookings(stage)
    headers = {"Idempotency-Key": str(ObjectId())} if keyed else {}
    request = ("POST", f"/events/{event['id']}/cancel", {"reason": "Rain."})
    allowed = [("published", 3, 0), *STOPPED]
    return Scene(stage, event, cancelling, allowed, STOPPED[-1:], stage.organizer, request, headers=headers)


def finishing_a_cancellation(stage):
    """Run the job behind a cancelled event whose bookings nobody has cancelled yet."""
    event = _event_with_three_bookings(stage)
    event_id, owner = ObjectId(event["id"]), ObjectId(stage.organizer.user["id"])

    def stop(unit):
        stage.services[EventService].stop_sales(unit, event_id, owner, None)
        stage.services[Outbox].record(unit, EVENT_CANCELLED_FACT, [{"event_id": event_id}])

    stage.services[EventCancellation]._transactions.run(stop)
    job = stage.database["outbox"].find_one({"kind": FINISH_CANCELLATION, "payload.event_id": event_id})
    return Scene(stage, event, cancelling, STOPPED, STOPPED[-1:], job=job["_id"])


def changing_the_total(stage):
    """Put more tickets on sale."""
    event = make_event(stage.organizer)
    book(stage.customer, event, 2)
    request = ("PATCH", f"/events/{event['id']}", {"total_tickets": 20, "venue": "The barn"})
    allowed = [(10, 8, []), (20, 18, [])]
    return Scene(stage, event, totals, allowed, allowed[-1:], stage.organizer, request)


def changing_the_types(stage):
    """Make one type smaller and the other larger."""
    event = make_event(stage.organizer, total_tickets=10, ticket_types=TYPES, currency="EUR")
    seat, stand = (kind["id"] for kind in event["ticket_types"])
    order = {"event_id": event["id"], "items": [{"ticket_type_id": seat, "quantity": 2}]}
    assert stage.customer.post("/bookings", order).status_code == 201
    kinds = [{"id": seat, "total": 3}, {"id": stand, "total": 9}]
    request = ("PATCH", f"/events/{event['id']}", {"ticket_types": kinds})
    allowed = [(10, 8, [(4, 2), (6, 6)]), (12, 10, [(3, 1), (9, 9)])]
    return Scene(stage, event, totals, allowed, allowed[-1:], stage.organizer, request)


SCENES = {
    "booking with a key": booking_with_a_key,
    "booking without a key": booking_without_a_key,
    "holding with a key": holding_with_a_key,
    "cancelling": partial(cancelling_a_booking, keyed=False),
    "cancelling with a key": partial(cancelling_a_booking, keyed=True),
    "confirming": partial(confirming_a_hold, keyed=False),
    "confirming with a key": partial(confirming_a_hold, keyed=True),
    "expiring": expiring_a_hold,
    "cancelling an event": partial(cancelling_an_event, keyed=False),
    "cancelling an event with a key": partial(cancelling_an_event, keyed=True),
    "finishing a cancellation": finishing_a_cancellation,
    "changing the total": changing_the_total,
    "changing the ticket types": changing_the_types,
}
