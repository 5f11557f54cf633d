"""Opening an account, logging in, and one's own account, over HTTP."""

import unicodedata

import pytest
from bson import ObjectId

from booking_api.accounts.store import UserStore
from booking_api.http.services import services_of

from ..asserting import assert_problem

USER_KEYS = {"id", "name", "email", "email_verified", "locale", "role", "created_at"}
ADA = {"name": "Ada", "email": "ada@example.com", "password": "correct horse battery", "role": "customer"}


def login(client, email=ADA["email"], password=ADA["password"]):
    return client.post("/auth/login", {"email": email, "password": password})


@pytest.fixture
def ada(client):
    """An account to log in to."""
    return client.post("/auth/register", ADA).json


@pytest.mark.parametrize("role", ["organizer", "customer"])
def test_anyone_may_register_in_either_role(client, role):
    response = client.post("/auth/register", ADA | {"role": role})
    assert response.status_code == 201
    assert response.json.keys() == USER_KEYS
    assert response.json | {"id": ""} == {
        "id": "",
        "name": "Ada",
        "email": "ada@example.com",
        "email_verified": True,
        "locale": "en",
        "role": role,
        "created_at": "2030-01-01T12:00:00Z",
    }
    assert ObjectId.is_valid(response.json["id"])


@pytest.mark.parametrize("email", ["ada@example.com", "ADA@EXAMPLE.COM", "Ada@Example.com"])
def test_an_email_has_one_account_regardless_of_case(client, ada, email):
    assert_problem(client.post("/auth/register", ADA | {"email": email}), 409, "email_taken")


@pytest.mark.parametrize("field", ["name", "email", "password", "role"])
def test_every_field_is_needed_to_register(client, field):
    body = {name: value for name, value in ADA.items() if name != field}
    problem = assert_problem(client.post("/auth/register", body), 422, "validation_failed")
    assert problem["errors"].keys() == {field}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "ada@-bücher.example"),
        ("email", "ada@" + "ü" * 70 + ".example"),
        ("name", ""),
        ("name", "   "),
        ("name", "x" * 101),
        ("name", None),
        ("name", 7),
        ("name", "A\x00da"),
        ("email", ""),
        ("email", "nobody"),
        ("email", "two@at@example.com"),
        ("email", "ada@example.com\n"),
        ("email", "a\x00da@example.com"),
        ("email", '"a\x1b[2Jda"@example.com'),
        ("email", '"a\x0bda"@example.com'),
        ("email", '"a\\\x7fda"@example.com'),
        ("email", "ada@exa\u202emple.com"),
        ("email", f"{'a' * 250}@example.com"),
        ("email", {"$gt": ""}),
        ("email", ["ada@example.com"]),
        ("password", "short12"),
        ("password", "x" * 129),
        ("password", {"$ne": None}),
        ("role", "admin"),
        ("role", ["customer"]),
        ("is_admin", True),
        ("id", "0" * 24),
        ("$set", {}),
    ],
)
def test_an_unacceptable_field_is_named_when_registering(client, field, value):
    problem = assert_problem(client.post("/auth/register", ADA | {field: value}), 422, "validation_failed")
    assert problem["errors"].keys() == {field}
    assert all(isinstance(message, str) for message in problem["errors"][field])


@pytest.mark.parametrize("password", ["8 letter", "x" * 128, "пароль и ключ 🔑", "ü" * 128, "  spaces around  "])
def test_a_password_may_be_any_unicode(client, password):
    assert client.post("/auth/register", ADA | {"password": password}).status_code == 201
    assert login(client, password=password).status_code == 200
    assert_problem(login(client, password=password.strip()[:-1]), 401, "invalid_credentials")


def test_the_same_password_typed_on_another_system_is_the_same(client):
    composed, decomposed = (unicodedata.normalize(form, "grüße aus köln") for form in ("NFC", "NFD"))
    client.post("/auth/register", ADA | {"password": composed})
    assert login(client, password=decomposed).status_code == 200


def test_login_hands_out_a_pair_of_tokens_and_the_user(client, ada):
    response = login(client)
    assert response.status_code == 200
    session = response.json
    assert session.keys() == {"access_token", "refresh_token", "token_type", "expires_in", "user"}
    assert session["token_type"] == "Bearer"
    assert session["expires_in"] == 900
    assert session["user"] == ada
    assert session["access_token"] != session["refresh_token"]


def test_login_takes_the_email_in_any_case(client, ada):
    assert login(client, email="ADA@example.COM").json["user"]["id"] == ada["id"]


def test_a_wrong_pair_is_refused_alike_for_known_and_unknown_emails(client, ada):
    known = login(client, password="something else")
    unknown = login(client, email="nobody@example.com")
    for response in (known, unknown):
        assert_problem(response, 401, "invalid_credentials")
        assert response.headers["WWW-Authenticate"] == "Bearer"
    assert known.json == unknown.json


@pytest.mark.parametrize("value", [{"$gt": ""}, {"$ne": None}, ["ada@example.com"], 1, None, True])
@pytest.mark.parametrize("field", ["email", "password"])
def test_login_takes_no_operators_for_strings(client, ada, field, value):
    body = {"email": ADA["email"], "password": ADA["password"]} | {field: value}
    assert_problem(client.post("/auth/login", body), 422, "validation_failed")


@pytest.mark.parametrize("email", ["", "a\x00b", "x" * 1000, "ｎｏｂｏｄｙ@example.com"])
def test_an_odd_guess_is_a_wrong_pair(client, ada, email):
    assert_problem(login(client, email=email), 401, "invalid_credentials")


def test_one_reads_ones_own_account(as_role):
    ada = as_role("customer", name="Ada")
    response = ada.get("/users/me")
    assert response.status_code == 200
    assert response.json == ada.user
    assert response.json.keys() == USER_KEYS


def test_one_may_change_ones_name(as_role):
    ada = as_role("organizer", name="Ada")
    response = ada.patch("/users/me", {"name": "  Ada Lovelace "})
    assert response.status_code == 200
    assert response.json == ada.user | {"name": "Ada Lovelace"}
    assert ada.get("/users/me").json == response.json


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": None}, {"name": "A", "role": "organizer"}])
def test_nothing_but_a_name_can_be_changed(as_role, body):
    ada = as_role("customer")
    assert_problem(ada.patch("/users/me", body), 422, "validation_failed")
    assert ada.get("/users/me").json == ada.user


def test_an_account_that_is_gone_has_nothing_to_read_or_change(app, as_role):
    ada = as_role("customer")
    services_of(app)[UserStore].collection.delete_many({})
    assert_problem(ada.get("/users/me"), 404, "user_not_found")
    assert_problem(ada.patch("/users/me", {"name": "Ada"}), 404, "user_not_found")
