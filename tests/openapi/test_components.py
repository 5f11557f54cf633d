"""What clients are generated from: named enums, codes for each operation, headers, links, bodies without defaults."""

import re

import pytest

from booking_api.errors import Conflict, Problem
from booking_api.http.problems import codes
from booking_api.openapi import problem_schemas, schemas

from .test_document import DOCUMENT, OPERATIONS, each_operation

COMPONENTS = DOCUMENT["components"]
SCHEMAS = COMPONENTS["schemas"]


def parts(value, where=""):
    """Every object in a part of the document, with its path."""
    if isinstance(value, dict):
        yield where, value
        for name, inner in value.items():
            yield from parts(inner, f"{where}/{name}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from parts(inner, f"{where}/{number}")


def test_every_enum_has_a_name():
    named = {name for name, schema in SCHEMAS.items() if "enum" in schema}
    assert named >= {"EventStatus", "BookingStatus", "TicketStatus", "ConfirmationStatus", "Role", "ProblemCode"}
    nameless = [
        where
        for where, schema in parts(DOCUMENT)
        if len(schema.get("enum", ())) > 1 and where.removeprefix("/components/schemas/") not in named
    ]
    assert all(re.search(r"/responses/\d+/.*/allOf/1/properties/code$", where) for where in nameless), nameless
    assert not any(schemas.NAME in schema for _, schema in parts(DOCUMENT))


def test_two_enums_of_one_name_are_refused():
    def marked(value):
        return {schemas.NAME: "Colour", "type": "string", "enum": [value]}

    document = {"components": {"schemas": {}}, "paths": [marked("red"), marked("red"), marked("blue")]}
    with pytest.raises(ValueError, match="two schemas Colour"):
        schemas.name_enums(document)


def test_a_field_of_a_body_that_has_a_default_is_optional_and_says_it_in_words():
    assert [where for where, schema in parts(SCHEMAS) if "default" in schema] == []
    event = SCHEMAS["EventCreate"]
    assert event["required"] == ["date", "description", "title"]
    assert event["properties"]["timezone"]["description"] == "By default `UTC`."
    assert event["properties"]["max_per_booking"]["description"] == "By default `10`."
    assert SCHEMAS["BookingCreate"]["properties"]["hold"]["description"].endswith(" only. By default `false`.")


def test_a_query_parameter_keeps_its_default():
    (limit,) = [p for p in OPERATIONS["get", "/api/v1/bookings"]["parameters"] if p["name"] == "limit"]
    assert (limit["schema"]["default"], limit["required"]) == (20, False)


@each_operation
def test_the_code_of_a_problem_is_one_of_those_that_have_an_example(operation):
    for status, answer in operation["responses"].items():
        if status >= "400":
            described = answer["content"]["application/problem+json"]
            base, of_code = described["schema"]["allOf"]
            assert base == {"$ref": "#/components/schemas/Problem"}
            assert of_code["properties"]["code"]["enum"] == list(described["examples"])


def test_a_problem_has_the_members_that_codes_add_to_it():
    problem = SCHEMAS["Problem"]
    assert SCHEMAS["ProblemCode"]["enum"] == codes()
    added = {name for kind in Problem.registry.values() for name in kind.example}
    assert problem["properties"].keys() == added | set(problem["required"])
    assert set(problem["required"]) == {"type", "title", "status", "detail", "code"}
    assert problem["properties"]["sale_ends"]["type"] == ["string", "null"]
    assert problem["properties"]["available_tickets"] == {
        "type": "integer",
        "description": "With `sold_out`, `tickets_available`.",
    }


@pytest.mark.parametrize("members", [{"remaining": "three"}, {"unheard_of": None}])
def test_a_member_without_one_certain_type_is_refused(monkeypatch, members):
    monkeypatch.setattr(Problem, "registry", dict(Problem.registry))

    class Odd(Conflict):
        code = "odd"
        example = members

    with pytest.raises(ValueError, match="|".join(members)):
        problem_schemas.schemas()


@each_operation
def test_every_answer_names_its_headers(operation):
    takes_key = any(parameter["name"] == "Idempotency-Key" for parameter in operation.get("parameters", ()))
    for status, answer in operation["responses"].items():
        names = answer["headers"].keys()
        assert {"X-Request-ID", "RateLimit", "RateLimit-Policy"} <= names
        assert ("Idempotent-Replayed" in names) is (takes_key and status not in ("401", "429", "500", "503"))
        assert ("Retry-After" in names) is (status in ("429", "503") or (takes_key and status == "409"))
        for header in answer["headers"].values():
            assert header["$ref"].removeprefix("#/components/headers/") in COMPONENTS["headers"]


def test_what_is_created_links_to_what_can_be_done_with_it():
    by_name = {operation["operationId"]: (path, operation) for (_, path), operation in OPERATIONS.items()}
    created = {path: o["responses"]["201"] for (_, path), o in OPERATIONS.items() if "201" in o["responses"]}
    for path, answer in created.items():
        assert "Location" not in answer["headers"] or answer["links"], path
        for link in answer.get("links", {}).values():
            target, _ = by_name[link["operationId"]]
            assert set(re.findall(r"\{(\w+)\}", target)) == link.get("parameters", {}).keys()
    assert created["/api/v1/events"]["links"]["events_read"]["parameters"] == {"event_id": "$response.body#/id"}
    assert created["/api/v1/bookings"]["links"].keys() >= {"bookings_read", "bookings_cancel", "bookings_confirm"}
    login = created["/api/v1/auth/register"]["links"]["accounts_login"]
    assert login["requestBody"].keys() == SCHEMAS["Credentials"]["properties"].keys()
    assert not any("x-leads-to" in operation for operation in OPERATIONS.values())
