"""Somebody guesses at a password: the guesser is refused, and the account's owner is not."""

import pytest

from booking_api.accounts import rules
from booking_api.accounts.rules import email_key
from booking_api.accounts.service import AccountService
from booking_api.http.services import services_of

from .rate_limited import PASSWORD, allow, assert_too_many, post, registration

HOME, ELSEWHERE = "203.0.113.1", "198.51.100.1"
LOGIN = "/auth/login"


@pytest.fixture
def ada(worker):
    """Somebody with an account, who has not logged in yet."""
    person = registration()
    assert post(worker, "/auth/register", person, HOME).status_code == 201
    return {"email": person["email"], "password": PASSWORD}


@pytest.fixture
def checked(monkeypatch):
    """One entry for each password that was checked."""
    made, matches = [], rules.password_matches
    monkeypatch.setattr(rules, "password_matches", lambda *args: made.append(1) or matches(*args))
    return made


def wrong(credentials):
    """The same with another password."""
    return credentials | {"password": "wrong horse battery"}


def statuses(worker, credentials, addresses):
    """What logging in from each of these addresses is answered with."""
    return [post(worker, LOGIN, credentials, address).status_code for address in addresses]


def many(count):
    """So many addresses."""
    return [f"192.0.2.{number}" for number in range(count)]


def test_a_guesser_locks_out_nobody_but_themselves(worker, ada):
    assert statuses(worker, wrong(ada), ["192.0.2.7"] * 25) == [401] * 20 + [429] * 5
    assert post(worker, LOGIN, ada, "192.0.2.7").status_code == 429
    assert post(worker, LOGIN, ada, HOME).status_code == 200


def test_an_account_can_be_entered_from_where_it_was_opened_though_others_guess(worker, ada):
    assert statuses(worker, wrong(ada), [HOME] * 25) == [401] * 20 + [429] * 5
    assert post(worker, LOGIN, ada, HOME).status_code == 200


def test_from_one_address_nobody_can_use_up_what_an_account_has(worker, ada, monkeypatch):
    allow(monkeypatch, "login", address="1000/minute", pair="3/minute", subject="5/minute")
    assert statuses(worker, wrong(ada), ["192.0.2.7"] * 20).count(401) == 3
    assert statuses(worker, wrong(ada), [ELSEWHERE] * 3) == [401, 401, 429]


def test_guesses_from_everywhere_are_bounded_and_leave_the_owner_alone(worker, ada, monkeypatch, checked):
    allow(monkeypatch, "login", address="1000/minute", pair="20/minute", subject="5/minute")
    assert post(worker, LOGIN, ada, HOME).status_code == 200
    assert statuses(worker, wrong(ada), many(20)) == [401] * 4 + [429] * 16
    assert len(checked) == 5
    assert_too_many(post(worker, LOGIN, ada, ELSEWHERE), "login")
    assert len(checked) == 5
    assert post(worker, LOGIN, ada, HOME).status_code == 200
    assert_too_many(post(worker, LOGIN, wrong(ada), HOME), "login")
    assert len(checked) == 7


def test_the_whole_network_of_an_ipv6_address_is_known(worker, ada, monkeypatch):
    allow(monkeypatch, "login", subject="2/minute")
    assert post(worker, LOGIN, ada, "2001:db8:0:1::1").status_code == 200
    assert statuses(worker, wrong(ada), many(3)) == [401, 429, 429]
    assert statuses(worker, ada, ["2001:db8:0:1::2", "2001:db8:0:2::1"]) == [200, 429]


def test_whoever_shares_the_address_of_a_guesser_logs_in_once_it_is_known(worker, ada, monkeypatch):
    allow(monkeypatch, "login", pair="2/minute")
    assert post(worker, LOGIN, ada, HOME).status_code == 200
    assert statuses(worker, wrong(ada), [HOME] * 4) == [401, 429, 429, 429]
    assert post(worker, LOGIN, ada, HOME).status_code == 200


def test_the_limit_of_an_address_holds_for_known_ones_before_any_bcrypt(worker, ada, monkeypatch, checked):
    allow(monkeypatch, "login", address="3/minute", pair="2/minute")
    assert statuses(worker, ada, [HOME] * 6) == [200] * 3 + [429] * 3
    assert len(checked) == 3


def test_an_address_is_known_for_the_account_it_logged_into_alone(worker, ada, monkeypatch):
    bob = registration()
    assert post(worker, "/auth/register", bob).status_code == 201
    assert post(worker, LOGIN, {"email": bob["email"], "password": PASSWORD}, ELSEWHERE).status_code == 200
    allow(monkeypatch, "login", subject="1/minute")
    assert statuses(worker, wrong(ada), many(2)) == [401, 429]
    assert post(worker, LOGIN, ada, ELSEWHERE).status_code == 429


def test_a_new_password_lets_its_owner_in_from_where_it_was_set(worker, ada, monkeypatch):
    allow(monkeypatch, "login", subject="1/minute")
    assert statuses(worker, wrong(ada), many(2)) == [401, 429]
    assert post(worker, LOGIN, ada, ELSEWHERE).status_code == 429
    accounts = services_of(worker)[AccountService]
    _, token = accounts.grant_password_reset(accounts.find_id(email_key(ada["email"])))
    new = {"token": token, "new_password": "battery staple correct"}
    assert post(worker, "/auth/password-reset/confirm", new, ELSEWHERE).status_code == 204
    assert post(worker, LOGIN, ada | {"password": new["new_password"]}, ELSEWHERE).status_code == 200


def test_known_and_unknown_emails_are_limited_alike(worker, ada, monkeypatch, checked):
    allow(monkeypatch, "login", address="1000/minute", pair="3/minute", subject="7/minute")
    heard = {}
    for email in (ada["email"], "nobody@example.com"):
        checked.clear()
        guess = wrong(ada) | {"email": email}
        answers = [post(worker, LOGIN, guess, address) for address in [*many(3) * 4, ELSEWHERE]]
        heard[email] = (
            [
                (answer.status_code, answer.json["code"], answer.headers["RateLimit"].split(";")[1])
                for answer in answers
            ],
            len(checked),
        )
    assert heard[ada["email"]] == heard["nobody@example.com"]
    assert heard["nobody@example.com"][1] == 7


def test_a_login_notes_its_address_with_one_command(worker, ada, database):
    assert post(worker, LOGIN, ada, HOME).status_code == 200
    database.command({"profile": 2})
    try:
        assert post(worker, LOGIN, ada, HOME).status_code == 200
    finally:
        database.command({"profile": 0})
    asked = [row["ns"].split(".", 1)[1] for row in database["system.profile"].find({"appName": "booking-api"})]
    assert sorted(asked) == [
        "known_addresses",
        "rate_limits",
        "rate_limits",
        "rate_limits",
        "sessions",  # a new one
        "sessions",  # and whether there are too many now
        "users",
        "users",
    ]


def test_a_registration_with_somebodys_email_does_not_bar_their_own(worker, monkeypatch):
    allow(monkeypatch, "register", address="1000/minute", pair="2/minute")
    guess = registration()
    taken = [post(worker, "/auth/register", guess, "192.0.2.7").status_code for _ in range(4)]
    assert taken == [201, 409, 429, 429]
    assert post(worker, "/auth/register", guess, HOME).status_code == 409
