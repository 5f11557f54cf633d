"""Who may call what: every route of the API, tried by everybody.

A route that is missing in `ROUTES` fails the suite. So does one that lets somebody in, or keeps somebody out, whom its
kind does not.
"""

import json
import re
from dataclasses import dataclass

import pytest

from booking_api.openapi.document import routes

from .. import contract
from .matrix_world import World

# The event is the owner's, and the booking the customer's. The manager has a customer's account, the scanner an
# organizer's. Keys are the owner's: `key` has no scope but that of the route, `unfit` all others, and `elsewhere` all
# scopes, for another event. The last two were good once.
PEOPLE = ["owner", "other", "manager", "scanner", "customer", "nobody"]
CALLERS = [*PEOPLE, "key", "unfit", "elsewhere", "deleted", "expired"]
ok, no, role, yours, scope, none = "ok", "401", "wrong_role", "not_your_event", "scope_missing", "404"
KINDS = {
    #               owner other  manager scanner customer nobody key    unfit  elsewhere deleted expired
    "public": (ok, ok, ok, ok, ok, ok, ok, ok, ok, ok, ok),
    "without stripe": (none, none, none, none, none, none, none, none, none, none, none),
    "refresh": (no, no, no, no, no, no, no, no, no, no, no),
    "signed in": (ok, ok, ok, ok, ok, no, scope, scope, scope, no, no),
    "to read": (ok, ok, ok, ok, ok, ok, ok, scope, scope, no, no),
    "anyone": (ok, ok, ok, ok, ok, ok, scope, scope, scope, no, no),
    "one's list": (ok, ok, ok, ok, ok, no, ok, scope, ok, no, no),
    "organizer": (ok, ok, role, ok, role, no, ok, scope, scope, no, no),
    "in person": (ok, ok, role, ok, role, no, scope, scope, scope, no, no),
    "one's key": (ok, none, role, none, role, no, scope, scope, scope, no, no),
    "one's webhook": (ok, none, role, none, role, no, ok, scope, scope, no, no),
    "manager": (ok, yours, ok, yours, role, no, ok, scope, scope, no, no),
    "scanner": (ok, yours, ok, ok, role, no, ok, scope, scope, no, no),
    "owner": (ok, yours, role, yours, role, no, scope, scope, scope, no, no),
    "customer": (role, role, ok, role, ok, no, scope, scope, scope, no, no),
    "one's booking": (role, role, none, role, ok, no, scope, scope, scope, no, no),
}
ROUTES = """
    POST   /auth/register                          public
    POST   /auth/login                             public
    POST   /auth/refresh                           refresh
    POST   /auth/logout                            signed in
    POST   /auth/password-reset                    public
    POST   /auth/password-reset/confirm            public
    POST   /auth/verify-email                      public
    GET    /users/me                               signed in
    PATCH  /users/me                               signed in
    POST   /users/me/email                         signed in
    POST   /users/me/password                      signed in

    GET    /users/me/events                        one's list      events:read
    GET    /events                                 public
    GET    /events.ics                             public
    POST   /events                                 organizer       events:write
    GET    /events/{event_id}                      to read         events:read
    GET    /events/{event_id}/calendar.ics         to read         events:read
    PATCH  /events/{event_id}                      manager         events:write
    POST   /events/{event_id}/publish              manager         events:write
    POST   /events/{event_id}/cancel               manager         events:write
    POST   /events/{event_id}/messages             manager         events:write
    DELETE /events/{event_id}                      owner

    GET    /events/{event_id}/bookings             manager         bookings:read
    GET    /events/{event_id}/bookings/{booking_id}                 manager         bookings:read
    POST   /events/{event_id}/bookings/{booking_id}/cancel          manager         bookings:write
    POST   /events/{event_id}/bookings/{booking_id}/resend          manager         bookings:write
    POST   /events/{event_id}/bookings/{booking_id}/refunds         owner
    GET    /events/{event_id}/bookings/{booking_id}/refunds         owner
    POST   /events/{event_id}/waitlist             customer
    GET    /events/{event_id}/waitlist             one's booking
    DELETE /events/{event_id}/waitlist             one's booking
    GET    /events/{event_id}/waitlist/entries     manager         bookings:read
    GET    /events/{event_id}/codes                manager         events:write
    POST   /events/{event_id}/codes                manager         events:write
    POST   /events/{event_id}/codes/bulk           manager         events:write
    GET    /events/{event_id}/codes/{code_id}      manager         events:write
    PATCH  /events/{event_id}/codes/{code_id}      manager         events:write
    DELETE /events/{event_id}/codes/{code_id}      manager         events:write
    POST   /events/{event_id}/quote                anyone
    GET    /events/{event_id}/attendees.csv        manager         bookings:read
    GET    /events/{event_id}/attendees.xlsx       manager         bookings:read
    GET    /events/{event_id}/stats                manager         bookings:read
    GET    /events/{event_id}/changes              manager         bookings:read
    GET    /events/{event_id}/history              manager         bookings:read

    POST   /events/{event_id}/check-ins            scanner         check-ins
    POST   /events/{event_id}/check-ins/bulk       scanner         check-ins
    GET    /events/{event_id}/check-ins            scanner         check-ins
    GET    /events/{event_id}/check-ins/snapshot   scanner         check-ins
    DELETE /events/{event_id}/check-ins/{ticket_id}                 scanner         check-ins

    POST   /events/{event_id}/bookings/{booking_id}/payments        owner
    GET    /events/{event_id}/bookings/{booking_id}/payments        owner

    GET    /events/{event_id}/staff                owner
    PUT    /events/{event_id}/staff                owner
    DELETE /events/{event_id}/staff/{user_id}      owner
    POST   /api-keys                               in person
    GET    /api-keys                               in person
    DELETE /api-keys/{key_id}                      one's key

    POST   /webhooks                               organizer       webhooks
    GET    /webhooks                               organizer       webhooks
    GET    /webhooks/{webhook_id}                  one's webhook   webhooks
    PATCH  /webhooks/{webhook_id}                  one's webhook   webhooks
    POST   /webhooks/{webhook_id}/test             one's webhook   webhooks
    POST   /webhooks/{webhook_id}/secret           one's webhook   webhooks
    GET    /webhooks/{webhook_id}/deliveries       one's webhook   webhooks
    POST   /webhooks/{webhook_id}/deliveries/{delivery_id}/replay   one's webhook   webhooks
    DELETE /webhooks/{webhook_id}                  one's webhook   webhooks

    POST   /bookings                               customer
    GET    /bookings                               customer
    GET    /bookings/{booking_id}                  one's booking
    GET    /bookings/{booking_id}/calendar.ics     one's booking
    POST   /bookings/{booking_id}/cancel           one's booking
    POST   /bookings/{booking_id}/confirm          one's booking
    POST   /bookings/{booking_id}/resend           one's booking
    POST   /bookings/{booking_id}/payments         one's booking
    GET    /bookings/{booking_id}/payments         one's booking
    POST   /payments/stripe/webhook                without stripe
    GET    /bookings/{booking_id}/tickets.pdf      one's booking
    PATCH  /bookings/{booking_id}/tickets/{ticket_id}               one's booking
    POST   /bookings/{booking_id}/tickets/{ticket_id}/transfer      one's booking
"""


