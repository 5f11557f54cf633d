"""Passwords: which are taken, how they are kept, and that nothing is learned from how long that takes."""

import statistics
import time
import unicodedata
from dataclasses import replace

import pytest
from pymongo.database import Database

from booking_api import create_app
from booking_api.accounts import rules, service
from booking_api.accounts.rules import cost_of, is_cheaper
from booking_api.accounts.store import UserStore
from booking_api.http.services import services_of

from ..api import Api
from ..apps import SETTINGS
from ..asserting import assert_problem
from ..fakes import NoTransactions
from .sessions import NEW_PASSWORD, PASSWORD, grant_reset, log_in, new_account, read, reset_password

COMMON = ["password1", "12345678", "iloveyou", "qwertyuiop", "sunshine1"]
PERSON = {"name": "Ada", "email": "ada@example.com", "role": "customer"}


def register(app, password, **fields):
    """The answer to opening an account with this password."""
    return Api(app.test_client()).post("/auth/register", PERSON | {"password": password} | fields)


def try_login(app, password, email=PERSON["email"]):
    """The status of logging in."""
    return Api(app.test_client()).post("/auth/login", {"email": email, "password": password}).status_code


def with_rounds(app, rounds, outgoing, clock):
    """The service on the same database, started again with another cost."""
    database = services_of(app)[Database]
    settings = replace(SETTINGS, bcrypt_rounds=rounds)
    return create_app(settings, database=database, transactions=NoTransactions(), sender=outgoing, clock=clock)


def kept_hash(app, email):
    """The hash of an account's password in the database."""
    return services_of(app)[UserStore].find_for_login(email)["password_hash"]


def change(app, session, current, new):
    """The answer to changing one's password."""
    body = {"current_password": current, "new_password": new}
    return Api(app.test_client(), session["access_token"]).post("/users/me/password", body)


@pytest.mark.parametrize("spell", [str.lower, str.upper, str.title, str.swapcase])
@pytest.mark.parametrize("password", COMMON)
def test_a_common_password_is_refused_in_any_case(app, password, spell):
    problem = assert_problem(register(app, spell(password)), 422, "validation_failed")
    assert problem["errors"] == {"password": ["Is among the most used passwords: choose another one."]}


@pytest.mark.parametrize("password", ["password1", "short12", "x" * 129])
def test_a_password_that_registration_refuses_is_no_new_password_either(app, password):
    email = new_account(app)
    session = log_in(app, email)
    for answer in (change(app, session, PASSWORD, password), reset_password(app, email, password)):
        assert assert_problem(answer, 422, "validation_failed")["errors"].keys() == {"new_password"}
    assert log_in(app, email)


def test_a_password_that_holds_a_common_one_may_be_used(app):
    assert register(app, "password1 of mine").status_code == 201


@pytest.mark.parametrize(("length", "status"), [(7, 422), (8, 201), (128, 201), (129, 422)])
@pytest.mark.parametrize("character", ["~", "ж", "🔑", "한"])
def test_a_password_has_8_to_128_characters_of_any_script(app, character, length, status):
    answer = register(app, character * length)
    assert answer.status_code == status
    if status == 201:
        assert try_login(app, character * length) == 200
        assert try_login(app, character * (length - 1)) == 401


