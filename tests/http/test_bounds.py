"""Nothing in a body costs more than its size: it is measured before anything else looks at it."""

import orjson
import pytest
from marshmallow import fields, validate

from booking_api.errors import MOST_MESSAGES
from booking_api.http.fields import Arguments, Bounded, BoundedList, Flag, Id, JsonFlag, QueryInteger, Timestamp, Whole

from ..apps import mongomock_app
from ..fakes import Clock, Outgoing
from .requests import People, assert_quick, body_with, fields_of, operations, schemas_of, share_of

MEGABYTE = 980_000  # bytes, which leaves room for the rest of a body
OF_FIXED_SIZE = (Id, Timestamp, Whole, QueryInteger, Flag, JsonFlag, fields.Nested)
NOT_READ = {"token_invalid", "session_ended", "wrong_role", "not_found", "too_many_requests"}  # the body
OPERATIONS = operations(mongomock_app(Clock(), Outgoing()))
TAKING_BODIES = [operation for operation in OPERATIONS if operation.body is not None]


def text(pattern, length):
    """A string of a pattern as JSON."""
    return orjson.dumps((pattern * (length // len(pattern) + 1))[:length])


def marks(length):
    """Accents in the order that costs most to sort: the square of their number."""
    half = length // 2
    return orjson.dumps("a" + "\u0315" * half + "\u0300" * (length - half - 1))


# What is worst for some code that may look at a string: normalization, patterns, lower case, words, sets.
STRINGS = {
    "marks": marks,
    "digits": lambda length: text("9", length),
    "labels": lambda length: orjson.dumps("a@" + ("a." * length)[: length - 2]),
    "international labels": lambda length: orjson.dumps("a@" + ("\u00fc" * length)[: length - 2]),
    "quotes": lambda length: text('"\\', length),
    "spaces": lambda length: text(" ", length),
    "inner spaces": lambda length: orjson.dumps(("a" + " " * length)[: length - 1] + "a"),
    "control characters": lambda length: text("\x01", length),
    "ligatures": lambda length: text("\ufdfa", length),
    "folded": lambda length: text("\u0390", length),
    "Han": lambda length: orjson.dumps("".join(chr(0x4E00 + at % 20_000) for at in range(length))),
    "words": lambda length: text("".join(f"w{at} " for at in range(2000)), length),
}
BYTES_OF_A_CHARACTER = {"marks": 2, "international labels": 2, "quotes": 2, "control characters": 6, "ligatures": 3}
VALUES = {name: make(MEGABYTE // BYTES_OF_A_CHARACTER.get(name, 3)) for name, make in STRINGS.items()} | {
    "empty objects": b"[" + b"{}," * (MEGABYTE // 3) + b"{}]",
    "empty lists": b"[" + b"[]," * (MEGABYTE // 3) + b"[]]",
    "10,000 empty objects": b"[" + b"{}," * 9_999 + b"{}]",
    "numbers": b"[" + b"0," * (MEGABYTE // 2) + b"0]",
    "strings": b"[" + b'"",' * (MEGABYTE // 3) + b'""]',
    "members": b"{" + b",".join(b'"%d":0' % number for number in range(MEGABYTE // 10)) + b"}",
    "long names": b"{" + b",".join(b'"%06d%b":0' % (at, b"\\u0001" * 7000) for at in range(20)) + b"}",
    "one long name": b'{"' + b"\\u0001" * (MEGABYTE // 6) + b'":0}',
    "deep lists": b"[" * 1000 + b"]" * 1000,
    "deep objects": b'{"a":' * 1000 + b"1" + b"}" * 1000,
    "a huge number": b"9" * MEGABYTE,
    "2^63": b"9223372036854775808",
    "true": b"true",
    "null": b"null",
}


@pytest.fixture
def people(app):
    """Those who may call an operation."""
    return People(app)


def assert_body_quick(people, operation, body, name):
    """A request with this body takes 50 ms of CPU time at the most, beside the bare parsing of its JSON."""

    def parse():
        try:
            orjson.loads(body)
        except orjson.JSONDecodeError:
            return

    def send():
        return people.send(operation, data=body, headers={"Content-Type": "application/json"})

    answer = assert_quick(send, beside=parse, name=name)
    if answer.status_code == 422:
        assert sum(map(len, answer.json["errors"].values())) <= MOST_MESSAGES
    return answer


def at_length(taken, path):
    """The values of the greatest length that this field looks at."""
    if isinstance(taken, Bounded):
        for length in {taken._length.max, taken._longest}:
            yield from (make(max(length, 3)) for make in STRINGS.values())
    if isinstance(taken, BoundedList) and isinstance(taken.inner, fields.Nested):
        schema = taken.inner.schema
        unknown = {"\x01" * 100 + str(at): 0 for at in range(MOST_MESSAGES)}
        yield orjson.dumps([unknown] * taken._length.max)
        yield orjson.dumps([{key: [0] for key in schema.load_fields} | unknown] * taken._length.max)
        yield orjson.dumps([dict.fromkeys(schema.load_fields, "\u0300" * 100)] * taken._length.max)


def test_the_operations_are_found():
    found = {str(operation): operation for operation in OPERATIONS}
    paths = dict(fields_of(found["POST /api/v1/events"].body))
    assert {("title",), ("ticket_types",), ("ticket_types", 0), ("ticket_types", 0, "sale_ends")} <= paths.keys()
    assert found["POST /api/v1/bookings"].example["event_id"]
    assert found["GET /api/v1/events"].query.fields.keys() > {"q", "cursor"}
    assert len(TAKING_BODIES) >= 14


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_every_string_and_list_that_comes_in_has_a_bound(operation):
    for schema in filter(None, (operation.body, operation.query)):
        assert all(isinstance(each, Arguments) for each in schemas_of(schema))
        for path, taken in fields_of(schema):
            of_few = any(isinstance(rule, validate.OneOf) for rule in taken.validators)
            assert isinstance(taken, (*OF_FIXED_SIZE, Bounded, BoundedList)) or of_few, path


@pytest.mark.parametrize("operation", TAKING_BODIES, ids=str)
def test_no_value_of_a_field_costs_more_than_its_size(people, operation, large):
    for at, (path, _) in enumerate(fields_of(operation.body), TAKING_BODIES.index(operation)):
        for name, value in share_of(list(VALUES.items()), at, 12, large):
            answer = assert_body_quick(people, operation, body_with(operation.example, path, value), (path, name))
            assert (answer.json or {}).get("code") not in NOT_READ, path


@pytest.mark.parametrize("operation", TAKING_BODIES, ids=str)
def test_no_value_at_its_bound_costs_much(people, operation):
    for path, taken in fields_of(operation.body):
        for value in at_length(taken, path):
            body = body_with(operation.example, path, value)
            assert_body_quick(people, operation, body, (path, len(value), value[:60]))


@pytest.mark.parametrize("operation", TAKING_BODIES, ids=str)
def test_no_body_costs_more_than_its_size(people, operation, large):
    for name, value in share_of(list(VALUES.items()), TAKING_BODIES.index(operation), 4, large):
        assert_body_quick(people, operation, value, name)


def test_refused_members_are_named_up_to_twenty(client):
    body = {"email": "ada@example.com", "password": "x"}
    answer = client.post("/auth/login", body | dict.fromkeys(map(str, range(20)), 0))
    assert len(answer.json["errors"]) == MOST_MESSAGES
    answer = client.post("/auth/login", body | dict.fromkeys(map(str, range(21)), 0))
    assert answer.json["errors"] == {"body": ["Has too many members."]}


def test_a_name_that_the_caller_made_up_is_cut(client):
    answer = client.post("/auth/login", {"email": "", "password": "", "x" * 1000: 1})
    assert answer.json["errors"] == {"x" * 59 + "…": ["Unknown field."]}


@pytest.mark.parametrize("items", [[{}] * 51, [{}] * 10_000, [], {}, {"0": {}}, "x", 0])
def test_a_list_is_refused_as_a_whole(as_role, items):
    answer = as_role("customer").post("/bookings", {"event_id": "0" * 24, "items": items})
    assert answer.status_code == 422
    assert answer.json["errors"].keys() == {"items"}
