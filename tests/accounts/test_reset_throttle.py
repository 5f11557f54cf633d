"""Asking for a new password again and again: always accepted, and one mail in five minutes."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from pymongo.errors import AutoReconnect

from booking_api.accounts.reset_throttle import ResetThrottle
from booking_api.http.services import services_of
from booking_api.jobs.outbox import Outbox

from ..api import Api
from ..apps import run_jobs
from ..asserting import assert_problem
from .sessions import new_account


def ask(app, email):
    """The answer to asking for a new password."""
    return Api(app.test_client()).post("/auth/password-reset", {"email": email})


def owed(app):
    """The mails that were owed so far."""
    return services_of(app)[Outbox].collection.count_documents({})


def test_one_mail_in_five_minutes_goes_to_each_account(app, outgoing, clock):
    ada, bob = new_account(app), new_account(app)
    assert [ask(app, email).status_code for email in [ada] * 10 + [bob]] == [202] * 11
    run_jobs(app)
    assert [message.to for message in outgoing.messages] == [ada, bob]
    clock.advance(minutes=4, seconds=59)
    assert ask(app, ada).status_code == 202
    assert owed(app) == 2
    clock.advance(seconds=1)
    assert [ask(app, ada).status_code for _ in range(2)] == [202, 202]
    run_jobs(app)
    assert [message.to for message in outgoing.messages] == [ada, bob, ada]


def test_an_email_without_an_account_is_treated_alike(app, clock):
    known, unknown = new_account(app), "nobody@example.com"
    answers = [ask(app, email) for email in [known, unknown] * 3]
    assert len({(answer.status_code, answer.data, *answer.headers.keys()) for answer in answers}) == 1
    assert owed(app) == 2


@pytest.mark.parametrize("spelling", ["ADA@example.com", "ａda@example.com", "𝐚𝐝𝐚@example.com"])
def test_another_spelling_of_an_email_is_the_same_account(app, spelling):
    for email in ("ada@example.com", spelling):
        assert ask(app, email).status_code == 202
    assert owed(app) == 1


def test_of_many_that_ask_at_once_one_is_sent_a_mail(real_app):
    email = new_account(real_app)
    for _ in range(3):
        services_of(real_app)[Outbox].collection.delete_many({})
        services_of(real_app)[ResetThrottle].collection.delete_many({})
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: ask(real_app, email), range(8)))
        assert [answer.status_code for answer in answers] == [202] * 8
        assert owed(real_app) == 1


def test_a_request_that_failed_leaves_the_next_one_its_mail(real_app, monkeypatch):
    email = new_account(real_app)
    outbox = services_of(real_app)[Outbox]

    def fail(*_args):
        raise AutoReconnect("gone before the commit")

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "record", fail)
        assert_problem(ask(real_app, email), 503, "service_unavailable")
    assert ask(real_app, email).status_code == 202
    assert owed(real_app) == 1


def test_the_throttle_keeps_no_email(app):
    ask(app, "ada@example.com")
    (row,) = services_of(app)[ResetThrottle].collection.find()
    assert "ada" not in str(row)
