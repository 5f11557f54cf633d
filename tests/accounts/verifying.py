"""Apps that want verified emails, and the tokens from their mails."""

from booking_api.accounts.store import UserStore
from booking_api.http.services import services_of

from ..api import Api
from ..apps import mongomock_app, run_jobs

PASSWORD = "correct horse battery"
ADA = "ada@example.com"
NEW = "new@example.com"


def strict_app(clock, outgoing, **settings):
    """An app on mongomock that wants verified emails, with its unique index."""
    app = mongomock_app(clock, outgoing, require_verified_email=True, **settings)
    users = services_of(app)[UserStore]
    users.collection.create_indexes(users.INDEXES)
    return app


def mailed(app, outgoing):
    """Run the jobs, and take the messages that went out."""
    run_jobs(app)
    taken, outgoing.messages[:] = list(outgoing.messages), []
    return taken


def token_in(app, outgoing, address):
    """Run the jobs, and take the token from the one mail, which goes to this address."""
    (message,) = mailed(app, outgoing)
    assert message.to == address
    return message.facts["token"]


def want(api, email, password=PASSWORD):
    """The answer to asking for an email to be verified."""
    return api.post("/users/me/email", {"email": email, "password": password})


def verify(app, token):
    """The answer to a token, from whoever has it."""
    return Api(app.test_client()).post("/auth/verify-email", {"token": token})


def log_in(app, email, password=PASSWORD):
    """The answer to a login."""
    return Api(app.test_client()).post("/auth/login", {"email": email, "password": password})


def signed_in(app, session):
    """A client with the access token of a login or a refresh."""
    return Api(app.test_client(), session["access_token"])
