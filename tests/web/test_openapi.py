"""The OpenAPI document and the pages, complete and served from here alone."""

import re

import pytest


@pytest.fixture
def document(client):
    """The OpenAPI document."""
    return client.client.get("/openapi.json").json


def operations(document):
    """Each operation of the document by its method and path."""
    return {
        (method.upper(), path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method != "parameters"
    }


def test_the_document_lists_every_route_of_the_api_and_no_other(app, document):
    routes = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/v1")
    }
    assert operations(document).keys() == routes
    assert len(routes) > 10


def test_the_document_says_which_operations_need_a_token(document):
    for (method, path), operation in operations(document).items():
        with_token = path.endswith(("/refresh", "/logout"))
        open_to_all = (path.startswith("/api/v1/auth/") and not with_token) or (method, path) == (
            "GET",
            "/api/v1/events",
        )
        assert ("security" not in operation) is open_to_all, (method, path)
        assert ("401" in operation["responses"]) is (not open_to_all or path.endswith("/login"))


def test_every_operation_has_a_summary_and_problems_of_its_type(document):
    for operation in operations(document).values():
        assert operation["summary"]
    problem = document["components"]["responses"]["NOT_FOUND"]["content"]
    assert problem.keys() == {"application/problem+json"}


def test_every_reference_of_the_document_leads_somewhere(document, client):
    for reference in set(re.findall(r'"#/components/(\w+)/(\w+)"', client.client.get("/openapi.json").text)):
        section, name = reference
        assert name in document["components"][section]


def test_the_document_is_of_a_version_that_tools_read(document):
    assert document["openapi"].startswith("3.")
    assert document["info"]["title"] and document["info"]["version"]
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


def test_ids_and_times_are_described(document):
    event = document["components"]["schemas"]["EventRead"]["properties"]
    assert event["id"]["type"] == "string"
    assert event["date"] == {"type": "string", "format": "date-time"}
    assert "password" not in str(document["components"]["schemas"]["UserRead"])


@pytest.mark.parametrize("path", ["/docs", "/problems"])
def test_the_pages_load_nothing_from_elsewhere(client, path):
    page = client.client.get(path)
    assert (page.status_code, page.mimetype) == (200, "text/html")
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert links and all(link.startswith("/") and not link.startswith("//") for link in links)
    for link in links:
        assert client.client.get(link).status_code == 200, link
