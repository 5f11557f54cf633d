"""Another email for an account: it takes effect once it is verified, and nobody hears who has which."""

import pytest

from booking_api.accounts import verification
from booking_api.accounts.store import UserStore
from booking_api.accounts.verification import EmailVerification
from booking_api.accounts.verification_store import EmailChangeStore
from booking_api.http.services import services_of

from ..asserting import assert_problem
from ..builders import numbers, sign_up
from .verified_emails import ADA, NEW, ask_to_verify, log_in, mailed, signed_in, strict_app, token_in, verify

BOB = "bob@example.com"


@pytest.fixture
def app(clock, outgoing):
    """An app that wants verified emails."""
    return strict_app(clock, outgoing)


@pytest.fixture
def ada(app, outgoing):
    """Somebody with a verified email."""
    made = sign_up(app, "customer", email=ADA)
    assert verify(app, token_in(app, outgoing, ADA)).status_code == 204
    return made


def test_another_email_takes_effect_once_it_is_verified(app, ada, outgoing):
    response = ask_to_verify(ada, NEW)
    assert (response.status_code, response.json) == (202, {})
    token = token_in(app, outgoing, NEW)
    assert ada.get("/users/me").json["email"] == ADA
    assert [log_in(app, email).status_code for email in (ADA, NEW)] == [200, 401]
    assert verify(app, token).status_code == 204
    assert ada.get("/users/me").json == ada.user | {"email": NEW, "email_verified": True}
    assert [log_in(app, email).status_code for email in (ADA, NEW)] == [401, 200]
    assert_problem(verify(app, token), 422, "invalid_token")
    assert services_of(app)[EmailChangeStore].collection.count_documents({}) == 0


def test_until_then_mail_goes_to_the_email_that_the_account_has(app, ada, client, outgoing):
    ask_to_verify(ada, NEW)
    token_in(app, outgoing, NEW)
    client.post("/auth/password-reset", {"email": ADA})
    client.post("/auth/password-reset", {"email": NEW})
    assert [message.to for message in mailed(app, outgoing)] == [ADA]


def test_an_account_may_change_its_unverified_email(app, outgoing):
    typo = sign_up(app, "customer", email="adda@example.com")
    first = token_in(app, outgoing, "adda@example.com")
    ask_to_verify(typo, ADA)
    assert verify(app, token_in(app, outgoing, ADA)).status_code == 204
    assert typo.get("/users/me").json == typo.user | {"email": ADA, "email_verified": True}
    assert_problem(verify(app, first), 422, "invalid_token")


def test_the_email_that_it_has_is_mailed_again_while_it_is_unverified(app, outgoing):
    ada = sign_up(app, "customer", email=ADA)
    first = token_in(app, outgoing, ADA)
    assert ask_to_verify(ada, ADA.upper()).status_code == 202
    assert token_in(app, outgoing, ADA) != first
    assert verify(app, first).status_code == 204
    assert ask_to_verify(ada, ADA).status_code == 202
    assert mailed(app, outgoing) == []


def test_without_the_setting_a_verification_goes_out_to_who_asks_for_it(clock, outgoing):
    app = strict_app(clock, outgoing)
    services_of(app)[EmailVerification].required = False
    ada = sign_up(app, "customer", email=ADA)
    assert mailed(app, outgoing) == []
    assert ask_to_verify(ada, ADA).status_code == 202
    assert verify(app, token_in(app, outgoing, ADA)).status_code == 204


@pytest.mark.parametrize("email", [ADA, NEW, BOB])
@pytest.mark.parametrize("password", ["wrong horse battery", "", "x" * 1000])
def test_a_wrong_password_changes_nothing_and_sends_nothing(app, ada, outgoing, email, password):
    sign_up(app, "customer", email=BOB)
    mailed(app, outgoing)
    problem = assert_problem(ask_to_verify(ada, email, password), 422, "validation_failed")
    assert problem["errors"] == {"password": ["Is not your password."]}
    assert mailed(app, outgoing) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("email", "nobody"), ("email", f"{'a' * 250}@example.com"), ("email", None), ("password", "x" * 1001)],
)
def test_an_unacceptable_field_is_named(ada, field, value):
    body = {"email": NEW, "password": "correct horse battery"} | {field: value}
    assert assert_problem(ada.post("/users/me/email", body), 422, "validation_failed")["errors"].keys() == {field}


