"""How emails are compared and passwords are kept."""

import pytest

from booking_api.accounts.rules import (
    LONGEST_EMAIL,
    email_key,
    hash_password,
    is_cheaper,
    nobodys_hash,
    password_matches,
)
from booking_api.http.services import services_of
from booking_api.jobs.outbox import Outbox

from ..asserting import assert_problem
from ..builders import person_fields

ROUNDS = 4


@pytest.mark.parametrize("email", ["Ada@Example.com", "ADA@EXAMPLE.COM", "ａｄａ@example.com"])
def test_emails_that_differ_in_case_or_width_have_one_key(email):
    assert email_key(email) == "ada@example.com"


def test_different_emails_have_different_keys():
    assert email_key("ada@example.com") != email_key("ada+1@example.com")


def test_an_email_that_no_account_can_have_has_a_short_key_and_is_kept_nowhere(app):
    for guess in ("\ufdfa" * 1000, "x" * 1000):
        assert len(email_key(guess)) == LONGEST_EMAIL + 1
        assert app.test_client().post("/api/v1/auth/password-reset", json={"email": guess}).status_code == 202
    kept = services_of(app)[Outbox].collection.find()
    assert [list(job["payload"]) for job in kept] == [["user_id"]] * 2


def test_an_email_whose_key_is_too_long_opens_no_account(client):
    email = "ada@" + ".".join(["\u3316" * 9] * 20) + ".com"  # one character stands for six
    assert len(email) <= LONGEST_EMAIL
    person = person_fields(email=email)
    assert assert_problem(client.post("/auth/register", person), 422, "validation_failed")["errors"].keys() == {"email"}


def test_a_password_matches_its_hash_and_no_other():
    kept = hash_password("correct horse", ROUNDS)
    assert password_matches("correct horse", kept)
    assert not password_matches("correct hors", kept)
    assert not password_matches("Correct horse", kept)


def test_a_hash_says_nothing_of_the_password_and_differs_each_time():
    first, second = (hash_password("correct horse", ROUNDS) for _ in range(2))
    assert first != second
    assert b"correct" not in first


def test_a_hash_has_the_cost_asked_for():
    assert hash_password("correct horse", 5).startswith(b"$2b$05$")


def test_all_of_a_long_password_counts():
    kept = hash_password("x" * 72 + "a", ROUNDS)
    assert password_matches("x" * 72 + "a", kept)
    assert not password_matches("x" * 72 + "b", kept)


def test_what_follows_a_nul_counts():
    assert not password_matches("start\x00b", hash_password("start\x00a", ROUNDS))


@pytest.mark.parametrize("password", ["", "correct horse", "." * 53])
def test_no_password_is_nobodys(password):
    assert not password_matches(password, nobodys_hash(ROUNDS))


@pytest.mark.parametrize("rounds", [4, 12])
def test_nobodys_hash_has_the_cost_of_a_real_one(rounds):
    assert not is_cheaper(nobodys_hash(rounds), rounds)
    assert is_cheaper(nobodys_hash(rounds), rounds + 1)
    assert len(nobodys_hash(rounds)) == len(hash_password("correct horse", ROUNDS))
