"""The OpenAPI document: valid, complete, and true in its examples."""

import re

import jsonschema_rs
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from booking_api.http.problems import codes, explain
from booking_api.openapi.document import METHODS, routes

from .. import contract

DOCUMENT = contract.document()
OPERATIONS = {
    (method, path): operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    if method in METHODS
}
each_operation = pytest.mark.parametrize(
    "operation", OPERATIONS.values(), ids=[f"{method} {path}" for method, path in OPERATIONS]
)
DESCRIBED = ("/api/v1/", "/t/")  # tickets are seen by people, and taken by programs
FOR_PEOPLE = {"text/html"}  # to who asks for it, in place of a problem
# Of the connection or of operators, not of the API.
ELSEWHERE = {"method_not_allowed", "request_timeout", "headers_too_large", "metrics_token_required"}


def is_valid(schema, value):
    """Whether a value keeps to a schema of the document."""
    schemas = {"components": {"schemas": DOCUMENT["components"]["schemas"]}}
    return jsonschema_rs.Draft202012Validator(schema | schemas, validate_formats=True).is_valid(value)


def examples_of(described):
    """The values that a body's description shows."""
    if "example" in described:
        return [described["example"]]
    shown = [DOCUMENT["components"]["examples"].get(name, entry) for name, entry in described["examples"].items()]
    return [entry["value"] for entry in shown]


def test_the_document_is_valid(client):
    served = client.client.get("/openapi.json").json
    assert served == DOCUMENT
    assert list(OpenAPIV31SpecValidator(served).iter_errors()) == []


def test_the_document_lists_every_route_of_the_api_and_no_other(app):
    listed = {(method, path) for rule, path, method in routes(app) if path.startswith(DESCRIBED)}
    assert OPERATIONS.keys() == listed
    assert len(listed) > 10
    of_the_api = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/v1")]
    assert {method for rule in of_the_api for method in rule.methods} - {"HEAD", "OPTIONS"} == {
        method.upper() for method in METHODS
    }


def test_the_document_says_of_every_route_who_may_call_it(app):
    schemes = {"public": None, "optional": [{"bearer": []}, {}], "refresh token": [{"refresh": []}]}
    for rule, path, method in routes(app):
        if path.startswith(DESCRIBED):
            access = app.view_functions[rule.endpoint].access
            operation = OPERATIONS[method, path]
            assert operation["x-access"] == access.name
            security = operation.get("security")
            if access.scope is not None:
                security = [each for each in security if each != {"apiKey": [access.scope.name]}]
                assert len(security) == len(operation["security"]) - 1
            assert security == schemes.get(access.name, [{"bearer": []}]), (method, path)
            assert access.sentence in operation["description"]
            with_a_token = {"token_invalid", "token_expired"}
            named = operation["responses"].get("401", {"content": {"application/problem+json": {"examples": {}}}})
            named = named["content"]["application/problem+json"]["examples"].keys()
            assert (with_a_token <= named) is (access.name != "public")
            of_events = ("owner", "manager", "verified manager", "scanner")
            roles = ("organizer", "customer", "verified organizer", "verified customer", *of_events)
            forbidden = operation["responses"].get("403", {"content": {"application/problem+json": {"examples": {}}}})
            forbidden = forbidden["content"]["application/problem+json"]["examples"].keys()
            assert ("wrong_role" in forbidden) is (access.name in roles)
            assert ("scope_missing" in forbidden) is (access.name not in ("public", "refresh token"))
            # Who calls routes for everybody has no role; there only the operator forbids something.
            assert access.name in roles or forbidden <= {"registration_closed", "account_banned", "scope_missing"}
    assert DOCUMENT["components"]["securitySchemes"].keys() == {"bearer", "apiKey", "refresh"}


def test_names_of_operations_are_their_own():
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z_]+", name) for name in names)


@each_operation
def test_every_operation_is_described_in_sentences(operation):
    assert re.fullmatch(r"[A-Z][^.]+", operation["summary"])
    assert operation["description"].endswith(".*")
    assert all(
        parameter.get("description") or parameter["in"] == "path" for parameter in operation.get("parameters", ())
    )


@each_operation
def test_every_success_names_what_it_brings(operation):
    successes = [status for status in operation["responses"] if status < "400"]
    assert any(status.startswith("2") for status in successes)
    assert "default" not in operation["responses"]


@each_operation
def test_every_body_has_examples_that_keep_to_its_schema(operation):
    bodies = [answer["content"] for answer in operation["responses"].values() if "content" in answer]
    bodies += [operation["requestBody"]["content"]] if "requestBody" in operation else []
    for content in bodies:
        for described in content.values():
            shown = examples_of(described)
            assert shown
            assert all(is_valid(described["schema"], value) for value in shown), shown


@each_operation
def test_every_error_is_a_problem_with_an_example_of_each_code(operation):
    problems = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
    assert {"422", "500", "503"} <= problems.keys()
    for status, answer in problems.items():
        assert answer["content"].keys() - FOR_PEOPLE == {"application/problem+json"}
        for shown in examples_of(answer["content"]["application/problem+json"]):
            assert shown["status"] == int(status)
            assert (
                f"[`{shown['code']}`](/problems/{shown['code']}) {explain(shown['code'])[0]}" in answer["description"]
            )


def test_every_code_is_an_answer_of_some_operation():
    named = {
        code
        for operation in OPERATIONS.values()
        for status, answer in operation["responses"].items()
        if status >= "400"
        for code in answer["content"]["application/problem+json"]["examples"]
    }
    assert set(codes()) - named == ELSEWHERE


def test_every_answer_has_all_its_fields():
    for name in ("UserRead", "EventRead", "BookingRead", "AttendeeBooking", "Session"):
        schema = DOCUMENT["components"]["schemas"][name]
        assert set(schema["required"]) == schema["properties"].keys(), name


def test_a_list_has_a_total_only_when_it_was_asked_for():
    schema = DOCUMENT["components"]["schemas"]["EventList"]
    assert set(schema["required"]) == schema["properties"].keys() - {"total"} == {"items", "next_cursor"}
    assert set(schema["properties"]["total"]["type"]) == {"integer", "null"}
    assert "total" not in DOCUMENT["components"]["schemas"]["BookingList"]["properties"]


def test_every_amount_says_that_minor_units_depend_on_the_currency():
    schemas = DOCUMENT["components"]["schemas"]
    amounts = [
        field
        for schema in schemas.values()
        for name, field in schema.get("properties", {}).items()
        if re.search("price|amount", name)
    ]
    assert len(amounts) >= 4
    for text in [*(field["description"] for field in amounts), DOCUMENT["info"]["description"]]:
        assert "2500" in text
        for currency, written in (("EUR", "€25.00"), ("JPY", "¥2,500"), ("KWD", "2.500 KWD")):
            assert f"{written} in {currency}" in text


def test_what_is_private_is_in_no_schema_of_others():
    schemas = DOCUMENT["components"]["schemas"]
    assert "password" not in str(schemas["UserRead"])
    assert "code" not in schemas["AttendeeTicket"]["properties"]
    assert schemas["Organizer"]["properties"].keys() == {"id", "name"}


@pytest.mark.parametrize("path", ["/docs", "/problems", "/problems/sold_out"])
def test_the_pages_load_nothing_from_elsewhere(client, path):
    page = client.client.get(path)
    assert (page.status_code, page.mimetype) == (200, "text/html")
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert links and all(link.startswith("/") and not link.startswith("//") for link in links)
    for link in links:
        assert client.client.get(link).status_code == 200, link
