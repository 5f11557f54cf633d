"""Apps that require verified emails, and the tokens in their mails."""

from booking_api.accounts.store import UserStore
from booking_api.http.services import services_of

from ..api import Api
from ..apps import mongomock_app, run_jobs
from ..builders import PASSWORD

ADA = "ada@example.com"
NEW = "new@example.com"


def strict_app(clock, outgoing, **settings):
    """Return an app on mongomock that requires verified emails, with its unique index."""
    app = mongomock_app(clock, outgoing, require_verified_email=True, **settings)
    users = services_of(app)[UserStore]
    users.collection.create_indexes(users.INDEXES)
    return app


def mailed(app, outgoing):
    """Run the jobs, and return the messages that were sent; each is returned once."""
    run_jobs(app)
    taken, outgoing.messages[:] = list(outgoing.messages), []
    return taken


def token_in(app, outgoing, address):
    """Run the jobs, and return the token in the one mail, which must go to this address."""
    (message,) = mailed(app, outgoing)
    assert message.to == address
    return message.facts["token"]


def ask_to_verify(api, email, password=PASSWORD):
    """Ask for an email to be verified, and return the answer."""
    return api.post("/users/me/email", {"email": email, "password": password})


def verify(app, token):
    """Send a token, logged in as nobody, and return the answer."""
    return Api(app.test_client()).post("/auth/verify-email", {"token": token})


def log_in(app, email, password=PASSWORD):
    """Log in, and return the answer."""
    return Api(app.test_client()).post("/auth/login", {"email": email, "password": password})


def signed_in(app, session):
    """Return a client with the access token of a login or a refresh."""
    return Api(app.test_client(), session["access_token"])
