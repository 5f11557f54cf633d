"""Hostile values in every field of every body, as everybody: always refused or taken, never a failure."""

import itertools
import re

import orjson
import pytest

from ..builders import event_fields, make_event, sign_up

NOBODY = "0" * 24
HOSTILE = {
    "operator": b'{"$gt": ""}',
    "operator not": b'{"$ne": null}',
    "operator where": b'{"$where": "sleep(1000)"}',
    "operator regex": b'{"$regex": "(a+)+$", "$options": "i"}',
    "field path": b'"$password_hash"',
    "extended JSON": b'{"$oid": "000000000000000000000000"}',
    "null": b"null",
    "true": b"true",
    "zero": b"0",
    "minus one": b"-1",
    "minus zero": b"-0.0",
    "float": b"1.5",
    "whole float": b"1e0",
    "2^31": b"2147483648",
    "2^53": b"9007199254740993",
    "2^63": b"9223372036854775808",
    "-2^63": b"-9223372036854775809",
    "2^64": b"18446744073709551616",
    "5000 digits": b"9" * 5000,
    "infinite": b"1e400",
    "NaN": b"NaN",
    "Infinity": b"-Infinity",
    "empty": b'""',
    "space": b'"   "',
    "NUL": b'"a\\u0000b"',
    "raw NUL": b'"a\x00b"',
    "lone surrogate": b'"\\ud800"',
    "lone surrogate bytes": b'"\xed\xa0\x80"',
    "broken UTF-8": b'"\xff\xfe"',
    "overlong UTF-8": b'"\xc0\x80"',
    "escape": b'"\\u001b[2J"',
    "newlines": b'"a\\r\\nSet-Cookie: x=1\\r\\n\\r\\n"',
    "right to left": '"\u202etxt.exe\u2066"'.encode(),
    "zero width": '"a\u200b\ufeff\u2060b"'.encode(),
    "combining": ('"' + "a" + "\u0301" * 500 + '"').encode(),
    "expands": ('"' + "\ufdfa" * 1000 + '"').encode(),
    "other digits": '"١٢٣"'.encode(),
    "format": b'"%s%n{0.__class__}{{7*7}}${7*7}"',
    "markup": b'"<script>alert(1)</script>"',
    "path": b'"../../../../etc/passwd"',
    "mail header": b'"a@example.com\\nBcc: b@example.com"',
    "long": b'"' + b"x" * 100_000 + b'"',
    "first time": b'"0001-01-01T00:00:00Z"',
    "last time": b'"9999-12-31T23:59:59.999999999-23:59"',
    "leap second": b'"2031-06-30T23:59:60Z"',
    "odd offset": b'"2031-06-30T20:00:00+24:00"',
    "array": b'["a"]',
    "empty array": b"[]",
    "nested array": b"[[[[]]]]",
    "many": b"[" + b"0," * 5000 + b"0]",
    "many objects": b"[" + b"{}," * 5000 + b"{}]",
    "object": b"{}",
    "prototype": b'{"__proto__": {"admin": true}, "constructor": {"prototype": {}}}',
    "class": b'{"__class__": "x", "__init__": {"__globals__": {}}}',
    "empty key": b'{"": {"": ""}}',
    "deep array": b"[" * 1000 + b"]" * 1000,
    "deeper array": b"[" * 50_000 + b"]" * 50_000,
    "deep object": b'{"a":' * 1000 + b"1" + b"}" * 1000,
}
HUGE = {"1 MB string": b'"' + b"x" * 990_000 + b'"', "1 MB of keys": b'{"a":' * 160_000}
ROLES = ("nobody", "customer", "organizer")


def resolve(document, schema):
    """A schema, past its reference."""
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def fields(document, schema, path=()):
    """The path of every field of a schema, those inside lists and objects too; a list is stepped into at 0."""
    for name, reference in schema.get("properties", {}).items():
        inner = resolve(document, reference)
        yield (*path, name)
        if inner.get("type") == "array":
            yield (*path, name, 0)
            yield from fields(document, resolve(document, inner["items"]), (*path, name, 0))
        else:
            yield from fields(document, inner, (*path, name))


