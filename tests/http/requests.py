"""Every operation with the schemas of its arguments, and requests to it: a new operation is there by itself."""

import copy
import itertools
import time
from dataclasses import dataclass, field
from typing import Any

import orjson
from marshmallow import Schema, fields

from booking_api.http.arguments import NOTHING

from ..builders import make_event, sign_up

REQUEST_SECONDS = 0.05  # of CPU time, for reading and refusing or storing
TRIES = 6
LARGEST_REFUSAL = 16_000  # bytes
PASSWORD = "correct horse battery"
TOKENS = {"signed in": "customer", "verified customer": "customer"} | dict.fromkeys(
    ("verified organizer", "team", "owner", "manager", "verified manager", "scanner"), "organizer"
)


@dataclass(frozen=True)
class Operation:
    """An operation: where it is, who may call it, and what it takes."""

    method: str
    rule: str
    access: str
    body: Schema | None = field(compare=False)
    query: Schema | None = field(compare=False)
    example: dict = field(compare=False)

    def __str__(self):
        """The name of its test."""
        return f"{self.method} {self.rule}"


def operations(app):
    """Every operation of the API."""
    found = []
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        for method in sorted(rule.methods & {"GET", "POST", "PATCH", "PUT", "DELETE"}):
            arguments = getattr(view, "_apidoc", {}).get("arguments", {}).get("parameters", ())
            taken = {each["in"]: each for each in arguments}
            body, query = taken.get("json", {}), taken.get("query", {})
            default = NOTHING if method == "POST" else None
            found.append(
                Operation(
                    method,
                    rule.rule,
                    view.access.name,
                    body.get("schema", default),
                    query.get("schema"),
                    _example(body),
                )
            )
    return found


def _example(body):
    examples = body.get("examples")
    return next(iter(examples.values()))["value"] if examples else body.get("example", {})


def share_of(values, at, parts, large):
    """The share of the values for the one `at` this place: each of so many neighbours has another; all with `--large`.

    What reads them is the same code everywhere, so that each value meets each header, or field, at many operations.
    """
    return values if large > 1 else values[at % parts :: parts]


def fields_of(schema, path=()):
    """Each field that a schema loads, with its path; a list is stepped into at 0."""
    for name, taken in schema.load_fields.items():
        yield from _inside(taken, (*path, taken.data_key or name))


def _inside(taken, path):
    yield path, taken
    if isinstance(taken, fields.List):
        yield from _inside(taken.inner, (*path, 0))
    elif isinstance(taken, fields.Nested):
        yield from fields_of(taken.schema, path)


def schemas_of(schema):
    """A schema and those nested in it."""
    yield schema
    for _, taken in fields_of(schema):
        if isinstance(taken, fields.Nested):
            yield taken.schema


def body_with(example, path, value):
    """The example as JSON, with the value, which is JSON too, at this path."""
    mark = "@@value@@"
    body = copy.deepcopy(example)
    place: Any = body
    for step, following in itertools.pairwise(path):
        inner = [] if following == 0 else {}
        if step == 0 and isinstance(place, list):
            place[:] = place[:1] or [inner]
        elif isinstance(place, dict) and not isinstance(place.get(step), type(inner)):
            place[step] = inner
        place = place[step]
    if path[-1] == 0:
        place[:] = [mark]
    else:
        place[path[-1]] = mark
    return orjson.dumps(body).replace(f'"{mark}"'.encode(), value)


class People:
    """An organizer with an event, a code and a webhook, and a customer with a booking: who may call an operation."""

    def __init__(self, app):
        self.client = app.test_client()
        organizer, customer = (sign_up(app, role, password=PASSWORD) for role in ("organizer", "customer"))
        event = make_event(organizer)
        booking = customer.post("/bookings", {"event_id": event["id"], "quantity": 1}).json
        webhook = organizer.post("/webhooks", {"url": "https://hooks.example.com/", "types": ["*"]}).json
        delivery = organizer.post(f"/webhooks/{webhook['id']}/test").json
        code = organizer.post(f"/events/{event['id']}/codes", {"code": "SAVE", "kind": "unlock"}).json
        self._ids = {"event_id": event["id"], "booking_id": booking["id"]}
        self._ids |= {"webhook_id": webhook["id"], "delivery_id": delivery["id"]}
        self._ids |= {"ticket_id": booking["tickets"][0]["id"], "code_id": code["id"]}
        login = {"email": customer.user["email"], "password": PASSWORD}
        refresh = self.client.post("/api/v1/auth/login", json=login).json["refresh_token"]
        self._tokens = {"organizer": organizer.token, "customer": customer.token, "refresh token": refresh}

    def send(self, operation, **request):
        """The answer to a request; fails if it is no answer, or a refusal that is too large."""
        path = operation.rule
        for name, value in self._ids.items():
            path = path.replace(f"<objectid:{name}>", value)
        token = self._tokens.get(TOKENS.get(operation.access, operation.access))
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.open(operation.method, path, headers=headers | request.pop("headers", {}), **request)

    def open(self, method, path, **request):
        """The answer at a path; as with `send`."""
        # Read to its end: a file that is on its way keeps its place, and its reader hears 503 at the next one.
        answer = self.client.open(path, method=method, buffered=True, **request)
        assert answer.status_code < 500, answer.text
        assert answer.status_code != 422 or len(answer.data) <= LARGEST_REFUSAL, len(answer.data)
        return answer


def assert_quick(send, *, beside=None, name=None):
    """The answer of `send()`, which takes up to 50 ms of this thread, apart from what `beside()` takes alone.

    It is tried up to six times: a busy machine, or garbage of others, disturbs one of a thousand.
    """
    least = float("inf")
    for _ in range(TRIES):
        seconds, answer = _seconds(send)
        if seconds > REQUEST_SECONDS and beside:
            seconds -= _seconds(beside)[0]
        least = min(least, seconds)
        if least <= REQUEST_SECONDS:
            return answer
    raise AssertionError(f"{name}: {least * 1000:.0f} ms")


def _seconds(call):
    started = time.thread_time()
    result = call()
    return time.thread_time() - started, result
