"""The commands that each hot use sends to MongoDB, one by one, so that nobody adds one unseen."""

from dataclasses import dataclass, field, replace
from functools import partial

import pymongo
import pytest
from bson import ObjectId
from flask import Flask

from booking_api import create_app
from booking_api.accounts import sessions
from booking_api.http.response_cache import ResponseCache
from booking_api.http.services import services_of
from booking_api.webhooks import following

from .api import Api
from .apps import SETTINGS, cache_nothing
from .builders import PASSWORD, book, hold, make_event
from .commands_sent import Counting

EVENT = ["events.find"]
OWN_EVENT = [*EVENT, "users.find"]  # whoever has a new name sees it at once
ENDED = ["sessions.find"]  # asked every two seconds: which sessions have ended
FOLLOWED = ["webhooks.aggregate"]  # asked every five seconds: who has webhooks
CHANGED = ["events.findAndModify", "changes.insert"]  # the stock, with what the feed says of it
MOVED = [*CHANGED, "commitTransaction"]
FIRST_MOVED = [*CHANGED, *FOLLOWED, "commitTransaction"]
SOLD = ["bookings.insert", "outbox.insert"]
SALE = [*SOLD, *MOVED]  # of an event that is known
FIRST_SALE = [*EVENT, *SOLD, *FIRST_MOVED]


def keyed(*sale):
    """What a sale under a key sends."""
    return ["idempotency_keys.insert", "bookings.find", *sale, "idempotency_keys.update"]


# Whether its customer has guessed too often is asked first.
CODE_SALE = ["rate_limits.find", "promo_codes.find", *SOLD, "promo_codes.update", *MOVED]
FIRST_CODE_SALE = [*EVENT, "promo_codes.find", *SOLD, "promo_codes.update", *FIRST_MOVED]
FIRST_GUESS = ["rate_limits.createIndexes", "rate_limits.find"]
REPLAY = ["idempotency_keys.insert", "idempotency_keys.find"]
FOUND = ["bookings.find", "bookings.find", "events.find"]
UPDATED = [*FOUND, "bookings.update", "outbox.insert"]  # a booking that is cancelled or confirmed
TICKET = ["bookings.find", "events.find", "users.find"]
OWN_BOOKINGS = ["bookings.find", "events.find"]
TRIES = ["rate_limits.findAndModify"] * 3  # of the address, of the two together, of the account
LOGIN = [*TRIES, "users.find", "sessions.insert", "sessions.find", "users.find", "known_addresses.findAndModify"]

# What each use sends when it is the first request of a process, and when the process has served one like it.
ROUND_TRIPS = {
    "read_event": (EVENT, EVENT),
    "read_event_signed_in": (ENDED + EVENT, EVENT),
    "read_own_event": (ENDED + OWN_EVENT, OWN_EVENT),
    "read_unchanged_event": (EVENT, EVENT),
    "list_events": (EVENT, EVENT),
    "list_events_within_a_second": (EVENT, []),
    "book_without_a_key": (ENDED + FIRST_SALE, SALE),
    "book_with_a_key": (ENDED + keyed(*FIRST_SALE), keyed(*SALE)),
    "book_with_a_code": (ENDED + FIRST_GUESS + FIRST_CODE_SALE, CODE_SALE),
    "replay_a_booking": (ENDED + REPLAY, REPLAY),
    "cancel_a_booking": (ENDED + UPDATED + FIRST_MOVED, UPDATED + MOVED),
    "confirm_a_hold": (ENDED + UPDATED + FIRST_MOVED, UPDATED + MOVED),
    "list_bookings": (ENDED + OWN_BOOKINGS, OWN_BOOKINGS),
    "see_a_ticket": (TICKET, TICKET),
    "read_oneself": ([*ENDED, "users.find"], ["users.find"]),
    "log_in": (["rate_limits.createIndexes", *LOGIN], LOGIN),
    "refresh": (["users.find", "sessions.update"], ["users.find", "sessions.update"]),
}


@dataclass
class World:
    """An event and two people, made by another process, and the process that is watched."""

    organizer: Api
    customer: Api
    event: dict
    watched: Flask
    one_second: ResponseCache = field(default_factory=lambda: ResponseCache(lambda: 1))

    def ask(self, method, path, body=None, who=None, **headers):
        """Return a request to the watched process, made when it is called."""
        api = Api(self.watched.test_client(), who and who.token)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return partial(api.call, method, path, body, headers=sent)

    @property
    def path(self):
        """The event's."""
        return f"/events/{self.event['id']}"

    @property
    def order(self):
        """A body that books a ticket."""
        return {"event_id": self.event["id"], "quantity": 1}

    @property
    def credentials(self):
        """What the customer logs in with."""
        return {"email": self.customer.user["email"], "password": PASSWORD}


