"""Verified emails: a token in a mail shows whose an address is; without it one cannot book, sell or write."""

from collections import Counter

import pytest
from pymongo.database import Database

from booking_api.accounts.store import UserStore
from booking_api.accounts.verification import EmailVerification
from booking_api.accounts.verification_store import VerificationTokenStore
from booking_api.http.services import services_of

from ..api import Api
from ..asserting import assert_problem
from ..builders import event_fields, make_event, sign_up
from .verified_emails import ADA, PASSWORD, ask_to_verify, log_in, mailed, signed_in, strict_app, token_in, verify

NOBODY = "0" * 24


@pytest.fixture
def app(clock, outgoing):
    """An app that wants verified emails."""
    return strict_app(clock, outgoing)


@pytest.fixture
def reads(app, monkeypatch):
    """How often each method of the users' collection was called from now on."""
    counted, collection = Counter(), services_of(app)[UserStore].collection
    for name in ("find_one", "find", "update_one", "find_one_and_update"):
        work = getattr(collection, name)
        monkeypatch.setattr(
            collection, name, lambda *args, n=name, w=work, **options: counted.update([n]) or w(*args, **options)
        )
    return counted


def looks(reads):
    """How often one account was read; mongomock updates and returns a document by reading it too."""
    return reads["find_one"] - reads["find_one_and_update"]


def test_registering_sends_one_mail_which_verifies_the_address(app, outgoing):
    ada = sign_up(app, "organizer", email=ADA)
    assert ada.user["email_verified"] is False
    (message,) = mailed(app, outgoing)
    assert (message.to, message.line) == (ADA, f"Email verification sent to {ADA}")
    response = verify(app, message.facts["token"])
    assert (response.status_code, response.data) == (204, b"")
    assert ada.get("/users/me").json == ada.user | {"email_verified": True}
    assert log_in(app, ADA).json["user"]["email_verified"] is True


def test_what_wants_a_verified_email_says_so_before_anything_else(app):
    organizer, customer = sign_up(app, "organizer"), sign_up(app, "customer")
    refused = [
        organizer.post("/events", event_fields()),
        organizer.post("/events", {}),
        organizer.post(f"/events/{NOBODY}/messages", {"subject": "Hi", "body": "Well."}),
        customer.post("/bookings", {"event_id": NOBODY, "quantity": 1}),
        customer.post("/bookings", {"event_id": NOBODY, "quantity": 1}, headers={"Idempotency-Key": "k"}),
    ]
    for response in refused:
        assert_problem(response, 403, "email_unverified")
    assert_problem(customer.post("/events", {}), 403, "wrong_role")
    assert customer.get("/bookings").status_code == organizer.get("/users/me/events").status_code == 200


def test_a_token_from_before_the_verification_is_good_after_it(app, outgoing, reads):
    organizer = sign_up(app, "organizer", email=ADA)
    assert verify(app, token_in(app, outgoing, ADA)).status_code == 204
    reads.clear()
    make_event(organizer)
    assert looks(reads) == 1


def test_a_token_from_after_the_verification_costs_no_look_at_the_account(app, outgoing, reads):
    organizer = sign_up(app, "organizer", email=ADA)
    assert verify(app, token_in(app, outgoing, ADA)).status_code == 204
    session = log_in(app, ADA).json
    refreshed = Api(app.test_client(), session["refresh_token"]).post("/auth/refresh").json
    for fresh in (session, refreshed):
        reads.clear()
        make_event(signed_in(app, fresh))
        assert looks(reads) == 0
    assert organizer.user["id"] == session["user"]["id"]


def test_where_it_is_not_wanted_everybody_counts_as_verified_and_no_mail_goes_out(clock, outgoing):
    app = strict_app(clock, outgoing)
    lax = services_of(app)[EmailVerification]
    lax.required = False
    ada = sign_up(app, "organizer", email=ADA)
    assert ada.user["email_verified"] is True
    make_event(ada)
    assert [message for message in mailed(app, outgoing) if "verification" in message.line] == []
    lax.required = True  # the same database, started anew with the setting
    assert ada.get("/users/me").json["email_verified"] is False
    assert_problem(ada.post("/events", event_fields()), 403, "email_unverified")
    assert_problem(signed_in(app, log_in(app, ADA).json).post("/events", event_fields()), 403, "email_unverified")


