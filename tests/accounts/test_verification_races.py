"""Verifications at the same time, on the real server: an email has one account, and a day three mails."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from bson import ObjectId

from booking_api import create_app
from booking_api.accounts.service import AccountService
from booking_api.accounts.store import UserStore
from booking_api.clock import now
from booking_api.http.services import services_of
from booking_api.jobs.outbox import Outbox
from booking_api.notifications.account_mails import SEND_VERIFICATION
from booking_api.storage.indexes import Stores

from ..api import Api
from ..apps import SETTINGS
from ..builders import person_fields, sign_up
from .verified_emails import ADA, NEW, ask_to_verify, log_in, mailed, token_in, verify

TOGETHER = 10


@pytest.fixture
def app(indexed, database, outgoing):
    """An app on the real server that wants verified emails."""
    made = create_app(replace(SETTINGS, require_verified_email=True), database=database, sender=outgoing, clock=now)
    services_of(made)[Stores].ensure_indexes()
    return made


def at_once(work, arguments):
    """The answers to some calls at the same time."""
    with ThreadPoolExecutor(len(arguments)) as pool:
        return list(pool.map(work, arguments))


def test_of_accounts_that_verify_the_same_email_at_once_one_has_it(app, outgoing):
    askers = [sign_up(app, "customer") for _ in range(3)]
    mailed(app, outgoing)
    tokens = []
    for asker in askers:
        assert ask_to_verify(asker, NEW).status_code == 202
        tokens.append(token_in(app, outgoing, NEW))
    answers = at_once(lambda token: verify(app, token), tokens)
    assert sorted(answer.status_code for answer in answers) == [204, 409, 409]
    assert {answer.json["code"] for answer in answers if answer.status_code == 409} == {"email_taken"}
    (winner,) = (asker for asker, answer in zip(askers, answers, strict=True) if answer.status_code == 204)
    assert log_in(app, NEW).json["user"]["id"] == winner.user["id"]
    emails = [asker.get("/users/me").json["email"] for asker in askers]
    assert sorted(emails) == sorted([NEW, *(asker.user["email"] for asker in askers if asker is not winner)])


def test_one_token_used_many_times_at_once_works_once(app, outgoing):
    sign_up(app, "customer", email=ADA)
    token = token_in(app, outgoing, ADA)
    answers = at_once(lambda _: verify(app, token), range(TOGETHER))
    assert sorted(answer.status_code for answer in answers) == [204] + [422] * (TOGETHER - 1)


def test_of_requests_at_once_an_account_has_three_mails(app, outgoing):
    ada = sign_up(app, "customer", email=ADA)
    answers = at_once(lambda _: ask_to_verify(Api(app.test_client(), ada.token), ADA), range(TOGETHER))
    assert sorted(answer.status_code for answer in answers) == [202] * 2 + [429] * (TOGETHER - 2)
    assert [message.to for message in mailed(app, outgoing)] == [ADA] * 3


def test_of_accounts_that_ask_at_once_for_one_address_it_gets_three_mails(app, outgoing):
    askers = [sign_up(app, "customer") for _ in range(TOGETHER)]
    mailed(app, outgoing)
    answers = at_once(lambda asker: ask_to_verify(asker, NEW), askers)
    assert [answer.status_code for answer in answers] == [202] * TOGETHER
    assert [message.to for message in mailed(app, outgoing)] == [NEW] * 3


def test_who_registers_an_email_many_times_at_once_has_one_account_and_one_mail(app, outgoing):
    def register(number):
        person = person_fields(email=ADA)
        return Api(app.test_client()).post("/auth/register", person)

    answers = at_once(register, range(6))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    assert [message.to for message in mailed(app, outgoing)] == [ADA]


def test_a_registration_that_fails_leaves_neither_an_account_nor_a_mail(app, outgoing, monkeypatch):
    outbox = services_of(app)[Outbox]
    monkeypatch.setattr(outbox, "record", lambda *args, **options: 1 / 0)
    person = person_fields(email=ADA)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    assert Api(app.test_client()).post("/auth/register", person).status_code == 500
    assert services_of(app)[UserStore].collection.count_documents({}) == 0
    monkeypatch.undo()
    assert Api(app.test_client()).post("/auth/register", person).status_code == 201
    assert outbox.collection.count_documents({"kind": SEND_VERIFICATION}) == 1


def test_an_account_that_an_earlier_attempt_opened_is_mailed_once(app, outgoing):
    accounts, user_id = services_of(app)[AccountService], ObjectId()
    person = person_fields(email=ADA)
    first, second = (accounts.register(**person, user_id=user_id) for _ in range(2))
    assert (second["_id"], second["email"]) == (first["_id"], ADA)
    assert [message.to for message in mailed(app, outgoing)] == [ADA]
