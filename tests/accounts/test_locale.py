"""The language of an account: as the browser asked at registration, until it is changed."""

import pytest

from booking_api.accounts.store import UserStore
from booking_api.http.accept_language import LONGEST_HEADER
from booking_api.http.services import services_of
from booking_api.languages.catalogue import CODES

from ..asserting import assert_problem
from ..builders import person_fields, sign_up


@pytest.fixture
def register(client):
    """Opens an account with this `Accept-Language`."""

    def post(header):
        headers = {} if header is None else {"Accept-Language": header}
        answer = client.post("/auth/register", person_fields(), headers=headers)
        assert answer.status_code == 201
        return answer.json

    return post


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        (None, "en"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("en,de;q=0.9", "en"),
        ("fr", "en"),
        ("*", "en"),
        ("\xff;q", "en"),
    ],
)
def test_an_account_has_the_language_that_its_browser_prefers(register, header, locale):
    assert register(header)["locale"] == locale


def test_a_header_of_any_length_is_taken_and_one_beyond_bounds_counts_as_none(register):
    wish = "de;q=0.9,"
    within = wish * (LONGEST_HEADER // len(wish))
    assert register(within)["locale"] == "de"
    assert register(within + wish)["locale"] == "en"


def test_the_language_is_shown_at_login_and_in_the_account(app):
    customer = sign_up(app, "customer")
    assert customer.user["locale"] == "en"
    assert customer.get("/users/me").json["locale"] == "en"


def test_a_language_is_changed_alone_or_with_the_name(customer):
    answer = customer.patch("/users/me", {"locale": "de"})
    assert (answer.status_code, answer.json) == (200, customer.user | {"locale": "de"})
    answer = customer.patch("/users/me", {"locale": "en", "name": "Ada"})
    assert answer.json == customer.user | {"locale": "en", "name": "Ada"}
    customer.patch("/users/me", {"name": "Bea"})
    assert customer.get("/users/me").json == customer.user | {"locale": "en", "name": "Bea"}


@pytest.mark.parametrize("locale", ["fr", "", "de-AT", "DE", "../en"])
def test_an_unknown_language_is_refused_by_the_names_of_the_known_ones(customer, locale):
    answer = customer.patch("/users/me", {"locale": locale})
    assert_problem(answer, 422, "validation_failed")
    (message,) = answer.json["errors"]["locale"]
    assert all(code in message for code in CODES)
    assert customer.get("/users/me").json["locale"] == "en"


def test_a_change_of_nothing_is_refused(customer):
    answer = customer.patch("/users/me", {})
    assert_problem(answer, 422, "validation_failed")
    assert answer.json["errors"] == {"body": ["Give a name or a locale."]}


@pytest.mark.parametrize("stored", [{"$unset": {"locale": ""}}, {"$set": {"locale": "xx"}}])
def test_an_account_without_a_known_language_has_english(app, customer, stored):
    services_of(app)[UserStore].collection.update_many({}, stored)
    assert customer.get("/users/me").json["locale"] == "en"