def test_accounts_from_before_count_as_verified(app):
    ada = sign_up(app, "organizer", email=ADA)
    services_of(app)[UserStore].collection.update_one({"email": ADA}, {"$unset": {"verified_at": 1}})
    assert ada.get("/users/me").json["email_verified"] is True
    make_event(ada)


def test_an_account_that_is_gone_is_not_verified(app):
    ada = sign_up(app, "organizer", email=ADA)
    services_of(app)[UserStore].collection.delete_many({})
    assert_problem(ada.post("/events", event_fields()), 403, "email_unverified")


def test_a_verification_works_once(app, outgoing):
    sign_up(app, "customer", email=ADA)
    token = token_in(app, outgoing, ADA)
    assert verify(app, token).status_code == 204
    assert_problem(verify(app, token), 422, "invalid_token")


def test_a_verification_takes_the_other_tokens_with_it(app, outgoing):
    ada = sign_up(app, "customer", email=ADA)
    first = token_in(app, outgoing, ADA)
    assert ask_to_verify(ada, ADA).status_code == 202
    second = token_in(app, outgoing, ADA)
    assert verify(app, second).status_code == 204
    assert_problem(verify(app, first), 422, "invalid_token")
    assert services_of(app)[VerificationTokenStore].collection.count_documents({}) == 0


def test_a_verification_works_for_a_day(app, outgoing, clock):
    ada = sign_up(app, "customer", email=ADA)
    token = token_in(app, outgoing, ADA)
    clock.advance(hours=24)
    assert_problem(verify(app, token), 422, "invalid_token")
    assert ask_to_verify(signed_in(app, log_in(app, ADA).json), ADA).status_code == 202
    token = token_in(app, outgoing, ADA)
    clock.advance(hours=23, minutes=59)
    assert verify(app, token).status_code == 204
    assert ada.user["email_verified"] is False


@pytest.mark.parametrize("token", ["", "nonsense", "x" * 43, "ž", "\x00"])
def test_an_unknown_token_verifies_nothing(app, token):
    sign_up(app, "customer", email=ADA)
    assert_problem(verify(app, token), 422, "invalid_token")
    assert log_in(app, ADA).json["user"]["email_verified"] is False


@pytest.mark.parametrize("body", [{}, {"token": None}, {"token": {"$gt": ""}}, {"token": "x" * 201}, {"t": "x"}])
def test_a_verification_of_another_shape_is_refused(client, body):
    assert_problem(client.post("/auth/verify-email", body), 422, "validation_failed")


def test_a_password_reset_verifies_too(app, client, outgoing):
    ada = sign_up(app, "organizer", email=ADA)
    verification = token_in(app, outgoing, ADA)
    assert client.post("/auth/password-reset", {"email": ADA}).status_code == 202
    token = token_in(app, outgoing, ADA)
    reset = {"token": token, "new_password": "a quite different staple"}
    assert client.post("/auth/password-reset/confirm", reset).status_code == 204
    session = log_in(app, ADA, "a quite different staple").json
    assert session["user"] == ada.user | {"email_verified": True}
    assert_problem(verify(app, verification), 422, "invalid_token")


def test_the_token_is_nowhere_in_the_database_and_no_address_in_a_job(app, outgoing):
    ada = sign_up(app, "customer", email=ADA)
    token = token_in(app, outgoing, ADA)
    ask_to_verify(ada, "new@example.com")
    database = services_of(app)[Database]
    stored = {name: [str(row) for row in database[name].find()] for name in database.list_collection_names()}
    assert not any(token in row for rows in stored.values() for row in rows)
    for name in ("outbox", "email_verifications", "verification_mails"):
        assert stored[name]
        assert not any("example.com" in row for row in stored[name])


def test_create_organizer_makes_an_account_that_may_make_events_at_once(app, outgoing):
    words = ["create-organizer", "--name", "Olga", "--email", ADA, "--password", PASSWORD]
    with app.app_context():
        assert app.test_cli_runner().invoke(args=words).exit_code == 0
    make_event(signed_in(app, log_in(app, ADA).json))
    assert mailed(app, outgoing) == []
