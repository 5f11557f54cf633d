"""Registration where the operator has closed it, for organizers or for everybody."""

import pytest

from booking_api.accounts.store import UserStore
from booking_api.http.services import services_of

from ..api import Api
from ..apps import mongomock_app
from ..asserting import assert_problem
from ..builders import PASSWORD, person_fields


@pytest.fixture
def anybody(clock, outgoing):
    """Makes a client of an app with a setting of `REGISTRATION`."""

    def make(registration):
        made = mongomock_app(clock, outgoing, registration=registration)
        services_of(made)[UserStore].collection.create_indexes(UserStore.INDEXES)
        return made, Api(made.test_client())

    return make


@pytest.mark.parametrize(
    ("registration", "open_to"), [("open", ["organizer", "customer"]), ("customers", ["customer"]), ("closed", [])]
)
def test_only_who_may_register_gets_an_account(anybody, registration, open_to):
    app, client = anybody(registration)
    for role in ("organizer", "customer"):
        answer = client.post("/auth/register", person_fields(role=role))
        if role in open_to:
            assert answer.status_code == 201
        else:
            assert_problem(answer, 403, "registration_closed")
    roles = [user["role"] for user in services_of(app)[UserStore].collection.find()]
    assert roles == open_to


def test_who_cannot_register_is_told_what_is_open(anybody):
    _, client = anybody("customers")
    detail = client.post("/auth/register", person_fields(role="organizer")).json["detail"]
    assert "Organizers cannot register here" in detail and "Customers can" in detail


def test_a_closed_registration_does_not_say_which_emails_have_accounts(anybody):
    app, client = anybody("closed")
    person = person_fields()
    with app.app_context():
        opened = app.test_cli_runner().invoke(
            args=["create-organizer", "--name", "Olga", "--email", person["email"], "--password", PASSWORD]
        )
    assert opened.exit_code == 0, opened.output
    known, unknown = (client.post("/auth/register", fields) for fields in (person, person_fields()))
    assert known.json == unknown.json


def test_operators_open_accounts_of_organizers_all_the_same(anybody):
    app, client = anybody("closed")
    with app.app_context():
        words = ["create-organizer", "--name", "Olga", "--email", "olga@example.com", "--password", PASSWORD]
        assert app.test_cli_runner().invoke(args=words).exit_code == 0
    session = client.post("/auth/login", {"email": "olga@example.com", "password": PASSWORD})
    assert session.json["user"]["role"] == "organizer"