def read_event(world):
    """As nobody."""
    return world.ask("GET", world.path)


def read_event_signed_in(world):
    """As a customer."""
    return world.ask("GET", world.path, who=world.customer)


def read_own_event(world):
    """As its organizer."""
    return world.ask("GET", world.path, who=world.organizer)


def read_unchanged_event(world):
    """With the tag that it has."""
    return world.ask("GET", world.path, If_None_Match=world.customer.get(world.path).headers["ETag"])


def list_events(world):
    """As nobody; each request here has a second of its own."""
    return world.ask("GET", "/events")


def list_events_within_a_second(world):
    """As nobody; the time stands still."""
    services_of(world.watched).add(world.one_second, ResponseCache)
    return world.ask("GET", "/events")


def book_without_a_key(world):
    """One ticket."""
    return world.ask("POST", "/bookings", world.order, world.customer)


def book_with_a_key(world):
    """One ticket, with a new key."""
    return world.ask("POST", "/bookings", world.order, world.customer, Idempotency_Key=str(ObjectId()))


def book_with_a_code(world):
    """One ticket, with a new code that is limited for all together."""
    code = {"code": str(ObjectId()), "kind": "percent", "value": 10, "max_tickets": 5}
    assert world.organizer.post(f"{world.path}/codes", code).status_code == 201
    return world.ask("POST", "/bookings", world.order | {"code": code["code"]}, world.customer)


def replay_a_booking(world):
    """With a key whose answer is kept."""
    key = str(ObjectId())
    answer = world.customer.post("/bookings", world.order, headers={"Idempotency-Key": key})
    assert answer.status_code == 201
    return world.ask("POST", "/bookings", world.order, world.customer, Idempotency_Key=key)


def cancel_a_booking(world):
    """A new one."""
    return world.ask("POST", f"/bookings/{book(world.customer, world.event)['id']}/cancel", {}, world.customer)


def confirm_a_hold(world):
    """A new one."""
    return world.ask("POST", f"/bookings/{hold(world.customer, world.event)['id']}/confirm", {}, world.customer)


def list_bookings(world):
    """One's own."""
    book(world.customer, world.event)
    return world.ask("GET", "/bookings", who=world.customer)


def see_a_ticket(world):
    """A new one, without an account."""
    (ticket,) = book(world.customer, world.event)["tickets"]
    return partial(Api(world.watched.test_client()).seen, "GET", f"/t/{ticket['code']}")


def read_oneself(world):
    """The account of the token."""
    return world.ask("GET", "/users/me", who=world.customer)


def log_in(world):
    """With the right password, from a known address."""
    return world.ask("POST", "/auth/login", world.credentials)


def refresh(world):
    """A session that has just begun."""
    session = world.customer.post("/auth/login", world.credentials).json
    return world.ask("POST", "/auth/refresh", {}, Api(world.customer.client, session["refresh_token"]))


@pytest.fixture
def sent():
    """The commands of the watched process."""
    return Counting()


@pytest.fixture
def world(mongod, database, real_app, as_real_role, outgoing, sent, monkeypatch):
    """The world, with a process that has served nothing, and that asks only once who has ended or follows."""
    monkeypatch.setattr(sessions, "POLL_SECONDS", 60.0)
    monkeypatch.setattr(sessions, "STALE_SECONDS", 60.0)
    monkeypatch.setattr(following, "FRESH_SECONDS", 60.0)
    monkeypatch.setattr(following, "STALE_SECONDS", 60.0)
    organizer, customer = as_real_role("organizer"), as_real_role("customer")
    event = make_event(organizer, total_tickets=100)
    with pymongo.MongoClient(mongod, tz_aware=True, event_listeners=[sent]) as client:
        limited = replace(SETTINGS, ratelimit_enabled=True)
        watched = create_app(limited, database=client[database.name], sender=outgoing)
        cache_nothing(watched)
        yield World(organizer, customer, event, watched)


def commands(sent, request):
    """What a request sends, as `collection.command`, or the command alone where it is about none."""
    sent.seen.clear()
    assert request().status_code in (200, 201, 304)
    return [f"{what}.{name}" if isinstance(what, str) else name for name, what in sent.seen]


@pytest.mark.parametrize("use", ROUND_TRIPS)
def test_a_use_sends_these_commands_and_no_other(use, world, sent):
    prepare = globals()[use]
    assert (commands(sent, prepare(world)), commands(sent, prepare(world))) == ROUND_TRIPS[use]