@pytest.mark.parametrize(("kept", "typed"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_a_password_is_the_same_however_a_system_composes_its_characters(app, kept, typed):
    text = "Ünïcödé пароль 각"
    assert register(app, unicodedata.normalize(kept, text)).status_code == 201
    assert try_login(app, unicodedata.normalize(typed, text)) == 200


@pytest.mark.parametrize(("length", "status"), [(7, 422), (8, 201), (128, 201), (129, 422)])
def test_a_passwords_length_is_the_same_however_a_system_composes_its_characters(app, length, status):
    text = "é" * length
    for form in ("NFC", "NFD"):
        email = f"{form}@example.com"
        assert register(app, unicodedata.normalize(form, text), email=email).status_code == status, form


@pytest.mark.parametrize(("length", "status"), [(128, 201), (129, 422), (100_000, 422)])
def test_a_password_may_be_as_long_before_it_is_composed_as_128_characters_can_be(app, length, status):
    text = unicodedata.normalize("NFD", "\u1f82" * length)
    assert len(text) == 4 * length
    answer = app.test_client().post("/api/v1/auth/register", json=PERSON | {"password": text})
    assert answer.status_code == status


def test_characters_that_only_look_alike_make_different_passwords(app):
    assert register(app, "ﬁfty-ﬁve ﬁsh").status_code == 201
    assert try_login(app, "fifty-five fish") == 401


@pytest.mark.parametrize("stem", ["x" * 72, "🔑" * 40, "ж" * 100])
def test_long_passwords_that_differ_at_their_end_are_different(app, stem):
    assert register(app, stem + "a").status_code == 201
    assert try_login(app, stem + "a") == 200
    assert [try_login(app, stem + end) for end in ("b", "", "aa", "A")] == [401] * 4


def test_a_password_keeps_the_space_around_it(app):
    assert register(app, "  spaced out  ").status_code == 201
    assert try_login(app, "spaced out") == 401


def test_a_login_renews_a_hash_that_became_too_cheap(app, outgoing, clock):
    email = new_account(app)
    dearer = with_rounds(app, 5, outgoing, clock)
    assert try_login(dearer, "wrong", email) == 401
    assert is_cheaper(kept_hash(app, email), 5)
    log_in(dearer, email)
    renewed = kept_hash(app, email)
    assert renewed.startswith(b"$2b$05$")
    log_in(dearer, email)
    log_in(app, email)
    assert kept_hash(app, email) == renewed


def test_renewing_a_hash_does_not_undo_a_password_change_of_that_moment(app, outgoing, clock, monkeypatch):
    email = new_account(app)
    dearer = with_rounds(app, 5, outgoing, clock)
    hash_password, changed = service.hash_password, []

    def late(password, rounds):
        if password == PASSWORD and not changed:
            changed.append(reset_password(dearer, email).status_code)
        return hash_password(password, rounds)

    monkeypatch.setattr(service, "hash_password", late)
    try_login(dearer, PASSWORD, email)
    assert changed == [204]
    assert try_login(dearer, NEW_PASSWORD, email) == 200
    assert try_login(dearer, PASSWORD, email) == 401


def test_a_password_change_that_a_reset_overtakes_does_not_undo_it(app, monkeypatch):
    email = new_account(app)
    session = log_in(app, email)
    hash_password, changed = service.hash_password, []

    def late(password, rounds):
        if password == "of the thief, who knew the old one" and not changed:
            changed.append(reset_password(app, email).status_code)
        return hash_password(password, rounds)

    monkeypatch.setattr(service, "hash_password", late)
    change(app, session, PASSWORD, "of the thief, who knew the old one")
    assert changed == [204]
    assert try_login(app, NEW_PASSWORD, email) == 200


@pytest.mark.parametrize("current", ["wrong horse battery", "", NEW_PASSWORD, PASSWORD.upper()])
def test_a_password_is_changed_only_by_who_knows_it(app, current):
    email = new_account(app)
    session = log_in(app, email)
    problem = assert_problem(change(app, session, current, NEW_PASSWORD), 422, "validation_failed")
    assert problem["errors"].keys() == {"current_password"}
    assert read(app, session).status_code == 200
    assert try_login(app, PASSWORD, email) == 200
    assert try_login(app, NEW_PASSWORD, email) == 401


def test_a_token_for_a_new_password_works_once_and_for_thirty_minutes(app, clock):
    email = new_account(app)
    _, old = grant_reset(app, email)
    _, token = grant_reset(app, email)
    confirm = "/auth/password-reset/confirm"
    anybody = Api(app.test_client())
    clock.advance(minutes=29)
    assert anybody.post(confirm, {"token": token, "new_password": NEW_PASSWORD}).status_code == 204
    for spent in (token, old, "", "x"):
        answer = anybody.post(confirm, {"token": spent, "new_password": "another one of mine"})
        assert_problem(answer, 422, "invalid_token")
    _, late = grant_reset(app, email)
    clock.advance(minutes=30)
    assert_problem(anybody.post(confirm, {"token": late, "new_password": PASSWORD}), 422, "invalid_token")
    assert try_login(app, NEW_PASSWORD, email) == 200


def test_asking_for_a_new_password_says_nothing_of_who_has_an_account(app):
    anybody = Api(app.test_client())
    answers = [anybody.post("/auth/password-reset", {"email": email}) for email in (new_account(app), "no@example.com")]
    assert [(answer.status_code, answer.data) for answer in answers] == [(202, answers[0].data)] * 2


@pytest.mark.parametrize("rounds", [4, 5, 7])
def test_after_a_raised_cost_a_wrong_login_is_as_much_work_for_a_known_email(app, outgoing, clock, monkeypatch, rounds):
    email = new_account(app)
    dearer = with_rounds(app, rounds, outgoing, clock)
    work, matches = [], rules.password_matches

    def count(password, password_hash):
        work.append(2 ** cost_of(password_hash))
        return matches(password, password_hash)

    monkeypatch.setattr(rules, "password_matches", count)
    for who in (email, "nobody@example.com"):
        work.clear()
        assert try_login(dearer, "wrong horse battery", who) == 401
        assert sum(work) == 2**rounds
    assert try_login(dearer, PASSWORD, email) == 200


def test_a_wrong_login_takes_as_long_for_an_unknown_email(app, outgoing, clock):
    timed = with_rounds(app, 8, outgoing, clock)
    email = new_account(timed)
    times = {email: [], "nobody@example.com": []}
    for turn in range(80):
        for who in (email, "nobody@example.com")[:: 1 if turn % 2 else -1]:
            began = time.thread_time()  # of this thread alone, for others may be at work on this machine
            assert try_login(timed, "wrong horse battery", who) == 401
            times[who].append(time.thread_time() - began)
    known, unknown = (statistics.median(taken) for taken in times.values())
    assert 0.7 < known / unknown < 1.4
