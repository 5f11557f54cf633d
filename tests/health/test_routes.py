"""What the service says of itself."""

import pytest
from pymongo.database import Database
from pymongo.errors import ServerSelectionTimeoutError

from booking_api.http.services import services_of

from ..asserting import assert_problem


class Away:
    """A database that does not answer."""

    def command(self, name):
        """Wait in vain."""
        raise ServerSelectionTimeoutError("localhost:27017: connection refused")


@pytest.fixture
def away(app):
    """MongoDB has gone."""
    services_of(app).add(Away(), Database)


def test_the_root_has_the_services_name_version_and_links(client):
    response = client.client.get("/")
    assert response.status_code == 200
    assert response.json.keys() == {"name", "version", "links"}
    assert response.json["name"] and response.json["version"]


def test_every_link_of_the_root_leads_somewhere(client):
    for link in client.client.get("/").json["links"].values():
        assert client.client.get(link).status_code == 200, link


def test_the_service_is_alive(client):
    assert client.client.get("/healthz").status_code == 200


def test_the_service_is_ready_while_mongodb_answers(client):
    assert client.client.get("/readyz").status_code == 200


def test_the_service_is_not_ready_while_mongodb_is_away(client, away):
    response = client.client.get("/readyz")
    assert_problem(response, 503, "service_unavailable")
    assert int(response.headers["Retry-After"]) >= 1
    assert "27017" not in response.text


def test_the_service_is_alive_while_mongodb_is_away(client, away):
    assert client.client.get("/healthz").status_code == 200


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz"])
def test_operational_routes_answer_a_head_request(client, path):
    response = client.client.head(path)
    assert (response.status_code, response.data) == (200, b"")