def bodies(document):
    """Each operation that takes a body: method, path and fields."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method != "parameters" and "requestBody" in operation:
                schema = operation["requestBody"]["content"]["application/json"]["schema"]
                yield method.upper(), path, list(fields(document, resolve(document, schema)))


def sample(name):
    """A value that a field of this name takes."""
    kinds = {"price": 0, "total": 5, "total_tickets": 5, "quantity": 1, "max_per_booking": 5, "max_per_customer": 5}
    texts = {"email": "ada@example.com", "role": "customer", "timezone": "UTC", "currency": "EUR", "status": "draft"}
    if name.endswith(("date", "_starts", "_ends")):
        return "2031-06-01T20:00:00Z"
    return kinds.get(name, texts.get(name, NOBODY if name.endswith("id") else "correct horse battery"))


def body_with(paths, target, value):
    """A body whose fields are all as they should be but for the target, which has the hostile value, as bytes."""
    mark = "@@hostile@@"
    top = {path[0]: sample(path[0]) for path in paths if len(path) == 1 and not any(p[:2] == (*path, 0) for p in paths)}
    top.pop("end_date", None)
    if len(target) == 1:
        top[target[0]] = mark
    elif len(target) == 2:
        top[target[0]] = [mark]
    else:
        inside = {path[2] for path in paths if len(path) == 3 and path[0] == target[0]}
        top[target[0]] = [{name: sample(name) for name in inside - {"sale_starts", "sale_ends"}} | {target[2]: mark}]
        top.pop("total_tickets" if target[0] == "ticket_types" else "quantity", None)
    return orjson.dumps(top).replace(f'"{mark}"'.encode(), value)


def assert_answered(answer, what):
    """The answer is no failure, and a problem document if it is a refusal."""
    assert answer.status_code < 500, (what, answer.text)
    if answer.status_code >= 400:
        assert answer.mimetype == "application/problem+json", what
        assert answer.json["code"] and answer.json["status"] == answer.status_code, what
        assert answer.json["code"] != "internal_error"


@pytest.fixture
def hostile(real_app, as_real_role):
    """Sends a body to an operation as somebody: paths are about things this person has."""
    organizer, customer = as_real_role("organizer"), as_real_role("customer")
    event = make_event(organizer, total_tickets=1_000_000)
    tokens = {"nobody": None, "customer": customer.token, "organizer": organizer.token}
    client = real_app.test_client()

    def send(method, path, role, body):
        headers = {"Content-Type": "application/json"} | (
            {"Authorization": f"Bearer {tokens[role]}"} if tokens[role] else {}
        )
        path = re.sub(r"\{event_id\}", event["id"], path)
        path = re.sub(r"\{\w+\}", NOBODY, path)
        return client.open(path, method=method, data=body, headers=headers)

    return send


@pytest.fixture
def document(real_app):
    """The OpenAPI document."""
    return real_app.test_client().get("/openapi.json").json


def test_the_fields_are_found(document):
    found = {(method, path): paths for method, path, paths in bodies(document)}
    assert ("ticket_types", 0, "sale_starts") in found["POST", "/api/v1/events"]
    assert ("items", 0, "quantity") in found["POST", "/api/v1/bookings"]
    assert ("new_password",) in found["POST", "/api/v1/users/me/password"]
    assert len(found) >= 10


@pytest.mark.parametrize("role", ROLES)
def test_no_value_in_any_field_is_a_failure(hostile, document, role):
    for method, path, paths in bodies(document):
        for target in paths:
            for name, value in HOSTILE.items():
                answer = hostile(method, path, role, body_with(paths, target, value))
                assert_answered(answer, (method, path, target, name))
                if answer.status_code in (401, 403) and target == paths[0] and "/auth/" not in path:
                    break
            else:
                continue
            break


@pytest.mark.parametrize("role", ROLES)
def test_no_huge_value_is_a_failure(hostile, document, role):
    for (method, path, paths), (name, value) in itertools.product(bodies(document), HUGE.items()):
        for target in paths[:2]:
            assert_answered(hostile(method, path, role, body_with(paths, target, value)), (method, path, target, name))


@pytest.mark.parametrize("role", ROLES)
def test_no_value_for_a_whole_body_is_a_failure(hostile, document, role):
    for (method, path, _), (name, value) in itertools.product(bodies(document), HOSTILE.items()):
        assert_answered(hostile(method, path, role, value), (method, path, name))


@pytest.mark.parametrize("name", ["__proto__", "$where", "a.b", "", "\x00", "\ud7ff", "_id", "x" * 10_000])
def test_no_field_of_a_hostile_name_is_taken(hostile, document, name):
    for (method, path, paths), role in itertools.product(bodies(document), ROLES):
        answer = hostile(method, path, role, orjson.dumps({paths[0][0]: sample(paths[0][0]), name: 1}))
        assert answer.status_code in (401, 403, 422), (method, path)
        assert_answered(answer, (method, path))


def test_of_a_field_given_twice_the_last_counts_in_every_check(hostile):
    twice = orjson.dumps(event_fields())[:-1] + b', "title": {"$gt": ""}}'
    assert hostile("POST", "/api/v1/events", "organizer", twice).status_code == 422
    twice = b'{"title": {"$gt": ""}, ' + orjson.dumps(event_fields())[1:]
    assert hostile("POST", "/api/v1/events", "organizer", twice).status_code in (201, 400, 422)


def test_what_was_taken_can_be_read(real_app, hostile, document):
    organizer = sign_up(real_app, "organizer")
    paths = next(paths for method, path, paths in bodies(document) if (method, path) == ("POST", "/api/v1/events"))
    client = real_app.test_client()
    headers = {"Authorization": f"Bearer {organizer.token}", "Content-Type": "application/json"}
    for target, value in itertools.product(paths, HOSTILE.values()):
        made = client.post("/api/v1/events", data=body_with(paths, target, value), headers=headers)
        if made.status_code == 201:
            assert organizer.get(f"/events/{made.json['id']}").json == made.json
    for sort in ("date", "-date", "created_at", "-created_at", "title"):
        assert client.get("/api/v1/events", query_string={"sort": sort, "past": "true"}).status_code == 200