def test_an_account_that_is_gone_has_no_email_to_change(app, ada):
    services_of(app)[UserStore].collection.delete_many({})
    assert_problem(ask_to_verify(ada, NEW), 404, "user_not_found")


def test_a_taken_email_is_answered_alike_and_its_owner_is_not_bothered(app, ada, outgoing):
    sign_up(app, "customer", email=BOB)
    mailed(app, outgoing)
    taken, free = ask_to_verify(ada, BOB.upper()), ask_to_verify(ada, NEW)
    assert (taken.status_code, taken.data) == (free.status_code, free.data)
    assert set(taken.headers.keys()) == set(free.headers.keys())
    assert [message.to for message in mailed(app, outgoing)] == [NEW]


def test_the_later_of_two_wishes_counts(app, ada, outgoing):
    ask_to_verify(ada, NEW)
    first = token_in(app, outgoing, NEW)
    ask_to_verify(ada, "newer@example.com")
    assert_problem(verify(app, first), 422, "invalid_token")
    assert verify(app, token_in(app, outgoing, "newer@example.com")).status_code == 204


def test_two_mails_for_the_same_wish_are_both_good(app, ada, outgoing):
    ask_to_verify(ada, NEW)
    first = token_in(app, outgoing, NEW)
    ask_to_verify(ada, NEW)
    token_in(app, outgoing, NEW)
    assert verify(app, first).status_code == 204


def test_asking_for_the_email_that_it_has_takes_the_wish_back(app, ada, outgoing):
    ask_to_verify(ada, NEW)
    token = token_in(app, outgoing, NEW)
    assert ask_to_verify(ada, ADA).status_code == 202
    assert_problem(verify(app, token), 422, "invalid_token")


def test_a_wish_from_before_a_new_password_is_over(app, ada, outgoing):
    ask_to_verify(ada, NEW)  # by a thief who knew the old password
    token = token_in(app, outgoing, NEW)
    body = {"current_password": "correct horse battery", "new_password": "a quite different staple"}
    assert ada.post("/users/me/password", body).status_code == 204
    assert_problem(verify(app, token), 422, "invalid_token")
    assert ada.get("/users/me").json["email"] == ADA


def test_a_wish_that_is_noted_while_the_password_changes_is_over_too(app, ada, outgoing):
    ask_to_verify(ada, NEW)
    change = services_of(app)[EmailChangeStore].collection.find_one()
    body = {"current_password": "correct horse battery", "new_password": "a quite different staple"}
    assert ada.post("/users/me/password", body).status_code == 204
    services_of(app)[EmailChangeStore].collection.insert_one(change)  # as a slower transaction would
    assert mailed(app, outgoing) == []


def test_three_mails_a_day_go_out_for_an_account(app, outgoing, clock):
    ada = sign_up(app, "customer", email=ADA)  # the first
    clock.advance(hours=1)
    assert [ask_to_verify(ada, email).status_code for email in (ADA, NEW)] == [202, 202]
    problem = ask_to_verify(ada, "newer@example.com")
    assert_problem(problem, 429, "too_many_verifications")
    assert problem.headers["Retry-After"] == str(23 * 3600 + 1)
    assert [message.to for message in mailed(app, outgoing)] == [ADA, ADA, NEW]
    clock.advance(hours=23)
    ada = signed_in(app, log_in(app, ADA).json)
    assert [ask_to_verify(ada, "newer@example.com").status_code for _ in range(2)] == [202, 429]


def test_three_mails_a_day_go_to_an_address_whoever_asks_and_nobody_is_told(app, outgoing, clock):
    askers = [sign_up(app, "customer", email=f"asker{next(numbers)}@example.com") for _ in range(5)]
    mailed(app, outgoing)
    assert [ask_to_verify(asker, NEW).status_code for asker in askers] == [202] * 5
    assert [message.to for message in mailed(app, outgoing)] == [NEW] * 3
    sign_up(app, "customer", email=NEW)
    assert mailed(app, outgoing) == []


def test_a_wish_is_forgotten_after_some_days(app, ada, outgoing, clock):
    ask_to_verify(ada, NEW)
    clock.advance(seconds=verification.CHANGE_LIFE.total_seconds())
    assert mailed(app, outgoing) == []  # the mail server was away
    (index,) = services_of(app)[EmailChangeStore].INDEXES
    assert index.document["expireAfterSeconds"] == 0