@dataclass(frozen=True)
class Route:
    """A row of the table."""

    method: str
    path: str
    kind: str
    scope: str | None


def rows():
    """The rows of the table."""
    for line in filter(None, map(str.strip, ROUTES.splitlines())):
        method, path, rest = re.fullmatch(r"(\w+) +(\S+) +(\S.*)", line).groups()
        kind, *opened_by = re.split("  +", rest)
        yield Route(method, path, kind, *(opened_by or [None]))


TABLE = list(rows())


def body_of(route, event_id):
    """A body that a route takes, from its example in the document; no body where it takes none."""
    if route.method not in ("POST", "PUT", "PATCH"):
        return None
    described = contract.document()["paths"][f"/api/v1{route.path}"][route.method.lower()].get("requestBody")
    if described is None or route.path.startswith(("/auth", "/users")):
        return {}  # refused, if somebody is let in
    shown = described["content"]["application/json"]
    example = shown["example"] if "example" in shown else next(iter(shown["examples"].values()))["value"]
    body = json.loads(re.sub('"[0-9a-f]{24}"', f'"{event_id}"', json.dumps(example)))
    return body | {"event_id": None} if route.path == "/api-keys" else body


def outcome(answer):
    """What a caller heard, in a word of the table."""
    if answer.status_code < 400 or answer.status_code in (409, 422):
        return ok
    return answer.json["code"] if answer.status_code == 403 else str(answer.status_code)


@pytest.mark.parametrize("route", TABLE, ids=lambda route: f"{route.method} {route.path}")
def test_everybody_hears_what_the_table_says(route):
    world = World()
    expected = dict(zip(CALLERS, KINDS[route.kind], strict=True))
    clients = {name: world.caller(name, route) for name in sorted(CALLERS, key=lambda name: expected[name] == ok)}
    heard = {}
    for name, client in clients.items():
        world.renew(route)
        path = re.sub(r"\{(\w+)\}", lambda found: world.ids[found[1]], route.path)
        if name == "expired":
            world.clock.advance(hours=1)
        body = body_of(route, world.ids["event_id"])
        if body and "code" in body:
            body["code"] = world.code
        heard[name] = outcome(client.call(route.method, path, body))
        if name == "expired":
            world.clock.advance(hours=-1)
    assert heard == {name: expected[name] for name in heard}


def test_every_route_of_the_api_is_in_the_table(app):
    there = {(method, path.removeprefix("/api/v1")) for _, path, method in routes(app) if path.startswith("/api/v1")}
    assert there == {(row.method.lower(), row.path) for row in TABLE}
    assert len(there) == len(TABLE)


def test_what_is_outside_the_api_is_for_everybody(app):
    for rule, path, _ in routes(app):
        if not path.startswith("/api/v1"):
            assert app.view_functions[rule.endpoint].access.name in ("public", "probe"), path


def test_the_scope_that_opens_a_route_is_in_its_access_and_in_the_document(app):
    by_place = {(row.method.lower(), row.path): row for row in TABLE}
    for rule, path, method in routes(app):
        row = by_place.get((method, path.removeprefix("/api/v1")))
        if row:
            access = app.view_functions[rule.endpoint].access
            assert (access.scope and access.scope.name) == row.scope
            security = contract.document()["paths"][path][method].get("security", [])
            assert [each["apiKey"] for each in security if "apiKey" in each] == ([[row.scope]] if row.scope else [])
