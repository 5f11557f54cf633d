"""Tokens that set a password die with what they were for, and no job keeps an address."""

import pytest

from booking_api.accounts.facts import PASSWORD_RESET_REQUESTED
from booking_api.accounts.sessions import SessionService
from booking_api.accounts.store import PasswordResetStore
from booking_api.http.services import services_of
from booking_api.jobs.outbox import Outbox
from booking_api.notifications.account_mails import SEND_PASSWORD_RESET

from ..api import Api
from ..apps import run_jobs
from ..asserting import assert_problem
from ..builders import sign_up
from ..fakes import NoTransactions
from .verified_emails import ADA, NEW, PASSWORD, ask_to_verify, log_in, mailed, token_in, verify

CHANGED, STOLEN = "a quite different staple", "whatever the thief likes"


@pytest.fixture
def ada(app):
    """Somebody with an account."""
    return sign_up(app, "customer", email=ADA)


@pytest.fixture
def token(app, client, ada, outgoing, clock):
    """Asks for a new password, and takes the token from the mail, of which there is one in five minutes."""

    def ask():
        clock.advance(minutes=5)
        assert client.post("/auth/password-reset", {"email": ADA}).status_code == 202
        return token_in(app, outgoing, ADA)

    return ask


def reset(client, token):
    return client.post("/auth/password-reset/confirm", {"token": token, "new_password": STOLEN})


def change_password(api):
    body = {"current_password": PASSWORD, "new_password": CHANGED}
    assert api.post("/users/me/password", body).status_code == 204


def change_email(app, api, outgoing):
    assert ask_to_verify(api, NEW).status_code == 202
    assert verify(app, token_in(app, outgoing, NEW)).status_code == 204


def test_a_new_password_takes_the_tokens_with_it(app, client, ada, token):
    tokens = [token(), token()]
    change_password(ada)
    assert services_of(app)[PasswordResetStore].collection.count_documents({}) == 0
    for dead in tokens:
        assert_problem(reset(client, dead), 422, "invalid_token")
    assert log_in(app, ADA, CHANGED).status_code == 200


def test_another_email_takes_the_tokens_with_it(app, client, ada, token, outgoing):
    tokens = [token(), token()]
    change_email(app, ada, outgoing)
    assert services_of(app)[PasswordResetStore].collection.count_documents({}) == 0
    for dead in tokens:
        assert_problem(reset(client, dead), 422, "invalid_token")
    assert log_in(app, NEW).status_code == 200


def test_somebody_elses_tokens_live_on(app, client, token):
    unused = token()
    change_password(sign_up(app, "customer"))
    assert reset(client, unused).status_code == 204


@pytest.mark.parametrize("change", ["password", "email"])
def test_a_token_that_is_written_while_its_account_changes_is_dead_too(app, client, ada, token, outgoing, change):
    late = token()
    kept = list(services_of(app)[PasswordResetStore].collection.find())
    change_password(ada) if change == "password" else change_email(app, ada, outgoing)
    services_of(app)[PasswordResetStore].collection.insert_many(kept)  # as a slower mail would
    assert_problem(reset(client, late), 422, "invalid_token")
    assert log_in(app, ADA if change == "password" else NEW, STOLEN).status_code == 401


def test_a_token_of_the_version_before_sets_a_password(app, client, token):
    old = token()
    services_of(app)[PasswordResetStore].collection.update_many({}, {"$unset": {"credentials": 1}})
    assert reset(client, old).status_code == 204


def test_a_change_that_fails_leaves_the_tokens(real_app, outgoing, monkeypatch):
    ada = sign_up(real_app, "customer", email=ADA)
    client = Api(real_app.test_client())
    client.post("/auth/password-reset", {"email": ADA})
    token = token_in(real_app, outgoing, ADA)
    sessions = services_of(real_app)[SessionService]
    real_app.config["PROPAGATE_EXCEPTIONS"] = False
    with monkeypatch.context() as patched:
        patched.setattr(sessions, "end_all", lambda *args, **options: 1 / 0)
        body = {"current_password": PASSWORD, "new_password": CHANGED}
        assert ada.post("/users/me/password", body).status_code == 500
    assert reset(client, token).status_code == 204


def test_no_job_keeps_an_address_and_nobody_is_owed_as_much_as_somebody(app, client, ada):
    for email in (ADA, "nobody@example.com"):
        assert client.post("/auth/password-reset", {"email": email}).status_code == 202
    jobs = list(services_of(app)[Outbox].collection.find({"kind": SEND_PASSWORD_RESET}))
    assert [set(job["payload"]) for job in jobs] == [{"user_id"}, {"user_id"}]
    assert [str(job["payload"]["user_id"]) == ada.user["id"] for job in jobs] == [True, False]
    assert "example.com" not in str(jobs)


def owed_by_the_version_before(app, email_key):
    outbox = services_of(app)[Outbox]
    NoTransactions().run(lambda unit: outbox.record(unit, PASSWORD_RESET_REQUESTED, [{"email_key": email_key}]))


def test_a_job_of_the_version_before_is_carried_out(app, client, ada, outgoing):
    owed_by_the_version_before(app, ADA)
    owed_by_the_version_before(app, "nobody@example.com")
    assert reset(client, token_in(app, outgoing, ADA)).status_code == 204
    assert services_of(app)[Outbox].collection.count_documents({"state": "done"}) == 2


def test_migrating_deletes_ended_jobs_that_name_an_address(app, ada, client, outgoing):
    owed_by_the_version_before(app, ADA)
    run_jobs(app)
    owed_by_the_version_before(app, ADA)
    client.post("/auth/password-reset", {"email": ADA})
    for deleted in (1, 0):
        with app.app_context():
            printed = app.test_cli_runner().invoke(args=["migrate"]).output
        assert f"outbox: {deleted} finished jobs with an address deleted" in printed
    assert len(mailed(app, outgoing)) == 3
